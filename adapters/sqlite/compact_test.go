// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// What erasure left in unused room of pages, Compact does not leave; what is in
// the store stays, and goes on being written and read.
func TestCompactLeavesNoErasedBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openAt(t, path)
	s := gatewaytest.NewSteps(t)
	deposits := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 3)), s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 4)),
		s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 5)))
	gatewaytest.File(t, db.truth(), deposits[:2]...)
	mark := func(place int) []byte { return deposits[place].Sealed().Body().Wrapped[1000:] }
	files := func() []byte {
		file, err := os.ReadFile(path)
		must(t, err)
		wal, err := os.ReadFile(path + "-wal")
		must(t, err)
		return append(file, wal...)
	}
	// Gaps come by chance and rarely; leaving out the zeroes gives the same.
	execAt(t, path, `PRAGMA secure_delete = OFF; DELETE FROM body WHERE number = (SELECT max(number) FROM body)`)
	must(t, db.Checkpoint(t.Context()))
	if !bytes.Contains(files(), mark(1)) {
		t.Fatal("nothing is left of what was erased: the test looks at nothing")
	}
	must(t, db.Compact(t.Context()))
	now := files()
	if bytes.Contains(now, mark(1)) {
		t.Error("bytes of what was erased are left")
	}
	if !bytes.Contains(now, mark(0)) {
		t.Error("the search does not find what is there")
	}
	gatewaytest.File(t, db.truth(), deposits[2])
	signals, err := db.Mailbox().List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 3 {
		t.Errorf("%d signals, %v", len(signals), err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

// A compaction that cannot be done says so, and the store goes on.
func TestCompactFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openAt(t, path)
	ended, end := context.WithCancel(t.Context())
	end()
	if err := db.Compact(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after its time: %v", err)
	}
	must(t, db.write.do(t.Context(), func(*tx) error { return nil }))
	_, err := db.write.conn.ExecContext(t.Context(), "BEGIN") // SQLite refuses to compact in a transaction
	must(t, err)
	if e := gateway.AsError(db.Compact(t.Context())); e == nil || e.Kind != gateway.KindInternal {
		t.Errorf("in a transaction: %v", e)
	}
	must(t, db.Compact(t.Context()))
	must(t, db.Close())
	if db.Compact(t.Context()) == nil {
		t.Error("a store that is closed was compacted")
	}
}
