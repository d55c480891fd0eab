// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Open refuses what it would have to guess about, says who must act, and shows
// no secret.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, c *Config)
		kind    gateway.ErrorKind
		text    string
	}{
		"a wrong password":    {func(_ *testing.T, c *Config) { c.Passwords[Door] = "fout" }, gateway.KindUnavailable, "as role seinhuis_deur"},
		"no password":         {func(_ *testing.T, c *Config) { delete(c.Passwords, Retention) }, "", "no password for role seinhuis_bewaring"},
		"no store for bodies": {func(_ *testing.T, c *Config) { c.Bodies = nil }, "", "no store for bodies"},
		"no address":          {func(_ *testing.T, c *Config) { c.Addresses = nil }, "", "no address"},
		"no database":         {func(_ *testing.T, c *Config) { c.Database = "" }, "", "no database"},
		"half an address":     {func(_ *testing.T, c *Config) { c.Addresses = []string{"127.0.0.1"} }, "", "not host:port"},
		"two in one":          {func(_ *testing.T, c *Config) { c.Addresses = []string{"a,b:5432"} }, "", "not host:port"},
		"elsewhere without TLS": {func(_ *testing.T, c *Config) { c.TLS, c.Addresses = nil, []string{"192.0.2.1:5432"} }, "",
			"without TLS only an address on loopback"},
		"an authority that is not ours": {func(t *testing.T, c *Config) {
			c.TLS = c.TLS.Clone()
			c.TLS.RootCAs = mtlstest.NewRoot(t, time.Now()).Pool()
		}, gateway.KindUnavailable, "certificate"},
		"a server of another name":     {func(_ *testing.T, c *Config) { c.TLS = c.TLS.Clone(); c.TLS.ServerName = "elders.example" }, gateway.KindUnavailable, "certificate"},
		"nobody there":                 {func(t *testing.T, c *Config) { c.Addresses = []string{deadAddress(t)} }, gateway.KindUnavailable, "refused"},
		"a database that is not there": {func(_ *testing.T, c *Config) { c.Database = "bestaat_niet" }, "", "3D000"},
		"a server that forgets":        {func(_ *testing.T, c *Config) { c.Trial = false }, "", "does not keep what it says it wrote"},
		"no schema":                    {func(t *testing.T, c *Config) { c.Database = postgrestest.Start(t).Database(t, "", nil) }, "", "no schema yet; run: seinhuis cluster setup"},
		"a newer schema": {func(t *testing.T, c *Config) {
			administer(t, c, fmt.Sprintf("UPDATE seinhuis.schema_version SET version = %d", newest+ahead+1))
		}, "", "run the newer program"},
		"an older schema": {func(t *testing.T, c *Config) {
			administer(t, c, fmt.Sprintf("UPDATE seinhuis.schema_version SET version = %d", oldest-1))
		}, "", "run: seinhuis cluster setup"},
		"a database that takes no writes": {func(t *testing.T, c *Config) {
			administer(t, c, "ALTER DATABASE "+c.Database+" SET default_transaction_read_only = on")
		}, "", "takes no writes"},
		"another order of text": {func(t *testing.T, c *Config) {
			c.Database += "_taal"
			s := postgrestest.Start(t)
			s.Admin(t, "postgres", "CREATE DATABASE "+c.Database+" TEMPLATE template0 LC_COLLATE 'C.UTF-8'")
			t.Cleanup(func() { s.Admin(t, "postgres", "DROP DATABASE "+c.Database+" WITH (FORCE)") })
		}, "", "collation C"},
		"a role that may not enter": {func(t *testing.T, c *Config) {
			administer(t, c, "REVOKE USAGE ON SCHEMA seinhuis FROM seinhuis_console")
		}, "", "must run the grants"},
	} {
		t.Run(name, func(t *testing.T) {
			config := testConfig(t, gatewaytest.NewBodies())
			c.prepare(t, &config)
			db, err := Open(t.Context(), config)
			if err == nil {
				t.Fatal("opened", db.Close())
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v; want %q in it", err, c.text)
			}
			if e := gateway.AsError(err); c.kind != "" && (e == nil || e.Kind != c.kind) {
				t.Errorf("%v is not %s", err, c.kind)
			}
			if password := postgrestest.Start(t).Password; strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), password) {
				t.Error("the password is in the error")
			}
		})
	}
}

