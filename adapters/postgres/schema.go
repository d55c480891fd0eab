// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The steps of the schema, each a file that is never changed once released.
// Each is safe beside nodes that run the version before: it adds, and what it
// adds has a default. What is to go, goes one version later.
//
//go:embed schema/*.sql
var schemas embed.FS

const (
	newest = 4 // the last file of schema/
	oldest = 3 // that this program works with
	ahead  = 1 // steps that nodes of this version bear: a rolling upgrade migrates first
)

// Migrate brings the schema up to date as the owner, and is safe to run twice
// and beside running nodes. The roles must exist. Called by seinhuis cluster
// setup.
func Migrate(ctx context.Context, c Config) error {
	cc, err := c.enter(Owner)
	if err != nil {
		return err
	}
	cc.RuntimeParams["statement_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return fmt.Errorf("as role %s: %w", Owner, failed(err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	state, err := inspect(ctx, conn)
	if err != nil {
		return failed(err)
	}
	if state.schema == 0 {
		state.schema = oldest
	}
	if err := state.fit(c.Trial); err != nil {
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := advance(ctx, tx); err != nil {
		return err
	}
	return failed(tx.Commit(ctx))
}

func advance(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrateLock); err != nil {
		return failed(err)
	}
	if err := rolesExist(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS seinhuis;
		CREATE TABLE IF NOT EXISTS schema_version (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL);
		GRANT USAGE ON SCHEMA seinhuis TO seinhuis_poort, seinhuis_deur, seinhuis_console, seinhuis_bewaring;
		GRANT SELECT ON schema_version TO seinhuis_poort, seinhuis_deur, seinhuis_console, seinhuis_bewaring`); err != nil {
		return failed(err)
	}
	var version int
	err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&version)
	if err != nil {
		return failed(err)
	}
	for step := version + 1; step <= newest; step++ {
		text, err := schemas.ReadFile(fmt.Sprintf("schema/%04d.sql", step))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("schema %d: %w", step, failed(err))
		}
	}
	if err := passKey(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO schema_version VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET version = greatest(schema_version.version, excluded.version)`, newest); err != nil {
		return failed(err)
	}
	return failed(months(ctx, tx, time.Now()))
}

func rolesExist(ctx context.Context, tx pgx.Tx) error {
	var n int
	want := []string{string(Gateway), string(Door), string(Console), string(Retention)}
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM pg_roles WHERE rolname = ANY($1)`, want).Scan(&n); err != nil {
		return failed(err)
	}
	if n != len(want) {
		return errors.New("postgres: a role is missing; the database administrator must run deploy/postgres/roles.sql")
	}
	return nil
}

// passKey makes the key of the doors' passes once.
func passKey(ctx context.Context, tx pgx.Tx) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	_, err := tx.Exec(ctx, `INSERT INTO door_key VALUES (1, $1) ON CONFLICT DO NOTHING`, key)
	return failed(err)
}

// monthsAhead is how far parts of the log are made before they are needed. What
// has no part of its own goes into the rest: nothing fails when nobody makes them.
const monthsAhead = 3

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func months(ctx context.Context, tx execer, now time.Time) error {
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := range monthsAhead + 1 {
		m := first.AddDate(0, i, 0)
		if _, err := tx.Exec(ctx, `SELECT make_month($1)`, m.Year()*100+int(m.Month())); err != nil {
			return err
		}
	}
	return nil
}

// MakeMonths makes the parts of the log for the coming months. Called once a
// day by the node that has the watch.
func (d *DB) MakeMonths(ctx context.Context, now time.Time) error {
	return d.write.do(ctx, func(t *tx) error { return failed(t.fail(months(t.ctx, t.conn, now))) })
}
