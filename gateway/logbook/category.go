// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"slices"
	"strings"
)

// described is what the rows of an activity say of it beside its name: the
// second level of detail of Logboek Dataverwerkingen, which is the categories
// of data and never their values.
type described struct {
	name       string   // of the activity
	basis      string   // article of law
	categories []string // of data that it touches
}

// descriptions has a row for every activity, which a test holds; an immutable table.
var descriptions = map[Activity]described{
	ActivityReport: {"Meldingen van betalingsachterstanden controleren, verzegelen en doorgeven", "Wgs art. 3 lid 1 onder b; AVG art. 6 lid 1 onder c en e",
		[]string{"naam en geboortedatum", "adres", "contactgegevens", "achterstand", "inspanningen van de meldende partij", "pseudoniem"}},
	ActivitySignal: {"Verzegelde signalen aan de gemeente verstrekken", "Wgs art. 3 lid 1 onder b",
		[]string{"verzegelde melding", "samenloop met andere meldingen"}},
	ActivityFeedback: {"Terugkoppelingen van gemeenten doorgeven aan meldende partijen", "Wgs art. 3 lid 1 onder b; Bgs art. 2",
		[]string{"resultaat van de terugkoppeling", "verwijzing naar de melding"}},
	ActivityPause: {"Incassopauzes vastleggen, doorgeven en bewaken", "Wgs art. 3 lid 1 onder b",
		[]string{"begin en einde van de pauze", "verwijzing naar de melding"}},
	ActivityRights: {"Verzoeken en bezwaren van betrokkenen uitvoeren in opdracht van een verantwoordelijke", "AVG art. 12 tot en met 22",
		[]string{"pseudoniem", "kenmerken zonder inhoud"}},
	ActivityRetention: {"Bewaartermijnen toepassen, wissen en opschorten", "AVG art. 5 lid 1 onder e",
		[]string{"verzegelde melding", "pseudoniem", "kenmerken zonder inhoud"}},
}

// CategoriesOf lists the categories of data that an activity touches.
func CategoriesOf(a Activity) []string { return slices.Clone(descriptions[a].categories) }

// Described is an activity as its address (see [Profile.ActivityURI]) shows it.
type Described struct {
	ID         Activity `json:"id"`
	URI        string   `json:"uri"`
	Name       string   `json:"naam"`
	Basis      string   `json:"grondslag"`
	Categories []string `json:"soortenGegevens"`
}

// Describe gives what rows refer to, and whether there is such an activity.
func (p Profile) Describe(a Activity) (Described, bool) {
	d, ok := descriptions[a]
	return Described{a, p.ActivityURI(a), d.name, d.basis, slices.Clone(d.categories)}, ok
}

// activityAt finds the activity that a URI of ours names.
func (p Profile) activityAt(uri string) (Activity, bool) {
	id, ours := strings.CutPrefix(uri, p.Base+"/verwerkingsactiviteiten/")
	a := Activity(id)
	return a, ours && slices.Contains(Activities(), a)
}
