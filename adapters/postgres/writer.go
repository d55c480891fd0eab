// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// The advisory locks of this database.
const (
	writeLock   int64 = 0x5345494e01 // "SEIN" and a number: held by whoever writes
	watchLock   int64 = 0x5345494e02 // held by the node that has the watch
	migrateLock int64 = 0x5345494e03 // held while the schema changes
)

// longest a transaction may take from its first statement to its commit.
const longest = 45 * time.Second

// writer runs transactions that write, under one role.
type writer struct {
	pool   *pgxpool.Pool
	bodies mailbox.Bodies
	epoch  int64          // of the watch that these writes need; 0 for none
	known  *dictionary    // of the index of the log; shared by all writers of the node
	trips  *atomic.Uint64 // round trips, for measurements
}

func newWriter(pool *pgxpool.Pool, known *dictionary) *writer {
	return &writer{pool: pool, known: known, trips: new(atomic.Uint64)}
}

// do runs fn in one transaction, when all others have ended. When it returns
// nil, what fn wrote is on disk; otherwise nothing of it is there, but when the
// connection was lost during the commit itself: then either, and the caller
// asks again. The context counts while waiting for the turn; a transaction that
// has begun is finished.
func (w *writer) do(ctx context.Context, fn func(*tx) error) (err error) {
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return failed(err)
	}
	defer conn.Release() // a connection that is broken or in a transaction is thrown away
	c := conn.Conn()
	if err := w.begin(ctx, c); err != nil {
		w.rollback(c)
		w.renew(err)
		return failed(err)
	}
	held, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	defer cancel()
	t := &tx{w: w, ctx: held, conn: c}
	committed := false
	defer func() { // also when fn panics
		_ = t.fail(errEnded)
		w.renew(t.err)
		if !committed {
			w.rollback(c)
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	// After an error PostgreSQL takes nothing but a rollback; whoever swallowed
	// that error gets it here.
	if t.err != nil {
		return failed(t.err)
	}
	if err := t.index(); err != nil { // no log, no act (invariant I5)
		return err
	}
	tag, err := c.Exec(held, "COMMIT")
	w.trips.Add(1)
	if err != nil {
		return failed(err)
	}
	if tag.String() != "COMMIT" {
		return failed(errEnded)
	}
	committed = true
	t.remember()
	return nil
}

// begin opens a transaction and waits for the writers' lock, in one round trip.
func (w *writer) begin(ctx context.Context, c *pgx.Conn) error {
	w.trips.Add(1)
	results, err := c.PgConn().Exec(ctx, "BEGIN; SELECT pg_advisory_xact_lock("+strconv.FormatInt(writeLock, 10)+
		"); SELECT epoch FROM seinhuis.watch").ReadAll()
	if err != nil {
		return err
	}
	if w.epoch == 0 {
		return nil
	}
	last := results[len(results)-1]
	if len(last.Rows) != 1 || string(last.Rows[0][0]) != strconv.FormatInt(w.epoch, 10) {
		return ErrFenced
	}
	return nil
}

// rollback undoes the transaction. A connection that cannot do that is closed,
// which undoes it too.
func (w *writer) rollback(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if c.IsClosed() || c.PgConn().TxStatus() == 'I' {
		return
	}
	if _, err := c.Exec(ctx, "ROLLBACK"); err != nil {
		_ = c.Close(ctx)
	}
}

// renew makes the pool connect again after an error that says that its
// connections take no writes: they would say so as long as they live, also when
// the database takes writes again.
func (w *writer) renew(err error) {
	if takesNone(err) {
		w.pool.Reset()
	}
}

// renew does so for every role.
func (d *DB) renew() {
	for _, p := range d.pools {
		p.Reset()
	}
}

// fenced is the store for a node that got the watch: its writes fail once
// another has it.
func (d *DB) fenced(epoch int64) *DB {
	f := *d
	for _, w := range []**writer{&f.write, &f.office, &f.erase} {
		*w = &writer{pool: (*w).pool, bodies: (*w).bodies, epoch: epoch, known: (*w).known, trips: (*w).trips}
	}
	return &f
}

// Trips counts the round trips of transactions that write, since Open. Called
// by measurements.
func (d *DB) Trips() uint64 {
	return d.write.trips.Load() + d.office.trips.Load() + d.erase.trips.Load()
}

// Ping reports whether the database answers and takes writes, for readiness.
func (d *DB) Ping(ctx context.Context) error {
	for _, r := range []Role{Gateway, Door} {
		s, err := inspect(ctx, d.pools[r])
		if err == nil {
			err = s.fit(d.config.Trial)
		}
		if s.readOnly {
			d.renew()
		}
		if err != nil {
			return fmt.Errorf("as role %s: %w", r, failed(err))
		}
	}
	return nil
}

// Skew is how far the clock of the database is ahead of ours.
func (d *DB) Skew(ctx context.Context, now func() time.Time) (time.Duration, error) {
	var theirs int64
	before := now()
	if err := d.pools[Gateway].QueryRow(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint`).Scan(&theirs); err != nil {
		return 0, failed(err)
	}
	after := now()
	return time.UnixMilli(theirs).Sub(before.Add(after.Sub(before) / 2)), nil
}
