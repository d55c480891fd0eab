// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/backup"
)

// Passages is restores and moves. It fills [backup.Passages].
type Passages struct{ db *DB }

// Passages is the view for restores and moves.
func (d *DB) Passages() *Passages { return &Passages{d} }

// Last implements [backup.Passages].
func (p *Passages) Last(ctx context.Context) (last backup.Passage, err error) {
	err = each(p.db.read.with(ctx), func(scan func(...any) error) error {
		var archive []byte
		var made, moment int64
		var settled *int64
		var outcome *string
		if err := scan(&last.Number, &last.Kind, &archive, &made, &moment, &last.Rows, &settled, &outcome, &last.Known); err != nil {
			return err
		}
		last.Archive, last.Made, last.At, last.Settled = text[gateway.UUID](archive), at(&made), at(&moment), at(settled)
		if outcome != nil {
			last.Outcome = backup.Outcome(*outcome)
		}
		return nil
	}, `SELECT number, kind, archive, made_at, at, rows, settled_at, outcome, known FROM passage ORDER BY number DESC LIMIT 1`)
	return last, err
}

// Write implements [backup.Passages].
func (p *Passages) Write(ctx context.Context, fn func(backup.PassageTx) error) error {
	return p.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// AddPassage implements [backup.PassageTx].
func (t *tx) AddPassage(p backup.Passage) error {
	var archive []byte
	if p.Archive != "" {
		id, err := uuid(p.Archive)
		if err != nil {
			return failed(t.fail(err))
		}
		archive = id
	}
	return t.execOne(`INSERT INTO passage (number, kind, archive, made_at, at, rows)
		SELECT coalesce(max(number), 0) + 1, $1, $2, $3::bigint, $4::bigint, $5::bigint FROM passage`,
		string(p.Kind), archive, moment(p.Made), moment(p.At), p.Rows)
}

// Conclude implements [backup.PassageTx].
func (t *tx) Conclude(number int64, at time.Time, o backup.Outcome, known []byte) error {
	return t.execOne(`UPDATE passage SET settled_at = $1, outcome = $2, known = $3 WHERE number = $4 AND settled_at IS NULL`,
		moment(at), string(o), known, number)
}
