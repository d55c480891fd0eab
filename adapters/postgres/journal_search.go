// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/hex"
	"math"
	"slices"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// search is one question to the journal, with what was resolved of it.
type search struct {
	querier
	limit        int
	parties      []int64        // nil: everyone
	facets       map[int64]bool // nil: all
	since, until int64          // milliseconds; since <= at < until
	timed        bool
	found        []int64 // newest first
}

// span is a range of numbers of entries, both ends included.
type span struct{ first, last int64 }

// Search implements [oversight.Journal]. Entries of one object or one trace it
// finds by these; else it takes the newest of each facet asked for.
func (j *Journal) Search(ctx context.Context, q oversight.Query) ([]oversight.Hit, error) {
	scope := q.Scope.To(q.Party)
	if scope.Empty() {
		return nil, nil
	}
	s := search{querier: j.db.look.with(ctx), limit: min(max(q.Limit, 1), oversight.MaxHits), since: math.MinInt64, until: math.MaxInt64}
	if !scope.All() {
		var err error
		if s.parties, err = served(s, scope); err != nil || len(s.parties) == 0 {
			return nil, err
		}
	}
	// The last number comes first: facets of later entries do not matter.
	all := span{1, 0}
	if err := each(s, func(scan func(...any) error) error { return scan(&all.last) }, `SELECT coalesce(max(number), 0) FROM audit_index`); err != nil {
		return nil, err
	}
	if q.Before > 0 {
		all.last = min(all.last, q.Before-1)
	}
	var err error
	if s.facets, err = j.db.facets.asked(s, q); err != nil || s.facets != nil && len(s.facets) == 0 {
		return nil, err
	}
	spans, err := s.spans(q, all)
	if err != nil {
		return nil, err
	}
	if err := s.run(q, spans); err != nil {
		return nil, err
	}
	return hits(s, s.found)
}

func (s *search) run(q oversight.Query, spans []span) error {
	var trace []byte
	if !q.Trace.IsZero() {
		var err error
		if trace, err = hex.DecodeString(q.Trace.ID()); err != nil {
			return nil // no such trace
		}
	}
	switch {
	case q.Object != "":
		subject := bytesOf(string(q.Object))
		if subject == nil {
			return nil
		}
		return s.follow(byObject, subject, trace, spans)
	case trace != nil:
		return s.follow(byTrace, trace, nil, spans)
	case s.parties == nil:
		return s.everyone(spans)
	}
	return s.merge(spans)
}

// spans are the numbers among which the entries of a time lie, newest first.
// Times of entries are in order but for some seconds; what lies further off costs
// one block each and no more.
func (s *search) spans(q oversight.Query, all span) ([]span, error) {
	if q.Since.IsZero() && q.Until.IsZero() {
		return []span{all}, nil
	}
	s.timed = true
	if !q.Since.IsZero() {
		s.since = ceilMilli(q.Since)
	}
	if !q.Until.IsZero() {
		s.until = ceilMilli(q.Until)
	}
	var spans []span
	err := each(s, func(scan func(...any) error) error {
		var block int64
		if err := scan(&block); err != nil {
			return err
		}
		next := span{max(block*blockSize, all.first), min((block+1)*blockSize-1, all.last)}
		if n := len(spans); n > 0 && spans[n-1].first == next.last+1 {
			spans[n-1].first = next.first
		} else if next.first <= next.last {
			spans = append(spans, next)
		}
		return nil
	}, `SELECT b.block FROM audit_block AS b WHERE b.until_at >= $1 AND b.from_at < $2 AND b.block <= $3 ORDER BY b.block DESC`,
		s.since, s.until, all.last/blockSize)
	return spans, err
}

// row is what is looked at of an entry on the way.
type row struct {
	number, facet, at int64
	trace             []byte
}

func (s *search) fits(r row) bool {
	return (s.facets == nil || s.facets[r.facet]) && r.at >= s.since && r.at < s.until
}

func (s *search) look(query string, args ...any) (all []row, err error) {
	err = each(s.querier, func(scan func(...any) error) error {
		var r row
		err := scan(&r.number, &r.facet, &r.at, &r.trace)
		all = append(all, r)
		return err
	}, query, args...)
	return all, err
}

const (
	byTrace = `SELECT i.number, i.facet, i.at, i.trace FROM audit_index AS i
		WHERE i.trace = $1 AND i.number BETWEEN $2 AND $3 ORDER BY i.number DESC LIMIT $4`
	byObject = `(SELECT i.number, i.facet, i.at, i.trace FROM audit_index AS i
			WHERE i.subject = $1 AND i.number BETWEEN $2 AND $3 ORDER BY i.number DESC LIMIT $4)
		UNION (SELECT i.number, i.facet, i.at, i.trace FROM audit_index AS i
			WHERE i.beside = $1 AND i.number BETWEEN $2 AND $3 ORDER BY i.number DESC LIMIT $4)
		ORDER BY number DESC LIMIT $4`
	stride = 1000 // rows looked at in one query
)

// follow walks through the entries of one object or trace.
func (s *search) follow(query string, key, trace []byte, spans []span) error {
	for _, in := range spans {
		for last := in.last; last >= in.first && len(s.found) < s.limit; {
			rows, err := s.look(query, key, in.first, last, stride)
			if err != nil {
				return err
			}
			var fitting []int64
			for _, r := range rows {
				if s.fits(r) && (trace == nil || slices.Equal(trace, r.trace)) {
					fitting = append(fitting, r.number)
				}
			}
			if err := s.take(fitting); err != nil {
				return err
			}
			if len(rows) < stride {
				break
			}
			last = rows[len(rows)-1].number - 1
		}
	}
	return nil
}

// take keeps those of the numbers that are in the scope, up to the limit.
func (s *search) take(numbers []int64) error {
	if s.parties != nil && len(numbers) > 0 {
		asked := numbers
		numbers = nil
		if err := each(s, take(&numbers), `SELECT i.number FROM unnest($1::bigint[]) WITH ORDINALITY AS i (number, place)
			WHERE EXISTS (SELECT FROM audit_concern AS c WHERE c.number = i.number AND c.party = ANY($2::bigint[]) OFFSET 0) ORDER BY i.place`,
			asked, s.parties); err != nil {
			return err
		}
	}
	s.found = append(s.found, numbers[:min(len(numbers), s.limit-len(s.found))]...)
	return nil
}
