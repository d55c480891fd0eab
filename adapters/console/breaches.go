// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Breaches are cases of breaches of personal data, as far as they are an
// officer's to see; every look and act is written into the log. It has five
// methods: two looks, and the three acts of a case's life. Filled by
// oversight.BreachDesk.
type Breaches interface {
	List(ctx context.Context, v oversight.Visit) ([]oversight.Breach, error)
	Case(ctx context.Context, v oversight.Visit, id gateway.UUID) (oversight.BreachCase, error)
	Open(ctx context.Context, v oversight.Visit, n oversight.NewBreach) (oversight.Breach, error)
	Examine(ctx context.Context, v oversight.Visit, id gateway.UUID) (oversight.Breach, error)
	Advance(ctx context.Context, v oversight.Visit, id gateway.UUID, of gateway.OIN, step oversight.BreachStep, outcome oversight.BreachOutcome) (oversight.Breach, error)
}

// breaches is the list, with a form to open a case.
type breaches struct{ port Breaches }

func (b breaches) page() page {
	return page{path: "/datalek", name: "breaches", costly: costlyToDo(), menu: true, roles: watchers(), get: b.get, post: b.post, words: words{
		"breaches.title":                    {"Datalekken", "Data breaches"},
		"breaches.menu":                     {"Datalekken", "Breaches"},
		"breaches.lead":                     {"Een dossier bepaalt uit het logboek welke verantwoordelijken en hoeveel personen zijn geraakt, houdt de termijnen bij (AVG art. 33 en 34) en maakt berichten op.", "A case tells from the log which controllers and how many persons are touched, keeps the terms (GDPR art. 33 and 34) and drafts notices."},
		"breaches.none":                     {"Er zijn geen dossiers.", "There are no cases."},
		"breaches.list":                     {"Dossiers", "Cases"},
		"breaches.number":                   {"Dossier", "Case"},
		"breaches.nature":                   {"Aard", "Nature"},
		"breaches.discovered":               {"Ontdekt", "Discovered"},
		"breaches.controllers":              {"Verantwoordelijken", "Controllers"},
		"breaches.persons":                  {"Personen (ten hoogste)", "Persons (at most)"},
		"breaches.state":                    {"Toestand", "State"},
		"breaches.state-geopend":            {"geopend", "opened"},
		"breaches.state-gemeld":             {"gemeld", "notified"},
		"breaches.state-gesloten":           {"gesloten", "closed"},
		"breaches.new":                      {"Dossier openen", "Open a case"},
		"breaches.aard":                     {"Aard van het datalek", "Nature of the breach"},
		"breaches.nature-vertrouwelijkheid": {"vertrouwelijkheid: iemand zag wat niet voor hem was", "confidentiality: somebody saw what was not theirs"},
		"breaches.nature-integriteit":       {"integriteit: gegevens zijn gewijzigd", "integrity: data were changed"},
		"breaches.nature-beschikbaarheid":   {"beschikbaarheid: gegevens gingen verloren", "availability: data were lost"},
		"breaches.ontdekt":                  {"Ontdekt op", "Discovered on"},
		"breaches.uur":                      {"Tijd (uu:mm, in Nederland)", "Time (hh:mm, in the Netherlands)"},
		"breaches.set":                      {"Om welke gebeurtenissen gaat het?", "Which events is it about?"},
		"breaches.van":                      {"Vanaf", "From"},
		"breaches.tot":                      {"Tot en met", "Through"},
		"breaches.partij":                   {"Partij", "Party"},
		"breaches.partij.hint":              {"Een OIN; leeg voor al uw partijen.", "An OIN; empty for all your parties."},
		"breaches.actor":                    {"Wie handelde", "Who acted"},
		"breaches.actor.hint":               {"OIN, beheer, seinhuis of functionaris/<nummer>.", "OIN, beheer, seinhuis or functionaris/<number>."},
		"breaches.certificaat":              {"Vingerafdruk van certificaat of inlogsleutel", "Thumbprint of certificate or login key"},
		"breaches.certificaat.hint":         {"SHA-256, 64 tekens; zo staat hij als herkomst in het logboek.", "SHA-256, 64 characters; as the log has it as origin."},
		"breaches.object":                   {"Nummer van een object", "Number of an object"},
		"breaches.object.hint":              {"Een signaal, melding, bericht of pauze (UUID).", "A signal, report, notice or pause (UUID)."},
		"breaches.gebeurtenis":              {"Gebeurtenis", "Event"},
		"breaches.submit":                   {"Openen en bepalen", "Open and measure"},
		"breaches.bad-time":                 {"Vul een tijd in als uu:mm.", "Fill in a time as hh:mm."},
		"breaches.bad-certificate":          {"Een vingerafdruk heeft 64 tekens: cijfers en a tot en met f.", "A thumbprint has 64 characters: digits and a to f."},
	}}
}

