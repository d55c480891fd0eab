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
	w := indexRows{t: t, volumes: map[[3]int64]int64{}, blocks: map[int64][2]int64{}, reaches: map[[2]int64]bool{}}
	for i, r := range rows {
		if err := w.add(r, about[i], concerns[i], ended); err != nil {
			return failed(t.fail(err))
		}
	}
	return t.askAll(w.statements()...)
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

// indexRows are the rows of the index of one transaction, in columns.
type indexRows struct {
	t *tx

	numbers, ats, facets, ended              []int64
	subjects, besides, traces, parents, flow [][]byte
	signals                                  []*int64

	concernParties, concernFacets, concernNumbers []int64
	concernSpans                                  [][]byte

	alsoNumbers, alsoParties, alsoSignals []int64
	alsoSpans                             [][]byte

	reaches map[[2]int64]bool
	volumes map[[3]int64]int64 // by party, day and deed
	blocks  map[int64][2]int64
}

func (w *indexRows) add(r indexed, a about, concerns []gateway.OIN, ended int64) error {
	trace, err := hex.DecodeString(r.entry.Trace)
	if err != nil {
		return err
	}
	facet, _ := known(w.t, facetsOf, facetOf(r.entry, a.object))
	at := r.entry.At().UnixMilli()
	var signal *int64
	if a.signal != 0 && a.known.Related(r.entry) {
		signal = &a.signal
	}
	w.numbers, w.ats, w.facets, w.ended = append(w.numbers, r.number), append(w.ats, at), append(w.facets, facet), append(w.ended, ended)
	w.subjects, w.besides, w.signals = append(w.subjects, a.object.subject), append(w.besides, a.object.beside), append(w.signals, signal)
	w.traces, w.parents, w.flow = append(w.traces, trace), append(w.parents, r.parent), append(w.flow, r.exchange)
	parties := []int64{everyone}
	for _, oin := range concerns {
		party, _ := known(w.t, partiesOf, oin)
		parties = append(parties, party)
		w.concern(party, facet, r.number)
		for _, s := range a.further {
			w.alsoNumbers, w.alsoParties, w.alsoSignals = append(w.alsoNumbers, r.number), append(w.alsoParties, party), append(w.alsoSignals, s)
			w.alsoSpans = append(w.alsoSpans, newSpan())
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

func newSpan() []byte {
	span := make([]byte, 8)
	_, _ = rand.Read(span) // never fails
	return span
}

func (w *indexRows) concern(party, facet, number int64) {
	w.concernParties, w.concernFacets, w.concernNumbers = append(w.concernParties, party), append(w.concernFacets, facet), append(w.concernNumbers, number)
	w.concernSpans = append(w.concernSpans, newSpan())
	if reach := [2]int64{party, facet}; !has(known(w.t, reachesOf, reach)) {
		w.reaches[reach] = true
	}
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

// statements write all, one per table.
func (w *indexRows) statements() []question {
	all := []question{{query: `INSERT INTO audit_index (number, at, ended_at, facet, subject, beside, signal, trace, parent, exchange)
			SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[], $8::bytea[], $9::bytea[], $10::bytea[])`,
		args: []any{w.numbers, w.ats, w.ended, w.facets, w.subjects, w.besides, w.signals, w.traces, w.parents, w.flow}}}
	if len(w.concernNumbers) > 0 {
		all = append(all, question{query: `INSERT INTO audit_concern (party, facet, number, span) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])`,
			args: []any{w.concernParties, w.concernFacets, w.concernNumbers, w.concernSpans}})
	}
	if len(w.alsoNumbers) > 0 {
		all = append(all, question{query: `INSERT INTO audit_also (number, party, signal, span) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])`,
			args: []any{w.alsoNumbers, w.alsoParties, w.alsoSignals, w.alsoSpans}})
	}
	all = append(all, w.putReaches()...)
	all = append(all, w.putVolumes())
	return append(all, w.putBlocks()...)
}

func (w *indexRows) putReaches() []question {
	if len(w.reaches) == 0 {
		return nil
	}
	var parties, facets []int64
	for r := range w.reaches {
		parties, facets = append(parties, r[0]), append(facets, r[1])
		w.t.words().reaches[r] = true
	}
	return []question{{query: `INSERT INTO audit_reach (party, facet) SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT (party, facet) DO NOTHING`,
		args: []any{parties, facets}}}
}

func (w *indexRows) putVolumes() question {
	var parties, days, deeds, counts []int64
	for key, n := range w.volumes {
		parties, days, deeds, counts = append(parties, key[0]), append(days, key[1]), append(deeds, key[2]), append(counts, n)
	}
	return question{query: `INSERT INTO audit_volume (party, day, deed, count) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
		ON CONFLICT (party, day, deed) DO UPDATE SET count = audit_volume.count + excluded.count`, args: []any{parties, days, deeds, counts}}
}

func (w *indexRows) putBlocks() []question {
	var blocks, froms, untils []int64
	for block, b := range w.blocks {
		if old, ok := known(w.t, blocksOf, block); ok {
			if old[0] <= b[0] && b[1] <= old[1] {
				continue
			}
			b = [2]int64{min(old[0], b[0]), max(old[1], b[1])}
		}
		w.t.words().blocks = map[int64][2]int64{block: b}
		blocks, froms, untils = append(blocks, block), append(froms, b[0]), append(untils, b[1])
	}
	if len(blocks) == 0 {
		return nil
	}
	return []question{{query: `INSERT INTO audit_block (block, from_at, until_at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
		ON CONFLICT (block) DO UPDATE SET from_at = least(audit_block.from_at, excluded.from_at), until_at = greatest(audit_block.until_at, excluded.until_at)`,
		args: []any{blocks, froms, untils}}}
}
