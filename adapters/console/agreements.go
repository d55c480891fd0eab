// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Agreements are those of the parties of an officer; looks are written into the
// log. Filled by oversight.AgreementDesk.
type Agreements interface {
	List(ctx context.Context, v oversight.Visit) ([]oversight.AgreementView, error)
	// One gives also what the log says of the agreement, newest first.
	One(ctx context.Context, v oversight.Visit, id string) (oversight.AgreementView, []oversight.Hit, error)
}

// agreements is the list.
type agreements struct{ port Agreements }

func (a agreements) page() page {
	return page{path: "/overeenkomsten", name: "agreements", menu: true, roles: watchers(), get: a.get, words: words{
		"agreements.title":          {"Overeenkomsten", "Agreements"},
		"agreements.menu":           {"Overeenkomsten", "Agreements"},
		"agreements.lead":           {"De overeenkomsten van uw partijen, ook die voorbij zijn. Zonder overeenkomst in werking wordt elke melding geweigerd.", "The agreements of your parties, past ones too. Without an agreement in force every report is refused."},
		"agreements.none":           {"Er zijn geen overeenkomsten.", "There are no agreements."},
		"agreements.creditor":       {"Meldende partij", "Creditor"},
		"agreements.municipality":   {"Gemeente", "Municipality"},
		"agreements.state":          {"Toestand", "State"},
		"agreements.from":           {"Vanaf", "From"},
		"agreements.until":          {"Tot en met", "Through"},
		"agreements.kinds":          {"Soorten", "Kinds"},
		"agreements.open":           {"Bekijken", "Look"},
		"agreements.open-of":        {"Bekijken: %s met %s", "Look: %s with %s"},
		"agreements.in-werking":     {"in werking", "in force"},
		"agreements.toekomstig":     {"gaat nog in", "to come"},
		"agreements.geeindigd":      {"geëindigd", "ended"},
		"agreements.no-end":         {"geen einde", "no end"},
		"agreements.unknown-holder": {"niet aangesloten", "not connected"},
		"agreement.title":           {"Overeenkomst van %s met %s", "Agreement of %s with %s"},
		"agreement.facts":           {"Wat zij toestaat", "What it allows"},
		"agreement.number":          {"Nummer", "Number"},
		"agreement.bases":           {"Grondslagen", "Legal bases"},
		"agreement.threshold":       {"Drempel", "Threshold"},
		"agreement.euros":           {"€ %d,%02d", "€ %d.%02d"},
		"agreement.birth-date":      {"Geboortedatum toegestaan", "Date of birth allowed"},
		"agreement.yes":             {"ja", "yes"},
		"agreement.no":              {"nee", "no"},
		"agreement.pause":           {"Langste incassopauze", "Longest pause of collection"},
		"agreement.pause-days":      {"%d dagen", "%d days"},
		"agreement.prolongations":   {"Keren te verlengen", "Times to prolong"},
		"agreement.history":         {"Geschiedenis in het logboek", "History in the log"},
		"agreement.no-history":      {"Het logboek noemt deze overeenkomst niet.", "The log does not name this agreement."},
	}}
}

func (a agreements) get(ctx context.Context, v *visit) (any, error) { return a.port.List(ctx, v.Visit) }

// agreement is one of them.
type agreement struct{ port Agreements }

func (a agreement) page() page {
	return page{path: "/overeenkomsten/{id}", name: "agreement", parent: "agreements", roles: watchers(), get: a.get}
}

// agreementView is what the page of one agreement shows.
type agreementView struct {
	oversight.AgreementView
	Hits []oversight.Hit
}

func (a agreementView) titleArgs() []any {
	return []any{a.CreditorName, municipalityName(a.AgreementView)}
}

func municipalityName(a oversight.AgreementView) string {
	if a.HolderName != "" {
		return a.HolderName
	}
	return string(a.Municipality)
}

// List joins codes.
func (a agreementView) Bases() string { return joined(a.Agreement.Bases) }

// Kinds joins the kinds of claims.
func (a agreementView) Kinds() string { return joined(a.Agreement.Kinds) }

// Euros and Cents are the threshold.
func (a agreementView) Euros() int64 { return a.ThresholdInCents / 100 }

// Cents is what is left of it.
func (a agreementView) Cents() int64 { return a.ThresholdInCents % 100 }

// Longest is the longest pause in days; none set is that of the covenant.
func (a agreementView) Longest() int {
	if a.PauseDays == 0 {
		return 30
	}
	return a.PauseDays
}

func joined[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}

func (a agreement) get(ctx context.Context, v *visit) (any, error) {
	if _, err := gateway.ParseUUID(v.segment("id")); err != nil {
		return nil, absent()
	}
	one, hits, err := a.port.One(ctx, v.Visit, v.segment("id"))
	return agreementView{one, hits}, err
}
