// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// overview is the start page: what passed in the last days.
type overview struct{ journal Journal }

func (o overview) page() page {
	return page{path: "/{$}", name: "overview", menu: true, roles: oversight.Roles(), get: o.get, words: words{
		"overview.title":        {"Overzicht", "Overview"},
		"overview.menu":         {"Overzicht", "Overview"},
		"overview.lead":         {"Wat er voor u doorheen ging van %s tot en met %s.", "What passed for you from %s through %s."},
		"overview.policy-only":  {"Uw rol geeft geen inzage in gebeurtenissen. Kies hierboven een onderdeel.", "Your role gives no sight of events. Choose a part above."},
		"overview.choose":       {"Periode en partij kiezen", "Choose period and party"},
		"overview.show":         {"Toon", "Show"},
		"overview.dagen":        {"Periode", "Period"},
		"overview.partij":       {"Partij", "Party"},
		"overview.days":         {"%s dagen", "%s days"},
		"overview.flows":        {"Meldingen per dag", "Reports per day"},
		"overview.received":     {"Meldingen ontvangen", "Reports received"},
		"overview.refused":      {"Meldingen geweigerd", "Reports refused"},
		"overview.read":         {"Signalen gelezen", "Signals read"},
		"overview.feedback":     {"Terugkoppelingen", "Feedback"},
		"overview.pauses":       {"Incassopauzes ingegaan", "Pauses of collection begun"},
		"overview.access":       {"Toegang geweigerd", "Access refused"},
		"overview.table":        {"Dezelfde cijfers als tabel", "The same numbers as a table"},
		"overview.day":          {"Dag", "Day"},
		"overview.reasons":      {"Weigeringen naar reden", "Refusals by reason"},
		"overview.reasons-lead": {"Een geweigerde melding kan meer dan één reden hebben. De gebeurtenis opent het logboek; bij elke regel daarvan staat welke regel van het beleid weigerde.", "A refused report may have more than one reason. The event opens the log; each entry there tells which rule of the policy refused."},
		"overview.reason":       {"Reden", "Reason"},
		"overview.event":        {"Gebeurtenis", "Event"},
		"overview.count":        {"Aantal", "Number"},
		"overview.none-refused": {"In deze periode is niets geweigerd.", "Nothing was refused in this period."},
	}}
}

// overviewView is what the start page shows.
type overviewView struct {
	Sees          bool
	From, Through gateway.Date
	Days          string
	Spans         []choice
	Party         gateway.OIN
	Parties       []choice // to choose from; none when there is nothing to choose
	Figures       []figure
	Chart         chart
	Rows          []dayRow
	Reasons       []reasonRow
}

type figure struct {
	Word string
	N    int64
}

type dayRow struct {
	Day               gateway.Date
	Received, Refused int64
}

type reasonRow struct {
	Code  string
	Event audit.Event
	N     int64
	Link  string // to these refusals in the log
}

func (o overview) get(ctx context.Context, v *visit) (any, error) {
	if v.Officer.Scope().Empty() { // nothing to count, and nothing to write down
		return overviewView{}, nil
	}
	view := overviewView{Sees: true, Through: gateway.Today(v.At), Days: "30", Parties: ownParties(v)}
	days := 30
	for _, n := range []int{7, 30, 90, 365} {
		if text := fmt.Sprint(n); v.param("dagen") == text {
			view.Days, days = text, n
		}
		view.Spans = append(view.Spans, choice{fmt.Sprint(n), v.say("overview.days", fmt.Sprint(n))})
	}
	view.Party = gateway.OIN(v.param("partij"))
	if _, err := gateway.ParseOIN(string(view.Party)); err != nil {
		view.Party = ""
	}
	view.From = view.Through.AddDays(1 - days)
	volumes, err := o.journal.Volumes(ctx, v.Visit, view.Party, view.From, view.Through)
	if err != nil {
		return nil, err
	}
	view.Figures = figuresOf(volumes)
	view.Rows = daysOf(volumes, view.From, view.Through)
	view.Reasons = reasonsOf(volumes)
	for i, r := range view.Reasons {
		link := url.Values{"gebeurtenis": {string(r.Event)}, "van": {view.From.String()}, "tot": {view.Through.String()}, "uitkomst": {proof.ResultRefused}}
		if view.Party != "" {
			link.Set("partij", string(view.Party))
		}
		view.Reasons[i].Link = "/logboek?" + link.Encode()
	}
	view.Chart = flows(v, view.Rows)
	return view, nil
}

// total counts an event, whatever its codes.
func total(volumes []oversight.Volume, event audit.Event) (n int64) {
	for _, x := range volumes {
		if x.Event == event && x.Code == "" {
			n += x.Count
		}
	}
	return n
}

func figuresOf(volumes []oversight.Volume) []figure {
	return []figure{
		{"overview.received", total(volumes, audit.ReportReceived)},
		{"overview.refused", total(volumes, audit.ReportRefused)},
		{"overview.read", total(volumes, audit.SignalRead)},
		{"overview.feedback", total(volumes, audit.FeedbackReceived)},
		{"overview.pauses", total(volumes, audit.PauseStarted)},
		{"overview.access", total(volumes, audit.AccessRefused)},
	}
}

// daysOf gives every day of the period, also those on which nothing happened.
func daysOf(volumes []oversight.Volume, from, through gateway.Date) (rows []dayRow) {
	for d := from; !d.After(through); d = d.AddDays(1) {
		rows = append(rows, dayRow{Day: d})
	}
	for _, x := range volumes {
		i := x.Day.DaysSince(from)
		if x.Code != "" || i < 0 || i >= len(rows) {
			continue
		}
		switch x.Event {
		case audit.ReportReceived:
			rows[i].Received += x.Count
		case audit.ReportRefused:
			rows[i].Refused += x.Count
		}
	}
	return rows
}

// reasonsOf adds up refusals by code, the most frequent first.
func reasonsOf(volumes []oversight.Volume) (rows []reasonRow) {
	for _, x := range volumes {
		if x.Code == "" || x.Result != proof.ResultRefused {
			continue
		}
		i := slices.IndexFunc(rows, func(r reasonRow) bool { return r.Code == x.Code && r.Event == x.Event })
		if i < 0 {
			rows, i = append(rows, reasonRow{Code: x.Code, Event: x.Event}), len(rows)
		}
		rows[i].N += x.Count
	}
	slices.SortFunc(rows, func(a, b reasonRow) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Event, b.Event), cmp.Compare(a.Code, b.Code))
	})
	return rows
}

// flows draws received and refused reports per day.
func flows(v *visit, days []dayRow) chart {
	columns := make([]column, len(days))
	every := max(1, len(days)/6)
	for i, d := range days {
		columns[i].amounts = []int64{d.Received, d.Refused}
		if i%every == every/2 {
			t := d.Day.Time()
			columns[i].label = fmt.Sprintf("%d-%d", t.Day(), int(t.Month()))
		}
	}
	return newChart("flows", v.say("overview.flows"), []string{v.say("overview.received"), v.say("overview.refused")}, columns)
}
