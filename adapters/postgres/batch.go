// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// Batches is the files of reports and what became of their lines. It fills
// [batch.Store].
type Batches struct{ db *DB }

// Batches is the view for package batch.
func (d *DB) Batches() *Batches { return &Batches{d} }

// keepBatch is how many days a batch and its outcomes stay after its end.
const keepBatch = 90

const batchColumns = `b.creditor, b.id, b.sealed, b.payload, b.envelope, b.layout, b.dry, b.size, b.spool, b.state, b.lines, b.next,
	b.accepted, b.refused, b.duplicate, b.received_at, b.done_at, b.origin, b.trace, b.parent, b.exchange,
	b.findings, b.summary`

// Batches implements [batch.Store]. What one creditor asks is read over the door.
func (b *Batches) Batches(ctx context.Context, keys []batch.Key) ([]batch.Record, error) {
	q := b.db.read.with(ctx)
	if len(keys) > 0 && !slices.ContainsFunc(keys, func(k batch.Key) bool { return k.Creditor != keys[0].Creditor }) {
		q = b.db.door.as(ctx, string(keys[0].Creditor))
	}
	return batches(q, keys)
}

// Pending implements [batch.Store].
func (b *Batches) Pending(ctx context.Context) (pending []batch.Record, err error) {
	err = each(b.db.read.with(ctx), func(scan func(...any) error) error {
		r, err := scanBatch(scan)
		pending = append(pending, r)
		return err
	}, `SELECT `+batchColumns+` FROM batch AS b WHERE b.state NOT IN ('gereed', 'geweigerd') ORDER BY b.number`)
	return pending, err
}

// Outcomes implements [batch.Store]. A dry run has no receipts, also not those
// of reports that came later under the same ids.
func (b *Batches) Outcomes(ctx context.Context, key batch.Key, after int64, limit int) (outcomes []batch.Outcome, err error) {
	id, err := uuid(key.ID)
	if err != nil {
		return nil, nil // no such batch
	}
	err = each(b.db.door.as(ctx, string(key.Creditor)), func(scan func(...any) error) error {
		var o batch.Outcome
		var report, findings, receipt []byte
		if err := scan(&o.Line, &o.Kind, &report, &findings, &receipt); err != nil {
			return err
		}
		o.ReportID, o.Receipt = text[gateway.ReportID](report), receipt
		outcomes = append(outcomes, o)
		return readFindings(findings, &outcomes[len(outcomes)-1].Findings)
	}, `SELECT o.line, o.kind, o.report_id, (
			SELECT jsonb_agg(jsonb_build_object('code', f.code, 'pointer', f.pointer, 'regel', f.rule, 'uitleg', f.text) ORDER BY e.place)
			FROM jsonb_array_elements(o.findings::jsonb) WITH ORDINALITY AS e (value, place)
			JOIN finding AS f ON f.number = e.value::bigint WHERE o.findings IS NOT NULL), r.receipt
		FROM batch AS b JOIN outcome AS o ON o.batch = b.number
		LEFT JOIN report AS r ON r.creditor = b.creditor AND r.id = o.report_id AND o.kind <> 'geweigerd' AND NOT b.dry
		WHERE b.creditor = $1 AND b.id = $2 AND o.line > $3 ORDER BY o.line LIMIT $4`, string(key.Creditor), id, after, limit)
	return outcomes, err
}

