// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// hitsPerPage is how many entries one page of results shows.
const hitsPerPage = 50

// search is the log with a form to search it.
type search struct{ journal Journal }

func (s search) page() page {
	return page{path: "/logboek", name: "search", menu: true, roles: watchers(), get: s.get, words: words{
		"search.title":            {"Logboek", "Log"},
		"search.menu":             {"Logboek", "Log"},
		"search.lead":             {"Alle gebeurtenissen die uw partijen betreffen, de nieuwste eerst. Laat velden leeg om alles te zien.", "All events that concern your parties, newest first. Leave fields empty to see everything."},
		"search.form":             {"Zoeken in het logboek", "Search the log"},
		"search.partij":           {"Partij", "Party"},
		"search.partij.hint":      {"Een OIN van 20 tekens.", "An OIN of 20 characters."},
		"search.van":              {"Vanaf", "From"},
		"search.tot":              {"Tot en met", "Through"},
		"search.gebeurtenis":      {"Gebeurtenis", "Event"},
		"search.object":           {"Object", "Object"},
		"search.object.hint":      {"Soort, OIN, gemeentecode of nummer, zoals melding/<OIN>/<nummer>.", "Kind, OIN, municipality code or number, such as melding/<OIN>/<number>."},
		"search.actor":            {"Wie handelde", "Who acted"},
		"search.actor.hint":       {"OIN, beheer, seinhuis of functionaris/<nummer>.", "OIN, beheer, seinhuis or functionaris/<number>."},
		"search.uitkomst":         {"Uitkomst", "Outcome"},
		"search.spoor":            {"Spoor", "Trace"},
		"search.spoor.hint":       {"32 tekens; verbindt regels van één handeling.", "32 characters; joins the entries of one act."},
		"search.submit":           {"Zoeken", "Search"},
		"search.clear":            {"Velden leegmaken", "Clear fields"},
		"search.results":          {"Gevonden gebeurtenissen", "Events found"},
		"search.none":             {"Er is niets gevonden. Maak de periode ruimer of laat een veld leeg.", "Nothing was found. Widen the period or leave a field empty."},
		"search.no-more":          {"Er zijn geen oudere gebeurtenissen.", "There are no older events."},
		"search.shown":            {"%d gebeurtenissen op deze pagina", "%d events on this page"},
		"search.number":           {"Nr.", "No."},
		"search.moment":           {"Moment", "Moment"},
		"search.older":            {"Oudere gebeurtenissen", "Older events"},
		"search.newest":           {"Terug naar de nieuwste", "Back to the newest"},
		"search.pages":            {"Bladeren", "Pages"},
		"search.bad-object":       {"Dit is geen soort, OIN, gemeentecode of nummer.", "This is no kind, OIN, municipality code or number."},
		"search.bad-actor":        {"Dit is geen OIN en geen van de vaste woorden.", "This is no OIN and none of the fixed words."},
		"search.bad-trace":        {"Een spoor heeft 32 tekens: cijfers en a tot en met f.", "A trace has 32 characters: digits and a to f."},
		"search.bad-order":        {"De einddatum ligt voor de begindatum.", "The end date lies before the start date."},
		"search.result-gelukt":    {"gelukt", "done"},
		"search.result-geweigerd": {"geweigerd", "refused"},
		"search.result-mislukt":   {"mislukt", "failed"},
	}}
}

// searchView is what the page shows.
type searchView struct {
	Parties  []choice // of the officer; none when he sees all
	Events   []choice
	Results  []choice
	Hits     []oversight.Hit
	Asked    bool // the form was right, and the log was asked
	Paged    bool // older than some number
	Older    string
	Newest   string
	Location string
}

// searchFields are the names of the form.
func searchFields() []string {
	return []string{"partij", "van", "tot", "gebeurtenis", "object", "actor", "uitkomst", "spoor"}
}

