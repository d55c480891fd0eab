// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Holds is what may not be erased yet. It fills [retention.HoldStore].
type Holds struct{ db *DB }

// Holds is the view for holds.
func (d *DB) Holds() *Holds { return &Holds{d} }

const holdColumns = `id, creditor, report_id, reason, until_on, proposed_by, proposed_at, confirmed_by, confirmed_at, lifted_by, lifted_at`

func scanHold(scan func(...any) error) (h retention.Hold, err error) {
	var own, report, proposed, confirmed, lifted []byte
	var until, proposedAt int64
	var confirmedAt, liftedAt *int64
	err = scan(&own, &h.Claim.Creditor, &report, &h.Reason, &until, &proposed, &proposedAt, &confirmed, &confirmedAt, &lifted, &liftedAt)
	h.ID, h.Claim.ReportID, h.Until = text[gateway.UUID](own), text[gateway.ReportID](report), date(&until)
	h.ProposedBy, h.ConfirmedBy, h.LiftedBy = text[gateway.UUID](proposed), text[gateway.UUID](confirmed), text[gateway.UUID](lifted)
	h.ProposedAt, h.ConfirmedAt, h.LiftedAt = at(&proposedAt), at(confirmedAt), at(liftedAt)
	return h, err
}

// Holds implements [retention.HoldStore].
func (v *Holds) Holds(ctx context.Context) (holds []retention.Hold, err error) {
	err = each(v.db.sweep(ctx), func(scan func(...any) error) error {
		h, err := scanHold(scan)
		holds = append(holds, h)
		return err
	}, `SELECT `+holdColumns+` FROM hold ORDER BY number`)
	return holds, err
}

// Write implements [retention.HoldStore].
func (v *Holds) Write(ctx context.Context, fn func(retention.HoldTx) error) error {
	return v.db.erase.do(ctx, func(t *tx) error { return fn(t) })
}

// Hold implements [retention.HoldTx].
func (t *tx) Hold(id gateway.UUID) (found retention.Hold, err error) {
	own, err := uuid(id)
	if err != nil {
		return found, nil // no such hold
	}
	err = each(t, func(scan func(...any) error) error {
		found, err = scanHold(scan)
		return err
	}, `SELECT `+holdColumns+` FROM hold WHERE id = $1`, own)
	return found, err
}

// Known implements [retention.HoldTx].
func (t *tx) Known(c retention.Claim) (known bool, err error) {
	report, err := uuid(c.ReportID)
	if err != nil {
		return false, nil
	}
	err = each(t, func(scan func(...any) error) error { return scan(&known) },
		`SELECT EXISTS (SELECT 1 FROM report WHERE creditor = $1 AND id = $2)`, string(c.Creditor), report)
	return known, err
}

// PutHold implements [retention.HoldTx].
func (t *tx) PutHold(h retention.Hold) error {
	ids := make([]any, 5)
	for i, id := range []gateway.UUID{h.ID, gateway.UUID(h.Claim.ReportID), h.ProposedBy, h.ConfirmedBy, h.LiftedBy} {
		if id == "" && i > 2 {
			continue
		}
		b, err := uuid(id)
		if err != nil {
			return failed(t.fail(err))
		}
		ids[i] = b
	}
	_, err := t.exec(`INSERT INTO hold (id, creditor, report_id, reason, until_on, proposed_by, proposed_at, confirmed_by, confirmed_at,
			lifted_by, lifted_at, expires_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET until_on = excluded.until_on, confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at,
			lifted_by = excluded.lifted_by, lifted_at = excluded.lifted_at, expires_on = excluded.expires_on`,
		ids[0], string(h.Claim.Creditor), ids[1], string(h.Reason), day(h.Until), ids[2], moment(h.ProposedAt), ids[3], moment(h.ConfirmedAt),
		ids[4], moment(h.LiftedAt), day(h.Until.AddDays(retention.KeepReceipts)))
	return err
}