// administer changes a test's database as its administrator.
func administer(t *testing.T, c *Config, sql string) {
	t.Helper()
	postgrestest.Start(t).Admin(t, c.Database, sql)
}

func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// Nodes of this version bear the schema of the next: it migrates first.
func TestSchemaOneAhead(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	administer(t, &c, fmt.Sprintf("UPDATE seinhuis.schema_version SET version = %d", newest+ahead))
	s := gatewaytest.NewSteps(t)
	gatewaytest.File(t, openAt(t, c).truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))...)
}

// An address that does not answer is passed over.
func TestSecondAddress(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	c.Addresses = append([]string{deadAddress(t)}, c.Addresses...)
	must(t, openAt(t, c).Ping(t.Context()))
}

func TestMigrateTwice(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db, s := openAt(t, c), gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	gatewaytest.File(t, db.truth(), d)
	must(t, Migrate(t.Context(), c)) // beside a node that runs
	got, err := db.Ledger().Records(t.Context(), []journey.Key{{Creditor: s.Energy.OIN, ReportID: d.Slip().ReportID}})
	if err != nil || !bytes.Equal(got[0].Receipt, d.Receipt()) {
		t.Errorf("%+v, %v", got, err)
	}
	c.Trial = false
	if err := Migrate(t.Context(), c); !errors.Is(err, errForget) {
		t.Errorf("a schema was made where nothing is kept: %v", err)
	}
}

// A store without the roles is refused, by whom makes the schema and by who
// works on it.
func TestMissingRole(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	server := postgrestest.Own(t)
	c := configOf(server, gatewaytest.NewBodies())
	c.Trial, c.Database = false, server.Database(t, "", nil)
	server.Admin(t, "postgres", "ALTER ROLE seinhuis_deur RENAME TO iemand")
	if err := Migrate(t.Context(), c); err == nil || !strings.Contains(err.Error(), "roles.sql") {
		t.Errorf("%v", err)
	}
	server.Admin(t, "postgres", "ALTER ROLE iemand RENAME TO seinhuis_deur")
	must(t, Migrate(t.Context(), c))
	must(t, openAt(t, c).Ping(t.Context()))
	server.Admin(t, "postgres", "ALTER ROLE seinhuis_deur RENAME TO iemand")
	if db, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "as role seinhuis_deur") {
		t.Error(db, err)
	}
}

func TestOpenAgainKeepsEverything(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	s := gatewaytest.NewSteps(t)
	db := openAt(t, c)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	gatewaytest.File(t, db.truth(), d)
	must(t, db.Close())
	must(t, db.Close()) // twice is fine
	err := db.Ledger().Write(t.Context(), nil, func(journey.Tx) error { t.Error("ran"); return nil })
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("write after close: %v", err)
	}
	got, err := openAt(t, c).Ledger().Records(t.Context(), []journey.Key{{Creditor: s.Energy.OIN, ReportID: d.Slip().ReportID}})
	if err != nil || !bytes.Equal(got[0].Receipt, d.Receipt()) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What was written is sealed: no name, address or customer number can be read
// in any table or object (invariant I1).
func TestBlindAtRest(t *testing.T) {
	bodies := gatewaytest.NewBodies()
	c := testConfig(t, bodies)
	s := gatewaytest.NewSteps(t)
	paper := s.Paper(s.Energy, s.Nijmegen, 3)
	paper.Resident.Surname, paper.Reference = "Onvindbaarsma", "KLANT-ONVINDBAAR"
	gatewaytest.File(t, openAt(t, c).truth(), s.Deposits(t, s.Submission(s.Energy, paper))...)
	all := strings.ToLower(dump(t, c))
	for _, object := range bodies.Objects() {
		all += strings.ToLower(string(object))
	}
	for _, word := range []string{paper.Resident.Surname, paper.Reference, paper.Home.Postcode} {
		for _, form := range []string{word, fmt.Sprintf("%x", word)} { // bytes show as hexadecimal
			if strings.Contains(all, strings.ToLower(form)) {
				t.Errorf("the store holds %q", word)
			}
		}
	}
	if !strings.Contains(all, string(s.Energy.OIN)) || !strings.Contains(all, "gm0268/2026-11/") {
		t.Error("the search finds nothing at all")
	}
}

