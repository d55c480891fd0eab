// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

type memoryReorganisations struct{ m *Memory }

// Reorganisations fills reorganisation.Store.
func (r memoryReorganisations) Reorganisations(context.Context) (gateway.Reorganisations, error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.reorganised), nil
}

// Reorganisations fills register.Store.
func (r memoryRegister) Reorganisations(ctx context.Context) (gateway.Reorganisations, error) {
	return memoryReorganisations(r).Reorganisations(ctx)
}

// Write fills reorganisation.Store.
func (r memoryReorganisations) Write(ctx context.Context, fn func(reorganisation.Tx) error) error {
	return r.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Snapshot fills reorganisation.Tx.
func (t *memoryTx) Snapshot() (s reorganisation.Snapshot, err error) {
	for _, oin := range slices.Sorted(maps.Keys(t.s.parties)) {
		s.Parties = append(s.Parties, t.s.parties[oin])
	}
	for _, id := range slices.Sorted(maps.Keys(t.s.agreements)) {
		s.Agreements = append(s.Agreements, t.s.agreements[id])
	}
	s.Reorganisations = slices.Clone(t.s.reorganised)
	return s, nil
}

// PutReorganisation fills reorganisation.Tx.
func (t *memoryTx) PutReorganisation(r gateway.Reorganisation) error {
	same := func(old gateway.Reorganisation) bool { return old.ID == r.ID }
	t.s.reorganised = append(slices.DeleteFunc(t.s.reorganised, same), r)
	slices.SortFunc(t.s.reorganised, func(a, b gateway.Reorganisation) int {
		return cmp.Or(a.On.DaysSince(b.On), cmp.Compare(a.ID, b.ID))
	})
	t.s.version++
	return nil
}

// Pass fills reorganisation.Tx.
func (t *memoryTx) Pass(from []gateway.Municipality, into gateway.Municipality) ([]int, error) {
	counts := make([]int, len(from))
	for i := range t.s.signals { // in order of deposit
		s := &t.s.signals[i]
		place := slices.Index(from, s.Municipality)
		if place < 0 {
			continue
		}
		counts[place]++
		t.s.sequences[into]++
		s.Municipality, s.Sequence = into, t.s.sequences[into]
		key := journey.Key{Creditor: s.creditor, ReportID: s.report}
		if r := t.s.reports[key]; r.Signal == s.ID {
			r.Municipality = into
			t.s.reports[key] = r
		}
	}
	for key, r := range maps.Clone(t.s.feedback) {
		moved := feedback.Key{Municipality: into, ID: key.ID}
		if slices.Contains(from, key.Municipality) && !t.s.feedback[moved].Exists() {
			delete(t.s.feedback, key)
			r.Key = moved
			t.s.feedback[moved] = r
		}
	}
	for i := range t.s.deletions {
		if f := &t.s.deletions[i]; slices.Contains(from, gateway.Municipality(f.Controller)) {
			t.s.shelved[retention.Controller(into)]++
			f.Controller, f.Sequence = retention.Controller(into), t.s.shelved[retention.Controller(into)]
			t.s.keepDeletion(*f)
		}
	}
	for former, holder := range t.s.holders {
		if slices.Contains(from, holder) {
			t.s.holders[former] = into
		}
	}
	for _, m := range from {
		t.s.trails[into] = append(t.s.trails[into], t.s.trails[m]...)
		delete(t.s.trails, m)
		t.s.holders[m] = into
	}
	return counts, nil
}

// holder is who holds now what was under a code.
func (s *state) holder(m gateway.Municipality) gateway.Municipality { return cmp.Or(s.holders[m], m) }

func (s *state) keyOf(k feedback.Key) feedback.Key {
	return feedback.Key{Municipality: s.holder(k.Municipality), ID: k.ID}
}
