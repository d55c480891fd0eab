// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Journal is the log as officers search it. It fills [oversight.Journal].
type Journal struct{ db *DB }

// Journal is the view for package oversight.
func (d *DB) Journal() *Journal { return &Journal{d} }

// Write implements [oversight.Journal].
func (j *Journal) Write(ctx context.Context, entries []audit.Entry) error {
	return j.db.write.do(ctx, func(t *tx) error {
		_, err := t.Append(entries)
		return err
	})
}

// Whole counts the rows of the log and those of its index; they are as many, or
// somebody changed the store by other means. It walks through both. Called by
// seinhuis doctor.
func (j *Journal) Whole(ctx context.Context) (rows, indexed int64, err error) {
	err = each(j.db.read.with(ctx), func(scan func(...any) error) error { return scan(&rows, &indexed) },
		`SELECT (SELECT count(*) FROM audit_row), (SELECT count(*) FROM audit_index)`)
	return rows, indexed, err
}

// indexOlder indexes what an older program wrote, batch by batch, so that
// memory stays small and others can write in between.
func (d *DB) indexOlder(ctx context.Context) error {
	for more := true; more; {
		if err := d.write.do(ctx, func(t *tx) (err error) {
			var next int64
			if err := each(t, func(scan func(...any) error) error { return scan(&next) },
				`SELECT coalesce(max(number), 0) + 1 FROM audit_row`); err != nil {
				return err
			}
			more, err = t.catchUp(next)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// served gives the numbers of the parties of a scope. The officer of a
// municipality also serves whose place it took: municipalities that went into it
// (Wet arhi, art. 44), and an earlier registration under its own code.
func served(q querier, scope oversight.Scope) ([]int64, error) {
	return servedParties(q, scope.Parties())
}

func servedParties(q querier, oins []gateway.OIN) (parties []int64, err error) {
	err = lookup(q, oins, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		parties = append(parties, n)
		return err
	}, `WITH asked (oin) AS (SELECT value FROM json_each(?1) AS k),
		code (m) AS (SELECT p.municipality FROM asked CROSS JOIN party AS p ON p.oin = asked.oin
			WHERE p.kind = 'gemeente' AND p.state = 'actief' AND p.municipality IS NOT NULL),
		codes (m) AS (SELECT m FROM code UNION SELECT c.former FROM code CROSS JOIN succession AS c ON c.holder = code.m),
		oins (oin) AS (SELECT oin FROM asked UNION SELECT p.oin FROM party AS p WHERE p.kind = 'gemeente' AND p.municipality IN (SELECT m FROM codes))
		SELECT a.number FROM oins CROSS JOIN audit_party AS a ON a.oin = oins.oin`)
	return parties, err
}

// hits gives the entries with these numbers, in the order of the numbers given.
func hits(q querier, numbers []int64) ([]oversight.Hit, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	all := make([]oversight.Hit, 0, len(numbers))
	err := lookup(q, numbers, func(scan func(...any) error) error {
		var h oversight.Hit
		var leaf []byte
		err := scan(&h.Number, &leaf)
		if err == nil {
			h.Entry, err = proof.Decode(leaf)
		}
		all = append(all, h)
		return err
	}, `SELECT a.number, a.leaf FROM json_each(?) AS k CROSS JOIN audit_row AS a ON a.number = k.value ORDER BY k.key`)
	return all, err
}

// Volumes implements [oversight.Journal].
func (j *Journal) Volumes(ctx context.Context, s oversight.Scope, from, through gateway.Date) ([]oversight.Volume, error) {
	q := j.db.read.with(ctx)
	parties := []int64{everyone}
	if !s.All() {
		var err error
		if parties, err = served(q, s); err != nil || len(parties) == 0 {
			return nil, err
		}
	}
	among, err := list(parties)
	if err != nil {
		return nil, failed(err)
	}
	var all []oversight.Volume
	err = each(q, func(scan func(...any) error) error {
		var v oversight.Volume
		var on int64
		err := scan(&on, &v.Event, &v.Result, &v.Code, &v.Count)
		v.Day = date(&on)
		all = append(all, v)
		return err
	}, `SELECT v.day, d.event, d.result, d.code, sum(v.count)
		FROM json_each(?) AS k CROSS JOIN audit_volume AS v ON v.party = k.value AND v.day BETWEEN ? AND ?
		CROSS JOIN audit_deed AS d ON d.number = v.deed
		GROUP BY v.day, d.number ORDER BY v.day, d.event, d.result, d.code`, among, day(from), day(through))
	return all, err
}

// Life implements [oversight.Journal].
func (j *Journal) Life(ctx context.Context, s oversight.Scope, id gateway.UUID) ([]oversight.Hit, error) {
	subject := bytesOf(string(id))
	if subject == nil || s.Empty() {
		return nil, nil
	}
	q := j.db.read.with(ctx)
	query, among := lifeOfAll, "[]"
	if !s.All() {
		parties, err := served(q, s)
		if err != nil || len(parties) == 0 {
			return nil, err
		}
		if among, err = list(parties); err != nil {
			return nil, failed(err)
		}
		query = lifeInScope
	}
	var numbers []int64
	if err := each(q, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		numbers = append(numbers, n)
		return err
	}, query, subject, among, oversight.MaxHits); err != nil {
		return nil, err
	}
	return hits(q, numbers)
}

// The entries that name ?1, those of the claims that these are about, and of
// all of them only what concerns the parties ?2: also the claims are looked for
// among those alone, because who reports may choose an id that another has.
const (
	inScope = ` EXISTS (SELECT 1 FROM audit_concern AS c WHERE c.number = i.number AND c.party IN (SELECT value FROM json_each(?2)))`

	lifeInScope = `WITH own (number, signal) AS (
			SELECT i.number, i.signal FROM audit_index AS i WHERE i.subject = ?1 AND` + inScope + `
			UNION ALL SELECT i.number, i.signal FROM audit_index AS i WHERE i.beside = ?1 AND` + inScope + `)
		SELECT number FROM own UNION
		SELECT i.number FROM (SELECT DISTINCT signal FROM own WHERE signal IS NOT NULL) AS e CROSS JOIN audit_index AS i ON i.signal = e.signal WHERE` + inScope + `
		ORDER BY 1 LIMIT ?3`

	lifeOfAll = `WITH own (number, signal) AS (
			SELECT i.number, i.signal FROM audit_index AS i WHERE i.subject = ?1 AND ?2 IS NOT NULL
			UNION ALL SELECT i.number, i.signal FROM audit_index AS i WHERE i.beside = ?1)
		SELECT number FROM own UNION
		SELECT i.number FROM (SELECT DISTINCT signal FROM own WHERE signal IS NOT NULL) AS e CROSS JOIN audit_index AS i ON i.signal = e.signal
		ORDER BY 1 LIMIT ?3`
)
