// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"maps"
	"strings"
	"sync"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// dictionary is what a node remembers of the tables that give words of the log a
// number. Rows of those are never changed, so what was committed holds for good;
// other nodes can only add to them. It is shared by all that write on this node.
type dictionary struct {
	mu sync.RWMutex
	words
}

// words are numbers of facets, parties and deeds, and what is there at least.
type words struct {
	facets  map[facetKey]int64
	parties map[gateway.OIN]int64
	reaches map[[2]int64]bool
	deeds   map[deedKey]int64
	blocks  map[int64][2]int64 // the newest, as it is at least

	readers map[gateway.Municipality]gateway.OIN
	version int64 // of the register that readers come from
}

type facetKey struct{ event, actor, role, result, kind, holders string }

type deedKey struct{ event, result, code string }

func newWords() words {
	return words{facets: map[facetKey]int64{}, parties: map[gateway.OIN]int64{}, reaches: map[[2]int64]bool{}, deeds: map[deedKey]int64{},
		blocks: map[int64][2]int64{}, version: -1}
}

func newDictionary() *dictionary { return &dictionary{words: newWords()} }

// words are what this transaction learned: nobody else may know it before the
// commit, because it may be undone.
func (t *tx) words() *words {
	if t.learned == nil {
		learned := newWords()
		t.learned = &learned
	}
	return t.learned
}

// remember keeps what the transaction learned, once it is committed. Another
// may have committed since, so it adds and replaces nothing but what is known
// the same.
func (t *tx) remember() {
	if t.learned == nil {
		return
	}
	d := t.w.known
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.Copy(d.facets, t.learned.facets)
	maps.Copy(d.parties, t.learned.parties)
	maps.Copy(d.reaches, t.learned.reaches)
	maps.Copy(d.deeds, t.learned.deeds)
	if len(t.learned.blocks) > 0 { // the last one is what comes again
		d.blocks = t.learned.blocks
	}
	if t.learned.version > d.version {
		d.readers, d.version = t.learned.readers, t.learned.version
	}
}

// known looks in what all know, then in what the transaction learned.
func known[K comparable, V any](t *tx, of func(*words) map[K]V, key K) (V, bool) {
	t.w.known.mu.RLock()
	v, ok := of(&t.w.known.words)[key]
	t.w.known.mu.RUnlock()
	if !ok && t.learned != nil {
		v, ok = of(t.learned)[key]
	}
	return v, ok
}

func facetsOf(w *words) map[facetKey]int64     { return w.facets }
func partiesOf(w *words) map[gateway.OIN]int64 { return w.parties }
func reachesOf(w *words) map[[2]int64]bool     { return w.reaches }
func deedsOf(w *words) map[deedKey]int64       { return w.deeds }
func blocksOf(w *words) map[int64][2]int64     { return w.blocks }
func facetOf(e proof.Entry, o object) facetKey {
	return facetKey{e.Event, e.Actor, e.Role, e.Result, string(o.kind), strings.Join(o.holders, "/")}
}

// unknown are words that a transaction has no number of yet.
type unknown struct {
	facets  map[facetKey]bool
	parties map[gateway.OIN]bool
	deeds   map[deedKey]bool
}

func newUnknown() unknown {
	return unknown{map[facetKey]bool{}, map[gateway.OIN]bool{}, map[deedKey]bool{}}
}

func (u unknown) facet(t *tx, k facetKey) {
	if _, ok := known(t, facetsOf, k); !ok {
		u.facets[k] = true
	}
}

func (u unknown) party(t *tx, oin gateway.OIN) {
	if _, ok := known(t, partiesOf, oin); !ok {
		u.parties[oin] = true
	}
}

func (u unknown) deed(t *tx, k deedKey) {
	if _, ok := known(t, deedsOf, k); !ok {
		u.deeds[k] = true
	}
}

// numbered makes the rows that are not there, and gives number and columns of
// all. What INSERT made, the rest of the statement does not see: so no row comes
// twice.
func numbered(table string, r *rows) string {
	columns := strings.Join(r.names, ", ")
	return `WITH asked AS (SELECT ` + columns + ` FROM ` + r.from("given") + `),
			made AS (INSERT INTO ` + table + ` (` + columns + `) SELECT ` + columns + ` FROM asked ON CONFLICT (` + columns + `) DO NOTHING RETURNING number, ` + columns + `)
		SELECT number, ` + columns + ` FROM made UNION ALL SELECT number, ` + columns + ` FROM asked JOIN ` + table + ` USING (` + columns + `)`
}

// learn gives the unknown a number: no round trip when there are none, else one.
func (t *tx) learn(u unknown) error {
	var questions []question
	if len(u.facets) > 0 {
		r := rowsOf("event text, actor text, role text, result text, kind text, holders text")
		for k := range u.facets {
			r.add(k.event, k.actor, k.role, k.result, k.kind, k.holders)
		}
		questions = append(questions, fetch(func(scan func(...any) error) error {
			var n int64
			var k facetKey
			err := scan(&n, &k.event, &k.actor, &k.role, &k.result, &k.kind, &k.holders)
			t.words().facets[k] = n
			return err
		}, numbered("audit_facet", r), r.arrays...))
	}
	if len(u.parties) > 0 {
		r := rowsOf("oin text")
		for oin := range u.parties {
			r.add(string(oin))
		}
		questions = append(questions, fetch(func(scan func(...any) error) error {
			var n int64
			var oin gateway.OIN
			err := scan(&n, &oin)
			t.words().parties[oin] = n
			return err
		}, numbered("audit_party", r), r.arrays...))
	}
	if len(u.deeds) > 0 {
		r := rowsOf("event text, result text, code text")
		for k := range u.deeds {
			r.add(k.event, k.result, k.code)
		}
		questions = append(questions, fetch(func(scan func(...any) error) error {
			var n int64
			var k deedKey
			err := scan(&n, &k.event, &k.result, &k.code)
			t.words().deeds[k] = n
			return err
		}, numbered("audit_deed", r), r.arrays...))
	}
	return t.askAll(questions...)
}

// readers are the parties whose mailboxes the municipalities' are: the active
// one, or who was last. They hold for one version of the register.
func (t *tx) readers(version int64) (map[gateway.Municipality]gateway.OIN, error) {
	t.w.known.mu.RLock()
	readers, of := t.w.known.readers, t.w.known.version
	t.w.known.mu.RUnlock()
	if of == version {
		return readers, nil
	}
	found := map[gateway.Municipality]gateway.OIN{}
	err := each(t, func(scan func(...any) error) error {
		var of gateway.Municipality
		var oin gateway.OIN
		err := scan(&of, &oin)
		found[of] = oin // the last one stays
		return err
	}, `SELECT p.municipality, p.oin FROM party AS p WHERE p.kind = 'gemeente' AND p.municipality IS NOT NULL
		ORDER BY CASE p.state WHEN 'actief' THEN 2 WHEN 'geschorst' THEN 1 ELSE 0 END, p.oin`)
	t.words().readers, t.words().version = found, version
	return found, err
}