// dump is every row of every table, as text.
func dump(t *testing.T, c Config) string {
	t.Helper()
	conn, err := postgrestest.Start(t).Connect(t.Context(), postgrestest.Administrator, c.Database)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var tables []string
	rows, err := conn.Query(t.Context(), `SELECT tablename FROM pg_tables WHERE schemaname = 'seinhuis'`)
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		tables = append(tables, name)
		return err
	}))
	var all strings.Builder
	for _, name := range tables {
		rows, err := conn.Query(t.Context(), `SELECT t::text FROM seinhuis.`+name+` AS t`)
		must(t, drain(rows, err, func(scan func(...any) error) error {
			var row string
			err := scan(&row)
			all.WriteString(row)
			return err
		}))
	}
	return all.String()
}

// Whoever swallows an error inside a transaction gets it at the commit, and
// nothing is kept of what came before or after.
func TestSwallowedErrorStopsTheCommit(t *testing.T) {
	db := openTest(t)
	var after *tx
	err := db.write.do(t.Context(), func(tx *tx) error {
		_, _ = tx.exec(`INSERT INTO mailbox_sequence VALUES ('GM0268', 1)`)
		_, _ = tx.exec(`INSERT INTO mailbox_sequence VALUES ('GM0268', 2)`)
		_, _ = tx.exec(`INSERT INTO mailbox_sequence VALUES ('GM0546', 1)`)
		after = tx
		return nil
	})
	if !isUnique(err) {
		t.Errorf("%v", err)
	}
	if _, err := after.exec(`INSERT INTO mailbox_sequence VALUES ('GM0546', 1)`); err == nil {
		t.Error("a transaction that has ended still writes")
	}
	must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error { t.Error("a row was kept"); return nil },
		`SELECT 1 FROM mailbox_sequence`))
}

// A full disk fails one write, as unavailable, and leaves nothing of it; when
// there is room again the same write succeeds. The error names no value.
func TestFullDisk(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db, s := openAt(t, c), gatewaytest.NewSteps(t)
	administer(t, &c, `CREATE FUNCTION seinhuis.vol() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'could not extend file for %', new.creditor USING ERRCODE = '53100'; END $$;
		CREATE TRIGGER vol BEFORE INSERT ON seinhuis.report FOR EACH ROW EXECUTE FUNCTION seinhuis.vol()`)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	file := func() error {
		return db.Ledger().Write(t.Context(), []seal.Body{d.Sealed().Body()}, func(tx journey.Tx) error {
			return tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: 1}})
		})
	}
	err := file()
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("%v", err)
	}
	if strings.Contains(err.Error(), string(s.Energy.OIN)) {
		t.Error("the error holds a value")
	}
	listed, err := db.Mailbox().List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(listed) != 0 {
		t.Errorf("%d listed, %v", len(listed), err)
	}
	administer(t, &c, `DROP TRIGGER vol ON seinhuis.report`)
	must(t, file())
}

// A server that stops taking writes (a promotion elsewhere) makes writes
// unavailable; reads go on.
func TestReadOnlyWhileOpen(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db := openAt(t, c)
	must(t, db.Ping(t.Context()))
	administer(t, &c, "ALTER DATABASE "+c.Database+" SET default_transaction_read_only = on")
	administer(t, &c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	for range 3 { // connections of the pool find out one by one
		_ = db.Ping(t.Context())
	}
	err := db.Mailbox().Write(t.Context(), func(tx mailbox.Tx) error {
		_, err := tx.Append(nil)
		return err
	})
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("%v", err)
	}
	if err := db.Ping(t.Context()); !errors.Is(err, errReplica) {
		t.Errorf("ready on a server that takes no writes: %v", err)
	}
	if _, err := db.Register().Parties(t.Context()); err != nil {
		t.Errorf("reads: %v", err)
	}
}
