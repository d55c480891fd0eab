// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// measure asks the log for the events of a case, within the scope, and counts
// per controller whom they touch. Nothing of it outlives the call but counts.
func (d *BreachDesk) measure(ctx context.Context, v Visit, scope Scope, b *Breach) error {
	numbers, more, err := d.entries(ctx, scope, b.Filter)
	if err != nil {
		return err
	}
	touched := map[gateway.OIN]*extent{}
	for page := range slices.Chunk(numbers, MaxHits) {
		touches, err := d.ports.Extent.Touches(ctx, page)
		if err != nil {
			return err
		}
		for _, t := range touches {
			for _, p := range t.Parties {
				if scope.Has(p) && p != d.ports.Issuer {
					addTouch(touched, p, t)
				}
			}
		}
	}
	b.ExaminedAt, b.Entries, b.More, b.Touched = v.At.UTC(), len(numbers), more, nil
	for party, e := range touched {
		persons, err := d.ports.Extent.Persons(ctx, e.signals())
		if err != nil {
			return err
		}
		b.Touched = append(b.Touched, Touched{Party: party, Entries: e.entries, Signals: len(e.kinds), Persons: persons.Distinct,
			Unlinked: persons.Unlinked, Kinds: e.sorts()})
	}
	slices.SortFunc(b.Touched, func(a, b Touched) int { return cmp.Compare(a.Party, b.Party) })
	return nil
}

// entries are the numbers of what the filter finds, at most MaxBreachEntries.
func (d *BreachDesk) entries(ctx context.Context, scope Scope, f BreachFilter) (numbers []int64, more bool, err error) {
	q := Query{Scope: scope, Party: f.Party, Since: f.Since, Until: f.Until, Events: f.Events, Object: f.Object, Actor: f.Actor, Limit: MaxHits}
	for {
		hits, err := d.ports.Journal.Search(ctx, q)
		if err != nil {
			return nil, false, err
		}
		for _, h := range hits {
			if f.Origin != "" && h.Entry.Origin != f.Origin {
				continue
			}
			if len(numbers) == MaxBreachEntries {
				return numbers, true, nil
			}
			numbers = append(numbers, h.Number)
		}
		if len(hits) < q.Limit {
			return numbers, false, nil
		}
		q.Before = hits[len(hits)-1].Number
	}
}

// extent is what is counted of one controller.
type extent struct {
	entries int
	kinds   map[gateway.SignalID]gateway.ReportKind
}

func addTouch(touched map[gateway.OIN]*extent, p gateway.OIN, t Touch) {
	e := touched[p]
	if e == nil {
		e = &extent{kinds: map[gateway.SignalID]gateway.ReportKind{}}
		touched[p] = e
	}
	if e.entries++; t.Signal != "" {
		e.kinds[t.Signal] = t.Kind
	}
}

func (e *extent) signals() (all []gateway.SignalID) {
	for s := range e.kinds {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

func (e *extent) sorts() (all []gateway.ReportKind) {
	for _, k := range e.kinds {
		if k != "" && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}
