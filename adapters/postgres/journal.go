// SPDX-License-Identifier: EUPL-1.2

package postgres

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
	return j.db.office.do(ctx, func(t *tx) error {
		_, err := t.Append(entries)
		return err
	})
}

// Whole counts the rows of the log and those of its index; they are as many, or
// somebody changed the store by other means. It walks through both. Called by
// seinhuis doctor.
func (j *Journal) Whole(ctx context.Context) (rows, indexed int64, err error) {
	err = each(j.db.look.with(ctx), func(scan func(...any) error) error { return scan(&rows, &indexed) },
		`SELECT (SELECT count(*) FROM audit_row), (SELECT count(*) FROM audit_index)`)
	return rows, indexed, err
}

// served gives the numbers of the parties of a scope. The officer of a
// municipality also serves whose place it took: municipalities that went into it
// (Wet arhi, art. 44), and an earlier registration under its own code.
func served(q querier, scope oversight.Scope) ([]int64, error) {
	return servedParties(q, scope.Parties())
}

func servedParties(q querier, oins []gateway.OIN) (parties []int64, err error) {
	names := make([]string, len(oins))
	for i, oin := range oins {
		names[i] = string(oin)
	}
	err = each(q, take(&parties), `WITH asked (oin) AS (SELECT unnest($1::text[])),
		code (m) AS (SELECT p.municipality FROM asked JOIN party AS p ON p.oin = asked.oin
			WHERE p.kind = 'gemeente' AND p.state = 'actief' AND p.municipality IS NOT NULL),
		codes (m) AS (SELECT m FROM code UNION SELECT c.former FROM code JOIN succession AS c ON c.holder = code.m),
		oins (oin) AS (SELECT oin FROM asked UNION SELECT p.oin FROM party AS p WHERE p.kind = 'gemeente' AND p.municipality IN (SELECT m FROM codes))
		SELECT a.number FROM oins JOIN audit_party AS a ON a.oin = oins.oin`, names)
	return parties, err
}

// take appends numbers.
func take(into *[]int64) scanner {
	return func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		*into = append(*into, n)
		return err
	}
}

// hits gives the entries with these numbers, in the order of the numbers given.
func hits(q querier, numbers []int64) ([]oversight.Hit, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	all := make([]oversight.Hit, 0, len(numbers))
	err := each(q, func(scan func(...any) error) error {
		var h oversight.Hit
		var leaf []byte
		err := scan(&h.Number, &leaf)
		if err == nil {
			h.Entry, err = proof.Decode(leaf)
		}
		all = append(all, h)
		return err
	}, `SELECT a.number, a.leaf FROM unnest($1::bigint[]) WITH ORDINALITY AS k (number, place) JOIN audit_row AS a ON a.number = k.number ORDER BY k.place`, numbers)
	return all, err
}

// Volumes implements [oversight.Journal].
func (j *Journal) Volumes(ctx context.Context, s oversight.Scope, from, through gateway.Date) ([]oversight.Volume, error) {
	q := j.db.look.with(ctx)
	parties := []int64{everyone}
	if !s.All() {
		var err error
		if parties, err = served(q, s); err != nil || len(parties) == 0 {
			return nil, err
		}
	}
	var all []oversight.Volume
	err := each(q, func(scan func(...any) error) error {
		var v oversight.Volume
		var on int64
		err := scan(&on, &v.Event, &v.Result, &v.Code, &v.Count)
		v.Day = date(&on)
		all = append(all, v)
		return err
	}, `SELECT v.day, d.event, d.result, d.code, sum(v.count)::bigint
		FROM audit_volume AS v JOIN audit_deed AS d ON d.number = v.deed
		WHERE v.party = ANY($1::bigint[]) AND v.day BETWEEN $2 AND $3
		GROUP BY v.day, d.number ORDER BY v.day, d.event, d.result, d.code`, parties, day(from), day(through))
	return all, err
}

// Life implements [oversight.Journal].
func (j *Journal) Life(ctx context.Context, s oversight.Scope, id gateway.UUID) ([]oversight.Hit, error) {
	subject := bytesOf(string(id))
	if subject == nil || s.Empty() {
		return nil, nil
	}
	q := j.db.look.with(ctx)
	query, args := lifeOfAll, []any{subject, oversight.MaxHits}
	if !s.All() {
		parties, err := served(q, s)
		if err != nil || len(parties) == 0 {
			return nil, err
		}
		query, args = lifeInScope, append(args, parties)
	}
	var numbers []int64
	if err := each(q, take(&numbers), query, args...); err != nil {
		return nil, err
	}
	return hits(q, numbers)
}

// The entries that name $1, those of the claims that these are about, and of
// all of them only what concerns the parties $3: also the claims are looked for
// among those alone, because who reports may choose an id that another has.
const (
	// OFFSET 0 holds the planner to asking per claim and per entry: else it may
	// go through all that concerns the parties first.
	ofSignal = ` CROSS JOIN LATERAL (SELECT x.number FROM audit_index AS x WHERE x.signal = e.signal OFFSET 0) AS i`

	inScope = ` EXISTS (SELECT FROM audit_concern AS c WHERE c.number = i.number AND c.party = ANY($3::bigint[]) OFFSET 0)`

	lifeInScope = `WITH own (number, signal) AS (
			SELECT i.number, i.signal FROM audit_index AS i WHERE i.subject = $1 AND` + inScope + `
			UNION ALL SELECT i.number, i.signal FROM audit_index AS i WHERE i.beside = $1 AND` + inScope + `)
		SELECT number FROM own UNION
		SELECT i.number FROM (SELECT DISTINCT signal FROM own WHERE signal IS NOT NULL) AS e` + ofSignal + ` WHERE` + inScope + `
		ORDER BY 1 LIMIT $2`

	lifeOfAll = `WITH own (number, signal) AS (
			SELECT i.number, i.signal FROM audit_index AS i WHERE i.subject = $1
			UNION ALL SELECT i.number, i.signal FROM audit_index AS i WHERE i.beside = $1)
		SELECT number FROM own UNION
		SELECT i.number FROM (SELECT DISTINCT signal FROM own WHERE signal IS NOT NULL) AS e` + ofSignal + `
		ORDER BY 1 LIMIT $2`
)

var _ oversight.Journal = (*Journal)(nil)
