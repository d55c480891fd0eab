// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// inForce is the condition that a hold keeps its claim on the day $1.
func inForce(hold string) string {
	return hold + `.confirmed_at IS NOT NULL AND ` + hold + `.lifted_at IS NULL AND ` + hold + `.until_on >= $1::bigint`
}

// outside is the condition that a row rests under no key of a hold of its claim.
func outside(row string) string {
	return `NOT EXISTS (SELECT FROM hold AS o WHERE o.creditor = h.creditor AND o.report_id = h.report_id AND ` + inForce("o") +
		` AND right(` + row + `.scope, 36) = ` + id("o.id") + `)`
}

// heldRows finds bodies of the report itself, of what came about it later, and
// notices.
var heldRows = `SELECT 'inhoud', s.id, b.scope, NULL::bytea, h.id, b.object, b.place, b.size, b.key FROM hold AS h
		JOIN report AS p ON p.creditor = h.creditor AND p.id = h.report_id JOIN body AS b ON b.number = p.number JOIN signal AS s ON s.number = p.number
		WHERE ` + inForce("h") + ` AND ` + outside("b") + `
	UNION ALL SELECT 'inhoud', s.id, b.scope, NULL, h.id, b.object, b.place, b.size, b.key FROM hold AS h
		JOIN signal AS s ON s.concerns IS NOT NULL AND s.creditor = h.creditor AND s.report_id = h.report_id JOIN body AS b ON b.number = s.number
		WHERE ` + inForce("h") + ` AND ` + outside("b") + `
	UNION ALL SELECT 'bericht', n.id, n.scope, n.wrapped, h.id, '', 0, 0, NULL FROM hold AS h
		JOIN report AS p ON p.creditor = h.creditor AND p.id = h.report_id JOIN notice AS n ON n.signal = p.number
		WHERE ` + inForce("h") + ` AND ` + outside("n") + ` LIMIT $2`

// Held implements [retention.Store].
func (r *RetentionStore) Held(ctx context.Context, today gateway.Date, limit int) (held []retention.Wrapped, err error) {
	seen := map[string]bool{} // two holds may keep one row
	var bodies []int
	var places []mailbox.Place
	err = each(r.db.sweep(ctx), func(scan func(...any) error) error {
		var w retention.Wrapped
		var of, hold, key []byte
		var p mailbox.Place
		if err := scan(&w.Kind, &of, &w.Scope, &w.Data, &hold, &p.Object, &p.Offset, &p.Size, &key); err != nil {
			return err
		}
		w.ID, w.Hold = string(text[gateway.UUID](of)), text[gateway.UUID](hold)
		if known := string(w.Kind) + w.ID; !seen[known] {
			seen[known] = true
			if w.Kind == retention.KindBody {
				copy(p.Key[:], key)
				bodies, places = append(bodies, len(held)), append(places, p)
			}
			held = append(held, w)
		}
		return nil
	}, heldRows, day(today), limit)
	if err != nil || len(places) == 0 {
		return held, err
	}
	wrapped, err := r.db.config.Bodies.Get(ctx, places)
	if err != nil {
		return nil, failed(err)
	}
	for i, place := range bodies {
		held[place].Data = wrapped[i]
	}
	return held, nil
}

// Rewrap implements [retention.Tx]. Bodies go into objects of their own first;
// when the transaction fails after that, nothing names those.
func (t *tx) Rewrap(was, now []retention.Wrapped) (moved int, err error) {
	var bodies []seal.Body
	for _, w := range now {
		if w.Kind == retention.KindBody {
			bodies = append(bodies, seal.Body{ID: gateway.SignalID(w.ID), Scope: w.Scope, Wrapped: w.Data})
		}
	}
	var places []mailbox.Place
	if len(bodies) > 0 {
		if places, err = t.w.bodies.Put(t.ctx, bodies); err != nil {
			return 0, failed(t.fail(err))
		}
	}
	for i, w := range now {
		of, err := uuid(w.ID)
		if err != nil {
			return 0, failed(t.fail(err))
		}
		var n int
		switch w.Kind {
		case retention.KindBody:
			n, err = t.moveBody(of, was[i].Scope, w.Scope, places[0])
			places = places[1:]
		case retention.KindNotice:
			n, err = t.moveNotice(of, was[i].Scope, w)
		default:
			err = failed(t.fail(errKind))
		}
		if err != nil {
			return 0, err
		}
		moved += n
	}
	return moved, nil
}

// moveBody gives a body its new place where it still rests under its old scope,
// and frees its old one.
func (t *tx) moveBody(of []byte, was, now string, p mailbox.Place) (moved int, err error) {
	err = each(t, func(scan func(...any) error) error {
		var object string
		err := scan(&object)
		t.free(object)
		moved++
		return err
	}, `UPDATE body AS b SET scope = $3, object = $4, place = $5, size = $6, key = $7
		FROM (SELECT o.number, o.object FROM body AS o JOIN signal AS s ON s.number = o.number WHERE s.id = $1 AND o.scope = $2) AS old
		WHERE b.number = old.number RETURNING old.object`, of, was, now, p.Object, p.Offset, p.Size, p.Key[:])
	return moved, err
}

func (t *tx) moveNotice(of []byte, was string, now retention.Wrapped) (int, error) {
	tag, err := t.exec(`UPDATE notice SET scope = $3, wrapped = $4 WHERE id = $1 AND scope = $2`, of, was, now.Scope, now.Data)
	return int(tag.RowsAffected()), err
}