func (s search) get(ctx context.Context, v *visit) (any, error) {
	view := searchView{Parties: ownParties(v)}
	view.Events = eventChoices(v)
	for _, r := range []string{proof.ResultDone, proof.ResultRefused, proof.ResultFailed} {
		view.Results = append(view.Results, choice{r, v.say("search.result-" + r)})
	}
	q, wrong := queryOf(v)
	if err := wrong.err(); err != nil {
		return view, err
	}
	hits, err := s.journal.Search(ctx, v.Visit, q)
	if err != nil {
		return nil, err
	}
	view.Hits, view.Asked, view.Paged = hits, true, q.Before > 0
	kept := url.Values{}
	for _, name := range searchFields() {
		if value := trim(v.param(name)); value != "" {
			kept.Set(name, value)
		}
	}
	view.Newest = "/logboek?" + kept.Encode()
	if len(hits) == hitsPerPage {
		kept.Set("voor", strconv.FormatInt(hits[len(hits)-1].Number, 10))
		view.Older = "/logboek?" + kept.Encode()
	}
	return view, nil
}

// ownParties are those that an officer serves, to choose from; none for the
// processor's, who may name any.
func ownParties(v *visit) (out []choice) {
	if v.Officer.Scope().All() {
		return nil
	}
	for _, p := range v.Officer.Scope().Parties() {
		out = append(out, choice{string(p), string(p)})
	}
	return out
}

// queryOf reads the form. The scope is the desk's to set.
func queryOf(v *visit) (q oversight.Query, wrong problems) {
	value := func(name string) string { return trim(v.param(name)) }
	q.Scope, q.Limit = v.Officer.Scope(), hitsPerPage
	if p := value("partij"); p != "" {
		oin, err := gateway.ParseOIN(p)
		if err != nil {
			wrong.add("partij", "field.bad-oin")
		}
		q.Party = oin
	}
	since, until := dateOf(v, "van", &wrong), dateOf(v, "tot", &wrong)
	if !since.IsZero() {
		q.Since = since.Begins()
	}
	if !until.IsZero() {
		q.Until = until.AddDays(1).Begins()
	}
	if !since.IsZero() && !until.IsZero() && since.After(until) {
		wrong.add("tot", "search.bad-order")
	}
	if e := value("gebeurtenis"); e != "" {
		if meaningOf(e) == "" {
			wrong.add("gebeurtenis", "field.unknown")
		}
		q.Events = []audit.Event{audit.Event(e)}
	}
	if o := value("object"); o != "" && !objectOf(o, &q) {
		wrong.add("object", "search.bad-object")
	}
	if q.Actor = value("actor"); q.Actor != "" && !actor(q.Actor) {
		wrong.add("actor", "search.bad-actor")
	}
	if q.Result = value("uitkomst"); q.Result != "" && !slices.Contains([]string{proof.ResultDone, proof.ResultRefused, proof.ResultFailed}, q.Result) {
		wrong.add("uitkomst", "field.unknown")
	}
	if t := value("spoor"); t != "" {
		var err error
		if q.Trace, err = gateway.ParseTrace(t); err != nil {
			wrong.add("spoor", "search.bad-trace")
		}
	}
	if n, err := strconv.ParseInt(v.param("voor"), 10, 64); err == nil && n > 0 {
		q.Before = n
	}
	return q, wrong
}

// dateOf reads a date of the query; the zero date when it is empty or wrong.
func dateOf(v *visit, name string, wrong *problems) gateway.Date {
	text := trim(v.param(name))
	if text == "" {
		return gateway.Date{}
	}
	d, err := gateway.ParseDate(text)
	if err != nil {
		wrong.add(name, "field.bad-date")
	}
	return d
}

// objectOf reads an object, whole or in part, as the log writes it.
func objectOf(text string, q *oversight.Query) bool {
	for i, part := range strings.Split(text, "/") {
		switch {
		case i == 0 && kind(part):
			q.Kind = audit.Kind(part)
		case proof.IsUUID(part): // the last one is the object itself
			q.Object = gateway.UUID(part)
		case proof.IsOIN(part) || municipality(part):
			q.Holder = part
		default:
			return false
		}
	}
	return true
}

func kind(word string) bool {
	for _, m := range audit.Catalogue() {
		if slices.Contains(m.Objects, audit.Kind(word)) {
			return true
		}
	}
	return false
}

func municipality(code string) bool {
	_, err := gateway.ParseMunicipality(code)
	return err == nil
}

func actor(text string) bool {
	account, officer := strings.CutPrefix(text, proof.ActorOfficerPrefix)
	return proof.IsOIN(text) || officer && proof.IsUUID(account) ||
		slices.Contains([]string{proof.ActorGateway, proof.ActorOperator, proof.ActorUnknown}, text)
}
