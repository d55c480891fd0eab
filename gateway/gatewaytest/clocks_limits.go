// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// beginMany starts pauses of some days about so many claims.
func (o *Office) beginMany(t testing.TB, n, days int) {
	t.Helper()
	batch := make([]feedback.Submission, n)
	for i := range batch {
		d := o.Report(t, o.Energy, i+1)
		id := gateway.FeedbackID(gateway.NewUUID(o.At, nil))
		v := o.Visit(o.Nijmegen)
		batch[i] = feedback.Submission{Peer: v.Peer, Signal: d.Sealed().Body().ID, ID: id, At: v.At, Trace: v.Trace,
			Token: letter(o.Nijmegen, Object{"terugkoppelingId": id, "signaalId": d.Sealed().Body().ID,
				"resultaat": gateway.ResultFollowUp, "datum": o.Day(0), "pauzeTot": o.Day(days), "toetsdatum": o.Day(days)})}
	}
	answers, err := o.Desk.Accept(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
	}
}

// applyAll lets the creditor apply all its pauses.
func (o *Office) applyAll(t testing.TB) {
	t.Helper()
	for _, n := range o.Told(t, o.Energy) {
		if n.Kind != gateway.NoticeHelpAccepted {
			continue
		}
		if _, err := o.Notices.Confirm(t.Context(), o.Visit(o.Energy), n.ID, gateway.NoticeApplied, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// clockLimits: a store gives and settles no more than it is asked for.
func clockLimits(t *testing.T, o *Office) {
	o.beginMany(t, 3, 10)
	for n := range 3 {
		o.Report(t, o.Water, n+11)
	}
	o.Later(28)
	cut := clocks.CutoffsAt(o.At)
	for limit, want := range map[int]int{1: 1, 2: 2, 10: 3} {
		due, err := o.Truth.Clocks.Due(t.Context(), cut, limit)
		if err != nil || len(due.Over) != want {
			t.Errorf("limit %d: %d pauses that are over, %v", limit, len(due.Over), err)
		}
		of := map[string]int{}
		for _, a := range due.Alarms {
			of[string(a.Kind)+"/"+string(a.Term)]++
		}
		for _, kind := range []string{"pauze-niet-ontvangen/24-uur", "pauze-niet-toegepast/3-werkdagen", "signaal-niet-bevestigd/4-weken"} {
			if of[kind] != want {
				t.Errorf("limit %d: %d of %s, want %d", limit, of[kind], kind, want)
			}
		}
	}
	o.Sweep(t)
	o.applyAll(t)
	for limit, want := range map[int]int{1: 1, 4: 4} { // of six, of two kinds
		var settled []clocks.Alarm
		err := o.Truth.Clocks.Write(t.Context(), func(tx clocks.Tx) (err error) {
			settled, err = tx.Settle(o.At, limit)
			return err
		})
		if err != nil || len(settled) != want {
			t.Errorf("limit %d: %d settled, %v", limit, len(settled), err)
		}
	}
	if open, err := o.Truth.Clocks.Open(t.Context(), 10); err != nil || len(open) != 1 {
		t.Errorf("%d open, %v", len(open), err)
	}
}

// manyClocks: what one transaction cannot hold is done in the same sweep, both
// what ran out and what is settled.
func manyClocks(t *testing.T, o *Office) {
	const many = 101
	o.beginMany(t, many, 10)
	o.At = o.At.Add(24 * time.Hour)
	if n := o.Sweep(t); n != many {
		t.Errorf("%d of %d alarms in one sweep", n, many)
	}
	o.applyAll(t)
	if n := o.Sweep(t); n != many {
		t.Errorf("%d of %d settled in one sweep", n, many)
	}
	if open, err := o.Truth.Clocks.Open(t.Context(), many); err != nil || len(open) != 0 {
		t.Errorf("%d open, %v", len(open), err)
	}
}
