// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func openTest(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "waarheid ?#%.db")) // a name that must be escaped
}

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (d *DB) truth() gatewaytest.Truth {
	return gatewaytest.Truth{
		Ledger:          d.Ledger(),
		Mailbox:         d.Mailbox(),
		Feedback:        d.Feedback(),
		Register:        d.Register(),
		Batches:         d.Batches(),
		Pauses:          d.Pauses(),
		Clocks:          d.Clocks(),
		Webhooks:        d.Webhooks(),
		Reorganisations: d.Reorganisations(),
		Objections:      d.Objections(),
		Rights:          d.Rights(),
		Requests:        d.Requests(),
		Sights:          d.Sights(),
		Cosignatures:    d.Audit(),
		Adoptions:       d.Adoptions(),
		Facts:           d.Adoptions(),
		Retention:       d.Retention(),
		Holds:           d.Holds(),
		Shelf:           d.Retention(),
		Overview:        d.Retention(),
		Standing:        d.Oversight(),
		Breaches:        d.Oversight(),
		Extent:          d.Oversight(),
		Rows:            d.Audit(),
		Heads:           d.Audit(),
		Journal:         d.Journal(),
		Logbook:         d.Logbook(),
	}
}

func truth(t *testing.T) gatewaytest.Truth { return openTest(t).truth() }

func TestLedger(t *testing.T)   { gatewaytest.Ledger(t, truth) }
func TestMailbox(t *testing.T)  { gatewaytest.Mailbox(t, truth) }
func TestFeedback(t *testing.T) { gatewaytest.Feedback(t, truth) }
func TestRegister(t *testing.T) { gatewaytest.Register(t, truth) }
func TestBatch(t *testing.T)    { gatewaytest.Batch(t, truth) }
func TestPauses(t *testing.T)   { gatewaytest.Pauses(t, truth) }
func TestClocks(t *testing.T)   { gatewaytest.Clocks(t, truth) }
func TestAnnounce(t *testing.T) { gatewaytest.Announce(t, truth) }

func TestObjections(t *testing.T) { gatewaytest.ObjectionStores(t, truth) }
func TestRights(t *testing.T)     { gatewaytest.Rights(t, truth) }
func TestRequests(t *testing.T)   { gatewaytest.Requests(t, truth) }
func TestSights(t *testing.T)     { gatewaytest.Sights(t, truth) }
func TestCosigned(t *testing.T)   { gatewaytest.Cosignatures(t, truth) }
func TestAdoptions(t *testing.T)  { gatewaytest.Adoptions(t, truth) }

func TestStanding(t *testing.T) { gatewaytest.Standing(t, truth) }
func TestExtent(t *testing.T)   { gatewaytest.Extent(t, truth) }
func TestBreaches(t *testing.T) { gatewaytest.Breaches(t, truth) }
func TestJournal(t *testing.T)  { gatewaytest.Journal(t, truth) }
func TestLogbook(t *testing.T)  { gatewaytest.Logbook(t, truth) }

func TestRetention(t *testing.T) { gatewaytest.Retention(t, truth) }
func TestRetentionYear(t *testing.T) {
	if testing.Short() {
		t.Skip("plays ten years, in one goroutine")
	}
	gatewaytest.RetentionYear(t, truth(t), nil)
}

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
		_, err := t.appendLeaves(leaves)
		return err
	})
}
