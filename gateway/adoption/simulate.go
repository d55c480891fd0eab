// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// MinShown is the smallest group that a simulation shows by itself: kinds with
// fewer decisions count together, and under so many in all it shows nothing.
const MinShown = 10

// Trial says what to simulate.
type Trial struct {
	Files   policies.Set
	Against gateway.UUID // the version to compare with; empty: the last adopted
	Month   string       // of the decisions, such as 2026-10; empty: the month before this one
	On      gateway.Date // the day that reports count as received on; zero: the first on which every changed rule holds
}

// Simulation is what a changed policy does to the permitted reports of a month.
// Of refused reports nothing is kept (invariant I4), so what a looser rule would
// let in cannot be counted.
type Simulation struct {
	Old, New  policies.Ref
	Month     string
	On        gateway.Date
	Decisions int // permitted in the month
	Lost      int // that the old policy refuses on the kept facts: they cannot be replayed
	Same      int // decided alike in all respects
	Refused   int // would be refused
	Differs   int // would be permitted with other terms, fields or warnings
	TooFew    bool
	Kinds     []Effect // by kind of arrears: how many would be refused
	Rules     []Effect // by rule, with its code: how many it would refuse
	Terms     []Effect // by term, old and new days
	Drops     []Effect // by field: dropped now, or no longer
	Warnings  []Effect // by code: given now, or no longer
	Unseen    []string // changed rules that look at what is not kept
	Turned    []Effect // refused in the month, by code; nil when not known to this officer
}

// Effect is a count with what it is of. Of is the whole that it is part of, or
// zero.
type Effect struct {
	Name, Code string
	Old, New   string
	Count, Of  int
}

// Simulate decides the facts of a month by two policies and says what differs.
// It streams: memory grows with the number of rules, not of facts.
func (d *Desk) Simulate(ctx context.Context, v oversight.Visit, t Trial) (Simulation, error) {
	if err := mayChange(v); err != nil {
		return Simulation{}, err
	}
	month, err := monthOf(t.Month, v.At)
	if err != nil {
		return Simulation{}, err
	}
	h, err := d.ports.Store.History(ctx)
	if err != nil {
		return Simulation{}, err
	}
	against := h.Last()
	if t.Against != "" {
		against = h.Find(t.Against)
	}
	old, err := d.version(ctx, against)
	if err != nil {
		return Simulation{}, err
	}
	next, err := t.Files.Load()
	if err != nil {
		return Simulation{}, unfit(&Unfit{Findings: err})
	}
	run := newRun(old.Bundle, next, month, t.On, v.At)
	if err := d.ports.Facts.Facts(ctx, month, run.add); err != nil {
		return Simulation{}, err
	}
	done := run.result()
	done.Turned, err = d.refusals(ctx, v, month)
	return done, err
}

// monthOf checks a month; facts are kept through the next one.
func monthOf(month string, now time.Time) (string, error) {
	today := gateway.Today(now).Time()
	last := today.AddDate(0, 0, -today.Day())
	switch month {
	case "", last.Format("2006-01"):
		return last.Format("2006-01"), nil
	case today.Format("2006-01"):
		return month, nil
	}
	return "", refuse(CodeNoMonth, "Alleen van deze en de vorige maand zijn nog gegevens bewaard.")
}

// refusals counts by code what was refused in the month, within the officer's
// own scope.
func (d *Desk) refusals(ctx context.Context, v oversight.Visit, month string) ([]Effect, error) {
	if d.ports.Refusals == nil || v.Officer.Scope().Empty() {
		return nil, nil
	}
	first, err := time.Parse("2006-01", month)
	if err != nil {
		return nil, gateway.Fail(gateway.KindInternal, err)
	}
	volumes, err := d.ports.Refusals.Volumes(ctx, v, "", gateway.DateOf(first), gateway.DateOf(first.AddDate(0, 1, -1)))
	if err != nil {
		return nil, err
	}
	codes := map[Effect]int{}
	for _, n := range volumes {
		if n.Event == audit.ReportRefused && n.Result == proof.ResultRefused && n.Code != "" {
			codes[Effect{Code: n.Code}] += int(n.Count)
		}
	}
	return effects(codes), nil
}

// run gathers what two policies say about facts.
type run struct {
	old, next           *policies.Bundle
	day                 time.Time
	s                   Simulation
	kinds, refused      map[string]int
	rules, terms, drops map[Effect]int
	warnings            map[Effect]int
}

