// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"container/heap"
)

// walk is how many of the newest entries a search without a party looks at
// before it goes by facets: what is asked for is mostly among them.
const walk = 3000

// everyone finds entries whomever they concern, or nobody.
func (s *search) everyone(spans []span) error {
	seen := 0
	for i, in := range spans {
		last := in.last
		for last >= in.first && len(s.found) < s.limit && seen < walk {
			rows, err := s.look(`SELECT i.number, i.facet, i.at, NULL FROM audit_index AS i WHERE i.number BETWEEN ? AND ? ORDER BY i.number DESC LIMIT ?`,
				in.first, last, stride)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				last = in.first - 1
				break
			}
			for _, r := range rows {
				if len(s.found) < s.limit && s.fits(r) {
					s.found = append(s.found, r.number)
				}
			}
			seen, last = seen+len(rows), rows[len(rows)-1].number-1
		}
		if seen >= walk && len(s.found) < s.limit {
			return s.merge(append([]span{{in.first, last}}, spans[i+1:]...))
		}
	}
	return nil
}

// cursor goes through the entries of one facet of one party, newest first. Next
// is not below the number that comes next.
type cursor struct {
	party, facet int64 // party is everyone: of the facet, whomever it concerns
	next         int64
	ready        []int64
	chunk        int
}

// cursors is a heap with the newest on top.
type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return c[i].next > c[j].next }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// merge takes the newest of all facets asked for, span by span.
func (s *search) merge(spans []span) error {
	pairs, err := s.pairs()
	if err != nil {
		return err
	}
	for _, in := range spans {
		if len(s.found) >= s.limit {
			break
		}
		if err := s.mergeSpan(pairs, in); err != nil {
			return err
		}
	}
	return nil
}

// pairs are the parties and facets that the search goes through.
func (s *search) pairs() (pairs [][2]int64, err error) {
	add := func(scan func(...any) error) error {
		p := [2]int64{everyone, 0}
		if s.parties == nil {
			if err := scan(&p[1]); err != nil {
				return err
			}
		} else if err := scan(&p[0], &p[1]); err != nil {
			return err
		}
		if s.facets == nil || s.facets[p[1]] {
			pairs = append(pairs, p)
		}
		return nil
	}
	switch {
	case s.parties != nil:
		err = lookup(s, s.parties, add, `SELECT c.party, c.facet FROM json_each(?) AS k CROSS JOIN audit_reach AS c ON c.party = k.value`)
	case s.facets != nil:
		for f := range s.facets {
			pairs = append(pairs, [2]int64{everyone, f})
		}
	default:
		err = each(s, add, `SELECT f.number FROM audit_facet AS f WHERE f.number > 0`)
	}
	return pairs, err
}

func (s *search) mergeSpan(pairs [][2]int64, in span) error {
	open, err := s.open(pairs, in)
	if err != nil {
		return err
	}
	for len(open) > 0 && len(s.found) < s.limit {
		c := open[0]
		if len(c.ready) > 0 {
			// An entry that concerns two of the parties comes twice.
			if n := len(s.found); n == 0 || s.found[n-1] != c.ready[0] {
				s.found = append(s.found, c.ready[0])
			}
			c.ready, c.next = c.ready[1:], c.ready[0]-1
		}
		if len(c.ready) == 0 {
			if err := s.fill(c, in); err != nil {
				return err
			}
		}
		if len(c.ready) == 0 {
			heap.Pop(&open)
			continue
		}
		c.next = c.ready[0]
		heap.Fix(&open, 0)
	}
	return nil
}

// open gives a cursor per pair that has entries in the span.
func (s *search) open(pairs [][2]int64, in span) (open cursors, err error) {
	query := `SELECT k.value ->> 0, k.value ->> 1, (SELECT c.number FROM audit_concern AS c
			WHERE c.party = k.value ->> 0 AND c.facet = k.value ->> 1 AND c.number BETWEEN ?2 AND ?3 ORDER BY c.number DESC LIMIT 1) AS newest
		FROM json_each(?1) AS k WHERE newest IS NOT NULL`
	if s.parties == nil {
		query = `SELECT k.value ->> 0, k.value ->> 1, (SELECT i.number FROM audit_index AS i
				WHERE i.facet = k.value ->> 1 AND i.number BETWEEN ?2 AND ?3 ORDER BY i.number DESC LIMIT 1) AS newest
			FROM json_each(?1) AS k WHERE newest IS NOT NULL`
	}
	all, err := list(pairs)
	if err != nil {
		return nil, err
	}
	err = each(s, func(scan func(...any) error) error {
		c := &cursor{}
		err := scan(&c.party, &c.facet, &c.next)
		open = append(open, c)
		return err
	}, query, all, in.first, in.last)
	heap.Init(&open)
	return open, err
}

// fill fetches what comes next: few at first, because most facets give few.
func (s *search) fill(c *cursor, in span) error {
	c.chunk = min(max(8, 4*c.chunk), s.limit)
	query, args := `SELECT c.number FROM audit_concern AS c WHERE c.party = ?1 AND c.facet = ?2 AND c.number BETWEEN ?3 AND ?4
		ORDER BY c.number DESC LIMIT ?5`, []any{c.party, c.facet, in.first, c.next, c.chunk}
	switch {
	case s.parties == nil && s.timed:
		query, args = `SELECT i.number FROM audit_index AS i WHERE i.facet = ?1 AND i.number BETWEEN ?2 AND ?3 AND i.at >= ?5 AND i.at < ?6
			ORDER BY i.number DESC LIMIT ?4`, []any{c.facet, in.first, c.next, c.chunk, s.since, s.until}
	case s.parties == nil:
		query, args = `SELECT i.number FROM audit_index AS i WHERE i.facet = ?1 AND i.number BETWEEN ?2 AND ?3
			ORDER BY i.number DESC LIMIT ?4`, []any{c.facet, in.first, c.next, c.chunk}
	case s.timed:
		query, args = `SELECT c.number FROM audit_concern AS c CROSS JOIN audit_index AS i ON i.number = c.number
			WHERE c.party = ?1 AND c.facet = ?2 AND c.number BETWEEN ?3 AND ?4 AND i.at >= ?6 AND i.at < ?7
			ORDER BY c.number DESC LIMIT ?5`, append(args, s.since, s.until)
	}
	return each(s, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		c.ready = append(c.ready, n)
		return err
	}, query, args...)
}
