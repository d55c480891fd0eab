// SPDX-License-Identifier: EUPL-1.2

package announce_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// Many new things make one event, what was told is not told again, and nothing
// is said about what waits.
func TestManyThingsOneEvent(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	if sent := w.round(0); len(sent) != 0 {
		t.Fatalf("%d events of nothing", len(sent))
	}
	w.arrive(3)
	sent := w.round(time.Second)
	if len(sent) != 1 || sent[0].UpTo != 3 || sent[0].Party != w.Nijmegen.OIN {
		t.Fatalf("%+v", sent)
	}
	body, err := sent[0].Body()
	if want := `{"type":"nl.seinhuis.signalen.klaar","timestamp":"2026-11-02T09:00:01Z","data":{"partij":"00000099000000220001","tot":3}}`; err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
	if sent := w.round(time.Second); len(sent) != 0 || w.crier.Delivered() != 1 {
		t.Errorf("told again: %+v", sent)
	}
	w.arrive(1)
	if sent := w.round(time.Second); len(sent) != 1 || sent[0].UpTo != 4 {
		t.Errorf("%+v", sent)
	}
}

// A creditor hears of its notices.
func TestNoticesAreAnnounced(t *testing.T) {
	w := newWorld(t)
	w.set(w.Energy, announce.Notices)
	w.arrive(1)
	if len(w.round(0)) != 0 {
		t.Fatal("its own report is no news to it")
	}
	gatewaytest.PostNotice(t, w.store.Truth, w.Energy.OIN)
	if sent := w.round(time.Second); len(sent) != 1 || sent[0].Type() != "nl.seinhuis.berichten.klaar" || sent[0].UpTo != 1 {
		t.Errorf("%+v", sent)
	}
}

// An attempt that fails is made again under the same id, later each time, and
// given up after three days.
func TestBackOffAndDeadLetter(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	w.answer = announce.Answer{Failure: announce.BadAnswer}
	id, at := w.round(0)[0].ID, w.clock()
	for i, wait := range announce.Waits() {
		wait += wait / 10 // the jitter of the test: half of a fifth
		if sent := w.round(wait - time.Millisecond); len(sent) != 0 {
			t.Fatalf("attempt %d came early", i+2)
		}
		if sent := w.round(time.Millisecond); len(sent) != 1 || sent[0].ID != id || sent[0].Attempts != i+1 {
			t.Fatalf("attempt %d: %+v", i+2, sent)
		}
	}
	if a := w.account(); a.Pending != 0 || a.Undeliverable != 1 || w.clock().Sub(at) < 75*time.Hour {
		t.Errorf("after all attempts: %+v", a)
	}
	if sent := w.round(1000 * time.Hour); len(sent) != 0 {
		t.Error("a dead letter was sent")
	}
	if want := []string{"webhook-ingesteld signalen", "webhook-onbestelbaar signalen antwoord"}; !slices.Equal(w.events(), want) {
		t.Errorf("log: %q", w.events())
	}
	// What is new goes on, and covers what was given up.
	w.answer = announce.Answer{Delivered: true}
	w.arrive(1)
	if sent := w.round(0); len(sent) != 1 || sent[0].ID == id || sent[0].UpTo != 2 {
		t.Errorf("%+v", sent)
	}
	if a := w.account(); a.Undeliverable != 0 {
		t.Error("a dead letter stays after a newer one was delivered")
	}
}

// A receiver that asks for time gets it, up to a day.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	w.answer = announce.Answer{Failure: announce.BadAnswer, NotBefore: time.Hour}
	w.round(0)
	if len(w.round(time.Hour-time.Second)) != 0 || len(w.round(time.Second)) != 1 {
		t.Error("Retry-After was not kept")
	}
	w.answer.NotBefore = 1000 * time.Hour
	w.round(time.Hour)
	if len(w.round(24*time.Hour)) != 1 {
		t.Error("a receiver can put an event off for ever")
	}
}

// While an event is tried again, news waits at most an hour for it.
func TestNewsDoesNotWaitForAnOldEvent(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	w.answer = announce.Answer{Failure: announce.Unreachable}
	old := w.round(0)[0]
	w.round(10 * time.Second)
	w.round(10 * time.Minute)
	w.arrive(5)
	if sent := w.round(time.Second); len(sent) != 0 {
		t.Errorf("a down receiver is called for every new thing: %+v", sent)
	}
	w.answer = announce.Answer{Delivered: true}
	if sent := w.round(time.Hour); len(sent) != 1 {
		t.Errorf("%+v", sent)
	}
	if a := w.account(); a.Pending > 1 {
		t.Errorf("%d pending", a.Pending)
	}
	if sent := w.round(time.Second); len(sent) > 1 || len(sent) == 1 && sent[0].ID == old.ID {
		t.Errorf("the old event is sent after a newer one: %+v", sent)
	}
}

