// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"slices"
	"strings"
	"sync"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// facets remembers the table of facets for searches. Rows are only ever added, and
// in the order of their numbers, because one transaction writes at a time: those
// that it has stay good, and what is new has a higher number.
type facets struct {
	mu   sync.Mutex
	last int64
	all  map[int64]facetKey
}

// asked gives the facets that a query asks for; nil when it asks for all.
func (f *facets) asked(q querier, query oversight.Query) (map[int64]bool, error) {
	if len(query.Events) == 0 && query.Kind == "" && query.Holder == "" && query.Actor == "" && query.Result == "" {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.load(q); err != nil {
		return nil, err
	}
	chosen := map[int64]bool{}
	for n, k := range f.all {
		if k.fits(query) {
			chosen[n] = true
		}
	}
	return chosen, nil
}

// of gives the facets that process records of persons, of one activity or of all.
func (f *facets) of(q querier, a logbook.Activity) (chosen []int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.load(q); err != nil {
		return nil, err
	}
	for n, k := range f.all {
		if of := logbook.ActivityOf(audit.Event(k.event), audit.Kind(k.kind)); of != "" && (a == "" || of == a) {
			chosen = append(chosen, n)
		}
	}
	return chosen, nil
}

// load takes in the rows that are new.
func (f *facets) load(q querier) error {
	if f.all == nil {
		f.all = map[int64]facetKey{}
	}
	return each(q, func(scan func(...any) error) error {
		var n int64
		var k facetKey
		err := scan(&n, &k.event, &k.actor, &k.role, &k.result, &k.kind, &k.holders)
		f.all[n], f.last = k, n
		return err
	}, `SELECT number, event, actor, role, result, kind, holders FROM audit_facet WHERE number > $1 ORDER BY number`, f.last)
}

func (k facetKey) fits(q oversight.Query) bool {
	return (len(q.Events) == 0 || slices.Contains(q.Events, audit.Event(k.event))) &&
		(q.Kind == "" || string(q.Kind) == k.kind) && (q.Actor == "" || q.Actor == k.actor) && (q.Result == "" || q.Result == k.result) &&
		(q.Holder == "" || slices.Contains(strings.Split(k.holders, "/"), q.Holder))
}
