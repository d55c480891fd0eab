// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"os"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// testConfig is a fresh database, with bodies in memory.
func testConfig(t testing.TB, bodies mailbox.Bodies) Config {
	t.Helper()
	s := postgrestest.Start(t)
	c := configOf(s, bodies)
	c.Database = s.Database(t, "sjabloon", func(name string) {
		c.Database = name
		if err := Migrate(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	})
	return c
}

func configOf(s *postgrestest.Server, bodies mailbox.Bodies) Config {
	c := Config{Addresses: []string{s.Address}, TLS: s.TLS(), Passwords: map[Role]string{}, Bodies: bodies, Trial: true}
	for _, r := range []Role{Owner, Gateway, Door, Console, Retention} {
		c.Passwords[r] = s.Password
	}
	return c
}

func openTest(t testing.TB) *DB {
	t.Helper()
	return openAt(t, testConfig(t, gatewaytest.NewBodies()))
}

func openAt(t testing.TB, c Config) *DB {
	t.Helper()
	db, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
