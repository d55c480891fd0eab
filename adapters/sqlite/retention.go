// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"errors"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// Retention is what is due, and the proof of what was erased. It fills
// [retention.Store], [retention.ShelfStore] and [retention.Overview].
type Retention struct{ db *DB }

// Retention is the view for package retention.
func (d *DB) Retention() *Retention { return &Retention{d} }

var errKind = errors.New("sqlite: no such kind of record")

// Due implements [retention.Store].
func (r *Retention) Due(ctx context.Context, s retention.Step, c retention.Cutoff) (due []retention.Record, err error) {
	p, ok := perishableOf(s.Kind)
	if !ok {
		return nil, failed(errKind)
	}
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error {
		var one retention.Record
		err := scan(&one.Ref, &one.Controller, &one.Name)
		due = append(due, one)
		return err
	}, p.find(s), day(c.Today), moment(c.Confirmed), s.Limit)
	return due, err
}

// Erase implements [retention.Tx].
func (t *tx) Erase(s retention.Step, c retention.Cutoff, refs []string) (int, error) {
	p, ok := perishableOf(s.Kind)
	if !ok {
		return 0, failed(t.fail(errKind))
	}
	all := "[" + strings.Join(refs, ",") + "]"
	if p.before != "" {
		if _, err := t.exec(p.before, all); err != nil {
			return 0, err
		}
	}
	gone := map[string]bool{}
	err := each(t, func(scan func(...any) error) error {
		var ref string
		err := scan(&ref)
		gone[ref] = true
		return err
	}, p.erase(s), day(c.Today), moment(c.Confirmed), all)
	if err != nil {
		return 0, failed(t.fail(err)) // what was deleted must not stand without its entry
	}
	if p.after != "" {
		if _, err := t.exec(p.after, all, moment(c.At)); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

// inForce is the condition that a hold keeps its claim on the day ?1.
func inForce(hold string) string {
	return hold + `.confirmed_at IS NOT NULL AND ` + hold + `.lifted_at IS NULL AND ` + hold + `.until_on >= ?1`
}

// outside is the condition that a row rests under no key of a hold of its claim.
func outside(row string) string {
	return `NOT EXISTS (SELECT 1 FROM hold AS o WHERE o.creditor = h.creditor AND o.report_id = h.report_id AND ` + inForce("o") +
		` AND substr(` + row + `.scope, -36) = ` + id("o.id") + `)`
}

// Held implements [retention.Store].
func (r *Retention) Held(ctx context.Context, today gateway.Date, limit int) (held []retention.Wrapped, err error) {
	seen := map[string]bool{} // two holds may keep one row
	body := ` FROM hold AS h CROSS JOIN %s CROSS JOIN body AS b WHERE ` + inForce("h") + ` AND %s AND b.number = s.number AND ` + outside("b")
	bodies := func(from, on string) string {
		return `SELECT 'inhoud', s.id, b.scope, b.wrapped, h.id` + strings.Replace(strings.Replace(body, "%s", from, 1), "%s", on, 1)
	}
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error {
		var w retention.Wrapped
		var of, hold []byte
		if err := scan(&w.Kind, &of, &w.Scope, &w.Data, &hold); err != nil {
			return err
		}
		w.ID, w.Hold = string(text[gateway.UUID](of)), text[gateway.UUID](hold)
		if key := string(w.Kind) + w.ID; !seen[key] {
			seen[key] = true
			held = append(held, w)
		}
		return nil
	}, bodies("report AS p CROSS JOIN signal AS s", "p.creditor = h.creditor AND p.id = h.report_id AND s.number = p.number")+` UNION ALL `+
		bodies("signal AS s", "s.concerns IS NOT NULL AND s.creditor = h.creditor AND s.report_id = h.report_id")+` UNION ALL
		SELECT 'bericht', n.id, n.scope, n.wrapped, h.id FROM hold AS h CROSS JOIN report AS p CROSS JOIN notice AS n
		WHERE `+inForce("h")+` AND p.creditor = h.creditor AND p.id = h.report_id AND n.signal = p.number AND `+outside("n")+` LIMIT ?2`, day(today), limit)
	return held, err
}

// Rewrap implements [retention.Tx].
func (t *tx) Rewrap(was, now []retention.Wrapped) (moved int, err error) {
	queries := map[retention.Kind]string{
		retention.KindBody:   `UPDATE body SET scope = ?1, wrapped = ?2 WHERE number = (SELECT number FROM signal WHERE id = ?3) AND scope = ?4`,
		retention.KindNotice: `UPDATE notice SET scope = ?1, wrapped = ?2 WHERE id = ?3 AND scope = ?4`,
	}
	for i, w := range now {
		of, err := uuid(w.ID)
		query, ok := queries[w.Kind]
		if err != nil || !ok {
			return 0, failed(t.fail(errKind))
		}
		result, err := t.exec(query, w.Scope, w.Data, of, was[i].Scope)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, failed(t.fail(err))
		}
		moved += int(n)
	}
	return moved, nil
}

