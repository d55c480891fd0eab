// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/hex"
	"math"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// Logbook is the log as it concerns controllers. It fills [logbook.Source],
// [logbook.Book] and [logbook.Cursors].
type Logbook struct{ db *DB }

// Logbook is the view for package logbook.
func (d *DB) Logbook() *Logbook { return &Logbook{d} }

// Write implements [logbook.Book].
func (l *Logbook) Write(ctx context.Context, entries []audit.Entry) error {
	return l.db.write.do(ctx, func(t *tx) error {
		_, err := t.Append(entries)
		return err
	})
}

// After implements [logbook.Source].
func (l *Logbook) After(ctx context.Context, controller gateway.OIN, after int64, limit int) ([]logbook.Record, error) {
	q := l.db.read.with(ctx)
	own, err := servedParties(q, []gateway.OIN{controller})
	if err != nil || len(own) == 0 {
		return nil, err
	}
	numbers, err := l.walk(q, own, nil, span{after + 1, math.MaxInt64}, always, limit)
	if err != nil {
		return nil, err
	}
	return recorded(q, own, numbers)
}

// Waiting implements [logbook.Source].
func (l *Logbook) Waiting(ctx context.Context, controller gateway.OIN, after int64) (n int64, err error) {
	q := l.db.read.with(ctx)
	own, err := servedParties(q, []gateway.OIN{controller})
	if err != nil || len(own) == 0 {
		return 0, err
	}
	err = each(q, func(scan func(...any) error) error { return scan(&n) }, `SELECT count(DISTINCT c.number) FROM audit_reach AS r
		CROSS JOIN LATERAL (SELECT c.number FROM audit_concern AS c WHERE c.party = r.party AND c.facet = r.facet AND c.number > $2 OFFSET 0) AS c
		WHERE r.party = ANY($1::bigint[])`, own, after)
	return n, err
}

// Find implements [logbook.Source].
func (l *Logbook) Find(ctx context.Context, f logbook.Filter) ([]logbook.Record, error) {
	q := l.db.read.with(ctx)
	own, err := servedParties(q, []gateway.OIN{f.Controller})
	if err != nil || len(own) == 0 {
		return nil, err
	}
	facets, err := l.db.facets.of(q, f.Activity)
	if err != nil || len(facets) == 0 {
		return nil, err
	}
	in := between(f)
	limit := min(max(f.Limit, 1), logbook.MaxFound)
	var numbers []int64
	switch {
	case f.Subject != "":
		numbers, err = l.ofSubject(q, own, facets, f, in, limit)
	case f.Trace != "":
		numbers, err = l.ofTrace(q, own, facets, f, in, limit)
	default:
		numbers, err = l.ofTime(q, own, facets, f.After, in, limit)
	}
	if err != nil {
		return nil, err
	}
	found, err := recorded(q, own, numbers)
	if f.Subject != "" { // of an entry about several signals, only that of the person
		found = slices.DeleteFunc(found, func(r logbook.Record) bool { return logbook.SubjectID(f.Controller, r.Subject) != f.Subject })
	}
	return found, err
}

// period is a time in milliseconds, both ends included.
type period struct{ from, until int64 }

var always = period{math.MinInt64, math.MaxInt64}

func between(f logbook.Filter) period {
	in := always
	if !f.From.IsZero() {
		in.from = ceilMilli(f.From)
	}
	if !f.Until.IsZero() {
		in.until = f.Until.UnixMilli()
	}
	return in
}

// window is how many numbers walk looks at first.
const window = 8192

