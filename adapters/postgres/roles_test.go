// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

var update = flag.Bool("update", false, "write testdata/grants.txt anew")

// What each role may do with each table is in testdata/grants.txt, where a
// reviewer sees it change. S, I, U and D are rights on the whole table; s and u
// on some of its columns.
func TestGrants(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	conn := administrator(t, c)
	type right struct{ table, role, text string }
	var all []right
	rows, err := conn.Query(t.Context(), `SELECT c.relname, r.rolname, string_agg(CASE
			WHEN has_table_privilege(r.oid, c.oid, v.verb) THEN left(v.verb, 1)
			WHEN v.verb IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, v.verb) THEN lower(left(v.verb, 1)) ELSE '' END, '' ORDER BY v.place)
			|| CASE WHEN bool_or(v.verb IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') AND has_table_privilege(r.oid, c.oid, v.verb)) THEN ' and more' ELSE '' END
		FROM pg_class AS c CROSS JOIN pg_roles AS r
		CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) WITH ORDINALITY AS v (verb, place)
		WHERE c.relnamespace = 'seinhuis'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND r.rolname = ANY ($1)
		GROUP BY c.relname, r.rolname, c.oid ORDER BY c.relname, r.rolname`, []string{string(Gateway), string(Door), string(Console), string(Retention)})
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var r right
		err := scan(&r.table, &r.role, &r.text)
		all = append(all, r)
		return err
	}))
	var text strings.Builder
	for i, r := range all {
		if i == 0 || all[i-1].table != r.table {
			fmt.Fprintf(&text, "%s\n", r.table)
		}
		if r.text != "" {
			fmt.Fprintf(&text, "  %s %s\n", r.role, r.text)
		}
	}
	compareGrants(t, text.String())
}

func compareGrants(t *testing.T, got string) {
	t.Helper()
	const name = "testdata/grants.txt"
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	must(t, err)
	if got != string(want) {
		t.Errorf("rights differ from %s; judge the difference, then run this test with -update:\n%s", name, got)
	}
}

func administrator(t *testing.T, c Config) *pgx.Conn {
	t.Helper()
	conn, err := postgrestest.Start(t).Connect(t.Context(), postgrestest.Administrator, c.Database)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// No role of a running gateway is more than its grants: none makes roles or
// databases, owns a table or passes row-level security.
func TestRolesAreNoMore(t *testing.T) {
	conn := administrator(t, testConfig(t, gatewaytest.NewBodies()))
	var wrong []string
	rows, err := conn.Query(t.Context(), `SELECT rolname || ' is more than a login' FROM pg_roles WHERE rolname LIKE 'seinhuis\_%'
			AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication OR rolinherit)
		UNION ALL SELECT r.rolname || ' owns ' || c.relname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
			WHERE c.relnamespace = 'seinhuis'::regnamespace AND r.rolname <> 'seinhuis_beheer'
		UNION ALL SELECT r.rolname || ' is a member of another' FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member WHERE r.rolname LIKE 'seinhuis\_%'
		UNION ALL SELECT r.rolname || ' makes things in the schema' FROM pg_roles AS r
			WHERE r.rolname LIKE 'seinhuis\_%' AND r.rolname <> 'seinhuis_beheer' AND has_schema_privilege(r.oid, 'seinhuis', 'CREATE')
		UNION ALL SELECT 'everybody may run ' || p.proname FROM pg_proc AS p
			WHERE p.pronamespace = 'seinhuis'::regnamespace AND p.prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE')
		UNION ALL SELECT p.proname || ' looks names up where its caller says' FROM pg_proc AS p
			WHERE p.pronamespace = 'seinhuis'::regnamespace AND p.prosecdef
				AND NOT coalesce(p.proconfig @> ARRAY['search_path=seinhuis, pg_temp'], false)`)
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		wrong = append(wrong, text)
		return err
	}))
	for _, text := range wrong {
		t.Error(text)
	}
}

