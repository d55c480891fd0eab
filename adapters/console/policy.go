// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Policy is the history of the policy. Filled by adoption.Desk.
type Policy interface {
	History(ctx context.Context, v oversight.Visit) (adoption.History, error)
	Version(ctx context.Context, v oversight.Visit, id gateway.UUID) (adoption.Version, error)
	Compare(ctx context.Context, v oversight.Visit, a, b gateway.UUID) (policies.Difference, error)
}

// policyPage is which policy counts, what was before it, and what waits.
type policyPage struct{ policy Policy }

func (p policyPage) page() page {
	return page{path: "/beleid", name: "policy", menu: true, roles: oversight.Roles(), get: p.get, words: words{
		"policy.title":        {"Beleid", "Policy"},
		"policy.menu":         {"Beleid", "Policy"},
		"policy.lead":         {"Het beleid bepaalt welke melding mag passeren, welke gegevens worden weggelaten en hoe lang iets wordt bewaard. Het verandert alleen als twee verschillende functionarissen hetzelfde voorstel goedkeuren.", "The policy decides which report may pass, which data are left out and how long things are kept. It changes only when two different officers approve the same proposal."},
		"policy.current":      {"In werking", "In force"},
		"policy.none":         {"Er is nog geen geschiedenis: de dienst is nog niet gestart.", "There is no history yet: the service was not started."},
		"policy.counts":       {"%s %s, sinds %s.", "%s %s, since %s."},
		"policy.imported":     {"Dit is het beleid waarmee de dienst is ingericht; functionarissen hebben nog geen beleid vastgesteld.", "This is the policy that the service was set up with; officers have not adopted a policy yet."},
		"policy.read":         {"Lees de regels", "Read the rules"},
		"policy.waiting":      {"Vastgesteld, gaat in op %s", "Adopted, begins on %s"},
		"policy.proposals":    {"Voorstellen", "Proposals"},
		"policy.no-proposals": {"Er wacht geen voorstel op goedkeuring.", "No proposal waits for approval."},
		"policy.has":          {"%d van 2 goedkeuringen", "%d of 2 approvals"},
		"policy.propose":      {"Doe een voorstel", "Make a proposal"},
		"policy.try":          {"Naar de proefbank", "To the test bench"},
		"policy.history":      {"Geschiedenis", "History"},
		"policy.history-lead": {"Alles wat is ingevoerd, voorgesteld, vastgesteld en afgewezen, het nieuwste eerst.", "All that was imported, proposed, adopted and rejected, newest first."},
		"policy.version":      {"Versie", "Version"},
		"policy.state":        {"Stand", "State"},
		"policy.from":         {"Ingangsdatum", "First day"},
		"policy.proposed-by":  {"Voorgesteld door", "Proposed by"},
		"policy.approved-by":  {"Goedgekeurd door", "Approved by"},
		"policy.ticket":       {"Dossier", "File"},
		"policy.way-lokaal":   {"via de opdrachtregel", "at the command line"},
		"policy.way-eenmalig": {"aangemeld met een eenmalige code", "signed in with a one-time code"},
		"policy.way-oidc":     {"aangemeld bij de organisatie", "signed in at the organisation"},

		"policy.state-voorgesteld": {"voorgesteld", "proposed"},
		"policy.state-vastgesteld": {"vastgesteld", "adopted"},
		"policy.state-ingetrokken": {"ingetrokken", "withdrawn"},
		"policy.state-afgewezen":   {"afgewezen", "rejected"},
		"policy.state-invoer":      {"invoer bij installatie", "import at installation"},
		"policy.state-in-werking":  {"in werking", "in force"},
	}}
}

// policyView is what the page shows.
type policyView struct {
	Current   policyRow
	Proposals []policyRow
	Waiting   []policyRow
	All       []policyRow
	May       bool
}

// policyRow is one proposal or version in a list.
type policyRow struct {
	adoption.Proposal
	Stands string // key of the word
	Since  time.Time
}

// wayOf says how the officer came in who gave an approval; empty when nothing
// tells.
func wayOf(a adoption.Approval) oversight.Way {
	if a.Origin == audit.Local {
		return oversight.WayLocal
	}
	return a.Way()
}

