// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Logbook is the contract of [logbook.Source], [logbook.Book] and
// [logbook.Cursors]. open gives an empty store, a new one at each call.
func Logbook(t *testing.T, open func(t *testing.T) Truth) {
	for name, test := range map[string]func(*testing.T, *Office){
		"each its own rows":                        logbookOwn,
		"whom a row is about":                      logbookSubjects,
		"a row for each of several signals":        logbookSeveral,
		"a row about the person of an instruction": logbookInstructed,
		"the link goes with the tokens":            logbookForgets,
		"who called, and in which exchange":        logbookTraces,
		"every filter against all records":         logbookFilters,
		"after a number, page by page":             logbookPages,
		"nothing of a failed write":                logbookFailed,
		"a cursor never goes back":                 logbookCursor,
	} {
		t.Run(name, func(t *testing.T) { test(t, NewOffice(t, open(t))) })
	}
}

// Logged gives all records of a party.
func Logged(t testing.TB, truth Truth, p gateway.Party) []logbook.Record {
	t.Helper()
	all, err := truth.Logbook.After(t.Context(), p.OIN, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func eventsOfRecords(all []logbook.Record) string {
	var events []string
	for _, r := range all {
		events = append(events, r.Entry.Event)
	}
	return strings.Join(events, " ")
}

// logbookOwn plays a claim through; who may see what is the contract of
// logbook.Concerns, and here that the store gives exactly that.
func logbookOwn(t *testing.T, o *Office) {
	one := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))[0]
	o.report(t, o.Water, o.Paper(o.Water, o.Leiden, 2))
	if _, err := o.Box.List(t.Context(), o.Visit(o.Nijmegen), 0, 0); err != nil {
		t.Fatal(err)
	}
	o.begin(t, one.signal, 5)
	for name, c := range map[string]struct {
		party gateway.Party
		want  string
	}{
		"energy":   {o.Energy, "melding-ontvangen bericht-klaargezet pauze-ingegaan berichten-opgevraagd bericht-aangeboden"},
		"water":    {o.Water, "melding-ontvangen"},
		"housing":  {o.Housing, ""},
		"leiden":   {o.Leiden, "melding-ontvangen"},
		"nijmegen": {o.Nijmegen, "melding-ontvangen signalen-opgevraagd signaal-aangeboden terugkoppeling-ontvangen bericht-klaargezet pauze-ingegaan"},
	} {
		all := Logged(t, o.Truth, c.party)
		if got := eventsOfRecords(all); got != c.want {
			t.Errorf("the logbook of %s is %s", name, got)
		}
		waiting, err := o.Truth.Logbook.Waiting(t.Context(), c.party.OIN, 0)
		if err != nil || waiting != int64(len(all)) {
			t.Errorf("%s: %d wait, %v", name, waiting, err)
		}
	}
	spans := map[string]bool{}
	for _, p := range o.Parties() {
		for _, r := range Logged(t, o.Truth, p) {
			if len(r.Span) != 16 || spans[r.Span] || r.Trace.ID() != r.Entry.Trace || r.EndedAt.IsZero() {
				t.Errorf("record %d of %s: span %q, trace %q, ended %s", r.Number, p.Name, r.Span, r.Trace.ID(), r.EndedAt)
			}
			spans[r.Span] = true
		}
	}
}

// Reported sends a report of a creditor about resident n of Nijmegen through the
// real journey.
func (o *Office) Reported(t testing.TB, from gateway.Party, n int) gateway.SignalID {
	t.Helper()
	return o.report(t, from, o.Paper(from, o.Nijmegen, n))[0].signal
}