// Unused implements [retention.Store].
func (r *Retention) Unused(ctx context.Context, scopes []keys.Scope, since gateway.Date) ([]string, error) {
	return unused(r.db.read.with(ctx), scopes, since)
}

// Unused implements [retention.Tx].
func (t *tx) Unused(scopes []keys.Scope, since gateway.Date) ([]string, error) {
	return unused(t, scopes, since)
}

func unused(q querier, scopes []keys.Scope, since gateway.Date) (names []string, err error) {
	pairs := make([][2]any, len(scopes))
	for i, s := range scopes {
		pairs[i] = [2]any{s.Name, !s.Destroyed.IsZero()}
	}
	asked, err := list(pairs)
	if err != nil {
		return nil, failed(err)
	}
	err = each(q, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	}, `SELECT k.value ->> 0 FROM json_each(?1) AS k
		WHERE NOT EXISTS (SELECT 1 FROM body AS b WHERE b.scope = k.value ->> 0)
			AND NOT EXISTS (SELECT 1 FROM notice AS n WHERE n.scope = k.value ->> 0)
			AND NOT (k.value ->> 1 AND EXISTS (SELECT 1 FROM deletion AS d WHERE d.scope = k.value ->> 0))
			AND NOT EXISTS (SELECT 1 FROM hold AS h WHERE h.id = unhex(substr(k.value ->> 0, -36), '-') AND h.confirmed_at IS NOT NULL
				AND h.until_on >= ?2 AND (h.lifted_at IS NULL OR h.lifted_at >= ?2 * 86400000))
		ORDER BY k.key`, asked, day(since))
	return names, err
}

// File keeps deletion receipts; it implements a part of [retention.Tx].
func (t retentionTx) File(receipts []retention.Filed) error {
	for _, f := range receipts {
		own, err := uuid(f.ID)
		if err != nil {
			return failed(t.fail(err))
		}
		of, err := t.holder(gateway.Municipality(f.Controller)) // the OIN of a creditor is nobody's code
		if err != nil {
			return err
		}
		var sequence int64
		if err := each(t.tx, func(scan func(...any) error) error { return scan(&sequence) },
			`INSERT INTO deletion_sequence (controller, last) VALUES (?, 1)
			ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`, string(of)); err != nil {
			return err
		}
		var scope any
		if f.Scope != "" {
			scope = f.Scope
		}
		if _, err := t.exec(`INSERT INTO deletion (id, controller, sequence, kind, reason, count, receipt, entry, scope, expires_on)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, own, string(of), sequence, string(f.Kind), string(f.Reason), f.Count,
			[]byte(f.Receipt), f.Entry, scope, day(f.Keep)); err != nil {
			return err
		}
	}
	return nil
}

// retentionTx gives tx a File of its own: that of the journey files reports.
type retentionTx struct{ *tx }

// Write implements [retention.Store].
func (r *Retention) Write(ctx context.Context, fn func(retention.Tx) error) error {
	return r.db.write.do(ctx, func(t *tx) error { return fn(retentionTx{t}) })
}

const deletionColumns = `id, controller, sequence, kind, reason, count, receipt, entry, coalesce(scope, ''), expires_on`

func scanDeletion(scan func(...any) error) (f retention.Filed, err error) {
	var own, receipt []byte
	var keep int64
	err = scan(&own, &f.Controller, &f.Sequence, &f.Kind, &f.Reason, &f.Count, &receipt, &f.Entry, &f.Scope, &keep)
	f.ID, f.Receipt, f.Keep = text[gateway.UUID](own), receipt, date(&keep)
	return f, err
}

// Deletions implements [retention.ShelfStore].
func (r *Retention) Deletions(ctx context.Context, of retention.Controller, after int64, limit int) (found []retention.Filed, err error) {
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error {
		f, err := scanDeletion(scan)
		found = append(found, f)
		return err
	}, `SELECT `+deletionColumns+` FROM deletion WHERE controller = ? AND sequence > ? ORDER BY sequence LIMIT ?`, string(of), after, limit)
	return found, err
}

// Deletion implements [retention.ShelfStore].
func (r *Retention) Deletion(ctx context.Context, of retention.Controller, id gateway.UUID) (found retention.Filed, err error) {
	own, err := uuid(id)
	if err != nil {
		return found, nil // no such receipt
	}
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error {
		found, err = scanDeletion(scan)
		return err
	}, `SELECT `+deletionColumns+` FROM deletion WHERE controller = ? AND id = ?`, string(of), own)
	return found, err
}

// Log implements [retention.ShelfStore].
func (r *Retention) Log(ctx context.Context, entries []audit.Entry) error {
	return r.db.write.do(ctx, func(t *tx) error {
		_, err := t.Append(entries)
		return err
	})
}
