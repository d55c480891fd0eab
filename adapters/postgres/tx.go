// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// tx is one open write transaction; it is the Tx of every port. It is used by
// one goroutine, and only until the function that got it returns.
type tx struct {
	w    *writer
	ctx  context.Context
	conn *pgx.Conn
	err  error // the first; nothing is done after it

	places map[gateway.SignalID]mailbox.Place // where the bodies of this commit rest
	freed  map[string]bool                    // objects that a body was taken out of; see DB.erasing

	added   []indexed // rows of the log, to be indexed before the commit
	learned *words    // of the index, known to others after the commit

	holders map[gateway.Municipality]gateway.Municipality // see holder; nil until asked
}

// fail remembers the first error.
func (t *tx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}

// exec runs a statement: one round trip. Statements of a group take whole
// slices (unnest, jsonb_array_elements), so that their count does not grow with
// the group.
func (t *tx) exec(query string, args ...any) (pgconn.CommandTag, error) {
	if t.err != nil {
		return pgconn.CommandTag{}, failed(t.err)
	}
	t.w.trips.Add(1)
	tag, err := t.conn.Exec(t.ctx, query, args...)
	if err != nil {
		t.fail(err)
	}
	return tag, failed(err)
}

// execOne runs a statement that must touch one row.
func (t *tx) execOne(query string, args ...any) error {
	tag, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != 1 {
		return failed(t.fail(errMissing))
	}
	return nil
}

// each implements querier. take may not ask the same transaction anything: the
// connection is busy with the rows.
func (t *tx) each(take scanner, query string, args ...any) error {
	if t.err != nil {
		return failed(t.err)
	}
	t.w.trips.Add(1)
	rows, err := t.conn.Query(t.ctx, query, args...)
	if err = drain(rows, err, take); err != nil {
		t.fail(err)
	}
	return failed(err)
}

// scanner takes one row.
type scanner = func(scan func(...any) error) error

// querier is what a lookup needs: a transaction, readers, or the door of one
// party.
type querier interface {
	each(take scanner, query string, args ...any) error
}

// each runs a query and takes every row.
func each(q querier, take scanner, query string, args ...any) error {
	return q.each(take, query, args...)
}

func drain(rows pgx.Rows, err error, take scanner) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// reader is a pool of connections for reads, each a snapshot of its own.
type reader struct{ pool *pgxpool.Pool }

// with binds the pool to the context of one call.
func (r reader) with(ctx context.Context) querier { return reading{r.pool, ctx} }

type reading struct {
	pool *pgxpool.Pool
	ctx  context.Context
}

func (q reading) each(take scanner, query string, args ...any) error {
	rows, err := q.pool.Query(q.ctx, query, args...)
	return failed(drain(rows, err, take))
}
