// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// RetentionStore is what is due, and the proof of what was erased. It fills
// [retention.Store], [retention.ShelfStore] and [retention.Overview].
type RetentionStore struct{ db *DB }

// Retention is the view for package retention.
func (d *DB) Retention() *RetentionStore { return &RetentionStore{d} }

// sweep reads as the role that erases.
func (d *DB) sweep(ctx context.Context) querier { return reader{d.pools[Retention]}.with(ctx) }

var errKind = errors.New("postgres: no such kind of record")

// Due implements [retention.Store].
func (r *RetentionStore) Due(ctx context.Context, s retention.Step, c retention.Cutoff) (due []retention.Record, err error) {
	p, ok := perishableOf(s.Kind)
	if !ok {
		return nil, failed(errKind)
	}
	err = each(r.db.sweep(ctx), func(scan func(...any) error) error {
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
		var ref, object string
		err := scan(&ref, &object)
		gone[ref] = true
		t.free(object)
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

// Unused implements [retention.Store].
func (r *RetentionStore) Unused(ctx context.Context, scopes []keys.Scope, since gateway.Date) ([]string, error) {
	return unused(r.db.sweep(ctx), scopes, since)
}

// Unused implements [retention.Tx].
func (t *tx) Unused(scopes []keys.Scope, since gateway.Date) ([]string, error) {
	return unused(t, scopes, since)
}

func unused(q querier, scopes []keys.Scope, since gateway.Date) (names []string, err error) {
	asked, destroyed := make([]string, len(scopes)), make([]bool, len(scopes))
	for i, s := range scopes {
		asked[i], destroyed[i] = s.Name, !s.Destroyed.IsZero()
	}
	err = each(q, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	}, `SELECT k.name FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY AS k (name, destroyed, place)
		WHERE NOT EXISTS (SELECT FROM body AS b WHERE b.scope = k.name)
			AND NOT EXISTS (SELECT FROM notice AS n WHERE n.scope = k.name)
			AND NOT (k.destroyed AND EXISTS (SELECT FROM deletion AS d WHERE d.scope = k.name))
			AND NOT EXISTS (SELECT FROM hold AS h WHERE `+id("h.id")+` = right(k.name, 36) AND h.confirmed_at IS NOT NULL
				AND h.until_on >= $3::bigint AND (h.lifted_at IS NULL OR h.lifted_at >= $3::bigint * 86400000))
		ORDER BY k.place`, asked, destroyed, day(since))
	return names, err
}

// File keeps deletion receipts; it implements a part of [retention.Tx].
func (t retentionTx) File(receipts []retention.Filed) error {
	if len(receipts) == 0 {
		return nil
	}
	var own, receipt [][]byte
	var of, kind, reason []string
	var count, entry []int64
	var scope, keep []any
	for _, f := range receipts {
		id, err := uuid(f.ID)
		if err != nil {
			return failed(t.fail(err))
		}
		holder, err := t.holder(gateway.Municipality(f.Controller)) // the OIN of a creditor is nobody's code
		if err != nil {
			return err
		}
		var destroyed any
		if f.Scope != "" {
			destroyed = f.Scope
		}
		own, receipt, of = append(own, id), append(receipt, f.Receipt), append(of, string(holder))
		kind, reason = append(kind, string(f.Kind)), append(reason, string(f.Reason))
		count, entry = append(count, int64(f.Count)), append(entry, f.Entry)
		scope, keep = append(scope, destroyed), append(keep, day(f.Keep))
	}
	return t.together(statement{fileDeletions, []any{own, of, kind, reason, count, receipt, entry, scope, keep}, int64(len(receipts))})
}

// fileDeletions gives each controller its numbers and stores, in one statement.
const fileDeletions = `WITH d AS (
		SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bigint[], $8::text[], $9::bigint[])
		WITH ORDINALITY AS d (id, controller, kind, reason, count, receipt, entry, scope, expires_on, place)
	), given AS (
		INSERT INTO deletion_sequence AS q (controller, last) SELECT d.controller, count(*) FROM d GROUP BY d.controller
		ON CONFLICT (controller) DO UPDATE SET last = q.last + excluded.last RETURNING q.controller, q.last
	)
	INSERT INTO deletion (id, controller, sequence, kind, reason, count, receipt, entry, scope, expires_on)
	SELECT d.id, d.controller, g.last - count(*) OVER (PARTITION BY d.controller) + row_number() OVER (PARTITION BY d.controller ORDER BY d.place),
		d.kind, d.reason, d.count, d.receipt, d.entry, d.scope, d.expires_on
	FROM d JOIN given AS g ON g.controller = d.controller ORDER BY d.place`

// retentionTx gives tx a File of its own: that of the journey files reports.
type retentionTx struct{ *tx }

// Write implements [retention.Store].
func (r *RetentionStore) Write(ctx context.Context, fn func(retention.Tx) error) error {
	return r.db.erasing(ctx, func(t *tx) error { return fn(retentionTx{t}) })
}

const deletionColumns = `id, controller, sequence, kind, reason, count, receipt, entry, coalesce(scope, ''), expires_on`

func scanDeletion(scan func(...any) error) (f retention.Filed, err error) {
	var own, receipt []byte
	var keep int64
	err = scan(&own, &f.Controller, &f.Sequence, &f.Kind, &f.Reason, &f.Count, &receipt, &f.Entry, &f.Scope, &keep)
	f.ID, f.Receipt, f.Keep = text[gateway.UUID](own), receipt, date(&keep)
	return f, err
}

// Deletions implements [retention.ShelfStore], at the door of the controller.
func (r *RetentionStore) Deletions(ctx context.Context, of retention.Controller, after int64, limit int) (found []retention.Filed, err error) {
	err = each(r.db.door.as(ctx, string(of)), func(scan func(...any) error) error {
		f, err := scanDeletion(scan)
		found = append(found, f)
		return err
	}, `SELECT `+deletionColumns+` FROM deletion WHERE controller = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`, string(of), after, limit)
	return found, err
}

// Deletion implements [retention.ShelfStore], at the door of the controller.
func (r *RetentionStore) Deletion(ctx context.Context, of retention.Controller, id gateway.UUID) (found retention.Filed, err error) {
	own, err := uuid(id)
	if err != nil {
		return found, nil // no such receipt
	}
	err = each(r.db.door.as(ctx, string(of)), func(scan func(...any) error) error {
		found, err = scanDeletion(scan)
		return err
	}, `SELECT `+deletionColumns+` FROM deletion WHERE controller = $1 AND id = $2`, string(of), own)
	return found, err
}

// Log implements [retention.ShelfStore].
func (r *RetentionStore) Log(ctx context.Context, entries []audit.Entry) error {
	return r.db.write.do(ctx, func(t *tx) error {
		_, err := t.Append(entries)
		return err
	})
}

// erasing writes as the role that erases, and lets the objects go whose last
// body went. When that fails nothing is readable for it: the keys of those
// bodies went with their rows, and the sweep of orphans finds the objects.
func (d *DB) erasing(ctx context.Context, fn func(*tx) error) error {
	var empty []string
	err := d.erase.do(ctx, func(t *tx) error {
		if err := fn(t); err != nil || len(t.freed) == 0 {
			return err
		}
		objects := slices.Sorted(maps.Keys(t.freed))
		return each(t, func(scan func(...any) error) error {
			var object string
			err := scan(&object)
			empty = append(empty, object)
			return err
		}, `SELECT k.object FROM unnest($1::text[]) AS k (object) WHERE NOT EXISTS (SELECT FROM body AS b WHERE b.object = k.object)`, objects)
	})
	if err == nil && len(empty) > 0 {
		_ = d.config.Bodies.Erase(context.WithoutCancel(ctx), empty)
	}
	return err
}

// free remembers an object that a body was taken out of.
func (t *tx) free(object string) {
	if object == "" {
		return
	}
	if t.freed == nil {
		t.freed = map[string]bool{}
	}
	t.freed[object] = true
}
