// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// as connects a role by itself, as who took its password does.
func as(t *testing.T, c Config, r Role) *pgx.Conn {
	t.Helper()
	conn, err := postgrestest.Start(t).Connect(t.Context(), string(r), c.Database)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	_, err = conn.Exec(t.Context(), `SET search_path = seinhuis`)
	must(t, err)
	return conn
}

// reported is a store with some rows in its log.
func reported(t *testing.T) (Config, *DB) {
	t.Helper()
	c := testConfig(t, gatewaytest.NewBodies())
	db, s := openAt(t, c), gatewaytest.NewSteps(t)
	for n := range 3 {
		gatewaytest.File(t, db.truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n+1)))...)
	}
	return c, db
}

// Rows of the log are kept from the owner too, also where a part is named by its
// own name, and by parts that are made later.
func TestPartsOfTheLogAreKept(t *testing.T) {
	c, _ := reported(t)
	owner := as(t, c, Owner)
	_, err := owner.Exec(t.Context(), `SELECT make_month(202812)`)
	must(t, err)
	_, err = owner.Exec(t.Context(), `INSERT INTO audit_row SELECT number + 100, 202812, leaf FROM audit_row LIMIT 1`)
	must(t, err)
	_, err = owner.Exec(t.Context(), `INSERT INTO audit_row SELECT number + 101, 209901, leaf FROM audit_row LIMIT 1`) // of no part: the rest
	must(t, err)
	var parts []string
	rows, err := owner.Query(t.Context(), `SELECT DISTINCT tableoid::regclass::text FROM audit_row`)
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var part string
		err := scan(&part)
		parts = append(parts, part)
		return err
	}))
	if len(parts) < 3 {
		t.Fatalf("parts with rows: %v", parts)
	}
	for _, part := range append(parts, "audit_row") {
		for _, act := range []string{"UPDATE " + part + " SET leaf = ''", "DELETE FROM " + part, "TRUNCATE " + part} {
			var e *pgconn.PgError
			if _, err := owner.Exec(t.Context(), act); !errors.As(err, &e) || !strings.Contains(e.Message, "never changed or deleted") {
				t.Errorf("%s: %v", act, err)
			}
		}
	}
	for _, role := range []Role{Gateway, Door, Console, Retention} {
		conn := as(t, c, role)
		for _, part := range parts {
			for _, act := range []string{"UPDATE " + part + " SET leaf = ''", "DELETE FROM " + part, "TRUNCATE " + part, "INSERT INTO " + part + " VALUES (900, 202812, '')"} {
				var e *pgconn.PgError
				if _, err := conn.Exec(t.Context(), act); !errors.As(err, &e) || e.Code != "42501" {
					t.Errorf("%s: %s: %v", role, act, err)
				}
			}
		}
	}
}

// What the log's triggers look at is the log, whatever the session calls so.
func TestTriggersOfTheLogAreNotMisled(t *testing.T) {
	c, _ := reported(t)
	administer(t, &c, `GRANT TEMPORARY ON DATABASE `+c.Database+` TO seinhuis_console`)
	conn := as(t, c, Console)
	_, err := conn.Exec(t.Context(), `CREATE TEMPORARY TABLE audit_last AS SELECT 1 AS one, 0::bigint AS number`)
	must(t, err)
	if _, err := conn.Exec(t.Context(), `INSERT INTO audit_row VALUES (1, 209901, 'anders')`); err == nil {
		t.Error("a second row with number 1")
	}
}

// Rows that are missing, or there twice, stop the log. They are not put at the
// place of others.
func TestGapInTheLog(t *testing.T) {
	for name, harm := range map[string]string{
		"a row less": `DELETE FROM audit_row WHERE number = 1`,
		"a jump":     `UPDATE audit_row SET number = number + 5 WHERE number = (SELECT max(number) FROM audit_row)`,
		"twice":      `INSERT INTO audit_row SELECT number, 209901, leaf FROM audit_row WHERE number = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			c, db := reported(t)
			if found, err := db.Audit().Leaves(t.Context(), 0, 10); err != nil || len(found) == 0 {
				t.Fatal(len(found), err)
			}
			administer(t, &c, `SET search_path = seinhuis; SET session_replication_role = replica; `+harm)
			if found, err := db.Audit().Leaves(t.Context(), 0, 10); !errors.Is(err, errGap) || found != nil {
				t.Errorf("%d rows, %v", len(found), err)
			}
		})
	}
}

// A role does not hold what it has no use for: the locks of the writers and of
// the watch, the bell, sessions, large objects, tables of its own.
func TestLocksAreNotEverybodys(t *testing.T) {
	c, _ := reported(t)
	may := map[string][]Role{
		`SELECT pg_advisory_xact_lock(357)`: {Gateway, Console, Retention},
		`SELECT pg_try_advisory_lock(358)`:  {Gateway},
		`SELECT pg_notify('proef', '')`:     {Gateway},
	}
	for _, act := range []string{`SELECT pg_advisory_lock(357)`, `SELECT pg_advisory_lock_shared(357)`, `SELECT pg_advisory_lock(3, 5)`,
		`SELECT pg_advisory_xact_lock_shared(357)`, `SELECT pg_try_advisory_xact_lock(357)`, `SELECT pg_terminate_backend(1)`, `SELECT pg_cancel_backend(1)`,
		`SELECT lo_create(0)`, `SELECT lo_creat(-1)`, `SELECT lo_from_bytea(0, 'x')`, `SELECT lo_put(1, 0, 'x')`, `CREATE TEMPORARY TABLE mijn (x text)`, `CREATE TABLE public.mijn (x text)`} {
		may[act] = nil
	}
	for _, role := range []Role{Gateway, Door, Console, Retention} {
		conn := as(t, c, role)
		for act, who := range may {
			allowed := false
			for _, w := range who {
				allowed = allowed || w == role
			}
			_, err := conn.Exec(t.Context(), act)
			var e *pgconn.PgError
			if denied := errors.As(err, &e) && e.Code == "42501"; denied == allowed || allowed && err != nil {
				t.Errorf("%s: %s: %v", role, act, err)
			}
		}
	}
}
