// SPDX-License-Identifier: EUPL-1.2

package reorganisation_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

func TestPrepareRefuses(t *testing.T) {
	w := newClockwork(t)
	day := gateway.Today(newYear())
	good := reorganisation.Order{From: []gateway.Municipality{"GM0546", "GM0268"}, Into: "GM1999", On: day}
	for name, c := range map[string]struct {
		change func(*reorganisation.Order)
		want   error
	}{
		"today":              {func(o *reorganisation.Order) { o.On = gateway.Today(w.now) }, reorganisation.ErrOrder},
		"a year ago":         {func(o *reorganisation.Order) { o.On = day.AddDays(-365) }, reorganisation.ErrOrder},
		"no day":             {func(o *reorganisation.Order) { o.On = gateway.Date{} }, reorganisation.ErrOrder},
		"nobody":             {func(o *reorganisation.Order) { o.From = nil }, reorganisation.ErrOrder},
		"twice":              {func(o *reorganisation.Order) { o.From[1] = o.From[0] }, reorganisation.ErrOrder},
		"into itself":        {func(o *reorganisation.Order) { o.From[0] = o.Into }, reorganisation.ErrOrder},
		"unknown":            {func(o *reorganisation.Order) { o.From[0] = "GM0001" }, reorganisation.ErrOrder},
		"into nobody":        {func(o *reorganisation.Order) { o.Into = "GM0002" }, reorganisation.ErrSuccessor},
		"key ends before it": {func(*reorganisation.Order) { w.enrolSamen(t, day.Time().AddDate(0, 0, -1), "") }, reorganisation.ErrSuccessor},
		"suspended":          {func(*reorganisation.Order) { w.enrolSamen(t, time.Time{}, gateway.PartySuspended) }, reorganisation.ErrSuccessor},
	} {
		o := good
		o.From = slices.Clone(good.From)
		c.change(&o)
		before := len(w.memory.Entries())
		if r, err := w.desk.Prepare(t.Context(), o); !errors.Is(err, c.want) || r.ID != "" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if len(w.memory.Entries()) != before {
			t.Errorf("%s: a refusal is in the log", name)
		}
		w.enrolSamen(t, time.Time{}, gateway.PartyActive)
	}
	r, err := w.desk.Prepare(t.Context(), good)
	if err != nil || !slices.Equal(r.From, []gateway.Municipality{"GM0268", "GM0546"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	entries := w.memory.Entries()
	if last := string(entries[len(entries)-1]); !strings.Contains(last, "herindeling/"+string(r.ID)+"/GM0546/GM1999") ||
		!strings.Contains(last, `"per-2027-01","dag-01"`) {
		t.Error(last)
	}
}

// enrolSamen registers the successor with an end of its key, or another state.
func (w *clockwork) enrolSamen(t *testing.T, until time.Time, state gateway.PartyState) {
	t.Helper()
	p := w.Samen
	if state != "" {
		p.State = state
	}
	p.Keys = slices.Clone(p.Keys)
	for i := range p.Keys {
		p.Keys[i].Until = until
	}
	w.must(t, w.registrar.Enrol(t.Context(), p))
}

func TestClashes(t *testing.T) {
	w := newClockwork(t)
	day := gateway.Today(newYear())
	order := func(into gateway.Party, on gateway.Date, from ...gateway.Party) error {
		o := reorganisation.Order{Into: into.Municipality, On: on}
		for _, p := range from {
			o.From = append(o.From, p.Municipality)
		}
		return errOf(w.desk.Prepare(t.Context(), o))
	}
	w.must(t, order(w.Nijmegen, day, w.Leiden))
	for name, err := range map[string]error{
		"goes twice":               order(w.Samen, day.AddDays(10), w.Leiden),
		"goes before it takes in":  order(w.Samen, day.AddDays(-1), w.Nijmegen),
		"goes on the day":          order(w.Samen, day, w.Nijmegen),
		"into one that is gone":    order(w.Leiden, day.AddDays(1), w.Samen),
		"into one that goes today": order(w.Leiden, day, w.Samen),
	} {
		if !errors.Is(err, reorganisation.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(t, order(w.Samen, day.AddDays(1), w.Nijmegen)) // a day later it is a chain

	// The gateway was off for a week: the chain goes in order.
	w.now = newYear().AddDate(0, 0, 7)
	id := w.accepted(t, w.Energy, w.paper(w.Energy, w.Leiden, 1, 0))
	w.carryOut(t, 2)
	if got := w.list(t, w.Samen, 0); len(got) != 1 || got[0].ID != id {
		t.Errorf("%+v", got)
	}
	if err := order(w.Nijmegen, day.AddDays(30), w.Samen); !errors.Is(err, reorganisation.ErrOrder) {
		t.Errorf("into one that is gone for good: %v", err)
	}
	// Nothing is registered under a code that has passed.
	p, a := w.Leiden, w.Agreements[1]
	p.OIN = "00000099000000220077"
	for name, err := range map[string]error{"party": w.registrar.Enrol(t.Context(), p), "agreement": w.registrar.Conclude(t.Context(), a)} {
		if err == nil || !strings.Contains(err.Error(), "GM0546 has gone into GM1999") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancel(t *testing.T) {
	w := newClockwork(t)
	r := w.prepare(t, w.Leiden)
	if _, err := w.desk.Cancel(t.Context(), gateway.NewUUID(w.now, nil)); !errors.Is(err, reorganisation.ErrOrder) {
		t.Errorf("none: %v", err)
	}
	cancelled, err := w.desk.Cancel(t.Context(), r.ID)
	if err != nil || cancelled.State != gateway.ReorganisationCancelled || cancelled.EndedAt.IsZero() {
		t.Fatalf("%+v, %v", cancelled, err)
	}
	if _, err := w.desk.Cancel(t.Context(), r.ID); !errors.Is(err, reorganisation.ErrOrder) {
		t.Errorf("twice: %v", err)
	}
	r = w.prepare(t, w.Leiden) // it can be ordered anew
	w.now = newYear()
	w.carryOut(t, 1)
	if _, err := w.desk.Cancel(t.Context(), r.ID); !errors.Is(err, reorganisation.ErrOrder) {
		t.Errorf("after the day: %v", err)
	}
}

// TestSuccessorNotReady: on the day it has no key any more. Nothing is half
// done, no other is kept from its day, and it goes on once the key is there.
func TestSuccessorNotReady(t *testing.T) {
	w := newClockwork(t)
	w.prepare(t, w.Leiden)
	far := w.Samen
	far.OIN, far.Municipality = "00000099000000220010", "GM1998"
	w.must(t, w.registrar.Enrol(t.Context(), far))
	w.must(t, errOf(w.desk.Prepare(t.Context(), reorganisation.Order{From: []gateway.Municipality{"GM0268"}, Into: "GM1998", On: gateway.Today(newYear())})))
	w.enrolSamen(t, newYear().Add(-time.Hour), "")
	id := w.accepted(t, w.Energy, w.paper(w.Energy, w.Leiden, 1, 0))
	w.now = newYear()
	for range 2 {
		before, entries := w.snapshot(t), len(w.memory.Entries())
		done, err := w.desk.CarryOut(t.Context())
		if !errors.Is(err, reorganisation.ErrSuccessor) || !strings.Contains(err.Error(), "GM1999") {
			t.Fatalf("%+v, %v", done, err)
		}
		if len(done) == 1 { // the other one, at the first try
			continue
		}
		if after := w.snapshot(t); len(w.memory.Entries()) != entries || len(after.Agreements) != len(before.Agreements) {
			t.Error("something was done")
		}
	}
	if got := w.list(t, w.Leiden, 0); len(got) != 1 || got[0].ID != id { // it goes on as it was
		t.Errorf("%+v", got)
	}
	w.now = newYear().AddDate(0, 0, 3)
	w.enrolSamen(t, time.Time{}, "")
	w.carryOut(t, 1)
	if got := w.list(t, w.Samen, 0); len(got) != 1 || got[0].ID != id {
		t.Errorf("%+v", got)
	}
	for _, a := range w.snapshot(t).Agreements { // what was permitted until now stays so
		if a.Municipality == w.Leiden.Municipality && a.Until != gateway.Today(w.now).AddDays(-1) {
			t.Errorf("ends on %s", a.Until)
		}
	}
}

func TestStoreFails(t *testing.T) {
	w := newClockwork(t)
	w.prepare(t, w.Leiden)
	w.now = newYear()
	w.memory.FailReads(true)
	if _, err := w.desk.CarryOut(t.Context()); !errors.Is(err, gatewaytest.ErrFault) {
		t.Errorf("%v", err)
	}
	w.memory.FailReads(false)
	w.carryOut(t, 1)
}

// stale answers with what was read before, as another process that looked a
// moment ago.
type stale struct {
	reorganisation.Store
	before gateway.Reorganisations
}

func (s stale) Reorganisations(context.Context) (gateway.Reorganisations, error) {
	return s.before, nil
}

// TestDecidedInTheTransaction: what was cancelled or done since the look is
// left alone.
func TestDecidedInTheTransaction(t *testing.T) {
	for _, cancel := range []bool{true, false} {
		w := newClockwork(t)
		r := w.prepare(t, w.Leiden)
		other := reorganisation.NewDesk(stale{w.memory.Reorganisations, w.snapshot(t).Reorganisations}, func() time.Time { return w.now })
		w.now = newYear()
		if cancel {
			w.must(t, errOf(w.desk.Cancel(t.Context(), r.ID)))
		} else {
			w.carryOut(t, 1)
		}
		entries := len(w.memory.Entries())
		if done, err := other.CarryOut(t.Context()); err != nil || len(done) != 0 || len(w.memory.Entries()) != entries {
			t.Errorf("cancelled %t: %+v, %v, %d entries", cancel, done, err, len(w.memory.Entries())-entries)
		}
	}
}
