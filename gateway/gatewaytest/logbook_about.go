// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// recordsOf keeps the records of one event.
func recordsOf(all []logbook.Record, event audit.Event) (some []logbook.Record) {
	for _, r := range all {
		if r.Entry.Event == string(event) {
			some = append(some, r)
		}
	}
	return some
}

// logbookSeveral: feedback about several signals is one entry, and a row of the
// municipality's logbook for each, with a span and a subject of its own; it is
// counted once, decided once, and no creditor has a row of it.
func logbookSeveral(t *testing.T, o *Office) {
	one, other := o.Reported(t, o.Energy, 1), o.Reported(t, o.Water, 1)
	a, _ := o.feedback(t, o.Nijmegen, one, Object{"resultaat": gateway.ResultPaid, "ookVoor": []gateway.SignalID{other}})
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	all := Logged(t, o.Truth, o.Nijmegen)
	rows := recordsOf(all, audit.FeedbackReceived)
	if len(rows) != 2 || rows[0].Further || !rows[1].Further || rows[0].Number != rows[1].Number || rows[0].Span == rows[1].Span || len(rows[1].Span) != 16 {
		t.Fatalf("rows %+v", rows)
	}
	received := recordsOf(all, audit.ReportReceived)
	for i, r := range rows {
		if r.Subject.IsZero() || r.Subject != received[i].Subject || r.Trace != rows[0].Trace || !r.EndedAt.Equal(rows[0].EndedAt) {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	id := logbook.SubjectID(o.Nijmegen.OIN, rows[1].Subject)
	if found := recordsOf(o.find(t, logbook.Filter{Controller: o.Nijmegen.OIN, Subject: id}), audit.FeedbackReceived); len(found) != 2 {
		t.Errorf("%d rows by the id of the person", len(found))
	}
	for _, p := range []gateway.Party{o.Energy, o.Water, o.Leiden} {
		if rows := recordsOf(Logged(t, o.Truth, p), audit.FeedbackReceived); len(rows) != 0 {
			t.Errorf("%s has %d rows of the feedback", p.Name, len(rows))
		}
	}
	logbookOnce(t, o, rows[0].Number)
}

// logbookOnce: an entry of two rows waits once, is counted once, and never falls
// apart over two pages.
func logbookOnce(t *testing.T, o *Office, number int64) {
	t.Helper()
	waiting, err := o.Truth.Logbook.Waiting(t.Context(), o.Nijmegen.OIN, number-1)
	page, err2 := o.Truth.Logbook.After(t.Context(), o.Nijmegen.OIN, number-1, 1)
	if err != nil || err2 != nil || len(page) != 2 || page[1].Number != number {
		t.Errorf("a page of one entry has %d rows, %v %v", len(page), err, err2)
	}
	rest, err := o.Truth.Logbook.After(t.Context(), o.Nijmegen.OIN, number, 100)
	if err != nil || waiting != int64(len(rest))+1 {
		t.Errorf("%d entries wait, %v", waiting, err)
	}
	volumes, err := o.Truth.Journal.Volumes(t.Context(), Serves(t, o.Nijmegen), gateway.Today(o.At), gateway.Today(o.At))
	for _, v := range volumes {
		if v.Event == audit.FeedbackReceived && v.Code == "" && v.Count != 1 {
			t.Errorf("counted %d times", v.Count)
		}
	}
	if err != nil || len(volumes) == 0 {
		t.Errorf("%d volumes, %v", len(volumes), err)
	}
}

// logbookInstructed: an act whose object names no signal has the person of the
// signal that it was tied to, for the controller that it concerns, until the
// tokens go. One that was tied to nothing has none.
func logbookInstructed(t *testing.T, o *Office) {
	signal := o.Reported(t, o.Energy, 1)
	by := audit.By{Actor: audit.ActorOfficer(string(gateway.NewUUID(o.At, nil))), Role: audit.Officer, Origin: audit.Local, Trace: Trace(4)}
	write := func(about ...gateway.SignalID) {
		t.Helper()
		object := audit.Object(audit.KindInstruction, string(o.Nijmegen.OIN), "GM0268", string(gateway.NewUUID(o.At, nil)))
		e, err := audit.New(audit.PersonSought, by, object, o.At)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Truth.Logbook.Write(context.Background(), []audit.Entry{e.About(about...)}); err != nil {
			t.Fatal(err)
		}
	}
	write(signal)
	write()
	write("00000000-0000-4000-8000-000000000009")
	rows := recordsOf(Logged(t, o.Truth, o.Nijmegen), audit.PersonSought)
	if len(rows) != 3 || rows[0].Subject.IsZero() || !rows[1].Subject.IsZero() || !rows[2].Subject.IsZero() {
		t.Fatalf("%+v", rows)
	}
	id := logbook.SubjectID(o.Nijmegen.OIN, rows[0].Subject)
	if found := recordsOf(o.find(t, logbook.Filter{Controller: o.Nijmegen.OIN, Subject: id}), audit.PersonSought); len(found) != 1 {
		t.Errorf("%d rows by the id of the person", len(found))
	}
	if rows := recordsOf(Logged(t, o.Truth, o.Energy), audit.PersonSought); len(rows) != 0 {
		t.Errorf("the creditor has %d rows of what the municipality asked", len(rows))
	}
	report := splitObject(recordsOf(Logged(t, o.Truth, o.Energy), audit.ReportReceived)[0].Entry)[2]
	for name, c := range map[string]struct {
		scope oversight.Scope
		want  bool
	}{"the municipality": {Serves(t, o.Nijmegen), true}, "the creditor": {Serves(t, o.Energy), false}} {
		hits := Lived(t, o.Truth, c.scope, report)
		sought := slices.ContainsFunc(hits, func(h oversight.Hit) bool { return h.Entry.Event == string(audit.PersonSought) })
		if len(hits) == 0 || sought != c.want {
			t.Errorf("%s: %d entries in the life of the claim, the search among them: %t", name, len(hits), sought)
		}
	}
}