// 410 switches the subscription off, and says so in the log.
func TestGone(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals, announce.Notices)
	w.arrive(1)
	w.answer = announce.Answer{Gone: true}
	w.round(0)
	w.arrive(1)
	if a := w.account(); a.Subscription.State != announce.SwitchedOff || a.Pending != 0 || len(w.round(100*time.Hour)) != 0 {
		t.Errorf("%+v", a)
	}
	if want := []string{"webhook-ingesteld berichten signalen", "webhook-gewijzigd uitgezet"}; !slices.Equal(w.events(), want) {
		t.Errorf("log: %q", w.events())
	}
	w.answer = announce.Answer{Delivered: true}
	w.set(w.Nijmegen, announce.Signals)
	if sent := w.round(0); len(sent) != 1 || sent[0].UpTo != 2 {
		t.Errorf("set again: %+v", sent)
	}
}

// A crash between making and sending, or between sending and writing down,
// loses nothing: the event comes again under its own id.
func TestCrash(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	ctx, stop := context.WithCancel(t.Context())
	w.answer, w.during = announce.Answer{}, func(context.Context) { stop() }
	if err := w.crier.Round(ctx); err != nil {
		t.Fatal(err)
	}
	w.answer, w.during = announce.Answer{Delivered: true}, nil
	first := w.sent[0]
	if first.Attempts != 0 || w.account().Pending != 1 {
		t.Errorf("an attempt that was broken off counts: %+v", w.account())
	}
	w.store.FailWrites(gatewaytest.Failed)
	w.crier = w.announcer(w.store.Webhooks) // the next process
	again := w.round(time.Second)
	third := w.round(time.Second)
	if len(again) != 1 || len(third) != 1 || again[0].ID != first.ID || third[0].ID != first.ID {
		t.Errorf("%+v, %+v", again, third)
	}
	if sent := w.round(time.Hour); len(sent) != 0 {
		t.Error("sent after it was written down")
	}
}

// A write of the event that fails, done or not, makes no second event.
func TestDeriveFails(t *testing.T) {
	for fault, want := range map[gatewaytest.Fault]int{gatewaytest.Failed: 0, gatewaytest.FailedButDone: 1} {
		w := newWorld(t)
		w.set(w.Nijmegen, announce.Signals)
		w.arrive(1)
		w.store.FailWrites(fault)
		if sent := w.round(0); len(sent) != want {
			t.Errorf("fault %d: %d sent", fault, len(sent))
		}
		if sent := w.round(time.Second); len(sent) != 1-want || w.crier.Delivered() != 1 {
			t.Errorf("fault %d, next round: %d sent", fault, len(sent))
		}
	}
}

// A fault of ours costs no attempt.
func TestOurFault(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	w.fault = errFault
	for range 30 {
		w.round(time.Minute)
	}
	if len(w.round(time.Second)) != 0 {
		t.Error("tried again at once")
	}
	w.fault = nil
	if sent := w.round(time.Minute); len(sent) != 1 || sent[0].Attempts != 0 {
		t.Errorf("%+v", sent)
	}
}

// Who is suspended hears nothing until it is resumed.
func TestSuspendedPartyIsToldNothing(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.arrive(1)
	state := func(s gateway.PartyState) {
		p := w.Nijmegen
		p.State = s
		if err := w.store.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties([]gateway.Party{p}) }); err != nil {
			t.Fatal(err)
		}
	}
	w.answer = announce.Answer{Failure: announce.Unreachable}
	w.round(0)
	state(gateway.PartySuspended)
	w.arrive(1)
	if sent := w.round(2 * time.Hour); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
	state(gateway.PartyActive)
	if sent := w.round(time.Minute); len(sent) != 1 {
		t.Errorf("%+v", sent)
	}
}

// A receiver that does not answer holds up nobody but itself, and has one
// attempt at a time; Work ends with its context.
func TestSlowReceiver(t *testing.T) {
	w := newWorld(t)
	w.set(w.Nijmegen, announce.Signals)
	w.set(w.Energy, announce.Notices)
	w.arrive(1)
	ctx, stop := context.WithCancel(t.Context())
	begun, release, done := make(chan string, 10), make(chan struct{}), make(chan struct{})
	w.during = func(ctx context.Context) {
		w.mu.Lock()
		party := string(w.sent[len(w.sent)-1].Party)
		w.mu.Unlock()
		begun <- party
		if party == string(w.Nijmegen.OIN) {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
	}
	go func() { defer close(done); w.crier.Work(ctx) }()
	if first := <-begun; !strings.HasSuffix(first, "220001") {
		t.Fatal(first)
	}
	gatewaytest.PostNotice(t, w.store.Truth, w.Energy.OIN)
	if second := <-begun; !strings.HasSuffix(second, "110001") {
		t.Errorf("%s was called while it was being called", second)
	}
	stop()
	<-done
}
