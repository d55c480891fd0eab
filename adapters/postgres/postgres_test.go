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

// truth has what is there; owners of the other files fill theirs.
func (d *DB) truth() gatewaytest.Truth {
	return gatewaytest.Truth{
		Ledger:     d.Ledger(),
		Mailbox:    d.Mailbox(),
		Register:   d.Register(),
		Batches:    d.Batches(),
		Objections: d.Objections(),
		Requests:   d.Requests(),
		Adoptions:  d.Adoptions(),
		Facts:      d.Adoptions(),

		// P2
		Feedback:        d.Feedback(),
		Pauses:          d.Pauses(),
		Clocks:          d.Clocks(),
		Webhooks:        d.Webhooks(),
		Reorganisations: d.Reorganisations(),
		Rights:          d.Rights(),
		Retention:       d.Retention(),
		Holds:           d.Holds(),
		Shelf:           d.Retention(),
		Overview:        d.Retention(),

		// P3
		Rows:         d.Audit(),
		Heads:        d.Audit(),
		Cosignatures: d.Audit(),
		Sights:       d.Sights(),
		Standing:     d.Oversight(),
		Breaches:     d.Oversight(),
		Extent:       d.Oversight(),
		Journal:      d.Journal(),
		Logbook:      d.Logbook(),
	}
}

func truth(t *testing.T) gatewaytest.Truth { return openTest(t).truth() }

func TestLedger(t *testing.T)   { gatewaytest.Ledger(t, truth) }
func TestMailbox(t *testing.T)  { gatewaytest.Mailbox(t, truth) }
func TestRegister(t *testing.T) { gatewaytest.Register(t, truth) }