// Write implements [batch.Store].
func (b *Batches) Write(ctx context.Context, fn func(batch.Tx) error) error {
	return b.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Batches implements [batch.Tx].
func (t *tx) Batches(keys []batch.Key) ([]batch.Record, error) { return batches(t, keys) }

func batches(q querier, keys []batch.Key) ([]batch.Record, error) {
	found := make([]batch.Record, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	creditors, wanted := make([]string, len(keys)), make([]gateway.BatchID, len(keys))
	for i, k := range keys {
		creditors[i], wanted[i] = string(k.Creditor), k.ID
	}
	err := each(q, func(scan func(...any) error) error {
		var place int
		r, err := scanBatch(scan, &place)
		found[place-1] = r
		return err
	}, `SELECT k.place, `+batchColumns+` FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (creditor, id, place)
		JOIN batch AS b ON b.creditor = k.creditor AND b.id = k.id`, creditors, ids(wanted))
	return found, err
}

func scanBatch(scan func(...any) error, before ...any) (r batch.Record, err error) {
	var id, sealed, payload, parent, exchange, findings, summary []byte
	var trace string
	var received int64
	var done *int64
	if err := scan(append(before, &r.Creditor, &id, &sealed, &payload, &r.Envelope, &r.Layout, &r.Check, &r.Size, &r.Spool, &r.State,
		&r.Lines, &r.Next, &r.Accepted, &r.Refused, &r.Duplicate, &received, &done, &r.Origin, &trace, &parent, &exchange, &findings, &summary)...); err != nil {
		return r, err
	}
	r.ID, r.Sealed, r.Payload, r.Summary = text[gateway.BatchID](id), digest(sealed), digest(payload), summary
	r.ReceivedAt, r.DoneAt = at(&received), at(done)
	if r.Trace, err = gateway.StoredTrace(trace, hex.EncodeToString(parent), text[gateway.UUID](exchange)); err != nil {
		return r, err
	}
	return r, readFindings(findings, &r.Findings)
}

// Put implements [batch.Tx].
func (t *tx) Put(r batch.Record) error {
	id, err := uuid(r.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	findings, err := writeFindings(r.Findings)
	if err != nil {
		return failed(t.fail(err))
	}
	var payload, summary, expires any
	if !r.DoneAt.IsZero() {
		expires = day(gateway.Today(r.DoneAt).AddDays(keepBatch))
	}
	if r.Payload != (gateway.Digest{}) {
		payload = r.Payload[:]
	}
	if r.Summary != nil {
		summary = []byte(r.Summary)
	}
	_, err = t.exec(`INSERT INTO batch (creditor, id, sealed, payload, envelope, layout, dry, size, spool, state, lines, next,
			accepted, refused, duplicate, received_at, done_at, origin, trace, parent, exchange, findings, summary, expires_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		ON CONFLICT (creditor, id) DO UPDATE SET sealed = excluded.sealed, payload = excluded.payload, envelope = excluded.envelope,
			layout = excluded.layout, dry = excluded.dry, size = excluded.size, spool = excluded.spool, state = excluded.state,
			lines = excluded.lines, next = excluded.next, accepted = excluded.accepted, refused = excluded.refused,
			duplicate = excluded.duplicate, received_at = excluded.received_at, done_at = excluded.done_at, origin = excluded.origin,
			trace = excluded.trace, parent = excluded.parent, exchange = excluded.exchange, findings = excluded.findings, summary = excluded.summary, expires_on = excluded.expires_on`,
		string(r.Creditor), id, r.Sealed[:], payload, string(r.Envelope), string(r.Layout), r.Check, r.Size, r.Spool, string(r.State),
		r.Lines, r.Next, r.Accepted, r.Refused, r.Duplicate, moment(r.ReceivedAt), moment(r.DoneAt), r.Origin, r.Trace.ID(),
		orNone(spanBytes(r.Trace.Parent())), orNone(bytesOf(string(r.Trace.Exchange()))), findings, summary, expires)
	return err
}

// Add implements [batch.Tx].
func (t *tx) Add(key batch.Key, outcomes []batch.Outcome) error {
	id, err := uuid(key.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	var number *int64
	err = each(t, func(scan func(...any) error) error { return scan(&number) },
		`SELECT number FROM batch WHERE creditor = $1 AND id = $2`, string(key.Creditor), id)
	if err != nil {
		return err
	}
	if number == nil {
		return failed(t.fail(errMissing))
	}
	known, err := t.findings(*number, outcomes)
	if err != nil {
		return err
	}
	added := rowsOf("batch bigint, line bigint, kind text, report_id bytea, findings text")
	for _, o := range outcomes {
		var report any
		if o.ReportID != "" {
			if report, err = uuid(o.ReportID); err != nil {
				return failed(t.fail(err))
			}
		}
		found, err := numbers(known, o.Findings)
		if err != nil {
			return failed(t.fail(err))
		}
		added.add(*number, o.Line, string(o.Kind), report, found)
	}
	if added.n == 0 {
		return nil
	}
	return t.together(added.insert("outcome", ""))
}

// findings gives each finding of these lines its number. Each remembers the last
// file that used it, and may go when that file and all before it went.
func (t *tx) findings(file int64, outcomes []batch.Outcome) (map[gateway.Finding]int64, error) {
	known := map[gateway.Finding]int64{}
	r := rowsOf("code text, pointer text, rule text, text text, batch bigint")
	for _, o := range outcomes {
		for _, f := range o.Findings {
			if _, twice := known[f]; !twice {
				known[f] = 0
				r.add(string(f.Code), f.Pointer, f.Rule, f.Text, file)
			}
		}
	}
	if r.n == 0 {
		return known, nil
	}
	s := r.insert("finding AS f", "ON CONFLICT (code, pointer, rule, text) DO UPDATE SET batch = greatest(f.batch, excluded.batch) RETURNING number, code, pointer, rule, text")
	return known, each(t, func(scan func(...any) error) error {
		var number int64
		var f gateway.Finding
		err := scan(&number, &f.Code, &f.Pointer, &f.Rule, &f.Text)
		known[f] = number
		return err
	}, s.query, s.args...)
}

// numbers gives the findings of a line as a list of their numbers.
func numbers(known map[gateway.Finding]int64, findings []gateway.Finding) (any, error) {
	if len(findings) == 0 {
		return nil, nil
	}
	all := make([]int64, len(findings))
	for i, f := range findings {
		all[i] = known[f]
	}
	return list(all)
}

func writeFindings(findings []gateway.Finding) (any, error) {
	if len(findings) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(findings)
	return string(b), err
}

func readFindings(b []byte, into *[]gateway.Finding) error {
	if b == nil || string(b) == "[]" {
		return nil
	}
	return json.Unmarshal(b, into)
}
