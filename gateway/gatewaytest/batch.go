// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// BatchRecord is a batch as it is just after it was received.
func BatchRecord(creditor gateway.OIN) batch.Record {
	id := gateway.BatchID(gateway.NewUUID(Now(), nil))
	return batch.Record{Key: batch.Key{Creditor: creditor, ID: id}, Sealed: gateway.DigestOf([]byte(id)), Envelope: batch.EnvelopeJOSE,
		Layout: batch.LayoutNDJSON, Size: 1234, State: batch.Received, Next: 1, ReceivedAt: Now(), Origin: "ab", Spool: string(id),
		Trace: gateway.NewTrace()}
}

// Batch is the contract of batch.Store.
func Batch(t *testing.T, open func(t *testing.T) Truth) {
	t.Run("a batch comes back as it was put", func(t *testing.T) { batchRoundTrip(t, open(t)) })
	t.Run("pending, oldest first", func(t *testing.T) { batchPending(t, open(t)) })
	t.Run("all or nothing", func(t *testing.T) { batchAtomic(t, open(t)) })
	t.Run("outcomes", func(t *testing.T) { batchOutcomes(t, open(t)) })
	t.Run("a line has one outcome", func(t *testing.T) { batchOneOutcome(t, open(t)) })
}

func putBatch(t *testing.T, truth Truth, r batch.Record, outcomes ...batch.Outcome) {
	t.Helper()
	if err := truth.Batches.Write(t.Context(), func(tx batch.Tx) error {
		if err := tx.Put(r); err != nil {
			return err
		}
		return tx.Add(r.Key, outcomes)
	}); err != nil {
		t.Fatal(err)
	}
}

