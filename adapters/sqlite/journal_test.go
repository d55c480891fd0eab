// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// older makes a store as a program from before the index left it: n entries of
// which the first is about a report that truth still has.
func older(t *testing.T, path string, n int) (creditor, reader gateway.Party) {
	t.Helper()
	db, err := connect(path, "synchronous(FULL)")
	must(t, err)
	for step := 1; step <= 11; step++ {
		text, err := schemas.ReadFile(fmt.Sprintf("schema/%04d.sql", step))
		must(t, err)
		_, err = db.Exec(string(text))
		must(t, err)
	}
	creditor, reader = gateway.Party{OIN: "00000099000000110001"}, gateway.Party{OIN: "00000099000000220001"}
	_, err = db.Exec(`
		INSERT INTO party (oin, kind, name, state, municipality, receipt_alg, number_format, may_rsa_oaep) VALUES ('00000099000000220001', 'gemeente', 'Nijmegen', 'actief', 'GM0268', 'ES256', '', 0);
		INSERT INTO signal (number, id, municipality, sequence, nature, creditor, report_id, kind, urgency, deposited_at, day, format, key_id, size, digest, keep_days, pause_days, expires_on)
			VALUES (7, x'01a19b7ca6807717adfa5c3381a2aa43', 'GM0268', 1, 'melding', '00000099000000110001', x'01a19b7ca6807fdf999a4575d839a301', 'Energie', 'regulier', 1793610000000, 20759, 'jose', 'k', 1, zeroblob(32), 30, 30, 23000);
		INSERT INTO report (number, creditor, id, digest, receipt, entry, expires_on) VALUES (7, '00000099000000110001', x'01a19b7ca6807fdf999a4575d839a301', zeroblob(32), x'00', 1, 23000);
		PRAGMA application_id = ` + fmt.Sprint(applicationID) + `; PRAGMA user_version = 11`)
	must(t, err)
	tx, err := db.Begin()
	must(t, err)
	for i := range n {
		report := fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
		if i == 0 {
			report = "01a19b7c-a680-7fdf-999a-4575d839a301"
		}
		by := audit.By{Actor: string(creditor.OIN), Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
		e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, report), gatewaytest.Now())
		must(t, err)
		_, err = tx.Exec(`INSERT INTO audit_row (number, leaf) VALUES (?, ?)`, i+1, e.Leaf())
		must(t, err)
	}
	must(t, tx.Commit())
	must(t, db.Close())
	must(t, os.Chmod(path, 0o600))
	return creditor, reader
}

// What an older program logged is found as well, as far as truth still tells
// whom it concerns.
func TestJournalFromBefore(t *testing.T) {
	const n = 2*indexBatch + 10
	path := filepath.Join(t.TempDir(), "store.db")
	creditor, reader := older(t, path, n)
	for range 2 { // the second time there is nothing left to do
		db := openAt(t, path)
		truth := db.truth()
		if found := gatewaytest.Found(t, truth, oversight.Query{Scope: gatewaytest.Serves(t, creditor), Before: 2}); len(found) != 1 {
			t.Errorf("%d entries of the creditor", len(found))
		}
		if found := gatewaytest.Found(t, truth, oversight.Query{Scope: gatewaytest.Serves(t, reader)}); len(found) != 1 || found[0].Number != 1 {
			t.Errorf("%d entries of the municipality", len(found))
		}
		on := gateway.Today(gatewaytest.Now())
		volumes, err := truth.Journal.Volumes(t.Context(), gatewaytest.ServesAll(t), on, on)
		if err != nil || len(volumes) != 1 || volumes[0].Count != n {
			t.Errorf("%+v, %v", volumes, err)
		}
		whole(t, db, n)
	}
}

// whole holds the index against the log.
func whole(t *testing.T, db *DB, want int64) {
	t.Helper()
	rows, indexed, err := db.Journal().Whole(t.Context())
	if err != nil || rows != want || indexed != want {
		t.Errorf("%d rows and %d in the index, not %d: %v", rows, indexed, want, err)
	}
}

// An older program may have the store open too: what it wrote is indexed before
// what comes next.
func TestJournalCatchesUp(t *testing.T) {
	db := openTest(t)
	must(t, db.write.do(t.Context(), func(tx *tx) error {
		_, err := tx.Append([]audit.Entry{gatewaytest.Entry(t, 1), gatewaytest.Entry(t, 2)})
		tx.added = nil
		return err
	}))
	if rows, indexed, err := db.Journal().Whole(t.Context()); err != nil || rows != 2 || indexed != 0 {
		t.Fatal(rows, indexed, err)
	}
	must(t, db.Journal().Write(t.Context(), []audit.Entry{gatewaytest.Entry(t, 3)}))
	whole(t, db, 3)
}

// No index, no act: what was written is undone with it (invariant I5).
func TestJournalFailsTheAct(t *testing.T) {
	db := openTest(t)
	must(t, db.Journal().Write(t.Context(), []audit.Entry{gatewaytest.Entry(t, 1)}))
	must(t, db.write.do(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`CREATE TRIGGER audit_index_broken BEFORE INSERT ON audit_index BEGIN SELECT RAISE(ABORT, 'broken'); END`)
		return err
	}))
	s := gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	if err := db.Ledger().Write(t.Context(), nil, func(tx journey.Tx) error {
		first, err := tx.Append([]audit.Entry{gatewaytest.Entry(t, 2)})
		return errors.Join(err, tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: first}}))
	}); err == nil {
		t.Fatal("an act without its index")
	}
	box, err := db.Mailbox().List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(box) != 0 {
		t.Errorf("%d signals, %v", len(box), err)
	}
	whole(t, db, 1)
}

// Numbers that a transaction gave out and took back are not used by a later one.
func TestJournalAfterRollback(t *testing.T) {
	db := openTest(t)
	by := audit.By{Actor: "00000003000000000001", Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
	mine, err := audit.New(audit.PausesListed, by, audit.Object(audit.KindParty, by.Actor), gatewaytest.Now())
	must(t, err)
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
	by.Actor = "00000003000000000002"
	other, err := audit.New(audit.PausesListed, by, audit.Object(audit.KindParty, by.Actor), gatewaytest.Now())
	must(t, err)
	must(t, db.Journal().Write(t.Context(), []audit.Entry{other, mine}))
	for i, oin := range []gateway.OIN{"00000003000000000002", "00000003000000000001"} {
		found := gatewaytest.Found(t, db.truth(), oversight.Query{Scope: gatewaytest.Serves(t, gateway.Party{OIN: oin})})
		if len(found) != 1 || found[0].Number != int64(i)+1 || found[0].Entry.Actor != string(oin) {
			t.Errorf("%s finds %+v", oin, found)
		}
	}
}