// subjects gives the different ids in a party's logbook.
func (o *Office) subjects(t testing.TB, p gateway.Party) (ids []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range Logged(t, o.Truth, p) {
		if id := logbook.SubjectID(p.OIN, r.Subject); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// logbookSubjects: one id for a person whom two creditors reported to one
// municipality; and no two controllers have an id in common.
func logbookSubjects(t *testing.T, o *Office) {
	o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))
	o.report(t, o.Water, o.Paper(o.Water, o.Nijmegen, 1))
	if _, err := o.Box.List(t.Context(), o.Visit(o.Nijmegen), 0, 0); err != nil {
		t.Fatal(err)
	}
	whose := map[string]string{}
	for _, p := range []gateway.Party{o.Energy, o.Water, o.Nijmegen} {
		ids := o.subjects(t, p)
		if len(ids) != 1 || whose[ids[0]] != "" {
			t.Fatalf("%s has ids %v; others have %v", p.Name, ids, whose)
		}
		whose[ids[0]] = p.Name
		found := o.find(t, logbook.Filter{Controller: p.OIN, Subject: ids[0]})
		if len(found) == 0 || found[0].Entry.Event != string(audit.ReportReceived) {
			t.Errorf("%s finds %s by the id", p.Name, eventsOfRecords(found))
		}
		for _, other := range o.Parties() {
			if other.OIN != p.OIN && len(o.find(t, logbook.Filter{Controller: other.OIN, Subject: ids[0]})) > 0 {
				t.Errorf("%s finds rows by the id of %s", other.Name, p.Name)
			}
		}
	}
	if found := o.find(t, logbook.Filter{Controller: o.Nijmegen.OIN, Subject: o.subjects(t, o.Nijmegen)[0]}); len(found) != 4 {
		t.Errorf("the person's rows in Nijmegen are %s", eventsOfRecords(found))
	}
	o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 2))
	if ids := o.subjects(t, o.Nijmegen); len(ids) != 2 {
		t.Errorf("two persons have %d ids", len(ids))
	}
}

func (o *Office) find(t testing.TB, f logbook.Filter) []logbook.Record {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = logbook.MaxFound
	}
	found, err := o.Truth.Logbook.Find(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// logbookForgets: after the term of the tokens the rows stand, about nobody.
func logbookForgets(t *testing.T, o *Office) {
	o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))
	before, id := Logged(t, o.Truth, o.Nijmegen), o.subjects(t, o.Nijmegen)[0]
	s := retentionSuite{mailboxSuite{ledgerSuite{o.Steps, nil}}}
	if n := s.eraseAll(t, o.Truth, step(retention.KindTokens), 4000); n == 0 {
		t.Fatal("no tokens were erased")
	}
	after := Logged(t, o.Truth, o.Nijmegen)
	if len(after) < len(before) || len(o.subjects(t, o.Nijmegen)) != 0 || len(o.subjects(t, o.Energy)) != 0 {
		t.Errorf("%d rows were %d, and name %v", len(after), len(before), o.subjects(t, o.Nijmegen))
	}
	if found := o.find(t, logbook.Filter{Controller: o.Nijmegen.OIN, Subject: id}); len(found) != 0 {
		t.Errorf("still found by the id: %s", eventsOfRecords(found))
	}
}

func logbookTraces(t *testing.T, o *Office) {
	const exchange = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
	v := o.Visit(o.Nijmegen)
	v.Trace = gateway.ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").Within(exchange)
	o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))
	if _, err := o.Box.List(t.Context(), v, 0, 0); err != nil {
		t.Fatal(err)
	}
	found := o.find(t, logbook.Filter{Controller: o.Nijmegen.OIN, Trace: v.Trace.ID()})
	if len(found) != 1 || found[0].Trace != v.Trace {
		t.Errorf("found %+v", found)
	}
	for _, r := range Logged(t, o.Truth, o.Energy) {
		if r.Trace.Parent() != "" || r.Trace.Exchange() != "" {
			t.Errorf("%s got the parent or exchange of another call", r.Entry.Event)
		}
	}
}