// walk gives the first numbers of the parties' own entries in a span, of some
// facets or all. What concerns a party lies by facet, so a span is taken window
// by window, each twice the last: few entries cost few questions, and many are
// never sorted all.
func (l *Logbook) walk(q querier, own []int64, facets []int64, in span, at period, limit int) (numbers []int64, err error) {
	var last int64
	if err := each(q, func(scan func(...any) error) error { return scan(&last) }, `SELECT coalesce(max(number), 0) FROM audit_index`); err != nil {
		return nil, err
	}
	in.last = min(in.last, last)
	for size := int64(window); in.first <= in.last && len(numbers) < limit; size *= 2 {
		until := min(in.last, in.first+size-1)
		// OFFSET 0 holds the planner to this order: by facet, whatever it believes
		// of a log that was not counted lately.
		if err := each(q, take(&numbers), `SELECT DISTINCT c.number FROM audit_reach AS r
			CROSS JOIN LATERAL (SELECT c.number FROM audit_concern AS c WHERE c.party = r.party AND c.facet = r.facet AND c.number BETWEEN $3 AND $4 OFFSET 0) AS c
			JOIN audit_index AS i ON i.number = c.number
			WHERE r.party = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR r.facet = ANY($2::bigint[])) AND i.at BETWEEN $5 AND $6
			ORDER BY c.number LIMIT $7`, own, facets, in.first, until, at.from, at.until, limit-len(numbers)); err != nil {
			return nil, err
		}
		in.first = until + 1
	}
	return numbers, nil
}

// ofTime walks through the numbers after one among which the entries of a period
// lie.
func (l *Logbook) ofTime(q querier, own, facets []int64, after int64, in period, limit int) ([]int64, error) {
	numbers := span{1, math.MaxInt64}
	if in != always {
		err := each(q, func(scan func(...any) error) error {
			return scan(&numbers.first, &numbers.last)
		}, `SELECT coalesce(min(b.block), 1) * $3::bigint, (coalesce(max(b.block), 0) + 1) * $3::bigint - 1 FROM audit_block AS b WHERE b.until_at >= $1 AND b.from_at <= $2`,
			in.from, in.until, int64(blockSize))
		if err != nil {
			return nil, err
		}
	}
	numbers.first = max(numbers.first, after+1)
	return l.walk(q, own, facets, numbers, in, limit)
}

// theirs keeps of the entries i only the parties' own, of some facets, in a period
// and after a number.
const theirs = ` i.number > $7 AND i.at BETWEEN $4 AND $5 AND i.facet = ANY($3::bigint[]) AND EXISTS (SELECT FROM audit_concern AS c
	WHERE c.number = i.number AND c.party = ANY($2::bigint[]) OFFSET 0) ORDER BY i.number LIMIT $6`

func (l *Logbook) ofTrace(q querier, own, facets []int64, f logbook.Filter, in period, limit int) (numbers []int64, err error) {
	id, err := hex.DecodeString(f.Trace)
	if err != nil {
		return nil, nil // there is no such trace
	}
	err = each(q, take(&numbers), `SELECT i.number FROM audit_index AS i WHERE i.trace = $1 AND`+theirs, id, own, facets, in.from, in.until, limit, f.After)
	return numbers, err
}

// ofSubject finds the entries about one person. The ids are made from the stored
// tokens when somebody asks, and stand nowhere: so it goes through those of the
// municipality, or of the creditor's reports.
func (l *Logbook) ofSubject(q querier, own, facets []int64, f logbook.Filter, in period, limit int) (numbers []int64, err error) {
	signals, err := signalsOf(q, f)
	if err != nil || len(signals) == 0 {
		return nil, err
	}
	var trace []byte // NULL: any
	if f.Trace != "" {
		if trace, err = hex.DecodeString(f.Trace); err != nil {
			return nil, nil
		}
	}
	err = each(q, take(&numbers), `SELECT i.number FROM (SELECT e.number FROM audit_index AS e WHERE e.signal = ANY($1::bigint[])
			UNION SELECT e.number FROM audit_also AS e WHERE e.signal = ANY($1::bigint[])) AS behind
		CROSS JOIN LATERAL (SELECT x.number, x.at, x.facet, x.trace FROM audit_index AS x WHERE x.number = behind.number OFFSET 0) AS i WHERE ($8::bytea IS NULL OR i.trace = $8) AND`+theirs, signals, own, facets, in.from, in.until, limit, f.After, trace)
	return numbers, err
}

