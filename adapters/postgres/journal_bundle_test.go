// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestBundleAtSize prints what the bundle of one party costs that has a fiftieth
// of a log, spread over all of it, beside reading all leaves once. It runs when
// SEINHUIS_BUNDLE says how many entries the log has.
func TestBundleAtSize(t *testing.T) {
	size, err := strconv.Atoi(os.Getenv("SEINHUIS_BUNDLE"))
	if err != nil {
		t.Skip("set SEINHUIS_BUNDLE to the number of entries")
	}
	db := openTest(t)
	n := newNation(t, db)
	for from := 0; from < size; from += 2000 {
		entries := make([]audit.Entry, min(2000, size-from))
		for i := range entries {
			c := n.creditors[1]
			if n.roll(50) == 0 {
				c = n.creditors[0]
			}
			n.at = n.at.Add(2 * time.Second)
			entries[i] = n.refused(t, c)
		}
		must(t, db.Journal().Write(t.Context(), entries))
	}
	tiles, err := files.Open(t.TempDir())
	must(t, err)
	signer, known := gatewaytest.AuditSigner(t, "log")
	seq, err := audit.NewSequencer(audit.Config{Rows: db.Audit(), Tiles: tiles, Heads: db.Audit(), Signer: signer, Origin: gatewaytest.AuditOrigin})
	must(t, err)
	_, err = seq.Integrate(t.Context())
	must(t, err)
	floor := lasted(t, func() error {
		for after := int64(0); ; after += 1000 {
			leaves, err := db.Audit().Leaves(t.Context(), after, 1000)
			if err != nil || len(leaves) == 0 {
				return err
			}
		}
	})
	desk, err := oversight.NewInspection(oversight.InspectionPorts{Journal: db.Journal(), Rows: db.Audit(), Tiles: tiles, Sights: db.Sights(), Verifiers: known, Origin: gatewaytest.AuditOrigin})
	must(t, err)
	officer, err := oversight.Admit(oversight.Claims{Account: "00000000-0000-4000-8000-000000000001", Roles: []oversight.Role{oversight.RoleParty}, Parties: []gateway.OIN{n.creditors[0]}, Origin: audit.Local})
	must(t, err)
	start := time.Now()
	made, err := desk.Bundle(t.Context(), oversight.Visit{Officer: officer, At: n.at, Trace: gateway.NewTrace()}, oversight.Query{}, "alles")
	must(t, err)
	searched := time.Since(start)
	path := filepath.Join(t.TempDir(), "maand.zip")
	f, err := os.Create(path)
	must(t, err)
	start = time.Now()
	must(t, made.Write(t.Context(), f))
	written := time.Since(start)
	bytes, err := f.Seek(0, io.SeekCurrent)
	must(t, err)
	must(t, f.Close())
	z, err := zip.OpenReader(path)
	must(t, err)
	start = time.Now()
	r, err := proof.VerifyBundle(t.Context(), z, proof.Options{Verifiers: known})
	must(t, err)
	must(t, z.Close())
	if !r.OK() || int64(r.Entries) != made.Count {
		t.Errorf("%d entries verify of %d: %+v", r.Entries, made.Count, r)
	}
	verified := time.Since(start)
	t.Logf("%d of %d entries, reading all leaves once %v", made.Count, size, floor)
	for name, took := range map[string]time.Duration{"search": searched, "write": written, "verify": verified} {
		t.Logf("%-7s %8v, %.2f times the floor", name, took.Round(time.Millisecond), float64(took)/float64(floor))
	}
	t.Logf("%.1f MB, %d bytes per entry", float64(bytes)/1e6, bytes/made.Count)
}

// refused is an entry that concerns its creditor only.
func (n *nation) refused(t *testing.T, c gateway.OIN) audit.Entry {
	by := audit.By{Actor: string(c), Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
	return n.entry(t, audit.ReportRefused, by, audit.Object(audit.KindReport, string(c), string(gateway.NewUUID(n.at, nil))), audit.Refused("geen-overeenkomst"))
}