// behindTheDoor has, per table that the role of the doors may read and that has
// rows of parties, which rows are those of party $1.
var behindTheDoor = map[string]string{
	"signal":     `$1 IN (municipality, creditor, holder) OR EXISTS (SELECT FROM notice AS n WHERE n.signal = signal.number AND n.party = $1)`,
	"body":       `number IN (SELECT number FROM signal WHERE municipality = $1)`,
	"report":     `creditor = $1`,
	"relation":   `signal IN (SELECT number FROM signal WHERE municipality = $1)`,
	"correction": `report IN (SELECT number FROM report WHERE creditor = $1)`,
	"feedback":   `municipality = $1`,
	"notice":     `party = $1`,
	"pause":      `holder = $1 OR signal IN (SELECT number FROM signal WHERE $1 IN (municipality, creditor))`,
	"pause_step": `pause IN (SELECT number FROM pause WHERE holder = $1 OR signal IN (SELECT number FROM signal WHERE $1 IN (municipality, creditor)))`,
	"batch":      `creditor = $1`,
	"outcome":    `batch IN (SELECT number FROM batch WHERE creditor = $1)`,
	"deletion":   `controller = $1`,
}

// openToTheDoor hold nothing of a party: sentences of findings, and which code
// passed to which.
var openToTheDoor = []string{"finding", "succession", "schema_version"}

// crowded is a store with rows of 300 municipalities and 50 creditors in every
// table that grows.
func crowded(t *testing.T) (Config, *DB) {
	t.Helper()
	c := testConfig(t, gatewaytest.NewBodies())
	administer(t, &c, strings.ReplaceAll(others, fmt.Sprintf("%d)", crowd), "600)"))
	administer(t, &c, `INSERT INTO seinhuis.correction SELECT number, id, digest, '', 1 FROM seinhuis.report`)
	return c, openAt(t, c)
}

const (
	someMunicipality = "GM9007"
	someCreditor     = "00000009000000000007"
)

// A door sees the rows of the party that it answers, all of them, and none of
// another's; without a pass it sees none.
func TestDoorSeesOneParty(t *testing.T) {
	c, db := crowded(t)
	conn := administrator(t, c)
	_, err := conn.Exec(t.Context(), `SET search_path = seinhuis`)
	must(t, err)
	for table, of := range behindTheDoor {
		seen := func(q querier) (n int) {
			must(t, each(q, func(scan func(...any) error) error { return scan(&n) }, `SELECT count(*) FROM `+table))
			return n
		}
		met := 0
		for _, party := range []string{someMunicipality, someCreditor, "GM9999", ""} {
			var want int
			must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+table+` WHERE `+of, party).Scan(&want))
			if n := seen(db.door.as(t.Context(), party)); n != want {
				t.Errorf("%s: %d rows for %q, want %d", table, n, party, want)
			}
			met += want
		}
		if met == 0 {
			t.Errorf("%s has no row of the parties of this test", table)
		}
		if n := seen(reader{db.pools[Door]}.with(t.Context())); n != 0 {
			t.Errorf("%s: %d rows without a pass", table, n)
		}
	}
}

// Every table that the role of the doors may read is one that this file judges.
func TestDoorReadsNothingElse(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	conn := administrator(t, c)
	rows, err := conn.Query(t.Context(), `SELECT c.relname, c.relrowsecurity FROM pg_class AS c
		WHERE c.relnamespace = 'seinhuis'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND has_any_column_privilege('seinhuis_deur', c.oid, 'SELECT')`)
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var table string
		var guarded bool
		err := scan(&table, &guarded)
		if _, known := behindTheDoor[table]; known != guarded || !known && !slices.Contains(openToTheDoor, table) {
			t.Errorf("a door may read %s; row-level security: %v", table, guarded)
		}
		return err
	}))
}