// breachesView is what the list shows.
type breachesView struct {
	List   []oversight.Breach
	Nature []choice
	Events []choice
}

func (b breaches) get(ctx context.Context, v *visit) (any, error) {
	list, err := b.port.List(ctx, v.Visit)
	view := breachesView{List: list}
	for _, n := range oversight.Natures() {
		view.Nature = append(view.Nature, choice{string(n), v.say("breaches.nature-" + string(n))})
	}
	view.Events = eventChoices(v)
	return view, err
}

func (b breaches) post(ctx context.Context, v *visit, f form) (string, error) {
	n, wrong := newBreach(f)
	if err := wrong.err(); err != nil {
		return "", err
	}
	made, err := b.port.Open(ctx, v.Visit, n)
	return "/datalek/" + string(made.ID), err
}

// newBreach reads the form.
func newBreach(f form) (n oversight.NewBreach, wrong problems) {
	date := func(name string) gateway.Date {
		if f.text(name) == "" {
			return gateway.Date{}
		}
		d, err := gateway.ParseDate(f.text(name))
		if err != nil {
			wrong.add(name, "field.bad-date")
		}
		return d
	}
	n.Nature = oversight.Nature(f.text("aard"))
	if n.Nature == "" {
		wrong.add("aard", "field.required")
	}
	found := date("ontdekt")
	if f.text("ontdekt") == "" {
		wrong.add("ontdekt", "field.required")
	}
	clock, err := time.Parse("15:04", f.text("uur"))
	moment, ok := fromNetherlands(found, clock.Hour(), clock.Minute())
	if err != nil || !ok {
		wrong.add("uur", "breaches.bad-time")
	}
	n.Discovered = moment
	if since := date("van"); !since.IsZero() {
		n.Filter.Since = since.Begins()
	}
	if until := date("tot"); !until.IsZero() {
		n.Filter.Until = until.AddDays(1).Begins()
	}
	if p := f.text("partij"); p != "" {
		var err error
		if n.Filter.Party, err = gateway.ParseOIN(p); err != nil {
			wrong.add("partij", "field.bad-oin")
		}
	}
	if n.Filter.Actor = f.text("actor"); n.Filter.Actor != "" && !actor(n.Filter.Actor) {
		wrong.add("actor", "search.bad-actor")
	}
	if n.Filter.Origin = f.text("certificaat"); n.Filter.Origin != "" && !proof.IsHex(n.Filter.Origin, 64) {
		wrong.add("certificaat", "breaches.bad-certificate")
	}
	if o := f.text("object"); o != "" {
		var err error
		if n.Filter.Object, err = gateway.ParseUUID(o); err != nil {
			wrong.add("object", "field.bad-id")
		}
	}
	if e := f.text("gebeurtenis"); e != "" {
		if meaningOf(e) == "" {
			wrong.add("gebeurtenis", "field.unknown")
		}
		n.Filter.Events = []audit.Event{audit.Event(e)}
	}
	return n, wrong
}
