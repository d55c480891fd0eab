// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openAt(t, path)
	s := gatewaytest.NewSteps(t)
	gatewaytest.File(t, db.truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))...)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

// Open refuses what it would have to guess about, and says what to do.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string)
		text    string
	}{
		"readable by others": {func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o640)) }, "chmod 600"},
		"a folder":           {func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }, "no ordinary file"},
		"no database":        {func(t *testing.T, path string) { must(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 4096), 0o600)) }, "not a database"},
		"of another program": {func(t *testing.T, path string) { execAt(t, path, "CREATE TABLE klant (naam TEXT)") }, "another program"},
		"of a newer version": {func(t *testing.T, path string) {
			must(t, openAt(t, path).Close())
			execAt(t, path, fmt.Sprintf("PRAGMA user_version = %d", newest+1))
		}, fmt.Sprintf("schema %d and this program knows up to %d", newest+1, newest)},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			c.prepare(t, path)
			db, err := Open(t.Context(), path)
			if err == nil {
				t.Fatal("opened", db.Close())
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v; want %q in it", err, c.text)
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// execAt works on a file from outside, as another program would.
func execAt(t *testing.T, path, query string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	must(t, err)
	must(t, f.Close())
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.Exec(query)
	must(t, errors.Join(err, db.Close()))
}

func TestOpenAgainKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := gatewaytest.NewSteps(t)
	db := openAt(t, path)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	gatewaytest.File(t, db.truth(), d)
	must(t, db.Close())
	must(t, db.Close()) // twice is fine
	err := db.Ledger().Write(t.Context(), nil, func(journey.Tx) error { t.Error("ran"); return nil })
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("write after close: %v", err)
	}
	got, err := openAt(t, path).Ledger().Records(t.Context(), []journey.Key{{Creditor: s.Energy.OIN, ReportID: d.Slip().ReportID}})
	if err != nil || !bytes.Equal(got[0].Receipt, d.Receipt()) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What was written is sealed: no name, address or customer number can be read
// in any file of the store (invariant I1).
func TestBlindAtRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openAt(t, path)
	s := gatewaytest.NewSteps(t)
	paper := s.Paper(s.Energy, s.Nijmegen, 3)
	paper.Resident.Surname, paper.Reference = "Onvindbaarsma", "KLANT-ONVINDBAAR"
	gatewaytest.File(t, db.truth(), s.Deposits(t, s.Submission(s.Energy, paper))...)
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		must(t, err)
		for _, word := range []string{paper.Resident.Surname, paper.Reference, paper.Home.Postcode} {
			if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(word))) {
				t.Errorf("%s holds %q", filepath.Base(name), word)
			}
		}
		if name == path+"-wal" && !bytes.Contains(b, []byte(s.Energy.OIN)) {
			t.Error("the search finds nothing at all")
		}
	}
}

// What is erased is gone from the file and, after a checkpoint, from the WAL.
func TestErasedBytesAreGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openAt(t, path)
	s := gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 3)))[0]
	gatewaytest.File(t, db.truth(), d)
	must(t, db.Checkpoint(t.Context()))
	mark := d.Sealed().Body().Wrapped[100:160]
	held := func() bool {
		file, err := os.ReadFile(path)
		must(t, err)
		wal, err := os.ReadFile(path + "-wal")
		must(t, err)
		return bytes.Contains(append(file, wal...), mark)
	}
	if !held() {
		t.Fatal("the body is not there to begin with")
	}
	must(t, db.write.do(t.Context(), func(t *tx) error { _, err := t.exec(`DELETE FROM body`); return err }))
	must(t, db.Checkpoint(t.Context()))
	if held() {
		t.Error("the erased body can still be found")
	}
}

func TestAuditRowsCannotChange(t *testing.T) {
	db := openTest(t)
	must(t, rowsOfTest{db.Audit()}.Append(t.Context(), gatewaytest.AuditLeaf(t, 1), gatewaytest.AuditLeaf(t, 2)))
	for _, query := range []string{
		`UPDATE audit_row SET leaf = x'00' WHERE number = 1`,
		`DELETE FROM audit_row WHERE number = 2`,
		`INSERT OR REPLACE INTO audit_row VALUES (2, x'00')`,
		`INSERT INTO audit_row VALUES (4, x'00')`,
	} {
		err := db.write.do(t.Context(), func(t *tx) error { _, err := t.exec(query); return err })
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindInternal {
			t.Errorf("%s: %v", query, err)
		}
	}
	leaves, err := db.Audit().Leaves(t.Context(), 0, 9)
	if err != nil || len(leaves) != 2 || !bytes.Equal(leaves[1], gatewaytest.AuditLeaf(t, 2)) {
		t.Errorf("%d rows, %v", len(leaves), err)
	}
}

