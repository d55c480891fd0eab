// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/request"
)

// Requests are the clocks of requests of data subjects, of the parties of an
// officer; every look and act is written into the log. It has five methods: the
// list, and the four acts of a request's life. Filled by oversight.RequestDesk.
type Requests interface {
	List(ctx context.Context, v oversight.Visit, closedToo bool) ([]oversight.RequestView, error)
	Open(ctx context.Context, v oversight.Visit, r request.Request) (request.Request, error)
	Extend(ctx context.Context, v oversight.Visit, id gateway.UUID, why request.Extension) (request.Request, error)
	HandOn(ctx context.Context, v oversight.Visit, id gateway.UUID, to gateway.OIN) (request.Request, error)
	Close(ctx context.Context, v oversight.Visit, id gateway.UUID, how request.Outcome) (request.Request, error)
}

// requests is the list, with a form to book one.
type requests struct{ port Requests }

func (r requests) page() page {
	return page{path: "/verzoeken", name: "requests", menu: true, roles: watchers(), get: r.get, post: r.post, words: words{
		"requests.title":             {"Verzoeken van betrokkenen", "Requests of data subjects"},
		"requests.menu":              {"Verzoeken", "Requests"},
		"requests.lead":              {"Een verzoek moet binnen een maand zijn beantwoord (AVG art. 12 lid 3). Hier staan nummers en dagen; wie het is, weet alleen de verantwoordelijke.", "A request must be answered within a month (GDPR art. 12(3)). Here are numbers and days; only the controller knows who it is."},
		"requests.none":              {"Er zijn geen verzoeken.", "There are no requests."},
		"requests.show-all":          {"Ook afgehandelde tonen", "Show closed ones too"},
		"requests.show-open":         {"Alleen open verzoeken", "Open requests only"},
		"requests.list":              {"Verzoeken", "Requests"},
		"requests.kind":              {"Soort", "Kind"},
		"requests.controller":        {"Verantwoordelijke", "Controller"},
		"requests.instruction":       {"Opdracht", "Instruction"},
		"requests.received":          {"Ontvangen", "Received"},
		"requests.due":               {"Uiterlijk", "Due"},
		"requests.left":              {"Dagen over", "Days left"},
		"requests.state":             {"Toestand", "State"},
		"requests.late":              {"te laat", "late"},
		"requests.open":              {"open", "open"},
		"requests.work":              {"Bewerken", "Work on it"},
		"requests.work-of":           {"Bewerken: opdracht %s", "Work on instruction %s"},
		"requests.new":               {"Verzoek inboeken", "Book a request"},
		"requests.soort":             {"Soort verzoek", "Kind of request"},
		"requests.partij":            {"Verantwoordelijke", "Controller"},
		"requests.partij.hint":       {"Het OIN van de partij die het verzoek ontving.", "The OIN of the party that received the request."},
		"requests.opdracht":          {"Nummer van de opdracht", "Number of the instruction"},
		"requests.opdracht.hint":     {"Het eigen nummer van de verantwoordelijke (UUID). Geen naam, geen klantnummer.", "The controller's own number (UUID). No name, no customer number."},
		"requests.ontvangen":         {"Ontvangen op", "Received on"},
		"requests.submit":            {"Inboeken", "Book"},
		"requests.kind-inzage":       {"inzage (AVG art. 15)", "access (GDPR art. 15)"},
		"requests.kind-rectificatie": {"rectificatie (art. 16)", "rectification (art. 16)"},
		"requests.kind-wissing":      {"wissing (art. 17)", "erasure (art. 17)"},
		"requests.kind-beperking":    {"beperking (art. 18)", "restriction (art. 18)"},
		"requests.kind-bezwaar":      {"bezwaar (art. 21)", "objection (art. 21)"},
		"requests.out-voldaan":       {"voldaan", "granted"},
		"requests.out-deels-voldaan": {"deels voldaan", "partly granted"},
		"requests.out-afgewezen":     {"afgewezen", "refused"},
		"requests.out-ingetrokken":   {"ingetrokken", "withdrawn"},
	}}
}

// requestsView is what the page shows.
type requestsView struct {
	All     bool
	Acts    bool // the officer may book
	List    []oversight.RequestView
	Kinds   []choice
	Parties []choice
}

func (r requests) get(ctx context.Context, v *visit) (any, error) {
	view := requestsView{All: v.param("alle") == "ja", Acts: v.Officer.May(oversight.RoleParty)}
	var err error
	view.List, err = r.port.List(ctx, v.Visit, view.All)
	for _, k := range request.Kinds() {
		view.Kinds = append(view.Kinds, choice{string(k), v.say("requests.kind-" + string(k))})
	}
	for _, p := range v.Officer.Scope().Parties() {
		view.Parties = append(view.Parties, choice{string(p), string(p)})
	}
	return view, err
}

