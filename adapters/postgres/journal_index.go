// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

const (
	blockSize  = 1024           // numbers per row of audit_block
	blockGrain = 10 * 60 * 1000 // milliseconds to which its moments are rounded, so that few transactions change it
)

// indexed is a row of the log on its way into the index.
type indexed struct {
	number           int64
	entry            proof.Entry
	parent, exchange []byte             // NULL when the caller gave none
	also             []gateway.SignalID // that the object does not name
}

// index writes what the transaction added to the log into the index. It runs
// last, when what the entries are about is there. It costs two round trips, and
// one more for words that this node did not meet before.
func (t *tx) index() error {
	if len(t.added) == 0 {
		return nil
	}
	return t.project(t.added, time.Now().UnixMilli())
}

// everyone is the party under which volumes count each entry once.
const everyone = 0

func (t *tx) project(rows []indexed, ended int64) error {
	about, err := t.about(rows)
	if err != nil {
		return err
	}
	concerns, unknown := make([][]gateway.OIN, len(rows)), newUnknown()
	for i, r := range rows {
		unknown.facet(t, facetOf(r.entry, about[i].object))
		for _, code := range codes(r.entry) {
			unknown.deed(t, deedKey{r.entry.Event, r.entry.Result, code})
		}
		for _, c := range logbook.Concerns(r.entry, about[i].known) {
			concerns[i] = append(concerns[i], c.Party)
			unknown.party(t, c.Party)
		}
	}
	if err := t.learn(unknown); err != nil {
		return err
	}
	w := newIndexRows(t)
	for i, r := range rows {
		if err := w.add(r, about[i], concerns[i], ended); err != nil {
			return failed(t.fail(err))
		}
	}
	return t.together(w.statements()...)
}

// codes are "" and the codes of an entry, each once.
func codes(e proof.Entry) []string {
	all := []string{""}
	seen := map[string]bool{"": true}
	for _, code := range e.Codes {
		if !seen[code] {
			seen[code] = true
			all = append(all, code)
		}
	}
	return all
}

// indexRows are the rows of the index of one transaction.
type indexRows struct {
	t                     *tx
	index, concerns, also *rows
	reaches               map[[2]int64]bool
	volumes               map[[3]int64]int64 // by party, day and deed
	blocks                map[int64][2]int64
}

func newIndexRows(t *tx) *indexRows {
	return &indexRows{t: t,
		index:    rowsOf("number bigint, at bigint, ended_at bigint, facet bigint, subject bytea, beside bytea, signal bigint, trace bytea, parent bytea, exchange bytea"),
		concerns: rowsOf("party bigint, facet bigint, number bigint, span bytea"),
		also:     rowsOf("number bigint, party bigint, signal bigint, span bytea"),
		reaches:  map[[2]int64]bool{}, volumes: map[[3]int64]int64{}, blocks: map[int64][2]int64{}}
}

func (w *indexRows) add(r indexed, a about, concerns []gateway.OIN, ended int64) error {
	trace, err := hex.DecodeString(r.entry.Trace)
	if err != nil {
		return err
	}
	facet, _ := known(w.t, facetsOf, facetOf(r.entry, a.object))
	at := r.entry.At().UnixMilli()
	var signal any
	if a.signal != 0 && a.known.Related(r.entry) {
		signal = a.signal
	}
	w.index.add(r.number, at, ended, facet, a.object.subject, a.object.beside, signal, trace, r.parent, r.exchange)
	parties := []int64{everyone}
	for _, oin := range concerns {
		party, _ := known(w.t, partiesOf, oin)
		parties = append(parties, party)
		w.concerns.add(party, facet, r.number, newSpan())
		if reach := [2]int64{party, facet}; !has(known(w.t, reachesOf, reach)) {
			w.reaches[reach] = true
		}
		for _, s := range a.further {
			w.also.add(r.number, party, s, newSpan())
		}
	}
	on := day(gateway.Today(r.entry.At())).(int64)
	for _, code := range codes(r.entry) {
		deed, _ := known(w.t, deedsOf, deedKey{r.entry.Event, r.entry.Result, code})
		for _, p := range parties {
			w.volumes[[3]int64{p, on, deed}]++
		}
	}
	w.block(r.number/blockSize, at)
	return nil
}

// newSpan names an act in one party's own logbook.
func newSpan() []byte {
	span := make([]byte, 8)
	_, _ = rand.Read(span) // never fails
	return span
}

func has(_, ok bool) bool { return ok }

func (w *indexRows) block(block, at int64) {
	from := at - (at%blockGrain+blockGrain)%blockGrain
	b, ok := w.blocks[block]
	if !ok {
		b = [2]int64{from, from}
	}
	w.blocks[block] = [2]int64{min(b[0], from), max(b[1], from+blockGrain)}
}

// statements write all, one per table, where there is something to write.
func (w *indexRows) statements() (all []statement) {
	volumes := rowsOf("party bigint, day bigint, deed bigint, count bigint")
	for key, n := range w.volumes {
		volumes.add(key[0], key[1], key[2], n)
	}
	for _, to := range []struct {
		table, behind string
		rows          *rows
	}{
		{"audit_index", "", w.index},
		{"audit_concern", "", w.concerns},
		{"audit_also", "", w.also},
		{"audit_reach", "ON CONFLICT (party, facet) DO NOTHING", w.newReaches()},
		{"audit_volume AS v", "ON CONFLICT (party, day, deed) DO UPDATE SET count = v.count + excluded.count", volumes},
		{"audit_block AS b", "ON CONFLICT (block) DO UPDATE SET from_at = least(b.from_at, excluded.from_at), until_at = greatest(b.until_at, excluded.until_at)", w.newBlocks()},
	} {
		if to.rows.n > 0 {
			s := to.rows.insert(to.table, to.behind)
			s.rows = anyRows // another node may have been first
			all = append(all, s)
		}
	}
	return all
}

// newReaches are those that this node does not know to be there.
func (w *indexRows) newReaches() *rows {
	r := rowsOf("party bigint, facet bigint")
	for reach := range w.reaches {
		r.add(reach[0], reach[1])
		w.t.words().reaches[reach] = true
	}
	return r
}

// newBlocks are those whose moments this node does not know to be as wide.
func (w *indexRows) newBlocks() *rows {
	r := rowsOf("block bigint, from_at bigint, until_at bigint")
	for block, b := range w.blocks {
		if old, ok := known(w.t, blocksOf, block); ok {
			if old[0] <= b[0] && b[1] <= old[1] {
				continue
			}
			b = [2]int64{min(old[0], b[0]), max(old[1], b[1])}
		}
		w.t.words().blocks = map[int64][2]int64{block: b} // the last one is what comes again
		r.add(block, b[0], b[1])
	}
	return r
}
