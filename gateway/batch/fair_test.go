// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// stuck opens no file of one party until it is told to.
type stuck struct {
	batch.Opener
	who  gateway.OIN
	at   chan struct{} // one for each that waits
	hold chan struct{}
}

func (s stuck) OpenFile(ctx context.Context, from gateway.Party, at time.Time, sealed io.Reader) (io.Reader, error) {
	if from.OIN == s.who {
		s.at <- struct{}{}
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, gateway.Fail(gateway.KindUnavailable, ctx.Err())
		}
	}
	return s.Opener.OpenFile(ctx, from, at, sealed)
}

func (w *world) stick(who gateway.OIN) stuck {
	s := stuck{gatewaytest.FileOpener{}, who, make(chan struct{}, 100), make(chan struct{})}
	w.ports.Openers[batch.EnvelopeOpenPGP] = s
	w.desk = batch.New(w.ports)
	return s
}

// TestOthersGoOn: files that take forever hold up only their own sender.
func TestOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.stick(w.Energy.OIN)
	for range batch.MaxPending {
		w.receive(t, w.submission(), w.papers(1))
	}
	other := w.submission()
	other.Visit = visit(w.Water)
	w.receive(t, other, []byte("{}\n"))
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	go func() { _ = w.desk.Work(ctx) }()
	for ctx.Err() == nil {
		if r, err := w.desk.Progress(ctx, other.Visit, other.ID); err == nil && r.State == batch.Done {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("a small file waits for the large ones of another")
}

// TestTurns: with more creditors than workers, the one that had its turn
// longest ago comes first, whoever's files are older.
func TestTurns(t *testing.T) {
	w := newWorld(t)
	var order []gateway.OIN
	real := w.ports.Journey
	w.ports.Journey = take(func(ctx context.Context, all []intake.Line, check bool) ([]answer, error) {
		order = append(order, all[0].Peer.OIN())
		return real.Lines(ctx, all, check)
	})
	hold := w.stick(w.Heat().OIN) // keeps one of the two workers
	first := w.submission()
	first.Visit = visit(w.Heat())
	w.receive(t, first, w.papers(1))
	var last batch.Submission
	for i := range 6 {
		last = w.submission()
		if i == 5 {
			last.Visit = visit(w.Water)
		}
		w.receive(t, last, []byte("{}\n"))
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	done := make(chan struct{})
	go func() { defer close(done); _ = w.desk.Work(ctx) }()
	<-hold.at
	for ctx.Err() == nil {
		if p, _ := w.memory.Batches.Pending(ctx); len(p) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
	if len(order) != 6 || order[0] != w.Water.OIN && order[1] != w.Water.OIN {
		t.Errorf("order %v", order)
	}
}

type answer = journey.Answer

type take func(context.Context, []intake.Line, bool) ([]journey.Answer, error)

func (f take) Lines(ctx context.Context, all []intake.Line, check bool) ([]journey.Answer, error) {
	return f(ctx, all, check)
}

// Heat is the third creditor.
func (w *world) Heat() gateway.Party {
	for _, p := range w.Creditors() {
		if p.OIN != w.Energy.OIN && p.OIN != w.Water.OIN {
			return p
		}
	}
	panic("only two creditors")
}

// TestRoom: a party cannot fill the spool.
func TestRoom(t *testing.T) {
	w := newWorld(t)
	var s batch.Submission
	for range batch.MaxPending {
		s = w.submission()
		w.receive(t, s, w.papers(1))
	}
	_, _, err := w.desk.Receive(t.Context(), w.submission(), bytes.NewReader(nil))
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable || e.Codes()[0] != gateway.CodeBusy {
		t.Errorf("one more than may wait: %v", err)
	}
	if _, replayed, err := w.desk.Receive(t.Context(), s, bytes.NewReader(gatewaytest.Parcel(w.Energy.OIN, w.papers(1), "1"))); !replayed && gateway.AsError(err).Kind != gateway.KindConflict {
		t.Errorf("one that waits, again: %v", err)
	}
	s = w.submission()
	s.Visit = visit(w.Water)
	r := w.receive(t, s, w.papers(1))
	r.Size = batch.MaxPendingBytes - 3
	if err := w.memory.Batches.Write(t.Context(), func(tx batch.Tx) error { return tx.Put(r) }); err != nil {
		t.Fatal(err)
	}
	for size, full := range map[int]bool{3: false, 4: true} {
		s.ID = w.submission().ID
		_, _, err := w.desk.Receive(t.Context(), s, bytes.NewReader(make([]byte, size)))
		if e := gateway.AsError(err); full != (e != nil) || full && e.Kind != gateway.KindUnavailable {
			t.Errorf("%d bytes: %v", size, err)
		}
		r.Size = batch.MaxPendingBytes - 3
		if size == 3 && err == nil { // take it out again
			one, _ := w.memory.Batches.Batches(t.Context(), []batch.Key{{Creditor: w.Water.OIN, ID: s.ID}})
			one[0].Size = 0
			_ = w.memory.Batches.Write(t.Context(), func(tx batch.Tx) error { return tx.Put(one[0]) })
		}
	}
	if names, _ := w.spool.Names(t.Context()); len(names) != batch.MaxPending+2 {
		t.Errorf("%d files", len(names))
	}
}

// TestComparisonOfAnother: who repeats an id while another party's files are
// compared gets the answer that it would get without (invariant I8).
func TestComparisonOfAnother(t *testing.T) {
	w := newWorld(t)
	own, other := w.submission(), w.submission()
	own.Visit = visit(w.Water)
	w.receive(t, own, w.papers(1))
	w.receive(t, other, w.papers(1))
	synctest.Test(t, func(t *testing.T) {
		hold := w.stick(w.Energy.OIN)
		again := func(ctx context.Context, s batch.Submission) error {
			_, _, err := w.desk.Receive(ctx, s, bytes.NewReader(gatewaytest.Parcel(s.Visit.Peer.OIN(), []byte("{}"), "2")))
			return err
		}
		answers, gone := make(chan error, 3), make(chan error, 1)
		go func() { answers <- again(t.Context(), other) }()
		<-hold.at
		left, leave := context.WithCancel(t.Context())
		go func() { gone <- again(left, own) }()
		synctest.Wait()
		leave() // and its turn goes to nobody
		if err := <-gone; gateway.AsError(err).Kind != gateway.KindUnavailable {
			t.Errorf("a sender that left: %v", err)
		}
		go func() { answers <- again(t.Context(), own) }()
		synctest.Wait() // both wait: one for its file, the other for its turn
		if len(answers) != 0 {
			t.Errorf("answered at once: %v", <-answers)
		}
		close(hold.hold)
		for range 2 {
			if err := <-answers; gateway.AsError(err).Kind != gateway.KindConflict {
				t.Errorf("other content under the same id: %v", err)
			}
		}
		if err := again(t.Context(), own); gateway.AsError(err).Kind != gateway.KindConflict {
			t.Errorf("once more: %v", err)
		}
	})
}

// TestOneComparison: comparing a repeated id opens two files, so it is done
// for one at a time.
func TestOneComparison(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(1))
	hold := w.stick(w.Energy.OIN)
	again := func(salt string) error {
		_, _, err := w.desk.Receive(t.Context(), s, bytes.NewReader(gatewaytest.Parcel(w.Energy.OIN, []byte("{}"), salt)))
		return err
	}
	first := make(chan error)
	go func() { first <- again("2") }()
	<-hold.at
	second := make(chan error, 1)
	go func() { second <- again("3") }()
	select {
	case err := <-second:
		if gateway.AsError(err).Kind != gateway.KindUnavailable {
			t.Errorf("second: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a second comparison began")
	}
	close(hold.hold)
	if err := <-first; gateway.AsError(err).Kind != gateway.KindConflict {
		t.Errorf("first: %v", err)
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(1))
	w.work(t, w.desk, s)
	r, err := w.desk.Progress(t.Context(), s.Visit, s.ID)
	if err != nil || r.State != batch.Done || r.Summary != nil || w.events()["bewijs-gegeven"] != 0 {
		t.Errorf("%+v, %v, log %v", r, err, w.events())
	}
	if _, err := w.desk.Progress(t.Context(), visit(w.Water), s.ID); gateway.AsError(err).Kind != gateway.KindNotFound {
		t.Errorf("another's: %v", err)
	}
}

// TestPoison: a line that nothing can be done with is refused; the others go
// on, and what does not answer is waited for.
func TestPoison(t *testing.T) {
	w := newWorld(t)
	real, down := w.ports.Journey, 3
	w.ports.Journey = take(func(ctx context.Context, all []intake.Line, check bool) ([]journey.Answer, error) {
		if down--; down >= 0 {
			return nil, gateway.Fail(gateway.KindUnavailable, errors.New("down"))
		}
		for _, l := range all {
			if (l.Number == 700 || l.Number == 3) && len(l.Findings) == 0 {
				return nil, errors.New("poison")
			}
		}
		return real.Lines(ctx, all, check)
	})
	w.desk = batch.New(w.ports)
	s := w.submission()
	w.receive(t, s, w.papers(1000))
	r := w.work(t, w.desk, s)
	all, _ := w.outcomes(t, s)
	if r.Accepted != 998 || r.Refused != 2 || all[699].Kind != "geweigerd" || all[699].Findings[0].Code != gateway.CodeInternal || all[700].Kind != "geaccepteerd" {
		t.Errorf("%+v", r)
	}
	if e := w.events(); e["melding-geweigerd"] != 2 {
		t.Errorf("log %v", e)
	}
}

// TestOutage: when no line at all gets through, the fault is not of a line.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	real, calls := w.ports.Journey, 0
	w.ports.Journey = take(func(ctx context.Context, all []intake.Line, check bool) ([]journey.Answer, error) {
		if calls++; calls < 400 && len(all[0].Findings) == 0 {
			return nil, errors.New("keys are locked")
		}
		return real.Lines(ctx, all, check)
	})
	w.desk = batch.New(w.ports)
	s := w.submission()
	w.receive(t, s, w.papers(100))
	if r := w.work(t, w.desk, s); r.Accepted != 100 {
		t.Errorf("%d accepted, %d refused", r.Accepted, r.Refused)
	}
}
