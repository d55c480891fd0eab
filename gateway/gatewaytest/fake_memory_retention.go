// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

type memoryRetention struct{ m *Memory }

// Due fills retention.Store.
func (r memoryRetention) Due(_ context.Context, step retention.Step, c retention.Cutoff) (due []retention.Record, err error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	for name := range s.terms {
		if s.isDue(name, step, c) && !s.isHeld(name, c.Today) {
			due = append(due, retention.Record{Controller: s.terms[name].controller, Name: name, Ref: name})
		}
	}
	slices.SortFunc(due, func(a, b retention.Record) int {
		return cmp.Or(s.terms[a.Name].last.DaysSince(s.terms[b.Name].last), cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.Name, b.Name))
	})
	return due[:min(len(due), step.Limit)], nil
}

// Held fills retention.Store.
func (r memoryRetention) Held(_ context.Context, today gateway.Date, limit int) (held []retention.Wrapped, err error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	add := func(w retention.Wrapped, c retention.Claim) {
		holds := s.holdsOf(c, today)
		own := slices.ContainsFunc(holds, func(h retention.Hold) bool { return strings.HasSuffix(w.Scope, "/"+string(h.ID)) })
		if len(holds) > 0 && !own && len(held) < limit {
			w.Hold = holds[0].ID
			held = append(held, w)
		}
	}
	for _, one := range s.signals {
		if rest, ok := s.bodies[one.ID]; ok {
			add(retention.Wrapped{Kind: retention.KindBody, ID: string(one.ID), Scope: rest.Scope, Data: rest.Wrapped}, s.claimOf(one.ID))
		}
	}
	for _, n := range s.notices {
		add(retention.Wrapped{Kind: retention.KindNotice, ID: string(n.Notice.ID), Scope: n.Notice.Scope, Data: n.Notice.Wrapped},
			s.claimOf(n.Notice.Signal))
	}
	return held, nil
}

// Unused fills retention.Store.
func (r memoryRetention) Unused(_ context.Context, scopes []keys.Scope, since gateway.Date) ([]string, error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Unused(scopes, since)
}

// Write fills retention.Store.
func (r memoryRetention) Write(ctx context.Context, fn func(retention.Tx) error) error {
	return r.m.write(ctx, func(t *memoryTx) error { return fn(memoryRetentionTx{t}) })
}

// memoryRetentionTx gives memoryTx a File of its own: that of the journey files
// reports.
type memoryRetentionTx struct{ *memoryTx }

// Erase fills retention.Tx.
func (t *memoryTx) Erase(step retention.Step, c retention.Cutoff, refs []string) (erased int, err error) {
	for _, name := range refs {
		if t.s.isDue(name, step, c) && !t.s.isHeld(name, c.Today) {
			erase := t.s.terms[name].erase
			delete(t.s.terms, name)
			erase(t.s, c.At)
			erased++
		}
	}
	return erased, nil
}

// Rewrap fills retention.Tx.
func (t *memoryTx) Rewrap(was, now []retention.Wrapped) (moved int, err error) {
	for i, w := range now {
		if rest, ok := t.s.bodies[gateway.SignalID(w.ID)]; w.Kind == retention.KindBody && ok && rest.Scope == was[i].Scope {
			t.s.bodies[gateway.SignalID(w.ID)] = mailbox.Rest{Scope: w.Scope, Wrapped: w.Data}
			moved++
		}
		for j := range t.s.notices {
			n := &t.s.notices[j].Notice
			if w.Kind == retention.KindNotice && string(n.ID) == w.ID && n.Scope == was[i].Scope {
				n.Scope, n.Wrapped = w.Scope, w.Data
				moved++
			}
		}
	}
	return moved, nil
}

// Unused fills retention.Tx.
func (t *memoryTx) Unused(scopes []keys.Scope, since gateway.Date) (names []string, err error) {
	used, filed := map[string]bool{}, map[string]bool{}
	for _, rest := range t.s.bodies {
		used[rest.Scope] = true
	}
	for _, n := range t.s.notices {
		used[n.Notice.Scope] = true
	}
	for _, f := range t.s.deletions {
		filed[f.Scope] = true
	}
	for _, scope := range scopes {
		kept := slices.ContainsFunc(t.s.holds, func(h retention.Hold) bool {
			ended := since.After(h.Until) || h.LiftedBy != "" && since.After(gateway.DateOf(h.LiftedAt.UTC()))
			return h.ConfirmedBy != "" && !ended && strings.HasSuffix(scope.Name, "/"+string(h.ID))
		})
		if !used[scope.Name] && !kept && (scope.Destroyed.IsZero() || !filed[scope.Name]) {
			names = append(names, scope.Name)
		}
	}
	return names, nil
}