// Who drops what guards the rows and takes one away does not give later ones the
// places of others in the tree: the sequencer gets an error.
func TestGapInTheLog(t *testing.T) {
	db := openTest(t)
	must(t, rowsOfTest{db.Audit()}.Append(t.Context(), gatewaytest.AuditLeaf(t, 1), gatewaytest.AuditLeaf(t, 2), gatewaytest.AuditLeaf(t, 3)))
	must(t, db.write.do(t.Context(), func(t *tx) error {
		_, err := t.exec(`DROP TRIGGER audit_row_kept`)
		if err == nil {
			_, err = t.exec(`DELETE FROM audit_row WHERE number = 2`)
		}
		return err
	}))
	for _, after := range []int64{0, 1} {
		if leaves, err := db.Audit().Leaves(t.Context(), after, 9); !errors.Is(err, errGap) || leaves != nil {
			t.Errorf("after %d: %d rows, %v", after, len(leaves), err)
		}
	}
}

// Readers cannot write, whatever they are asked.
func TestReadersOnlyRead(t *testing.T) {
	db := openTest(t)
	_, err := db.read.db.ExecContext(t.Context(), `DELETE FROM party`)
	if e := gateway.AsError(failed(err)); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("%v", err)
	}
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
// there is room again the same write succeeds.
func TestFullDisk(t *testing.T) {
	db := openTest(t)
	s := gatewaytest.NewSteps(t)
	limit := func(pages string) {
		must(t, db.write.do(t.Context(), func(t *tx) error { return nil })) // so that there is a connection
		var got int64
		must(t, db.write.conn.QueryRowContext(context.Background(), "PRAGMA max_page_count = "+pages).Scan(&got))
	}
	limit("1") // SQLite makes it as many as there are
	var full error
	var last journey.Key
	n := 0
	for ; full == nil && n < 200; n++ {
		d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n)))[0]
		last = journey.Key{Creditor: s.Energy.OIN, ReportID: d.Slip().ReportID}
		full = db.Ledger().Write(t.Context(), nil, func(tx journey.Tx) error {
			return tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: 1}})
		})
	}
	if e := gateway.AsError(full); e == nil || e.Kind != gateway.KindUnavailable || !strings.Contains(full.Error(), "full") {
		t.Fatalf("%v", full)
	}
	got, err := db.Ledger().Records(t.Context(), []journey.Key{last})
	listed, err2 := db.Mailbox().List(t.Context(), s.Nijmegen.Municipality, 0, 1000)
	if err != nil || err2 != nil || got[0].Exists() || len(listed) != n-1 {
		t.Errorf("%v, %v: %d listed after %d writes", err, err2, len(listed), n)
	}
	limit("1000000")
	gatewaytest.File(t, db.truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n)))...)
}

// Two handles on one file, as the gateway and its command line have: each
// waits for the other, and audit rows stay without gaps.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	one, two := openAt(t, path), openAt(t, path)
	const each = 20
	done := make(chan error, 2)
	for i, db := range []*DB{one, two} {
		go func() {
			var err error
			for n := range each {
				err = errors.Join(err, rowsOfTest{db.Audit()}.Append(t.Context(), gatewaytest.AuditLeaf(t, 100*i+n)))
			}
			done <- err
		}()
	}
	must(t, errors.Join(<-done, <-done))
	var next int64
	must(t, one.write.do(t.Context(), func(tx *tx) (err error) { next, err = tx.appendLeaves(nil); return err }))
	leaves, err := two.Audit().Leaves(t.Context(), 0, 1000)
	if err != nil || len(leaves) != 2*each || next != 2*each+1 {
		t.Errorf("%d rows, next is %d, %v", len(leaves), next, err)
	}
}

// Another process that holds on too long makes a write unavailable, and the
// next one works.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	one, two := openAt(t, path), openAt(t, path)
	nothing := func(*tx) error { return nil }
	must(t, two.write.do(t.Context(), nothing))
	_, err := two.write.conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 20")
	must(t, err)
	must(t, one.write.do(t.Context(), func(*tx) error {
		err := two.write.do(t.Context(), func(*tx) error { t.Error("two write at once"); return nil })
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
			t.Errorf("%v", err)
		}
		return nil
	}))
	must(t, two.write.do(t.Context(), nothing))
}
