// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Sights is what officers saw of the log. It fills [oversight.Sights].
type Sights struct{ db *DB }

// Sights is the view for package oversight.
func (d *DB) Sights() *Sights { return &Sights{d} }

// Sight implements [oversight.Sights].
func (v *Sights) Sight(ctx context.Context, account gateway.UUID) (oversight.Sight, error) {
	return sight(v.db.look.with(ctx), account)
}

func sight(q querier, account gateway.UUID) (s oversight.Sight, err error) {
	key, err := uuid(account)
	if err != nil {
		return s, nil // nobody
	}
	err = each(q, func(scan func(...any) error) error {
		var seen int64
		var doubted *int64
		err := scan(&s.Size, &s.Checkpoint, &seen, &doubted)
		s.At, s.Doubted = at(&seen), at(doubted)
		return err
	}, `SELECT size, checkpoint, seen_at, doubted_at FROM officer_sight WHERE account = $1`, key)
	return s, err
}

// See implements [oversight.Sights].
func (v *Sights) See(ctx context.Context, account gateway.UUID, s oversight.Sight, entries []audit.Entry) error {
	return v.db.office.do(ctx, func(t *tx) error {
		key, err := uuid(account)
		if err != nil {
			return failed(t.fail(err))
		}
		was, err := sight(t, account)
		if err != nil {
			return err
		}
		if was.Exists() && (s.Size < was.Size || s.Size == was.Size && !bytes.Equal(s.Checkpoint, was.Checkpoint)) {
			return oversight.ErrSightMoved
		}
		today := gateway.Today(s.At)
		if err := t.together(statement{`DELETE FROM officer_sight WHERE expires_on < $1`, []any{day(today)}, anyRows},
			statement{`INSERT INTO officer_sight (account, size, checkpoint, seen_at, expires_on) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (account) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint, seen_at = excluded.seen_at, doubted_at = NULL,
					expires_on = excluded.expires_on`,
				[]any{key, s.Size, s.Checkpoint, moment(s.At), day(today.AddDays(oversight.KeepSight))}, 1}); err != nil {
			return err
		}
		_, err = t.Append(entries)
		return err
	})
}

// Doubt implements [oversight.Sights].
func (v *Sights) Doubt(ctx context.Context, account gateway.UUID, since time.Time, entries []audit.Entry) error {
	return v.db.office.do(ctx, func(t *tx) error {
		key, err := uuid(account)
		if err != nil {
			return failed(t.fail(err))
		}
		if _, err := t.exec(`UPDATE officer_sight SET doubted_at = $1 WHERE account = $2 AND doubted_at IS NULL`, moment(since), key); err != nil {
			return err
		}
		_, err = t.Append(entries)
		return err
	})
}

// Doubted implements [oversight.Sights].
func (v *Sights) Doubted(ctx context.Context) (n int, err error) {
	err = each(v.db.look.with(ctx), func(scan func(...any) error) error { return scan(&n) },
		`SELECT count(*) FROM officer_sight WHERE doubted_at IS NOT NULL`)
	return n, err
}

var _ oversight.Sights = (*Sights)(nil)
