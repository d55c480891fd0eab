// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	driversqlite "modernc.org/sqlite"
)

const (
	busyTimeout    = "5000" // milliseconds to wait for another process
	readers        = 4      // connections that only read
	autocheckpoint = "4000" // pages of WAL, 16 MB: few and short pauses, quick recovery
	journalLimit   = "67108864"
	cacheSize      = "-65536" // KiB: the index of tokens is read at random places
)

// DB is one open store. Safe for concurrent use.
type DB struct {
	write  *writer
	read   *reader
	facets facets // of the index of the log
}

// Open opens the store in the file at path, makes it when there is none, and
// brings its schema up to date. It refuses a file that others may read, one
// that is not a store, and one that a newer version has written.
func Open(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	if err := prepare(path); err != nil {
		return nil, err
	}
	forWriting, err := connect(path, "synchronous(FULL)", "secure_delete(ON)", "recursive_triggers(ON)",
		"wal_autocheckpoint("+autocheckpoint+")", "journal_size_limit("+journalLimit+")", "cache_size("+cacheSize+")")
	if err != nil {
		return nil, err
	}
	forWriting.SetMaxOpenConns(1)
	if err := migrate(ctx, forWriting); err != nil {
		return nil, errors.Join(err, forWriting.Close())
	}
	forReading, err := connect(path, "query_only(ON)")
	if err != nil {
		return nil, errors.Join(err, forWriting.Close())
	}
	forReading.SetMaxOpenConns(readers)
	forReading.SetMaxIdleConns(readers)
	db := &DB{write: newWriter(forWriting), read: newReader(forReading)}
	if err := db.indexOlder(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close waits for the write that is going on and closes the file. Writes and
// reads after it fail.
func (d *DB) Close() error { return errors.Join(d.read.close(), d.write.close()) }

// Checkpoint moves all of the WAL into the file and empties it, so that bytes
// that were erased from the store are not left behind in the WAL. A sweep that
// erases calls it. It fails with KindUnavailable when readers are in the way.
func (d *DB) Checkpoint(ctx context.Context) error { return d.write.checkpoint(ctx) }

// prepare makes the file with mode 0600, so that it never exists with another;
// SQLite gives its WAL the same mode.
func prepare(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return errors.Join(f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
	}
	if !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("sqlite: make the store: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("sqlite: open: %w", err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("sqlite: the store is no ordinary file")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("sqlite: others may read the store; run chmod 600 %s", path)
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func connect(path string, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_defensive": {"1"}, "_dqs": {"0"}, "_txlock": {"immediate"}}
	q["_pragma"] = append([]string{"busy_timeout(" + busyTimeout + ")", "journal_mode(WAL)", "foreign_keys(ON)",
		"trusted_schema(OFF)", "cell_size_check(ON)"}, pragmas...)
	name := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	c, err := driversqlite.NewConnector(name.String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	return sql.OpenDB(c), nil
}