// File fills retention.Tx.
func (t memoryRetentionTx) File(receipts []retention.Filed) error {
	for _, f := range receipts {
		f.Controller = retention.Controller(t.s.holder(gateway.Municipality(f.Controller))) // the OIN of a creditor is nobody's code
		t.s.shelved[f.Controller]++
		f.Sequence = t.s.shelved[f.Controller]
		t.s.deletions = append(t.s.deletions, f)
		t.s.keepDeletion(f)
	}
	return nil
}

// Deletions fills retention.ShelfStore.
func (r memoryRetention) Deletions(_ context.Context, of retention.Controller, after int64, limit int) (found []retention.Filed, err error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	for _, f := range s.deletions {
		if f.Controller == of && f.Sequence > after && len(found) < limit {
			found = append(found, f)
		}
	}
	return found, nil
}

// Deletion fills retention.ShelfStore.
func (r memoryRetention) Deletion(_ context.Context, of retention.Controller, id gateway.UUID) (found retention.Filed, err error) {
	s, err := r.m.read()
	if err != nil {
		return found, err
	}
	for _, f := range s.deletions {
		if f.Controller == of && f.ID == id {
			found = f
		}
	}
	return found, nil
}

// Log fills retention.ShelfStore.
func (r memoryRetention) Log(ctx context.Context, entries []audit.Entry) error {
	return r.m.write(ctx, func(t *memoryTx) error {
		_, err := t.Append(entries)
		return err
	})
}

// Backlog fills retention.Overview.
func (r memoryRetention) Backlog(_ context.Context, c retention.Cutoff) (all []retention.Backlog, err error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	at := map[retention.Kind]int{}
	for _, step := range retention.Steps() {
		if _, known := at[step.Kind]; !known {
			at[step.Kind] = len(all)
			all = append(all, retention.Backlog{Kind: step.Kind})
		}
	}
	for name, t := range s.terms {
		b := &all[at[t.kind]]
		term := !t.last.IsZero() && c.Today.After(t.last)
		confirmed := t.confirmed != nil && s.isDue(name, retention.Step{Kind: t.kind, Reason: retention.ReasonConfirmed}, c)
		switch {
		case (term || confirmed) && s.isHeld(name, c.Today):
			b.Held++
		case term || confirmed:
			b.Due++
			if term && c.Today.DaysSince(t.last) > 1 || !term && t.confirmed(s).Before(c.Confirmed.AddDate(0, 0, -1)) {
				b.Overdue++
			}
		}
		if !term && !t.last.IsZero() && (b.Next.IsZero() || b.Next.After(t.last)) {
			b.Next = t.last
		}
	}
	return all, nil
}

// Census fills retention.Overview. Objects count as one record each.
func (r memoryRetention) Census(_ context.Context, today gateway.Date) (counts []retention.Count, err error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	sums := map[retention.Count]int64{}
	for _, t := range s.terms {
		left := retention.LeftMore
		if !t.last.IsZero() {
			left = retention.LeftOf(t.last, today)
		}
		sums[retention.Count{Controller: t.controller, Kind: t.kind, Left: left}]++
	}
	for c, n := range sums {
		c.Records = n
		counts = append(counts, c)
	}
	retention.SortCounts(counts)
	return counts, nil
}

type memoryHolds struct{ m *Memory }

// Holds fills retention.HoldStore.
func (h memoryHolds) Holds(context.Context) ([]retention.Hold, error) {
	s, err := h.m.read()
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.holds), nil
}

// Write fills retention.HoldStore.
func (h memoryHolds) Write(ctx context.Context, fn func(retention.HoldTx) error) error {
	return h.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Hold fills retention.HoldTx.
func (t *memoryTx) Hold(id gateway.UUID) (retention.Hold, error) {
	for _, h := range t.s.holds {
		if h.ID == id {
			return h, nil
		}
	}
	return retention.Hold{}, nil
}

// Known fills retention.HoldTx.
func (t *memoryTx) Known(c retention.Claim) (bool, error) {
	return t.s.reports[journey.Key(c)].Exists(), nil
}

// PutHold fills retention.HoldTx.
func (t *memoryTx) PutHold(h retention.Hold) error {
	if h.ConfirmedBy == h.ProposedBy {
		return fault("one officer is not two")
	}
	h.ProposedAt = millis(h.ProposedAt)
	if !h.ConfirmedAt.IsZero() {
		h.ConfirmedAt = millis(h.ConfirmedAt)
	}
	if !h.LiftedAt.IsZero() {
		h.LiftedAt = millis(h.LiftedAt)
	}
	at := slices.IndexFunc(t.s.holds, func(old retention.Hold) bool { return old.ID == h.ID })
	if at < 0 {
		t.s.holds = append(t.s.holds, h)
	} else {
		t.s.holds[at] = h
	}
	t.s.keepHold(h)
	return nil
}
