// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/policies"
)

// Processor is who processes, as the configuration says it.
type Processor struct {
	OIN           gateway.OIN `json:"oin"`
	Name          string      `json:"naam"`
	Contact       string      `json:"contact"`       // of its data protection officer
	SubProcessors []string    `json:"subverwerkers"` // none: empty
	Transfers     []string    `json:"doorgifte"`     // to third countries; none: empty
}

// ControllerRow is one controller on whose behalf is processed.
type ControllerRow struct {
	Party      gateway.OIN       `json:"oin"`
	Name       string            `json:"naam"`
	Kind       gateway.PartyKind `json:"soort"`
	Agreements []AgreementView   `json:"-"` // in force, or to come
	InForce    int               `json:"overeenkomsten"`
	BodyDays   int               `json:"inhoudDagen,omitzero"`       // its own shorter term
	TokenDays  int               `json:"pseudoniemenDagen,omitzero"` // its own shorter term
}

// TermRow is how long something is kept.
type TermRow struct {
	What Words `json:"wat"`
	Days int   `json:"dagen"`
	From Words `json:"bron"`
}

// RuleRow is one rule of policy that is in force.
type RuleRow struct {
	Rule   string `json:"regel"`
	Law    string `json:"wet"`
	Effect string `json:"gevolg"`
	Text   Words  `json:"tekst"`
}

// ProcessingRegister is the processor's register of processing activities (AVG
// art. 30(2)), made from what is configured and in force.
type ProcessingRegister struct {
	MadeAt      time.Time          `json:"gemaaktOp"`
	Processor   Processor          `json:"verwerker"`
	Controllers []ControllerRow    `json:"verantwoordelijken"`
	Activities  []logbook.Category `json:"verwerkingen"`
	Terms       []TermRow          `json:"bewaartermijnen"`
	Measures    []Measure          `json:"maatregelen"`
	Policy      string             `json:"beleid"` // name, version and digest
}

// Annex is what a controller puts into its DPIA (AVG art. 35(7)): the processing
// and its purposes, why it is necessary, the risks and the measures.
type Annex struct {
	MadeAt     time.Time          `json:"gemaaktOp"`
	Processor  Processor          `json:"verwerker"`
	Journey    []JourneyStep      `json:"gegevensstroom"`
	Activities []logbook.Category `json:"verwerkingen"`
	Rules      []RuleRow          `json:"noodzaak"`
	Terms      []TermRow          `json:"bewaartermijnen"`
	Risks      []Risk             `json:"risicos"`
	Measures   []Measure          `json:"maatregelen"`
	Remains    []string           `json:"restrisicos"`
	Policy     string             `json:"beleid"`
}

// RegisterPorts is what the register is made from. All are required.
type RegisterPorts struct {
	Processor Processor
	Threats   ThreatModel
	List      AgreementList
	Policy    func() *policies.Bundle // in force now
	Log       Log
}

// RegisterDesk makes the register and the annex. Safe for concurrent use. Called
// by adapters/console.
type RegisterDesk struct{ ports RegisterPorts }

// NewRegisterDesk makes it.
func NewRegisterDesk(ports RegisterPorts) *RegisterDesk { return &RegisterDesk{ports} }

// Register makes the register with the controllers of the officer's scope. It is
// logged first.
func (d *RegisterDesk) Register(ctx context.Context, v Visit) (ProcessingRegister, error) {
	scope, err := sees(v)
	if err != nil {
		return ProcessingRegister{}, err
	}
	controllers, err := d.controllers(ctx, v, scope)
	if err != nil {
		return ProcessingRegister{}, err
	}
	p := ProcessingRegister{MadeAt: v.At.UTC(), Processor: d.ports.Processor, Controllers: controllers, Activities: logbook.Categories(),
		Terms: d.terms(v.At), Measures: d.ports.Threats.Measures, Policy: d.policy()}
	return p, v.look(ctx, d.ports.Log, audit.RegisterMade, scope, audit.Codes("register-verwerkingen"))
}

