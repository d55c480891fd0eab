// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"github.com/seinhuis/seinhuis/gateway"
)

// tx is one open write transaction; it is the Tx of every port. It is used by
// one goroutine, and only until the function that got it returns.
type tx struct {
	w   *writer
	err error // the first; nothing is done after it

	added []indexed // rows of the log, to be indexed before the commit

	holders map[gateway.Municipality]gateway.Municipality // see holder; nil until asked
}

// fail remembers the first error.
func (t *tx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return t.err
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	if t.err != nil {
		return nil, failed(t.err)
	}
	r, err := t.w.exec(query, args...)
	if err != nil {
		t.fail(err)
	}
	return r, failed(err)
}

// execOne runs a statement that must touch one row.
func (t *tx) execOne(query string, args ...any) error {
	r, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return failed(t.fail(errMissing))
	}
	return nil
}

func (t *tx) rows(query string, args ...any) (*sql.Rows, error) {
	if t.err != nil {
		return nil, t.err
	}
	s, err := t.w.statement(query)
	if err != nil {
		return nil, t.fail(err)
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		t.fail(err)
	}
	return rows, err
}

// querier is what a lookup needs: a transaction, or the readers.
type querier interface {
	rows(query string, args ...any) (*sql.Rows, error)
}

// each runs a query and takes every row.
func each(q querier, take func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.rows(query, args...)
	if err != nil {
		return failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return failed(err)
		}
	}
	return failed(rows.Err())
}

// lookup runs a query with one parameter: keys as a JSON array.
func lookup(q querier, keys any, take func(scan func(...any) error) error, query string) error {
	all, err := list(keys)
	if err != nil {
		return failed(err)
	}
	return each(q, take, query, all)
}

// reader is the pool of connections that cannot write.
type reader struct {
	db         *sql.DB
	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

func newReader(db *sql.DB) *reader { return &reader{db: db, statements: map[string]*sql.Stmt{}} }

// with binds the pool to the context of one call.
func (r *reader) with(ctx context.Context) querier { return reading{r, ctx} }

type reading struct {
	r   *reader
	ctx context.Context
}

func (q reading) rows(query string, args ...any) (*sql.Rows, error) {
	s, err := q.r.statement(q.ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(q.ctx, args...)
}

func (r *reader) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.statements[query]; ok {
		return s, nil
	}
	s, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r.statements[query] = s
	return s, nil
}

func (r *reader) close() error { return r.db.Close() }
