// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// writer is the one connection that writes, with its prepared statements.
type writer struct {
	db   *sql.DB
	turn chan struct{} // holds one token while somebody writes
	// The rest is only touched by whoever has the turn.
	conn       *sql.Conn
	known      *dictionary // of the index of the log
	statements map[string]*sql.Stmt
	closed     bool
}

func newWriter(db *sql.DB) *writer { return &writer{db: db, turn: make(chan struct{}, 1)} }

// do runs fn in one transaction. When it returns nil, what fn wrote is on disk;
// otherwise nothing of it is there. The context counts while waiting for the
// turn; a transaction that has begun is finished.
func (w *writer) do(ctx context.Context, fn func(*tx) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	if err := w.connect(); err != nil {
		return failed(err)
	}
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return failed(err)
	}
	t := &tx{w: w}
	committed := false
	defer func() { // also when fn panics
		t.fail(errEnded)
		if !committed {
			w.rollback()
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	// After an error SQLite may have rolled back by itself, and what fn did
	// next would stand alone: whoever swallowed that error gets it here.
	if t.err != nil {
		return failed(t.err)
	}
	if err := t.index(); err != nil { // no log, no act (invariant I5)
		return err
	}
	if _, err := w.exec("COMMIT"); err != nil {
		return failed(err)
	}
	committed = true
	return nil
}

func (w *writer) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return failed(ctx.Err())
	}
	var err error
	switch {
	case w.closed:
		err = errClosed
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	if err != nil {
		<-w.turn
	}
	return failed(err)
}

func (w *writer) connect() (err error) {
	if w.conn == nil {
		w.statements = map[string]*sql.Stmt{}
		w.conn, err = w.db.Conn(context.Background())
	}
	return err
}

// rollback undoes the transaction. A connection that cannot even do that is
// thrown away: closing it undoes it too, and the next write makes a new one.
func (w *writer) rollback() {
	w.known = nil // it may hold numbers that are undone
	var open bool
	if _, err := w.exec("ROLLBACK"); err != nil {
		// "no transaction is active" is what SQLite says after it has rolled
		// back by itself; a new BEGIN tells the two apart.
		_, err := w.exec("BEGIN")
		if err == nil {
			_, err = w.exec("ROLLBACK")
		}
		open = err != nil
	}
	if open {
		w.discard()
	}
}

func (w *writer) discard() {
	for _, s := range w.statements {
		_ = s.Close()
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // takes it out of the pool
	_ = w.conn.Close()
	w.conn, w.statements = nil, nil
}

func (w *writer) statement(query string) (*sql.Stmt, error) {
	if s, ok := w.statements[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	w.statements[query] = s
	return s, nil
}

func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	s, err := w.statement(query)
	if err != nil {
		return nil, err
	}
	// A context that can end would cost a goroutine per statement.
	return s.ExecContext(context.Background(), args...)
}

func (w *writer) checkpoint(ctx context.Context) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	if err := w.connect(); err != nil {
		return failed(err)
	}
	return w.truncate(ctx)
}

// truncate moves the WAL into the file and empties it; the caller has the turn.
func (w *writer) truncate(ctx context.Context) error {
	var busy, pages, moved int
	row := w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err := row.Scan(&busy, &pages, &moved); err != nil {
		return failed(err)
	}
	if busy != 0 {
		return failed(errBusy)
	}
	return nil
}

func (w *writer) close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if w.closed {
		return nil
	}
	w.closed = true
	var err error
	for _, s := range w.statements {
		err = errors.Join(err, s.Close())
	}
	if w.conn != nil {
		err = errors.Join(err, w.conn.Close())
	}
	return errors.Join(err, w.db.Close())
}