func findBatches(t *testing.T, truth Truth, keys ...batch.Key) []batch.Record {
	t.Helper()
	found, err := truth.Batches.Batches(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func batchRoundTrip(t *testing.T, truth Truth) {
	a := NewActors(t)
	first, full := BatchRecord(a.Energy.OIN), BatchRecord(a.Energy.OIN)
	full.State, full.Payload, full.Layout, full.Envelope, full.Check = batch.Rejected, gateway.DigestOf(nil), batch.LayoutCSV, batch.EnvelopeOpenPGP, true
	full.Lines, full.Next, full.Accepted, full.Refused, full.Duplicate = 10, 11, 5, 3, 2
	full.DoneAt, full.Summary, full.Spool = Now().Add(time.Minute), gateway.Compact("a.b.c"), ""
	full.Trace = gateway.ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").Within("0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11")
	full.Findings = []gateway.Finding{{Code: gateway.CodeSignature, Pointer: "/x", Rule: "r", Text: "één"}}
	putBatch(t, truth, first)
	putBatch(t, truth, full)
	found := findBatches(t, truth, full.Key, batch.Key{Creditor: a.Water.OIN, ID: first.ID}, first.Key)
	if !reflect.DeepEqual(found[0], full) || !reflect.DeepEqual(found[2], first) {
		t.Errorf("got\n%+v\n%+v\nwant\n%+v\n%+v", found[0], found[2], full, first)
	}
	if found[1].Exists() {
		t.Error("another creditor's id finds the batch")
	}
	first.State, first.Next, first.Lines = batch.Processing, 7, 9
	putBatch(t, truth, first)
	if got := findBatches(t, truth, first.Key)[0]; !reflect.DeepEqual(got, first) {
		t.Errorf("after a change: %+v", got)
	}
}

func batchPending(t *testing.T, truth Truth) {
	a := NewActors(t)
	var want []batch.Key
	for i, state := range []batch.State{batch.Received, batch.Done, batch.Verifying, batch.Rejected, batch.Processing} {
		r := BatchRecord(a.Creditors()[i%3].OIN)
		putBatch(t, truth, r)
		r.State = state
		putBatch(t, truth, r)
		if state != batch.Done && state != batch.Rejected {
			want = append(want, r.Key)
		}
	}
	pending, err := truth.Batches.Pending(t.Context())
	var got []batch.Key
	for _, r := range pending {
		got = append(got, r.Key)
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("pending %v, want %v, error %v", got, want, err)
	}
}

func batchAtomic(t *testing.T, truth Truth) {
	r, stop := BatchRecord(NewActors(t).Energy.OIN), errors.New("stop")
	err := truth.Batches.Write(t.Context(), func(tx batch.Tx) error {
		if err := errors.Join(tx.Put(r), tx.Add(r.Key, []batch.Outcome{{Line: 1, Kind: batch.LineRefused}})); err != nil {
			return err
		}
		seen, err := tx.Batches([]batch.Key{r.Key})
		if err != nil || !seen[0].Exists() {
			t.Errorf("a transaction does not see what it wrote: %v", err)
		}
		if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		return stop
	})
	rows, _ := truth.Rows.Leaves(t.Context(), 0, 10)
	if !errors.Is(err, stop) || findBatches(t, truth, r.Key)[0].Exists() || len(rows) != 0 {
		t.Errorf("something is left of a write that failed: %v, %d rows", err, len(rows))
	}
}

func batchOutcomes(t *testing.T, truth Truth) {
	s := NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Energy, s.Paper(s.Energy, s.Leiden, 2)))
	File(t, truth, d...)
	r, dry := BatchRecord(s.Energy.OIN), BatchRecord(s.Energy.OIN)
	dry.Check = true
	one, two := d[0].Slip().ReportID, d[1].Slip().ReportID
	outcomes := []batch.Outcome{{Line: 1, Kind: batch.LineAccepted, ReportID: one}, {Line: 2, Kind: batch.LineDuplicate, ReportID: two},
		{Line: 3, Kind: batch.LineRefused, ReportID: one, Findings: []gateway.Finding{{Code: gateway.CodeConflict, Pointer: "/meldingId", Rule: "r", Text: "t"}}},
		{Line: 4, Kind: batch.LineRefused, Findings: []gateway.Finding{{Code: gateway.CodeNotJSON}}}}
	putBatch(t, truth, r, outcomes[:2]...)
	putBatch(t, truth, r, outcomes[2:]...)
	putBatch(t, truth, dry, outcomes...)
	want := append([]batch.Outcome(nil), outcomes...)
	want[0].Receipt, want[1].Receipt = d[0].Receipt(), d[1].Receipt()
	for _, c := range []struct {
		key   batch.Key
		after int64
		limit int
		want  []batch.Outcome
	}{{r.Key, 0, 10, want}, {r.Key, 1, 2, want[1:3]}, {r.Key, 4, 10, nil}, {dry.Key, 0, 10, outcomes},
		{batch.Key{Creditor: s.Water.OIN, ID: r.ID}, 0, 10, nil}} {
		got, err := truth.Batches.Outcomes(t.Context(), c.key, c.after, c.limit)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("after %d: %v\ngot  %+v\nwant %+v", c.after, err, got, c.want)
		}
	}
}

func batchOneOutcome(t *testing.T, truth Truth) {
	r := BatchRecord(NewActors(t).Energy.OIN)
	putBatch(t, truth, r, batch.Outcome{Line: 1, Kind: batch.LineRefused})
	for _, key := range []batch.Key{r.Key, {Creditor: r.Creditor, ID: "00000000-0000-4000-8000-00000000000a"}} {
		if err := truth.Batches.Write(t.Context(), func(tx batch.Tx) error {
			return tx.Add(key, []batch.Outcome{{Line: 2, Kind: batch.LineRefused}, {Line: 1, Kind: batch.LineAccepted}})
		}); err == nil {
			t.Error("a line got a second outcome, or one of no batch")
		}
	}
	if got, _ := truth.Batches.Outcomes(t.Context(), r.Key, 0, 10); len(got) != 1 {
		t.Errorf("%d outcomes are left, want 1", len(got))
	}
}