// Annex makes the annex for a DPIA. It is the same for every officer. It is
// logged first.
func (d *RegisterDesk) Annex(ctx context.Context, v Visit) (Annex, error) {
	scope, err := sees(v)
	if err != nil {
		return Annex{}, err
	}
	a := Annex{MadeAt: v.At.UTC(), Processor: d.ports.Processor, Journey: journeySteps(), Activities: logbook.Categories(), Rules: rulesInForce(d.ports.Policy(), v.At),
		Terms: d.terms(v.At), Risks: d.ports.Threats.Risks, Measures: d.ports.Threats.Measures, Remains: d.ports.Threats.Remains, Policy: d.policy()}
	return a, v.look(ctx, d.ports.Log, audit.RegisterMade, scope, audit.Codes("dpia-bijlage"))
}

func (d *RegisterDesk) controllers(ctx context.Context, v Visit, scope Scope) (rows []ControllerRow, err error) {
	r, err := readRoll(ctx, d.ports.List, scope)
	if err != nil {
		return nil, err
	}
	all, err := (&AgreementDesk{list: d.ports.List}).own(ctx, v, scope)
	for _, p := range r.own() {
		if p.State == gateway.PartyEnded {
			continue
		}
		row := ControllerRow{Party: p.OIN, Name: p.Name, Kind: p.Kind, BodyDays: p.BodyDays, TokenDays: p.TokenDays}
		for _, a := range all {
			if a.State != AgreementOver && (a.Creditor == p.OIN || a.Holder == p.OIN) {
				row.Agreements = append(row.Agreements, a)
				if a.State == AgreementInForce {
					row.InForce++
				}
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b ControllerRow) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Party, b.Party))
	})
	return rows, err
}

func (d *RegisterDesk) policy() string {
	ref := d.ports.Policy().Ref()
	return ref.Name + " " + ref.Version + ", SHA-256 " + hex.EncodeToString(ref.Digest[:])
}

// terms are those of the policy in force and those that are fixed in code.
func (d *RegisterDesk) terms(now time.Time) []TermRow {
	t := d.ports.Policy().LongestTerms(gateway.Today(now).Time())
	policy, fixed := say("beleid", "policy"), say("vast in de software", "fixed in the software")
	return []TermRow{
		{say("verzegelde inhoud van een melding (ten hoogste)", "sealed content of a report (at most)"), t.Body, policy},
		{say("verzegelde inhoud na bevestiging door de gemeente", "sealed content after the municipality confirmed it"), retention.Grace, fixed},
		{say("pseudoniemen (ten hoogste)", "pseudonyms (at most)"), t.Tokens, policy},
		{say("ontvangstbewijs, zonder inhoud (ten hoogste)", "receipt, without content (at most)"), t.Receipt, policy},
		{say("verwijderingsbewijzen en opschortingen na hun einde", "deletion receipts, and holds after their end"), retention.KeepReceipts, fixed},
		{say("dossiers van datalekken na hun einde", "cases of breaches after their end"), KeepBreaches, fixed},
	}
}

// rulesInForce are the rules of any kind of report that are in force today, in
// the order of the documents.
func rulesInForce(b *policies.Bundle, now time.Time) (rows []RuleRow) {
	if b == nil {
		return nil
	}
	today := gateway.Today(now).Time()
	found, order := map[string]RuleRow{}, []string{}
	for _, kind := range gateway.ReportKinds() {
		for _, basis := range []gateway.Basis{gateway.BasisWgs, gateway.BasisConsent} {
			for _, a := range b.Explain(policies.Question{Kind: string(kind), Basis: string(basis), SignalDate: today, Today: today}) {
				if strings.HasPrefix(a.Rule, "ingebouwd/") {
					continue // of the engine, because this question names no agreement
				}
				if _, known := found[a.Rule]; !known {
					order = append(order, a.Rule)
					found[a.Rule] = RuleRow{}
				}
				if a.Outcome != policies.OutcomeNotInForce && a.Outcome != policies.OutcomeOtherScope {
					found[a.Rule] = RuleRow{a.Rule, a.Law, a.Effect, say(a.NL, a.EN)}
				}
			}
		}
	}
	for _, rule := range order {
		if row := found[rule]; row.Rule != "" {
			rows = append(rows, row)
		}
	}
	return rows
}
