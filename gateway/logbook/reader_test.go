// SPDX-License-Identifier: EUPL-1.2

package logbook_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// office is a claim of Energy about a resident of Nijmegen.
func office(t *testing.T) (*gatewaytest.Office, *gatewaytest.Memory) {
	t.Helper()
	m := gatewaytest.NewMemory()
	o := gatewaytest.NewOffice(t, m.Truth)
	o.Reported(t, o.Energy, 1)
	return o, m
}

func last(m *gatewaytest.Memory) string {
	all := m.Entries()
	return string(all[len(all)-1])
}

func TestReadIsLoggedAndIsNoRow(t *testing.T) {
	o, m := office(t)
	r := logbook.NewReader(m.Logbook, m.Logbook, profile)
	q := logbook.Question{Activity: "https://seinhuis.example/v1/verwerkingsactiviteiten/melding-doorgeven"}
	for range 2 { // the second time it finds no trace of the first
		rows, err := r.Read(t.Context(), o.Visit(o.Nijmegen), q)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if e := last(m); !strings.Contains(e, string(audit.ProcessingRead)) || !strings.Contains(e, `"aantal":1`) || !strings.Contains(e, string(o.Nijmegen.OIN)) {
			t.Errorf("logged %s", e)
		}
	}
	rows, err := r.Read(t.Context(), o.Visit(o.Leiden), q)
	if err != nil || len(rows) != 0 {
		t.Errorf("Leiden reads %d rows, %v", len(rows), err)
	}
}

// TestNoLogNoAnswer: a look that cannot be written into the log shows nothing.
func TestNoLogNoAnswer(t *testing.T) {
	o, m := office(t)
	r := logbook.NewReader(m.Logbook, m.Logbook, profile)
	m.FailWrites(gatewaytest.Failed)
	rows, err := r.Read(t.Context(), o.Visit(o.Nijmegen), logbook.Question{Activity: "https://seinhuis.example/v1/verwerkingsactiviteiten/melding-doorgeven"})
	if err == nil || rows != nil {
		t.Errorf("%d rows without an entry", len(rows))
	}
}

