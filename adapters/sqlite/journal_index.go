// SPDX-License-Identifier: EUPL-1.2

package sqlite

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
	indexBatch = 2000           // rows of an older store that are indexed in one transaction
)

// indexed is a row of the log on its way into the index.
type indexed struct {
	number           int64
	entry            proof.Entry
	parent, exchange []byte             // NULL when the caller gave none
	also             []gateway.SignalID // that the object does not name
}

// index writes what the transaction added to the log into the index. It runs
// last, when what the entries are about is there.
func (t *tx) index() error {
	if len(t.added) == 0 {
		return nil
	}
	// A program from before the index may have the store open as well.
	for before := t.added[0].number; ; {
		more, err := t.catchUp(before)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return t.project(t.added, moment(time.Now()))
}

// catchUp indexes a batch of rows below a number that are in no index, and
// reports whether there were any. What they concern, truth tells as far as it
// still knows.
func (t *tx) catchUp(before int64) (more bool, err error) {
	var last int64
	if err := each(t, func(scan func(...any) error) error { return scan(&last) },
		`SELECT coalesce(max(number), 0) FROM audit_index`); err != nil || last+1 >= before {
		return false, err
	}
	var rows []indexed
	if err := each(t, func(scan func(...any) error) error {
		var r indexed
		var leaf []byte
		err := scan(&r.number, &leaf)
		if err == nil {
			r.entry, err = proof.Decode(leaf)
		}
		rows = append(rows, r)
		return err
	}, `SELECT number, leaf FROM audit_row WHERE number > ? AND number < ? ORDER BY number LIMIT ?`, last, before, indexBatch); err != nil {
		return false, err
	}
	return len(rows) > 0, t.project(rows, nil)
}

func (t *tx) project(rows []indexed, ended any) error {
	about, err := t.about(rows)
	if err != nil {
		return err
	}
	spans := make([]byte, 0)
	volumes, blocks := tally{}, map[int64][2]int64{}
	for i, r := range rows {
		facet, err := t.facet(r.entry, about[i].object)
		if err != nil {
			return err
		}
		if err := t.addIndex(r, about[i], facet, ended); err != nil {
			return err
		}
		concerns := logbook.Concerns(r.entry, about[i].known)
		if spans = spans[:0]; len(concerns) > 0 {
			spans = append(spans, make([]byte, 8*len(concerns))...)
			_, _ = rand.Read(spans) // never fails
		}
		parties := []int64{everyone}
		for j, c := range concerns {
			party, err := t.concern(c.Party, facet, r.number, spans[8*j:8*j+8])
			if err != nil {
				return err
			}
			parties = append(parties, party)
			if err := t.addAlso(r.number, party, about[i].further); err != nil {
				return err
			}
		}
		if err := t.count(volumes, parties, r.entry); err != nil {
			return err
		}
		block, at := r.number/blockSize, r.entry.At().UnixMilli()
		from := at - (at%blockGrain+blockGrain)%blockGrain
		b, ok := blocks[block]
		if !ok {
			b = [2]int64{from, from}
		}
		blocks[block] = [2]int64{min(b[0], from), max(b[1], from+blockGrain)}
	}
	return t.putTotals(volumes, blocks)
}

func (t *tx) addIndex(r indexed, about about, facet int64, ended any) error {
	trace, err := hex.DecodeString(r.entry.Trace)
	if err != nil {
		return failed(t.fail(err))
	}
	var signal any
	if about.signal != 0 && about.known.Related(r.entry) {
		signal = about.signal
	}
	_, err = t.exec(`INSERT INTO audit_index (number, at, ended_at, facet, subject, beside, signal, trace, parent, exchange)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.number, r.entry.At().UnixMilli(), ended, facet,
		orNone(about.object.subject), orNone(about.object.beside), signal, trace, orNone(r.parent), orNone(r.exchange))
	return err
}

// addAlso writes the further signals of an entry, as rows of one party.
func (t *tx) addAlso(number, party int64, signals []int64) error {
	for _, signal := range signals {
		var span [8]byte
		_, _ = rand.Read(span[:]) // never fails
		if _, err := t.exec(`INSERT INTO audit_also (number, party, signal, span) VALUES (?, ?, ?, ?)`, number, party, signal, span[:]); err != nil {
			return err
		}
	}
	return nil
}

// orNone is NULL for no bytes.
func orNone(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (t *tx) concern(oin gateway.OIN, facet, number int64, span []byte) (party int64, err error) {
	if party, err = t.party(oin); err != nil {
		return 0, err
	}
	if err := t.reach(party, facet); err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO audit_concern (party, facet, number, span) VALUES (?, ?, ?, ?)`, party, facet, number, span)
	return party, err
}

// everyone is the party under which volumes count each entry once.
const everyone = 0

// tally counts what a transaction adds to volumes, by party, day and deed.
type tally map[[3]int64]int64

func (t *tx) count(to tally, parties []int64, e proof.Entry) error {
	on := day(gateway.Today(e.At())).(int64)
	seen := map[string]bool{}
	for _, code := range append([]string{""}, e.Codes...) {
		if seen[code] {
			continue
		}
		seen[code] = true
		deed, err := t.deed(e.Event, e.Result, code)
		if err != nil {
			return err
		}
		for _, p := range parties {
			to[[3]int64{p, on, deed}]++
		}
	}
	return nil
}

func (t *tx) putTotals(volumes tally, blocks map[int64][2]int64) error {
	for key, n := range volumes {
		if _, err := t.exec(`INSERT INTO audit_volume (party, day, deed, count) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET count = count + excluded.count`, key[0], key[1], key[2], n); err != nil {
			return err
		}
	}
	for block, b := range blocks {
		old, known := t.words().blocks[block]
		if known && old[0] <= b[0] && b[1] <= old[1] {
			continue
		}
		t.words().blocks = map[int64][2]int64{block: b} // the last one is what comes again
		if _, err := t.exec(`INSERT INTO audit_block (block, from_at, until_at) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET from_at = min(from_at, excluded.from_at), until_at = max(until_at, excluded.until_at)`,
			block, b[0], b[1]); err != nil {
			return err
		}
	}
	return nil
}