func rowOf(p adoption.Proposal, current gateway.UUID) policyRow {
	r := policyRow{p, "policy.state-" + string(p.State), p.Begins()}
	switch {
	case p.ID == current && p.Exists():
		r.Stands = "policy.state-in-werking"
	case p.Source == adoption.Import:
		r.Stands = "policy.state-invoer"
	}
	return r
}

func (p policyPage) get(ctx context.Context, v *visit) (any, error) {
	h, err := p.policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	current := h.InForce(v.At)
	view := policyView{Current: rowOf(current, current.ID), May: v.Officer.May(oversight.RolePolicy)}
	for _, one := range slices.Backward(h) {
		row := rowOf(one, current.ID)
		view.All = append(view.All, row)
		switch {
		case one.State == adoption.Proposed:
			view.Proposals = append(view.Proposals, row)
		case one.State == adoption.Adopted && one.Begins().After(v.At):
			view.Waiting = append(view.Waiting, row)
		}
	}
	return view, nil
}

// comparePage is what one version has other than another.
type comparePage struct{ policy Policy }

func (p comparePage) page() page {
	return page{path: "/beleid/verschil", name: "compare", parent: "policy", roles: oversight.Roles(), get: p.get, words: words{
		"compare.title":     {"Verschil tussen twee versies", "Difference between two versions"},
		"compare.lead":      {"Kies twee versies of voorstellen. Opmerkingen, opmaak en volgorde zijn geen verschil.", "Choose two versions or proposals. Comments, layout and order are no difference."},
		"compare.form":      {"Versies kiezen", "Choose versions"},
		"compare.van":       {"Van", "From"},
		"compare.naar":      {"Naar", "To"},
		"compare.submit":    {"Vergelijk", "Compare"},
		"compare.between":   {"Van %s naar %s", "From %s to %s"},
		"compare.empty":     {"Er is geen verschil dat iets bepaalt.", "There is no difference that decides anything."},
		"compare.documents": {"Documenten", "Documents"},
		"compare.rules":     {"Regels", "Rules"},
		"compare.cases":     {"Gevallen", "Cases"},
		"compare.field":     {"Veld", "Field"},
		"compare.old":       {"Was", "Was"},
		"compare.new":       {"Wordt", "Becomes"},
		"compare.nothing":   {"(niets)", "(nothing)"},
		"compare.nieuw":     {"nieuw", "new"},
		"compare.vervallen": {"vervallen", "gone"},
		"compare.gewijzigd": {"gewijzigd", "changed"},
	}}
}

type compareView struct {
	Versions   []choice
	A, B       string
	Difference *policies.Difference
}

func (p comparePage) get(ctx context.Context, v *visit) (any, error) {
	h, err := p.policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	view := compareView{Versions: versionChoices(v, h), A: v.param("van"), B: v.param("naar")}
	if view.A == "" && view.B == "" {
		return view, nil
	}
	var wrong problems
	a, b := versionOf(h, "van", view.A, &wrong), versionOf(h, "naar", view.B, &wrong)
	if len(wrong) > 0 {
		return view, wrong
	}
	d, err := p.policy.Compare(ctx, v.Visit, a, b)
	view.Difference = &d
	return view, err
}

// versionOf finds the version that a field names.
func versionOf(h adoption.History, name, value string, wrong *problems) gateway.UUID {
	if p := h.Find(gateway.UUID(value)); p.Exists() {
		return p.ID
	}
	wrong.add(name, "field.unknown")
	return ""
}

// versionChoices are all versions and proposals, the newest first.
func versionChoices(v *visit, h adoption.History) (all []choice) {
	current := h.InForce(v.At)
	for _, p := range slices.Backward(h) {
		all = append(all, choice{string(p.ID), p.Policy.Name + " " + p.Policy.Version + " (" + v.say(rowOf(p, current.ID).Stands) + ", " + day(v.Lang, p.From) + ")"})
	}
	return all
}

// changedParts are parts of a difference under one heading.
type changedParts struct {
	Title string // key of the word
	Parts []policies.PartChange
}

// compareLink is the address of a difference.
func compareLink(a, b gateway.UUID) string {
	return "/beleid/verschil?" + url.Values{"van": {string(a)}, "naar": {string(b)}}.Encode()
}