func TestReadByEveryKey(t *testing.T) {
	o, m := office(t)
	r := logbook.NewReader(m.Logbook, m.Logbook, profile)
	rows, err := r.Read(t.Context(), o.Visit(o.Nijmegen), logbook.Question{Activity: "https://seinhuis.example/v1/verwerkingsactiviteiten/melding-doorgeven"})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	row := rows[0]
	uuid := row.Trace[:8] + "-" + row.Trace[8:12] + "-" + row.Trace[12:16] + "-" + row.Trace[16:20] + "-" + row.Trace[20:]
	id, kind := row.Text("dpl.core.data_subject_id"), row.Text("dpl.core.data_subject_id_type")
	for name, c := range map[string]struct {
		q    logbook.Question
		want int
	}{
		"trace": {logbook.Question{Trace: row.Trace}, 1}, "trace as UUID": {logbook.Question{Trace: uuid}, 1},
		"subject": {logbook.Question{Subject: id}, 1}, "subject of a type": {logbook.Question{Subject: id, SubjectType: kind}, 1},
		"subject of another type": {logbook.Question{Subject: id, SubjectType: kind + "0"}, 0},
		"another subject":         {logbook.Question{Subject: strings.Repeat("0", 64)}, 0},
		"another's activity":      {logbook.Question{Activity: "https://elsewhere.example/x", Trace: row.Trace}, 0},
		"until then":              {logbook.Question{Trace: row.Trace, Until: row.Start}, 1},
		"before":                  {logbook.Question{Trace: row.Trace, Until: row.Start.Add(-time.Millisecond)}, 0},
		"later":                   {logbook.Question{Trace: row.Trace, From: row.Start.Add(time.Millisecond)}, 0},
	} {
		rows, err := r.Read(t.Context(), o.Visit(o.Nijmegen), c.q)
		if err != nil || len(rows) != c.want {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	o, m := office(t)
	r := logbook.NewReader(m.Logbook, m.Logbook, profile)
	before := len(m.Entries())
	for name, q := range map[string]logbook.Question{
		"nothing": {}, "only a time": {From: noon, Until: noon}, "no trace": {Trace: "x"}, "capitals": {Trace: strings.Repeat("A", 32)},
		"no subject": {Subject: "111222333"}, "a type alone": {Trace: strings.Repeat("1", 32), SubjectType: "x"}, "backwards": {Trace: strings.Repeat("1", 32), From: noon, Until: noon.Add(-1)},
	} {
		_, err := r.Read(t.Context(), o.Visit(o.Nijmegen), q)
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindInvalid || strings.Contains(e.Error(), "111222333") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(m.Entries()) != before {
		t.Error("a question that was not answered is in the log")
	}
}

// ledger is a logbook elsewhere that takes what it gets, or fails.
type ledger struct {
	fail    int // so many times
	asked   int
	batches []logbook.Batch
}

func (l *ledger) Send(_ context.Context, b logbook.Batch) error {
	l.asked++
	if l.fail > 0 {
		l.fail--
		return errors.New("the logbook is away")
	}
	l.batches = append(l.batches, b)
	return nil
}

func (l *ledger) numbers() (all []int64) {
	for _, b := range l.batches {
		for _, r := range b.Rows {
			for _, a := range r.Attributes {
				if a.Key == "seinhuis.regel" {
					all = append(all, a.Number)
				}
			}
		}
	}
	return all
}

// TestForwarderLosesNothing: a logbook that is away gets all of it later, in
// order, and is left alone in between.
func TestForwarderLosesNothing(t *testing.T) {
	o, m := office(t)
	to := &ledger{fail: 3}
	f := logbook.NewForwarder(logbook.Target{Name: "een", Controller: o.Nijmegen.OIN}, m.Logbook, m.Logbook, to, profile)
	now := noon
	for attempt, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		if n, err := f.Round(t.Context(), now); n != 0 || err == nil || to.asked != attempt+1 {
			t.Fatalf("attempt %d: %d taken by a logbook that is away, %v", attempt, n, err)
		}
		o.Reported(t, o.Water, 2+attempt)
		if n, err := f.Round(t.Context(), now.Add(pause-1)); n != 0 || err != nil || to.asked != attempt+1 {
			t.Errorf("attempt %d: asked again before %s", attempt, pause)
		}
		now = now.Add(pause)
	}
	if n, err := f.Round(t.Context(), now); n == 0 || err != nil {
		t.Fatalf("the logbook is back and took %d, %v", n, err)
	}
	if waiting, err := f.Waiting(t.Context()); err != nil || waiting != 0 {
		t.Errorf("%d wait, %v", waiting, err)
	}
	var want []int64
	for _, r := range gatewaytest.Logged(t, m.Truth, o.Nijmegen) {
		if _, ok := profile.Row(o.Nijmegen.OIN, r); ok {
			want = append(want, r.Number)
		}
	}
	if got := to.numbers(); len(want) != 4 || !slices.Equal(got, want) {
		t.Errorf("the logbook has %v, not %v", got, want)
	}
	decisions := 0
	for _, b := range to.batches {
		decisions += len(b.Decisions)
	}
	if decisions != len(want) {
		t.Errorf("%d decisions of %d reports", decisions, len(want))
	}
}

// TestForwarderSendsAgain: when the cursor cannot be moved the rows come twice,
// with the same spans; never not at all.
func TestForwarderSendsAgain(t *testing.T) {
	o, m := office(t)
	to := new(ledger)
	f := logbook.NewForwarder(logbook.Target{Name: "een", Controller: o.Nijmegen.OIN}, m.Logbook, m.Logbook, to, profile)
	m.FailWrites(gatewaytest.Failed)
	if _, err := f.Round(t.Context(), noon); err == nil {
		t.Fatal("the cursor was not moved")
	}
	if _, err := f.Round(t.Context(), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(to.batches) != 2 || to.batches[0].Rows[0].Span != to.batches[1].Rows[0].Span {
		t.Errorf("%d batches", len(to.batches))
	}
}

// TestReadOnWithinOneMoment: more entries than an answer holds share a
// millisecond, and asking on brings each of them once.
func TestReadOnWithinOneMoment(t *testing.T) {
	o, m := office(t)
	entries := make([]audit.Entry, logbook.MaxFound+300)
	for i := range entries {
		var err error
		if entries[i], err = audit.New(audit.ReportRepeated, audit.ByPeer(o.Visit(o.Energy).Peer, gatewaytest.Trace(1)), audit.Object(audit.KindReport, string(o.Energy.OIN), uuid), o.At); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Logbook.Write(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	r, seen := logbook.NewReader(m.Logbook, m.Logbook, profile), map[int64]bool{}
	q := logbook.Question{Activity: "https://seinhuis.example/v1/verwerkingsactiviteiten/melding-doorgeven", From: o.At, Until: o.At}
	for {
		rows, err := r.Read(t.Context(), o.Visit(o.Energy), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			i := slices.IndexFunc(row.Attributes, func(a logbook.Attribute) bool { return a.Key == "seinhuis.regel" })
			if q.After = row.Attributes[i].Number; seen[q.After] {
				t.Fatalf("row %d came twice", q.After)
			}
			seen[q.After] = true
		}
		if len(rows) < logbook.MaxFound {
			break
		}
	}
	if len(seen) < len(entries) {
		t.Errorf("%d rows of %d", len(seen), len(entries))
	}
}