func newRun(old, next *policies.Bundle, month string, on gateway.Date, now time.Time) *run {
	diff := policies.Diff(old, next)
	if on.IsZero() {
		on = firstDay(next, diff, gateway.Today(now))
	}
	return &run{old: old, next: next, day: on.Time(),
		s:     Simulation{Old: old.Ref(), New: next.Ref(), Month: month, On: on, Unseen: unseen(next, diff)},
		kinds: map[string]int{}, refused: map[string]int{}, rules: map[Effect]int{}, terms: map[Effect]int{}, drops: map[Effect]int{}, warnings: map[Effect]int{}}
}

// firstDay is the first day, from today, on which every new or changed rule
// holds.
func firstDay(next *policies.Bundle, diff policies.Difference, today gateway.Date) gateway.Date {
	changed := map[string]bool{}
	for _, c := range diff.Rules {
		changed[c.Name] = true
	}
	for _, doc := range next.Documents() {
		for _, r := range doc.Rules {
			if from := gateway.DateOf(r.From); changed[r.Name] && from.After(today) {
				today = from
			}
		}
	}
	return today
}

// unseen names the changed rules that look at what no facts are kept of.
func unseen(next *policies.Bundle, diff policies.Difference) []string {
	changed := map[string]bool{}
	for _, c := range diff.Rules {
		changed[c.Name] = true
	}
	var names []string
	for _, doc := range next.Documents() {
		for _, r := range doc.Rules {
			looks := func(name string) bool { return strings.Contains(r.Condition, name) }
			if changed[r.Name] && slices.ContainsFunc(policies.NotKept(), looks) {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

// add decides one member twice.
func (r *run) add(f policies.Facts, count int) error {
	r.s.Decisions += count
	r.kinds[f.Kind] += count
	q := f.Question(r.day)
	was := r.old.Decide(q)
	if !was.Permit {
		r.s.Lost += count
		return nil
	}
	is := r.next.Decide(q)
	if !is.Permit {
		r.s.Refused += count
		r.refused[f.Kind] += count
		for _, reason := range is.Refusals {
			r.rules[Effect{Name: reason.Rule, Code: reason.Code}] += count
		}
		return nil
	}
	if r.compare(was, is, count) {
		r.s.Differs += count
	} else {
		r.s.Same += count
	}
	return nil
}

// compare counts what two permits have different, and says whether they do.
func (r *run) compare(was, is policies.Decision, count int) (differs bool) {
	for _, t := range []struct {
		name     string
		old, new int
	}{{"inhoud", was.Retain.Body, is.Retain.Body}, {"pseudoniemen", was.Retain.Tokens, is.Retain.Tokens}, {"bewijs", was.Retain.Receipt, is.Retain.Receipt}} {
		if t.old != t.new {
			differs = true
			r.terms[Effect{Name: t.name, Old: strconv.Itoa(t.old), New: strconv.Itoa(t.new)}] += count
		}
	}
	for _, l := range []struct {
		into     map[Effect]int
		was, is  []string
		old, new string
	}{{r.drops, was.Drop, is.Drop, "blijft", "vervalt"}, {r.warnings, codes(was.Warnings), codes(is.Warnings), "geen", "waarschuwing"}} {
		for _, name := range l.is {
			if !slices.Contains(l.was, name) {
				differs = true
				l.into[Effect{Name: name, Old: l.old, New: l.new}] += count
			}
		}
		for _, name := range l.was {
			if !slices.Contains(l.is, name) {
				differs = true
				l.into[Effect{Name: name, Old: l.new, New: l.old}] += count
			}
		}
	}
	return differs
}

// result closes the run. Small groups are joined, or kept back whole.
func (r *run) result() Simulation {
	s := r.s
	if s.Decisions < MinShown {
		return Simulation{Old: s.Old, New: s.New, Month: s.Month, On: s.On, Unseen: s.Unseen, TooFew: true}
	}
	joined := Effect{Name: "overig"}
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		if r.kinds[kind] < MinShown {
			joined.Of, joined.Count = joined.Of+r.kinds[kind], joined.Count+r.refused[kind]
			continue
		}
		s.Kinds = append(s.Kinds, Effect{Name: kind, Count: r.refused[kind], Of: r.kinds[kind]})
	}
	if joined.Of > 0 {
		s.Kinds = append(s.Kinds, joined)
	}
	s.Rules, s.Terms, s.Drops, s.Warnings = effects(r.rules), effects(r.terms), effects(r.drops), effects(r.warnings)
	return s
}

// effects lists counts, the greatest first.
func effects(counts map[Effect]int) []Effect {
	all := []Effect{}
	for e, n := range counts {
		e.Count = n
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Effect) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code), cmp.Compare(a.New, b.New))
	})
	return all
}

func codes(reasons []policies.Reason) []string {
	var all []string
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return all
}