// logbookFilters asks at random and compares with what is in all records.
func logbookFilters(t *testing.T, o *Office) {
	for n := range 12 {
		o.report(t, o.Creditors()[n%3], o.Paper(o.Creditors()[n%3], o.Municipalities()[n%2], n/2))
	}
	if _, err := o.Box.List(t.Context(), o.Visit(o.Nijmegen), 0, 0); err != nil {
		t.Fatal(err)
	}
	generated(t, o, 1500)
	d, answered := &dice{11}, 0
	for range rounds(300) {
		p := o.Parties()[d.roll(5)]
		all := Logged(t, o.Truth, p)
		f := logbook.Filter{Controller: p.OIN, Limit: 1 + d.roll(80)}
		if d.roll(2) == 0 {
			f.Activity = logbook.Activities()[d.roll(len(logbook.Activities()))]
		}
		if d.roll(3) == 0 && len(all) > 0 {
			f.Trace = all[d.roll(len(all))].Entry.Trace
		}
		if ids := o.subjects(t, p); d.roll(3) == 0 && len(ids) > 0 {
			f.Subject = ids[d.roll(len(ids))]
		}
		if d.roll(2) == 0 {
			f.From = o.At.Add(time.Duration(d.roll(1500)) * time.Minute)
		}
		if d.roll(2) == 0 {
			f.Until = o.At.Add(time.Duration(d.roll(1500)) * time.Minute)
		}
		if d.roll(4) == 0 && len(all) > 0 {
			f.After = all[d.roll(len(all))].Number
		}
		var want []logbook.Record
		for _, r := range all {
			if Holds(f, r) && within(want, r, f.Limit) {
				want = append(want, r)
			}
		}
		if got := o.find(t, f); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s, %+v: %d records, not %d", p.Name, f, len(got), len(want))
		}
		if len(want) > 0 {
			answered++
		}
	}
	if answered < rounds(100) {
		t.Errorf("only %d questions found anything", answered)
	}
}

func logbookPages(t *testing.T, o *Office) {
	generated(t, o, 700)
	for _, p := range o.Parties() {
		all, paged := Logged(t, o.Truth, p), []logbook.Record(nil)
		for after := int64(0); ; {
			page, err := o.Truth.Logbook.After(t.Context(), p.OIN, after, 7)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			paged, after = append(paged, page...), page[len(page)-1].Number
		}
		if !reflect.DeepEqual(paged, all) {
			t.Errorf("%s: %d records by page, not %d", p.Name, len(paged), len(all))
		}
	}
}

// logbookFailed: an act that fails leaves no row, in nobody's logbook.
func logbookFailed(t *testing.T, o *Office) {
	wanted := errors.New("on purpose")
	err := o.Truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
		e, err := audit.New(audit.ReportReceived, audit.ByPeer(o.Visit(o.Energy).Peer, Trace(1)), audit.Object(audit.KindReport, string(o.Energy.OIN), "00000000-0000-4000-8000-000000000001"), o.At)
		if err == nil {
			_, err = tx.Append([]audit.Entry{e})
		}
		return errors.Join(err, wanted)
	})
	if !errors.Is(err, wanted) {
		t.Fatal(err)
	}
	if all := Logged(t, o.Truth, o.Energy); len(all) != 0 {
		t.Errorf("rows of what did not happen: %s", eventsOfRecords(all))
	}
}

func logbookCursor(t *testing.T, o *Office) {
	b := o.Truth.Logbook
	for _, c := range []struct{ put, want int64 }{{5, 5}, {3, 5}, {9, 9}} {
		if err := b.Advance(t.Context(), "een", c.put); err != nil {
			t.Fatal(err)
		}
		one, err := b.Cursor(t.Context(), "een")
		other, err2 := b.Cursor(t.Context(), "ander")
		if err != nil || err2 != nil || one != c.want || other != 0 {
			t.Errorf("after %d: %d and %d, %v %v", c.put, one, other, err, err2)
		}
	}
}
