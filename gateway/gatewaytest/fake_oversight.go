// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

type memoryOversight struct{ m *Memory }

// Mailboxes fills oversight.Standing.
func (o memoryOversight) Mailboxes(_ context.Context, of []gateway.Municipality) (boxes []oversight.MailboxCount, err error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	for _, code := range slices.Sorted(slices.Values(of)) {
		b := oversight.MailboxCount{Municipality: code}
		for _, one := range s.signals {
			if one.Municipality != code || one.State == gateway.SignalConfirmed || one.State == gateway.SignalErased {
				continue
			}
			b.Waiting++
			b.Oldest = sooner(b.Oldest, one.DepositedAt)
			if one.Urgency == gateway.UrgencyCrisis {
				b.Crisis++
				b.OldestCrisis = sooner(b.OldestCrisis, one.DepositedAt)
			}
		}
		if b.Waiting > 0 {
			boxes = append(boxes, b)
		}
	}
	return boxes, nil
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Pauses fills oversight.Standing.
func (o memoryOversight) Pauses(_ context.Context, of []retention.Controller) (all []oversight.PauseCount, err error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Sorted(slices.Values(of)) {
		sum := oversight.PauseCount{Controller: c}
		for _, p := range s.pauses {
			if p.State != gateway.PauseRuns || c != retention.Controller(p.Holder.OIN) && c != retention.Controller(s.signals[s.places[p.Signal]].Municipality) {
				continue
			}
			sum.Running++
			if since := s.unapplied(p); !since.IsZero() {
				sum.Unconfirmed++
				sum.Oldest = sooner(sum.Oldest, since)
			}
		}
		if sum.Running > 0 {
			all = append(all, sum)
		}
	}
	return all, nil
}

// unapplied is when the holder of a pause was first told of what it did not
// apply.
func (s *state) unapplied(p memoryPause) (since time.Time) {
	for _, n := range s.notices {
		if n.Notice.Pause != nil && n.Notice.Pause.ID == p.Pause.ID && n.Notice.To == p.Holder.OIN && n.Notice.Kind.AsksApplied() && n.reached[2].IsZero() {
			since = sooner(since, millis(n.At))
		}
	}
	return since
}

// Alarms fills oversight.Standing.
func (o memoryOversight) Alarms(_ context.Context, of []retention.Controller) (all []oversight.AlarmCount, err error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	for _, c := range of {
		for _, kind := range clocks.AlarmKinds() {
			sum := oversight.AlarmCount{Controller: c, Kind: kind}
			for _, a := range s.alarms {
				if a.Kind == kind && a.settled.IsZero() && !s.gone(a.Alarm) &&
					(c == retention.Controller(a.Holder.OIN) || c == retention.Controller(s.signals[s.places[a.Signal]].Municipality)) {
					sum.Open++
					sum.Oldest = sooner(sum.Oldest, a.RaisedAt)
				}
			}
			if sum.Open > 0 {
				all = append(all, sum)
			}
		}
	}
	slices.SortFunc(all, func(a, b oversight.AlarmCount) int {
		return cmp.Or(cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.Kind, b.Kind))
	})
	return all, nil
}

// Due fills oversight.Standing.
func (o memoryOversight) Due(_ context.Context, c retention.Cutoff, of []retention.Controller) (all []oversight.DueCount, err error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	sums := map[retention.Count]*oversight.DueCount{}
	for name, t := range s.terms {
		term := !t.last.IsZero() && c.Today.After(t.last)
		confirmed := t.confirmed != nil && s.isDue(name, retention.Step{Kind: t.kind, Reason: retention.ReasonConfirmed}, c)
		if !slices.Contains(of, t.controller) || !term && !confirmed || s.isHeld(name, c.Today) {
			continue
		}
		key := retention.Count{Controller: t.controller, Kind: t.kind}
		if sums[key] == nil {
			sums[key] = &oversight.DueCount{Controller: t.controller, Kind: t.kind}
		}
		sums[key].Due++
		if term && c.Today.DaysSince(t.last) > 1 || !term && t.confirmed(s).Before(c.Confirmed.AddDate(0, 0, -1)) {
			sums[key].Overdue++
		}
	}
	for _, d := range sums {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b oversight.DueCount) int {
		return cmp.Or(cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.Kind, b.Kind))
	})
	return all, nil
}