func (r requests) post(ctx context.Context, v *visit, f form) (string, error) {
	var wrong problems
	asked := request.Request{Kind: request.Kind(f.text("soort")), Controller: gateway.OIN(f.text("partij"))}
	var err error
	if asked.Instruction, err = gateway.ParseUUID(f.text("opdracht")); err != nil {
		wrong.add("opdracht", "field.bad-id")
	}
	if asked.Received, err = gateway.ParseDate(f.text("ontvangen")); err != nil {
		wrong.add("ontvangen", "field.bad-date")
	}
	if f.text("soort") == "" {
		wrong.add("soort", "field.required")
	}
	if f.text("partij") == "" {
		wrong.add("partij", "field.required")
	}
	if err := wrong.err(); err != nil {
		return "", err
	}
	_, err = r.port.Open(ctx, v.Visit, asked)
	return "/verzoeken", err
}

// requestPage is one request, with what can be done with it.
type requestPage struct{ port Requests }

func (r requestPage) page() page {
	return page{path: "/verzoeken/{id}", name: "request", parent: "requests", roles: watchers(), get: r.get, post: r.post, words: words{
		"request.title":                {"Verzoek %s", "Request %s"},
		"request.facts":                {"Gegevens", "Facts"},
		"request.extended":             {"Verlengd wegens", "Extended because of"},
		"request.handed":               {"Overgedragen door", "Handed on by"},
		"request.closed":               {"Afgehandeld op", "Closed on"},
		"request.act":                  {"Wat wilt u doen?", "What do you want to do?"},
		"request.handeling":            {"Handeling", "Act"},
		"request.reden":                {"Reden van verlenging", "Reason to extend"},
		"request.reden.hint":           {"Alleen bij verlengen; de betrokkene moet dat binnen de eerste maand hebben gehoord.", "Only to extend; the data subject must have heard it within the first month."},
		"request.naar":                 {"Overdragen aan", "Hand on to"},
		"request.naar.hint":            {"Het OIN van de juiste verantwoordelijke; alleen bij overdragen. De termijn loopt door.", "The OIN of the right controller; only to hand on. The clock goes on."},
		"request.uitkomst":             {"Uitkomst", "Outcome"},
		"request.uitkomst.hint":        {"Alleen bij afhandelen.", "Only to close."},
		"request.submit":               {"Vastleggen", "Record"},
		"request.do-verlengen":         {"Termijn met twee maanden verlengen", "Extend the term by two months"},
		"request.do-overdragen":        {"Overdragen", "Hand on"},
		"request.do-sluiten":           {"Afhandelen", "Close"},
		"request.why-complexiteit":     {"complexiteit", "complexity"},
		"request.why-aantal-verzoeken": {"aantal verzoeken", "number of requests"},
	}}
}

// requestView is what the page of one request shows.
type requestView struct {
	oversight.RequestView
	Acts               bool
	Deeds, Why, Result []choice
}

func (r requestView) titleArgs() []any { return []any{string(r.Instruction)} }

func (r requestPage) get(ctx context.Context, v *visit) (any, error) {
	all, err := r.port.List(ctx, v.Visit, true)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if string(one.ID) != v.segment("id") {
			continue
		}
		view := requestView{RequestView: one, Acts: one.Open() && v.Officer.May(oversight.RoleParty)}
		for _, deed := range []string{"verlengen", "overdragen", "sluiten"} {
			view.Deeds = append(view.Deeds, choice{deed, v.say("request.do-" + deed)})
		}
		for _, why := range request.Extensions() {
			view.Why = append(view.Why, choice{string(why), v.say("request.why-" + string(why))})
		}
		for _, out := range request.Outcomes() {
			view.Result = append(view.Result, choice{string(out), v.say("requests.out-" + string(out))})
		}
		return view, nil
	}
	return nil, absent()
}

func (r requestPage) post(ctx context.Context, v *visit, f form) (string, error) {
	id, err := gateway.ParseUUID(v.segment("id"))
	if err != nil {
		return "", absent()
	}
	switch f.text("handeling") {
	case "verlengen":
		_, err = r.port.Extend(ctx, v.Visit, id, request.Extension(f.text("reden")))
		return "/verzoeken/" + string(id), err
	case "overdragen":
		_, err = r.port.HandOn(ctx, v.Visit, id, gateway.OIN(f.text("naar")))
		return "/verzoeken", err
	case "sluiten":
		_, err = r.port.Close(ctx, v.Visit, id, request.Outcome(f.text("uitkomst")))
		return "/verzoeken/" + string(id), err
	}
	var wrong problems
	wrong.add("handeling", "field.unknown")
	return "", wrong.err()
}
