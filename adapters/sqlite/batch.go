// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"encoding/hex"

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

// Batches implements [batch.Store].
func (b *Batches) Batches(ctx context.Context, keys []batch.Key) ([]batch.Record, error) {
	return batches(b.db.read.with(ctx), keys)
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
	err = each(b.db.read.with(ctx), func(scan func(...any) error) error {
		var o batch.Outcome
		var report, findings, receipt []byte
		if err := scan(&o.Line, &o.Kind, &report, &findings, &receipt); err != nil {
			return err
		}
		o.ReportID, o.Receipt = text[gateway.ReportID](report), receipt
		outcomes = append(outcomes, o)
		return readFindings(findings, &outcomes[len(outcomes)-1].Findings)
	}, `SELECT o.line, o.kind, o.report_id, (
			SELECT json_group_array(json_object('code', f.code, 'pointer', f.pointer, 'regel', f.rule, 'uitleg', f.text) ORDER BY e.key)
			FROM json_each(o.findings) AS e CROSS JOIN finding AS f ON f.number = e.value WHERE o.findings IS NOT NULL), r.receipt
		FROM batch AS b CROSS JOIN outcome AS o ON o.batch = b.number
		LEFT JOIN report AS r ON r.creditor = b.creditor AND r.id = o.report_id AND o.kind <> 'geweigerd' AND b.dry = 0
		WHERE b.creditor = ? AND b.id = ? AND o.line > ? ORDER BY o.line LIMIT ?`, string(key.Creditor), id, after, limit)
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
	pairs := make([][2]string, len(keys))
	for i, k := range keys {
		pairs[i] = [2]string{string(k.Creditor), string(k.ID)}
	}
	err := lookup(q, pairs, func(scan func(...any) error) error {
		var place int
		r, err := scanBatch(scan, &place)
		found[place] = r
		return err
	}, `SELECT k.key, `+batchColumns+` FROM json_each(?) AS k
		CROSS JOIN batch AS b ON b.creditor = k.value ->> 0 AND b.id = unhex(k.value ->> 1, '-')`)
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
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
		`SELECT number FROM batch WHERE creditor = ? AND id = ?`, string(key.Creditor), id)
	if err != nil || number == nil {
		return failed(t.fail(errMissing))
	}
	known := map[gateway.Finding]int64{}
	for _, o := range outcomes {
		var report any
		if o.ReportID != "" {
			if report, err = uuid(o.ReportID); err != nil {
				return failed(t.fail(err))
			}
		}
		findings, err := t.numbers(*number, known, o.Findings)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO outcome (batch, line, kind, report_id, findings) VALUES (?, ?, ?, ?, ?)`,
			*number, o.Line, string(o.Kind), report, findings); err != nil {
			return err
		}
	}
	return nil
}

// numbers gives the findings of a line as a list of their numbers; known is
// what this call looked up before. Each finding remembers the last file that
// used it, and may go when that file and all before it went.
func (t *tx) numbers(file int64, known map[gateway.Finding]int64, findings []gateway.Finding) (any, error) {
	if len(findings) == 0 {
		return nil, nil
	}
	list := make([]int64, len(findings))
	for i, f := range findings {
		if known[f] == 0 {
			if _, err := t.exec(`INSERT INTO finding (code, pointer, rule, text, batch) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET batch = max(batch, excluded.batch)`, string(f.Code), f.Pointer, f.Rule, f.Text, file); err != nil {
				return nil, err
			}
			var number int64
			err := each(t, func(scan func(...any) error) error { return scan(&number) },
				`SELECT number FROM finding WHERE code = ? AND pointer = ? AND rule = ? AND text = ?`, string(f.Code), f.Pointer, f.Rule, f.Text)
			if err != nil {
				return nil, err
			}
			known[f] = number
		}
		list[i] = known[f]
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, failed(t.fail(err))
	}
	return string(b), nil
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
