// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
)

// The steps of the schema, each a file that is never changed once released.
//
//go:embed schema/*.sql
var schemas embed.FS

const (
	newest = 18 // the last file of schema/
	// applicationID marks the file as a store of ours ("SEIN"), so that another
	// program's database is refused instead of filled.
	applicationID = 0x5345494e
)

// migrate runs the steps that the file has not had, in one transaction: two
// processes that start together do not meet halfway.
func migrate(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return failed(err)
	}
	defer conn.Close() // only gives it back to the pool
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return failed(err)
	}
	if err := advance(ctx, tx, newest); err != nil {
		return errors.Join(failed(err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return failed(err)
	}
	return check(ctx, conn)
}

func advance(ctx context.Context, tx *sql.Tx, newest int) error {
	var id, version, tables int
	row := tx.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&id, &version, &tables); err != nil {
		return err
	}
	switch {
	case id != applicationID && (id != 0 || version != 0 || tables != 0):
		return errors.New("this file is a database of another program")
	case version > newest:
		return fmt.Errorf("this store has schema %d and this program knows up to %d; run the newer program, or restore a backup", version, newest)
	case version == newest:
		return nil
	}
	for step := version + 1; step <= newest; step++ {
		text, err := schemas.ReadFile(fmt.Sprintf("schema/%04d.sql", step))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("schema %d: %w", step, err)
		}
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, newest))
	return err
}

// check holds the connection to what the promises rest on. A file system that
// cannot do WAL shows here and not at the first power cut.
func check(ctx context.Context, conn *sql.Conn) error {
	for _, setting := range []struct{ pragma, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"secure_delete", "1"}, {"trusted_schema", "0"},
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+setting.pragma).Scan(&got); err != nil {
			return failed(err)
		}
		if got != setting.want {
			return fmt.Errorf("sqlite: %s is %s and must be %s on this file system", setting.pragma, got, setting.want)
		}
	}
	return nil
}