// A query that was smuggled into a call for one party reads nothing of another,
// takes no other role, writes nothing and does not learn the key of the passes.
func TestSmuggledQuery(t *testing.T) {
	_, db := crowded(t)
	count := func(query string, args ...any) (n int, err error) {
		err = each(db.door.as(t.Context(), someMunicipality), func(scan func(...any) error) error { return scan(&n) }, query, args...)
		return n, err
	}
	if n, err := count(`SELECT count(*) FROM signal`); n == 0 || err != nil {
		t.Fatalf("its own: %d, %v", n, err)
	}
	for name, query := range map[string]string{
		"of another":                 `SELECT count(*) FROM signal WHERE municipality = 'GM9008'`,
		"of all others":              `SELECT count(*) FROM signal WHERE municipality <> 'GM9007' OR true AND municipality <> 'GM9007'`,
		"bodies":                     `SELECT count(*) FROM body AS b WHERE b.number NOT IN (SELECT number FROM signal)`,
		"as another, without a pass": `WITH me AS MATERIALIZED (SELECT set_config('seinhuis.party', 'GM9008', true)) SELECT count(*) FROM me, signal WHERE municipality = 'GM9008'`,
		"as another, with its own pass": `WITH me AS MATERIALIZED (SELECT set_config('seinhuis.party', 'GM9008', true), set_config('seinhuis.pass', current_setting('seinhuis.pass'), true))
			SELECT count(*) FROM me, signal WHERE municipality = 'GM9008'`,
		"by statistics": `SELECT count(*) FROM pg_stats WHERE schemaname = 'seinhuis' AND tablename IN ('signal', 'body', 'report', 'notice', 'batch', 'feedback')`,
	} {
		if n, err := count(query); n != 0 || err != nil {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
	for name, query := range map[string]string{
		"the key of the passes": `SELECT count(*) FROM door_key`,
		"tokens":                `SELECT count(*) FROM trail`,
		"the log":               `SELECT count(*) FROM audit_row`,
		"objections":            `SELECT count(*) FROM objection_tag`,
		"a file of the server":  `SELECT length(pg_read_file('postgresql.conf'))`,
		"a program":             `COPY signal TO PROGRAM 'cat'`,
		"another role":          `SET ROLE seinhuis_poort`,
		"another session":       `SET SESSION AUTHORIZATION seinhuis_poort`,
		"no row-level security": `ALTER TABLE signal DISABLE ROW LEVEL SECURITY`,
		"a policy":              `CREATE POLICY alles ON signal USING (true)`,
		"a function":            `CREATE FUNCTION seinhuis.door_party() RETURNS text LANGUAGE sql AS 'SELECT 1'`,
		"a new row":             `INSERT INTO finding (code, pointer, rule, text) VALUES ('', '', '', '')`,
		"another row":           `UPDATE signal SET municipality = 'GM9007'`,
		"a row less":            `DELETE FROM signal`,
		"no rows":               `TRUNCATE signal`,
		"a lock on rows":        `SELECT 1 FROM signal FOR UPDATE`,
		"two statements":        `SELECT 1; SELECT 2`,
	} {
		if _, err := count(query); err == nil || !refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// refused reports whether the server said that a role may not, or that this is
// no one statement.
func refused(err error) bool {
	var s *serverError
	return errors.As(err, &s) && slices.Contains([]string{"42501", "42601"}, s.code)
}

// Asking to pass row-level security is an error, and no way around it.
func TestRowSecurityOff(t *testing.T) {
	_, db := crowded(t)
	conn, err := db.pools[Door].Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), `SET row_security = off`)
	must(t, err)
	var n int
	var e *pgconn.PgError
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM signal`).Scan(&n); !errors.As(err, &e) || e.Code != "42501" {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A pass ends with its call: the next on the same connection has none.
func TestPassEndsWithItsCall(t *testing.T) {
	_, db := crowded(t)
	for range 3 * readers {
		var n int
		must(t, each(db.door.as(t.Context(), someMunicipality), func(scan func(...any) error) error { return scan(&n) }, `SELECT count(*) FROM signal`))
		if n == 0 {
			t.Fatal("nothing of its own")
		}
		must(t, each(reader{db.pools[Door]}.with(t.Context()), func(scan func(...any) error) error { return scan(&n) }, `SELECT count(*) FROM signal`))
		if n != 0 {
			t.Fatalf("%d rows by a pass that was left", n)
		}
	}
}

// A pass needs the key that the database keeps.
func TestForgedPass(t *testing.T) {
	_, db := crowded(t)
	for name, d := range map[string]*door{
		"another key": {pool: db.door.pool, key: make([]byte, 32)},
		"no key":      {pool: db.door.pool},
		"half of it":  {pool: db.door.pool, key: db.door.key[:16]},
	} {
		n := -1
		must(t, each(d.as(t.Context(), someMunicipality), func(scan func(...any) error) error { return scan(&n) }, `SELECT count(*) FROM signal`))
		if n != 0 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
}
