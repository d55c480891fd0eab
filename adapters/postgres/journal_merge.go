// SPDX-License-Identifier: EUPL-1.2

package postgres

import "slices"

// walk is how many of the newest entries a search without a party looks at
// before it goes by facets: what is asked for is mostly among them.
const walk = 3000

// everyone finds entries whomever they concern, or nobody.
func (s *search) everyone(spans []span) error {
	seen := 0
	for i, in := range spans {
		last := in.last
		for last >= in.first && len(s.found) < s.limit && seen < walk {
			rows, err := s.look(`SELECT i.number, i.facet, i.at, NULL::bytea FROM audit_index AS i WHERE i.number BETWEEN $1 AND $2 ORDER BY i.number DESC LIMIT $3`,
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

// cursors go through the entries of one facet of one party each, newest first:
// in columns, because all go ahead in one query. A party is everyone when a
// facet is asked for whomever it concerns.
type cursors struct{ parties, facets, next []int64 }

func (c *cursors) add(party, facet, next int64) {
	c.parties, c.facets, c.next = append(c.parties, party), append(c.facets, facet), append(c.next, next)
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
		var p [2]int64
		if err := scan(&p[0], &p[1]); err != nil {
			return err
		}
		if s.facets == nil || s.facets[p[1]] {
			pairs = append(pairs, p)
		}
		return nil
	}
	switch {
	case s.parties != nil:
		err = each(s, add, `SELECT c.party, c.facet FROM audit_reach AS c WHERE c.party = ANY($1::bigint[])`, s.parties)
	case s.facets != nil:
		for f := range s.facets {
			pairs = append(pairs, [2]int64{everyone, f})
		}
	default:
		err = each(s, add, `SELECT $1::bigint, f.number FROM audit_facet AS f WHERE f.number > 0`, int64(everyone))
	}
	return pairs, err
}

// mergeSpan lets all cursors go ahead together: by one entry first, which tells
// of most facets that they have nothing or nothing new enough, then by more and
// more those that may still have some of the newest. A cursor stops at the floor,
// the oldest of as many as are asked for.
func (s *search) mergeSpan(pairs [][2]int64, in span) error {
	var open cursors
	for _, p := range pairs {
		open.add(p[0], p[1], in.last)
	}
	wanted, floor := s.limit-len(s.found), in.first
	var newest []int64
	for chunk := 1; len(open.next) > 0; chunk = min(8*chunk, s.limit) {
		got, ahead, err := s.advance(open, floor, chunk)
		if err != nil {
			return err
		}
		newest = append(newest, got...)
		slices.Sort(newest) // an entry that concerns two of the parties comes twice
		newest = slices.Compact(newest)
		if n := len(newest); n >= wanted {
			newest = newest[n-wanted:]
			floor = newest[0]
		}
		open = ahead.above(floor)
	}
	slices.Reverse(newest)
	s.found = append(s.found, newest...)
	return nil
}

// above are the cursors that may have entries above a floor.
func (c cursors) above(floor int64) (some cursors) {
	for i, next := range c.next {
		if next >= floor {
			some.add(c.parties[i], c.facets[i], next)
		}
	}
	return some
}

// advance gives up to a chunk of entries of each cursor, down to a floor, and
// those of the cursors that did not reach it.
func (s *search) advance(open cursors, floor int64, chunk int) (numbers []int64, ahead cursors, err error) {
	counts, lowest := make([]int, len(open.next)), make([]int64, len(open.next))
	args := []any{open.parties, open.facets, open.next, floor, chunk}
	query := ofParty
	if s.parties == nil {
		query = ofFacet
	}
	if s.timed {
		query, args = timed[query], append(args, s.since, s.until)
	}
	err = each(s, func(scan func(...any) error) error {
		var place int
		var number int64
		if err := scan(&place, &number); err != nil {
			return err
		}
		if counts[place] == 0 || number < lowest[place] {
			lowest[place] = number
		}
		counts[place]++
		numbers = append(numbers, number)
		return nil
	}, query, args...)
	for i, n := range counts {
		if n == chunk {
			ahead.add(open.parties[i], open.facets[i], lowest[i]-1)
		}
	}
	return numbers, ahead, err
}

// What follows gives the next entries of each cursor by the one index that has
// them in their order.
const (
	ofEach  = `SELECT k.place - 1, n.number FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS k (party, facet, next, place) CROSS JOIN LATERAL (`
	ofParty = ofEach + `SELECT c.number FROM audit_concern AS c
		WHERE c.party = k.party AND c.facet = k.facet AND c.number BETWEEN $4 AND k.next ORDER BY c.number DESC LIMIT $5) AS n`
	ofFacet = ofEach + `SELECT i.number FROM audit_index AS i
		WHERE i.facet = k.facet AND i.number BETWEEN $4 AND k.next ORDER BY i.number DESC LIMIT $5) AS n`
	ofPartyTimed = ofEach + `SELECT c.number FROM audit_concern AS c JOIN audit_index AS i ON i.number = c.number
		WHERE c.party = k.party AND c.facet = k.facet AND c.number BETWEEN $4 AND k.next AND i.at >= $6 AND i.at < $7 ORDER BY c.number DESC LIMIT $5) AS n`
	ofFacetTimed = ofEach + `SELECT i.number FROM audit_index AS i
		WHERE i.facet = k.facet AND i.number BETWEEN $4 AND k.next AND i.at >= $6 AND i.at < $7 ORDER BY i.number DESC LIMIT $5) AS n`
)

var timed = map[string]string{ofParty: ofPartyTimed, ofFacet: ofFacetTimed}
