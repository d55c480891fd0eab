// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Registers makes what the processor accounts with, and writes that into the
// log. Filled by oversight.RegisterDesk.
type Registers interface {
	Register(ctx context.Context, v oversight.Visit) (oversight.ProcessingRegister, error)
	Annex(ctx context.Context, v oversight.Visit) (oversight.Annex, error)
}

// processing is the register of processing activities, to be printed.
type processing struct{ port Registers }

func (p processing) page() page {
	return page{path: "/rapporten/verwerkingen", name: "processing", parent: "reports", roles: watchers(), get: p.get, words: words{
		"processing.title":          {"Register van verwerkingen", "Register of processing activities"},
		"processing.lead":           {"Register van de verwerker (AVG art. 30 lid 2), gemaakt op %s uit wat is ingesteld en in werking is.", "Register of the processor (GDPR art. 30(2)), made on %s from what is configured and in force."},
		"processing.processor":      {"Verwerker", "Processor"},
		"processing.name":           {"Naam", "Name"},
		"processing.contact":        {"Functionaris voor gegevensbescherming", "Data protection officer"},
		"processing.unset":          {"niet ingesteld (verwerker in seinhuis.yaml)", "not configured (verwerker in seinhuis.yaml)"},
		"processing.subs":           {"Subverwerkers", "Sub-processors"},
		"processing.transfers":      {"Doorgifte naar derde landen", "Transfers to third countries"},
		"processing.none":           {"geen", "none"},
		"processing.controllers":    {"Verantwoordelijken", "Controllers"},
		"processing.no-controllers": {"Er zijn geen verantwoordelijken.", "There are no controllers."},
		"processing.oin":            {"OIN", "OIN"},
		"processing.kind":           {"Hoedanigheid", "Capacity"},
		"processing.agreements":     {"Overeenkomsten in werking", "Agreements in force"},
		"processing.activities":     {"Categorieën van verwerking", "Categories of processing"},
		"processing.activity":       {"Verwerking", "Processing"},
		"processing.law":            {"Grondslag", "Legal basis"},
		"processing.subjects":       {"Betrokkenen", "Data subjects"},
		"processing.data":           {"Gegevens", "Data"},
		"processing.recipients":     {"Ontvangers", "Recipients"},
		"processing.terms":          {"Bewaartermijnen", "Terms of retention"},
		"processing.what":           {"Wat", "What"},
		"processing.days":           {"Dagen", "Days"},
		"processing.source":         {"Bron", "Source"},
		"processing.measures":       {"Beveiligingsmaatregelen", "Security measures"},
		"processing.measures-lead":  {"Uit het dreigingsmodel (in het Engels), elk met de tests die haar bewaken.", "From the threat model, each with the tests that hold it."},
		"processing.tests":          {"Tests", "Tests"},
		"processing.policy":         {"Beleid in werking", "Policy in force"},
	}}
}

func (p processing) get(ctx context.Context, v *visit) (any, error) {
	r, err := p.port.Register(ctx, v.Visit)
	return accountView{ProcessingRegister: r, english: v.Lang == english}, err
}

// accountView is what both pages show.
type accountView struct {
	oversight.ProcessingRegister
	Annex   oversight.Annex
	english bool
}

// Say gives a text in the visitor's language.
func (a accountView) Say(t oversight.Words) string {
	if a.english {
		return t.EN
	}
	return t.NL
}

// List gives texts in the visitor's language, in one line.
func (a accountView) List(all []oversight.Words) string {
	said := make([]string, len(all))
	for i, t := range all {
		said[i] = a.Say(t)
	}
	return strings.Join(said, ", ")
}

// Categories are the activities of the register, or of the annex.
func (a accountView) Categories() []logbook.Category {
	return append(a.Activities, a.Annex.Activities...)
}

// dpia is the annex for a DPIA, to be printed.
type dpia struct{ port Registers }

func (d dpia) page() page {
	return page{path: "/rapporten/dpia", name: "dpia", parent: "reports", roles: watchers(), get: d.get, words: words{
		"dpia.title":    {"Bijlage voor een DPIA", "Annex for a DPIA"},
		"dpia.lead":     {"Voor de DPIA van een verantwoordelijke (AVG art. 35 lid 7), gemaakt op %s. De afweging blijft aan de verantwoordelijke.", "For the DPIA of a controller (GDPR art. 35(7)), made on %s. The judgement stays with the controller."},
		"dpia.journey":  {"De gegevensstroom", "The flow of data"},
		"dpia.step":     {"Stap", "Step"},
		"dpia.what":     {"Wat er gebeurt", "What happens"},
		"dpia.why":      {"Waarom", "Why"},
		"dpia.need":     {"Noodzaak en evenredigheid: de regels in werking", "Necessity and proportionality: the rules in force"},
		"dpia.rule":     {"Regel", "Rule"},
		"dpia.text":     {"Wat zij zegt", "What it says"},
		"dpia.risks":    {"Risico's en wat ze tegenhoudt", "Risks and what stops them"},
		"dpia.english":  {"Uit het dreigingsmodel, dat in het Engels wordt bijgehouden.", "From the threat model."},
		"dpia.access":   {"Toegang", "Access"},
		"dpia.wants":    {"Wil", "Wants to"},
		"dpia.measures": {"Maatregelen", "Measures"},
		"dpia.remains":  {"Wat overblijft", "What remains"},
	}}
}

func (d dpia) get(ctx context.Context, v *visit) (any, error) {
	a, err := d.port.Annex(ctx, v.Visit)
	return accountView{Annex: a, english: v.Lang == english}, err
}
