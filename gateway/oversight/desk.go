// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

const (
	// PageHits is how many entries a page shows when nobody asks for a number.
	PageHits = 50
	// MaxDays is the longest time of which volumes are given at once: a year and
	// the month after it, to compare.
	MaxDays = 397
)

// Desk is where officers ask the log. It gives each only what concerns the
// parties that he serves, whatever he asks, and writes every look into the log
// before it answers, also when there was nothing to show. Safe for concurrent
// use. Called by adapters/console.
type Desk struct{ journal Journal }

// NewDesk makes the desk over the log.
func NewDesk(j Journal) *Desk { return &Desk{j} }

// Search gives the newest entries that a query asks for, newest first: PageHits
// of them when it names no limit, and never more than MaxHits. The scope of the
// query is set here, to what the officer may see.
func (d *Desk) Search(ctx context.Context, v Visit, q Query) ([]Hit, error) {
	q.Scope = v.Officer.Scope()
	if q.Limit <= 0 {
		q.Limit = PageHits
	}
	q.Limit = min(q.Limit, MaxHits)
	return look(ctx, d, v, q.Party, func() ([]Hit, error) { return d.journal.Search(ctx, q) })
}

// Entry gives one entry by its number in the log. Not found, with CodeScope,
// are numbers that are not there and those of entries outside the scope alike.
func (d *Desk) Entry(ctx context.Context, v Visit, number int64) (Hit, error) {
	found, err := look(ctx, d, v, "", func() (found []Hit, err error) {
		if number <= 0 {
			return nil, nil
		}
		found, err = d.journal.Search(ctx, Query{Scope: v.Officer.Scope(), Before: number + 1, Limit: 1})
		if len(found) > 0 && found[0].Number != number {
			found = nil
		}
		return found, err
	})
	if err == nil && len(found) == 0 {
		err = absent()
	}
	if err != nil {
		return Hit{}, err
	}
	return found[0], nil
}

// Life gives all that was logged about an object and what hangs on it, oldest
// first. Not found, with CodeScope, are ids that nobody knows and those outside
// the scope alike.
func (d *Desk) Life(ctx context.Context, v Visit, id gateway.UUID) ([]Hit, error) {
	found, err := look(ctx, d, v, "", func() ([]Hit, error) { return d.journal.Life(ctx, v.Officer.Scope(), id) })
	if err == nil && len(found) == 0 {
		err = absent()
	}
	return found, err
}

// Volumes counts what happened per day, from a day through a day: of one party,
// or with an empty party of all that the officer serves. It refuses more than
// MaxDays.
func (d *Desk) Volumes(ctx context.Context, v Visit, party gateway.OIN, from, through gateway.Date) ([]Volume, error) {
	if from.IsZero() || through.IsZero() || through.DaysSince(from) >= MaxDays {
		return nil, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeTooLong, Pointer: "/periode",
			Rule: "Seinhuis formats", Text: "Kies een periode van ten hoogste dertien maanden."})
	}
	return look(ctx, d, v, party, func() ([]Volume, error) {
		return d.journal.Volumes(ctx, v.Officer.Scope().To(party), from, through)
	})
}

// look reads, writes down that it was read, and only then answers (invariant I5).
func look[T any](ctx context.Context, d *Desk, v Visit, party gateway.OIN, read func() ([]T, error)) ([]T, error) {
	if v.Officer.Scope().Empty() {
		return nil, refused("Dit account heeft geen zicht op het logboek.")
	}
	found, err := read()
	if err != nil {
		return nil, err
	}
	entries, err := Looks(v, audit.LogRead, party, len(found))
	if err != nil {
		return nil, err
	}
	if err := d.journal.Write(ctx, entries); err != nil {
		return nil, err
	}
	return found, nil
}

// Looks are the entries about one look or export of an officer: one for each
// party in whose books he looked, so that its own officers find it there, and
// none of them names another party. They say how much was shown when it is of
// one party. For officers of the processor who look at all it is one entry.
func Looks(v Visit, event audit.Event, party gateway.OIN, count int) ([]audit.Entry, error) {
	scope := v.Officer.Scope().To(party) // nothing, when he asked outside his scope
	return v.inBooks(event, scope, counted(scope, count))
}

func looked(v Visit, event audit.Event, object string, options ...audit.Option) ([]audit.Entry, error) {
	e, err := audit.New(event, v.By(), object, v.At, options...)
	return []audit.Entry{e}, err
}

func absent() *gateway.Error {
	return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeScope, Rule: "Seinhuis formats", Text: "Dit is niet gevonden."})
}
