// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/backup"
)

// loadCache is in KiB, while the file is nobody else's.
const loadCache = "-131072"

// Sink is a store that does not exist yet. It fills [backup.Sink].
type Sink struct{ path string }

// NewSink names the file to make. Nothing is made before Load.
func NewSink(path string) *Sink { return &Sink{path} }

// Load implements [backup.Sink]: a file beside the final one is filled, brought
// up to the newest schema, and renamed.
func (s *Sink) Load(ctx context.Context, schema int, fn func(backup.Load) error) (err error) {
	if schema > newest {
		return fmt.Errorf("%w: its schema is %d and this program knows up to %d", backup.ErrNewer, schema, newest)
	}
	path, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(backup.ErrNotEmpty, err)
	}
	part := path + ".herstel"
	if err := discard(part); err != nil { // of a restore that was stopped
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, discard(part))
		}
	}()
	if err := prepare(part); err != nil {
		return err
	}
	if err := fill(ctx, part, schema, fn); err != nil {
		return err
	}
	db, err := Open(ctx, part) // brings it up to date
	if err != nil {
		return err
	}
	if err := errors.Join(db.Checkpoint(ctx), db.Close(), syncFolder(part)); err != nil { // a file is synced as a folder is
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return errors.Join(discard(part), syncFolder(filepath.Dir(path)))
}

func discard(path string) error {
	for _, p := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fill makes the schema of the archive and loads the rows in one transaction.
// Nothing is synced on the way: a file that is not whole is thrown away. Its
// pages are new, so the journal in memory stays small.
func fill(ctx context.Context, path string, schema int, fn func(backup.Load) error) (err error) {
	db, err := connect(path, "journal_mode(MEMORY)", "synchronous(OFF)", "recursive_triggers(ON)", "locking_mode(EXCLUSIVE)", "cache_size("+loadCache+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return failed(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the file goes anyway
		}
	}()
	if err := advance(ctx, tx, schema); err != nil {
		return failed(err)
	}
	indexes, err := dropIndexes(ctx, tx)
	if err != nil {
		return err
	}
	l := &loading{tx: tx}
	if err := fn(l); err != nil {
		return err
	}
	if err := l.close(); err != nil {
		return failed(err)
	}
	for _, text := range indexes {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return failed(err)
		}
	}
	return failed(tx.Commit())
}

// dropIndexes takes away the indexes that no constraint asks for, and gives the
// statements that make them: sorted once at the end, they take a part of the time.
func dropIndexes(ctx context.Context, tx *sql.Tx) (makers []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid`)
	if err != nil {
		return nil, failed(err)
	}
	var list []string
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, failed(errors.Join(err, rows.Close()))
		}
		list, makers = append(list, name), append(makers, text)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err)
	}
	for _, name := range list {
		if _, err := tx.ExecContext(ctx, `DROP INDEX "`+name+`"`); err != nil {
			return nil, failed(err)
		}
	}
	return makers, nil
}

// loading takes rows into one open transaction.
type loading struct {
	tx   *sql.Tx
	stmt *sql.Stmt
	args []any
}

// Begin implements [backup.Load].
func (l *loading) Begin(ctx context.Context, t backup.Table) error {
	if err := l.close(); err != nil {
		return failed(err)
	}
	if !slices.ContainsFunc(truthTables(), func(k truthTable) bool { return k.name == t.Name }) {
		return fmt.Errorf("%w: it has a table that this store does not know", backup.ErrNewer)
	}
	ours, err := columnsOf(ctx, l.tx, t.Name)
	if err != nil {
		return err
	}
	if !slices.Equal(ours, t.Columns) {
		return fmt.Errorf("%w: table %s has other columns here", backup.ErrNewer, t.Name)
	}
	if _, err := l.tx.ExecContext(ctx, "DELETE FROM "+t.Name); err != nil { // what the schema puts in a new store
		return failed(err)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ")
	l.stmt, err = l.tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.Name, names(t), marks))
	l.args = make([]any, len(t.Columns))
	return failed(err)
}

// Add implements [backup.Load].
func (l *loading) Add(_ context.Context, row []backup.Value) error {
	if l.stmt == nil || len(row) != len(l.args) {
		return failed(errMissing)
	}
	for i, v := range row {
		l.args[i] = argumentOf(v)
	}
	_, err := l.stmt.ExecContext(context.Background(), l.args...) // a context that can end would cost a goroutine per row
	return failed(err)
}

func argumentOf(v backup.Value) any {
	switch v.Kind() {
	case backup.Int:
		return v.Int()
	case backup.Text:
		return v.Text()
	case backup.Blob:
		if v.Blob() == nil {
			return []byte{} // nil would be NULL
		}
		return v.Blob()
	case backup.Bool:
		return v.Bool()
	default:
		return nil
	}
}

func (l *loading) close() error {
	if l.stmt == nil {
		return nil
	}
	err := l.stmt.Close()
	l.stmt = nil
	return err
}
