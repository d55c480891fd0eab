// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func TestSights(t *testing.T)   { gatewaytest.Sights(t, truth) }
func TestCosigned(t *testing.T) { gatewaytest.Cosignatures(t, truth) }
func TestStanding(t *testing.T) { gatewaytest.Standing(t, truth) }
func TestExtent(t *testing.T)   { gatewaytest.Extent(t, truth) }
func TestBreaches(t *testing.T) { gatewaytest.Breaches(t, truth) }
func TestJournal(t *testing.T)  { gatewaytest.Journal(t, truth) }
func TestLogbook(t *testing.T)  { gatewaytest.Logbook(t, truth) }

func TestAudit(t *testing.T) {
	gatewaytest.AuditStores(t, func(t *testing.T) (gatewaytest.AuditRows, audit.Tiles, audit.Heads) {
		db := openTest(t)
		return rowsOfTest{db.Audit()}, new(audit.MemoryTiles), db.Audit()
	})
}

// rowsOfTest lets the audit suite append leaves without an act.
type rowsOfTest struct{ *Audit }

func (r rowsOfTest) Append(ctx context.Context, leaves ...[]byte) error {
	return r.db.write.do(ctx, func(t *tx) error {
		added := make([]indexed, len(leaves))
		for i, leaf := range leaves {
			var err error
			if added[i].entry, err = proof.Decode(leaf); err != nil {
				return err
			}
		}
		_, err := t.append(leaves, added)
		return err
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wholeIndex holds the index against the log.
func wholeIndex(t *testing.T, db *DB, want int64) {
	t.Helper()
	rows, indexed, err := db.Journal().Whole(t.Context())
	if err != nil || rows != want || indexed != want {
		t.Errorf("%d rows and %d in the index, not %d: %v", rows, indexed, want, err)
	}
}

// listed is an entry of a creditor that looked at its pauses.
func listed(t *testing.T, oin string) audit.Entry {
	t.Helper()
	by := audit.By{Actor: oin, Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
	e, err := audit.New(audit.PausesListed, by, audit.Object(audit.KindParty, oin), gatewaytest.Now())
	must(t, err)
	return e
}

// Numbers that a transaction gave out and took back are not used by a later one.
func TestJournalAfterRollback(t *testing.T) {
	db := openTest(t)
	mine := listed(t, "00000003000000000001")
	undone := errors.New("undone")
	if err := db.write.do(t.Context(), func(tx *tx) error {
		if _, err := tx.Append([]audit.Entry{mine}); err != nil {
			return err
		}
		if err := tx.index(); err != nil {
			return err
		}
		return undone
	}); err != undone {
		t.Fatal(err)
	}
	must(t, db.Journal().Write(t.Context(), []audit.Entry{listed(t, "00000003000000000002"), mine}))
	for i, oin := range []gateway.OIN{"00000003000000000002", "00000003000000000001"} {
		finds(t, db, oin, int64(i)+1)
	}
	wholeIndex(t, db, 2)
}

// finds holds what a party finds to the numbers of its entries, newest first.
func finds(t *testing.T, db *DB, oin gateway.OIN, numbers ...int64) {
	t.Helper()
	found, err := db.Journal().Search(t.Context(), oversight.Query{Scope: gatewaytest.Serves(t, gateway.Party{OIN: oin}), Limit: oversight.MaxHits})
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, h := range found {
		got = append(got, h.Number)
		if h.Entry.Actor != string(oin) {
			t.Errorf("%s finds an entry of %s", oin, h.Entry.Actor)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(numbers) {
		t.Errorf("%s finds %v, not %v", oin, got, numbers)
	}
}

// Nodes give words of the log their numbers beside each other, under each role
// that writes, and each finds what the others wrote.
func TestJournalOfTwoNodes(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	nodes := []*DB{openAt(t, c), openAt(t, c)}
	oins := []gateway.OIN{"00000003000000000001", "00000003000000000002", "00000003000000000003"}
	want := map[gateway.OIN][]int64{}
	for i := range 30 {
		node, oin := nodes[i%2], oins[i%3]
		for _, w := range []*writer{node.write, node.office, node.erase} {
			must(t, w.do(t.Context(), func(tx *tx) error {
				n, err := tx.Append([]audit.Entry{listed(t, string(oin))})
				want[oin] = append([]int64{n}, want[oin]...)
				return err
			}))
		}
		for _, node := range nodes {
			finds(t, node, oin, want[oin]...)
		}
	}
	for _, table := range []string{"audit_party", "audit_facet"} {
		var n int64
		if err := each(nodes[0].read.with(t.Context()), func(scan func(...any) error) error { return scan(&n) }, "SELECT count(*) FROM "+table); err != nil || n != 3 {
			t.Errorf("%d rows in %s: %v", n, table, err)
		}
	}
	on := gateway.Today(gatewaytest.Now())
	volumes, err := nodes[1].Journal().Volumes(t.Context(), gatewaytest.ServesAll(t), on, on)
	if err != nil || len(volumes) != 1 || volumes[0].Count != 90 {
		t.Errorf("%+v, %v", volumes, err)
	}
	wholeIndex(t, nodes[0], 90)
}

// No index, no act: what was written is undone with it (invariant I5).
func TestJournalFailsTheAct(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db := openAt(t, c)
	must(t, db.Journal().Write(t.Context(), []audit.Entry{listed(t, "00000003000000000001")}))
	postgrestest.Start(t).Admin(t, c.Database, `CREATE FUNCTION seinhuis.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
		CREATE TRIGGER broken BEFORE INSERT ON seinhuis.audit_index FOR EACH ROW EXECUTE FUNCTION seinhuis.broken()`)
	account := gateway.NewUUID(gatewaytest.Now(), nil)
	seen := oversight.Sight{Size: 1, Checkpoint: []byte("note"), At: gatewaytest.Now()}
	if err := db.Sights().See(t.Context(), account, seen, []audit.Entry{listed(t, "00000003000000000002")}); err == nil {
		t.Fatal("an act without its index")
	}
	if s, err := db.Sights().Sight(t.Context(), account); err != nil || s.Exists() {
		t.Errorf("%+v, %v", s, err)
	}
	wholeIndex(t, db, 1)
}

// What a commit of entries costs does not grow with them: the turn, the rows, what
// they are about, the index, the commit. Words that the node did not meet before
// cost one more, once.
func TestTripsOfTheIndex(t *testing.T) {
	db := openTest(t)
	for _, c := range []struct {
		entries int
		oin     gateway.OIN
		trips   uint64
	}{{1, "00000003000000000001", 7}, {1, "00000003000000000001", 5}, {256, "00000003000000000001", 5}, {256, "00000003000000000002", 6}} {
		var entries []audit.Entry
		for range c.entries {
			entries = append(entries, listed(t, string(c.oin)))
		}
		before := db.Trips()
		must(t, db.Logbook().Write(t.Context(), entries))
		if trips := db.Trips() - before; trips != c.trips {
			t.Errorf("%d entries of %s: %d trips, not %d", c.entries, c.oin, trips, c.trips)
		}
	}
	wholeIndex(t, db, 1+1+256+256)
}

// All that write on two nodes at once meet the same new words.
func TestJournalTogether(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	nodes := []*DB{openAt(t, c), openAt(t, c)}
	const rounds, parties = 10, 4
	var entries []audit.Entry
	for i := range parties {
		entries = append(entries, listed(t, fmt.Sprintf("0000000300000000000%d", i)))
	}
	var all sync.WaitGroup
	for _, node := range nodes {
		for _, w := range []*writer{node.write, node.office, node.erase} {
			all.Go(func() {
				for range rounds {
					if err := w.do(t.Context(), func(tx *tx) error { _, err := tx.Append(entries); return err }); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	total := 2 * 3 * rounds * parties
	wholeIndex(t, nodes[0], int64(total))
	for i := range parties {
		oin := gateway.OIN(fmt.Sprintf("0000000300000000000%d", i))
		var want []int64
		for n := total - parties + i + 1; n > 0; n -= parties {
			want = append(want, int64(n))
		}
		finds(t, nodes[i%2], oin, want...)
	}
}
