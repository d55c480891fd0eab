// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"slices"
	"strings"
)

// Words is one sentence in the two languages of the console.
type Words struct {
	NL string `json:"nl"`
	EN string `json:"en"`
}

// Category is one category of processing that is carried out for controllers
// (AVG art. 30(2)(b)). It is the row of the register of processing, and what the
// rows of Logboek Dataverwerkingen say of an activity beside its name: the
// second level of detail, which is categories of data and never their values.
type Category struct {
	Activity   Activity `json:"activiteit"`
	Name       Words    `json:"naam"`
	Law        string   `json:"grondslag"` // articles, in Dutch
	Subjects   Words    `json:"betrokkenen"`
	Data       []Words  `json:"gegevens"`    // categories
	Note       Words    `json:"toelichting"` // what is not in the data; may be empty
	Recipients Words    `json:"ontvangers"`
}

// Categories has a row for every activity, in the order of [Activities], which a
// test holds. Called by gateway/oversight for the register and the annex for a DPIA.
func Categories() []Category { return slices.Clone(categories) }

var categories = allCategories() // an immutable table

func allCategories() []Category {
	var (
		residents    = Words{"inwoners met een betalingsachterstand", "residents in arrears"}
		municipality = Words{"de gemeente van het adres", "the municipality of the address"}
		reference    = Words{"verwijzing naar de melding", "reference to the report"}
		sealed       = Words{"verzegelde melding", "sealed report"}
		pseudonym    = Words{"pseudoniem", "pseudonym"}
		empty        = Words{"kenmerken zonder inhoud", "references without content"}
	)
	return []Category{
		{Activity: ActivityReport, Name: Words{"Meldingen van betalingsachterstanden controleren, verzegelen en doorgeven", "Checking, sealing and passing on reports of arrears"},
			Law: "Wgs art. 3 lid 1 onder b; AVG art. 6 lid 1 onder c en e", Subjects: residents,
			Data: []Words{{"naam en geboortedatum", "name and date of birth"}, {"adres", "address"}, {"contactgegevens", "contact details"}, {"klantnummer", "customer number"},
				{"achterstand", "arrears"}, {"inspanningen van de meldende partij", "efforts of the creditor"}, pseudonym},
			Note: Words{"Geboortedatum, telefoon en e-mail alleen waar de overeenkomst dat toelaat. Geen BSN, geen bijzondere gegevens.",
				"Date of birth, telephone and e-mail only where the agreement allows it. No citizen number, no special categories."},
			Recipients: municipality},
		{Activity: ActivitySignal, Name: Words{"Verzegelde signalen aan de gemeente verstrekken", "Handing sealed signals to the municipality"},
			Law: "Wgs art. 3 lid 1 onder b", Subjects: residents,
			Data:       []Words{sealed, {"samenloop met andere meldingen", "coincidence with other reports"}},
			Note:       Words{"Samenloop wordt bepaald met pseudoniemen.", "Coincidence is found by pseudonyms."},
			Recipients: municipality},
		{Activity: ActivityFeedback, Name: Words{"Terugkoppelingen van gemeenten doorgeven aan meldende partijen", "Passing on feedback of municipalities to creditors"},
			Law: "Wgs art. 3 lid 1 onder b; Bgs art. 2", Subjects: residents,
			Data:       []Words{{"resultaat van de terugkoppeling", "result of the feedback"}, reference},
			Recipients: Words{"de meldende partij", "the creditor"}},
		{Activity: ActivityPause, Name: Words{"Incassopauzes vastleggen, doorgeven en bewaken", "Recording, passing on and watching pauses of collection"},
			Law: "Wgs art. 3 lid 1 onder b", Subjects: residents,
			Data:       []Words{{"begin en einde van de pauze", "begin and end of the pause"}, reference},
			Recipients: Words{"de meldende partij, de gemeente", "the creditor, the municipality"}},
		{Activity: ActivityRights, Name: Words{"Verzoeken en bezwaren van betrokkenen uitvoeren in opdracht van een verantwoordelijke", "Carrying out requests and objections of data subjects on a controller's instruction"},
			Law: "AVG art. 12 tot en met 22", Subjects: Words{"inwoners die een recht uitoefenen", "residents who exercise a right"},
			Data:       []Words{pseudonym, empty},
			Note:       Words{"Wat wordt ingetypt om te zoeken, wordt niet bewaard.", "What is typed to search is not kept."},
			Recipients: Words{"de verantwoordelijke die de opdracht gaf", "the controller that gave the instruction"}},
		{Activity: ActivityRetention, Name: Words{"Bewaartermijnen toepassen, wissen en opschorten", "Applying terms of retention, erasing and holding"},
			Law: "AVG art. 5 lid 1 onder e", Subjects: residents,
			Data:       []Words{sealed, pseudonym, empty},
			Recipients: Words{"geen; de verantwoordelijke krijgt een verwijderingsbewijs", "none; the controller gets a deletion receipt"}},
	}
}

// categoryOf is the row of an activity, and whether there is one.
func categoryOf(a Activity) (Category, bool) {
	i := slices.IndexFunc(categories, func(c Category) bool { return c.Activity == a })
	if i < 0 {
		return Category{}, false
	}
	return categories[i], true
}

// CategoriesOf lists the categories of data that an activity touches, in Dutch.
func CategoriesOf(a Activity) (names []string) {
	c, _ := categoryOf(a)
	for _, d := range c.Data {
		names = append(names, d.NL)
	}
	return names
}

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
	c, ok := categoryOf(a)
	return Described{a, p.ActivityURI(a), c.Name.NL, c.Law, CategoriesOf(a)}, ok
}

// activityAt finds the activity that a URI of ours names.
func (p Profile) activityAt(uri string) (Activity, bool) {
	id, ours := strings.CutPrefix(uri, p.Base+"/verwerkingsactiviteiten/")
	a := Activity(id)
	return a, ours && slices.Contains(Activities(), a)
}
