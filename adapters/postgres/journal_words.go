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

// Each makes the rows that are not there and gives the numbers of all. What
// INSERT made, the rest of the statement does not see: so no row comes twice.
const (
	numberFacets = `WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS k (event, actor, role, result, kind, holders)),
			made AS (INSERT INTO audit_facet (event, actor, role, result, kind, holders) SELECT * FROM asked ON CONFLICT (event, actor, role, result, kind, holders) DO NOTHING RETURNING *)
		SELECT number, event, actor, role, result, kind, holders FROM made
		UNION ALL SELECT f.number, f.event, f.actor, f.role, f.result, f.kind, f.holders FROM asked AS k JOIN audit_facet AS f
			ON f.event = k.event AND f.actor = k.actor AND f.role = k.role AND f.result = k.result AND f.kind = k.kind AND f.holders = k.holders`
	numberParties = `WITH asked AS (SELECT * FROM unnest($1::text[]) AS k (oin)),
			made AS (INSERT INTO audit_party (oin) SELECT oin FROM asked ON CONFLICT (oin) DO NOTHING RETURNING *)
		SELECT number, oin FROM made UNION ALL SELECT p.number, p.oin FROM asked AS k JOIN audit_party AS p ON p.oin = k.oin`
	numberDeeds = `WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS k (event, result, code)),
			made AS (INSERT INTO audit_deed (event, result, code) SELECT * FROM asked ON CONFLICT (event, result, code) DO NOTHING RETURNING *)
		SELECT number, event, result, code FROM made
		UNION ALL SELECT d.number, d.event, d.result, d.code FROM asked AS k JOIN audit_deed AS d ON d.event = k.event AND d.result = k.result AND d.code = k.code`
)

// learn gives the unknown a number: no round trip when there are none, else one.
func (t *tx) learn(u unknown) error {
	var questions []question
	if len(u.facets) > 0 {
		columns := make([][]string, 6)
		for k := range u.facets {
			for i, word := range []string{k.event, k.actor, k.role, k.result, k.kind, k.holders} {
				columns[i] = append(columns[i], word)
			}
		}
		questions = append(questions, question{query: numberFacets, args: []any{columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]},
			take: func(scan func(...any) error) error {
				var n int64
				var k facetKey
				err := scan(&n, &k.event, &k.actor, &k.role, &k.result, &k.kind, &k.holders)
				t.words().facets[k] = n
				return err
			}})
	}
	if len(u.parties) > 0 {
		var oins []string
		for oin := range u.parties {
			oins = append(oins, string(oin))
		}
		questions = append(questions, question{query: numberParties, args: []any{oins}, take: func(scan func(...any) error) error {
			var n int64
			var oin gateway.OIN
			err := scan(&n, &oin)
			t.words().parties[oin] = n
			return err
		}})
	}
	if len(u.deeds) > 0 {
		var events, results, codes []string
		for k := range u.deeds {
			events, results, codes = append(events, k.event), append(results, k.result), append(codes, k.code)
		}
		questions = append(questions, question{query: numberDeeds, args: []any{events, results, codes}, take: func(scan func(...any) error) error {
			var n int64
			var k deedKey
			err := scan(&n, &k.event, &k.result, &k.code)
			t.words().deeds[k] = n
			return err
		}})
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