// logged gives the entries with these numbers, in order, as they are the
// parties' own.
func logged(q querier, own, numbers []int64) ([]logbook.Record, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	all := make([]logbook.Record, 0, len(numbers))
	err := each(q, func(scan func(...any) error) error {
		var r logbook.Record
		var leaf, spanOf, parent, exchange []byte
		var ended *int64
		var token *string
		var version *int64
		var sum []byte
		err := scan(&r.Number, &leaf, &ended, &parent, &exchange, &spanOf, &token, &version, &sum)
		if err != nil {
			return err
		}
		if n := len(all); n > 0 && all[n-1].Number == r.Number { // the next token of the same signal
			all[n-1].Subject = all[n-1].Subject.Or(subjectOf(token, version, sum))
			return nil
		}
		if r.Entry, err = proof.Decode(leaf); err != nil {
			return err
		}
		if r.Trace, err = gateway.StoredTrace(r.Entry.Trace, hex.EncodeToString(parent), text[gateway.UUID](exchange)); err != nil {
			return err
		}
		r.Span, r.EndedAt, r.Subject = hex.EncodeToString(spanOf), at(ended), subjectOf(token, version, sum)
		all = append(all, r)
		return nil
	}, `SELECT i.number, a.leaf, i.ended_at, i.parent, i.exchange, (SELECT c.span FROM audit_concern AS c
			WHERE c.number = i.number AND c.party = ANY($1::bigint[]) ORDER BY c.span LIMIT 1), t.token, t.version, t.sum
		FROM unnest($2::bigint[]) WITH ORDINALITY AS k (number, place) JOIN audit_index AS i ON i.number = k.number JOIN audit_row AS a ON a.number = i.number
		LEFT JOIN trail AS t ON t.signal = i.signal AND t.token IN ('person', 'resident')
		ORDER BY k.place`, own, numbers)
	return all, err
}

// recorded is logged with a record for each further signal of an entry, after that
// of its first.
func recorded(q querier, own, numbers []int64) ([]logbook.Record, error) {
	all, err := logged(q, own, numbers)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	further := map[int64][]logbook.Record{}
	var last int64 // signal of the record before
	if err := each(q, func(scan func(...any) error) error {
		var number, signal int64
		var spanOf, sum []byte
		var token *string
		var version *int64
		if err := scan(&number, &signal, &spanOf, &token, &version, &sum); err != nil {
			return err
		}
		records, subject := further[number], subjectOf(token, version, sum)
		if n := len(records); n > 0 && last == signal { // the next token of the same signal
			records[n-1].Subject = records[n-1].Subject.Or(subject)
			return nil
		}
		last, further[number] = signal, append(records, logbook.Record{Number: number, Further: true, Span: hex.EncodeToString(spanOf), Subject: subject})
		return nil
	}, `SELECT n.number, n.signal, n.span, t.token, t.version, t.sum FROM unnest($2::bigint[]) WITH ORDINALITY AS k (number, place)
		JOIN audit_also AS n ON n.number = k.number AND n.party = ANY($1::bigint[])
		LEFT JOIN trail AS t ON t.signal = n.signal AND t.token IN ('person', 'resident') ORDER BY k.place, n.signal, n.party`, own, numbers); err != nil {
		return nil, err
	}
	if len(further) == 0 {
		return all, nil
	}
	var records []logbook.Record
	for _, r := range all {
		records = append(records, r)
		for _, f := range further[r.Number] {
			f.Entry, f.Trace, f.EndedAt = r.Entry, r.Trace, r.EndedAt
			records = append(records, f)
		}
	}
	return records, nil
}

// Cursor implements [logbook.Cursors].
func (l *Logbook) Cursor(ctx context.Context, target string) (n int64, err error) {
	err = each(l.db.read.with(ctx), func(scan func(...any) error) error { return scan(&n) },
		`SELECT number FROM logbook_cursor WHERE target = $1`, target)
	return n, err
}

// Advance implements [logbook.Cursors].
func (l *Logbook) Advance(ctx context.Context, target string, number int64) error {
	return l.db.write.do(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO logbook_cursor (target, number) VALUES ($1, $2)
			ON CONFLICT (target) DO UPDATE SET number = greatest(logbook_cursor.number, excluded.number)`, target, number)
		return err
	})
}
