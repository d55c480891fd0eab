// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Archived is a truth store that can be archived.
type Archived struct {
	Truth
	Source   backup.Source
	Passages backup.Passages
}

// Backup is the contract of [backup.Source] and [backup.Sink]. open gives an
// empty store, a new one at each call; empty gives a sink, and how to open what
// it filled.
func Backup(t *testing.T, open func(t *testing.T) Archived, empty func(t *testing.T) (backup.Sink, func() Archived)) {
	s := backupSuite{open, empty}
	t.Run("the copy lives on", s.livesOn)
	t.Run("one moment", s.oneMoment)
	t.Run("a load that fails leaves nothing", s.failedLoad)
	t.Run("only into an empty store", s.notEmpty)
	t.Run("not from a newer schema", s.newer)
	t.Run("passages", s.passages)
}

type backupSuite struct {
	open  func(t *testing.T) Archived
	empty func(t *testing.T) (backup.Sink, func() Archived)
}

// noLog is for stores whose log has no checkpoint.
func noLog() note.Verifiers { return note.VerifierList() }

func copied(t *testing.T, from backup.Source, to backup.Sink) backup.Copied {
	t.Helper()
	c, err := backup.Copy(t.Context(), from, to, noLog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// livesOn lives two months with a store, copies it, and lives on with the copy
// under the same model of what must be there (see [RetentionYear]). A copy of
// the copy has the same rows.
func (s backupSuite) livesOn(t *testing.T) {
	old := s.open(t)
	y := newYear(t, old.Truth)
	for day := range 60 {
		y.live(day)
		y.sweep(day, nil)
	}
	sink, opened := s.empty(t)
	first := copied(t, old.Source, sink)
	restored := opened()
	again, _ := s.empty(t)
	if second := copied(t, restored.Source, again); !reflect.DeepEqual(first, second) {
		for i, table := range first.Tables {
			if i >= len(second.Tables) || second.Tables[i] != table {
				t.Errorf("%s: %+v became %+v", table.Name, table, second.Tables[min(i, len(second.Tables)-1)])
			}
		}
		t.Fatal("a copy of the copy differs")
	}
	for _, name := range []string{"party", "signal", "body", "report", "trail", "notice", "deletion", "hold", "batch", "audit_row", "audit_index"} {
		if !slices.ContainsFunc(first.Tables, func(c backup.TableCount) bool { return c.Name == name && c.Rows > 0 }) {
			t.Errorf("no row of %s was copied: does this test still fill it?", name)
		}
	}
	y.moveTo(restored.Truth)
	for day := 60; day < 120; day++ {
		y.live(day)
		y.sweep(day, nil)
	}
	if leaves, err := restored.Rows.Leaves(t.Context(), 0, 1000000); err != nil || int64(len(leaves)) <= first.Log.Rows {
		t.Errorf("the log has %d rows after %d, %v", len(leaves), first.Log.Rows, err)
	}
}

// moveTo goes on with another store.
func (y *year) moveTo(truth Truth) {
	y.truth = truth
	clock := y.Wraps.Clock
	y.sweeper = retention.NewSweeper(retention.Ports{Issuer: Issuer, Store: truth.Retention, Directory: truth.Register, Signer: Signer{},
		Keys: y.Wraps, Wrapper: y.Wraps, Clock: clock})
	y.holds = retention.NewHolds(truth.Holds, clock)
}

// rowsOf counts the rows of one table in a snapshot.
func rowsOf(t *testing.T, s backup.Snapshot, name string) (n int) {
	t.Helper()
	for _, table := range s.Tables() {
		if table.Name != name {
			continue
		}
		for _, err := range s.Rows(t.Context(), table) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	return n
}

func (s backupSuite) fill(t *testing.T, store Archived, n int) {
	t.Helper()
	steps := ledgerSuite{NewSteps(t), nil}
	var all []mailbox.Deposit
	for i := range n {
		all = append(all, steps.deposit(t, steps.Energy, steps.Nijmegen, i))
	}
	File(t, store.Truth, all...)
}

// oneMoment writes while a snapshot is open: it shows none of that, and the
// writer does not wait for it.
func (s backupSuite) oneMoment(t *testing.T) {
	store := s.open(t)
	s.fill(t, store, 3)
	err := store.Source.Snapshot(t.Context(), func(snap backup.Snapshot) error {
		s.fill(t, store, 4)
		for _, name := range []string{"signal", "body", "report"} {
			if n := rowsOf(t, snap, name); n != 3 {
				t.Errorf("%d rows of %s, want 3", n, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("asked for")
	if err := store.Source.Snapshot(t.Context(), func(backup.Snapshot) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("the error of what reads is %v", err)
	}
}

func (s backupSuite) failedLoad(t *testing.T) {
	store := s.open(t)
	s.fill(t, store, 5)
	sink, opened := s.empty(t)
	wrong := errors.New("asked for")
	err := store.Source.Snapshot(t.Context(), func(snap backup.Snapshot) error {
		return sink.Load(t.Context(), snap.Schema(), func(l backup.Load) error {
			for _, table := range snap.Tables() {
				if err := l.Begin(t.Context(), table); err != nil {
					return err
				}
				for row, err := range snap.Rows(t.Context(), table) {
					if err := errors.Join(err, l.Add(t.Context(), row)); err != nil {
						return err
					}
				}
			}
			return wrong
		})
	})
	if !errors.Is(err, wrong) {
		t.Fatalf("the load gives %v", err)
	}
	first := copied(t, store.Source, sink) // into the same one: it is still empty
	err = opened().Source.Snapshot(t.Context(), func(snap backup.Snapshot) error {
		if n := rowsOf(t, snap, "signal"); n != 5 || first.Tables == nil {
			t.Errorf("%d signals, want 5", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	half, _ := s.empty(t)
	err = half.Load(t.Context(), first.Schema, func(l backup.Load) error {
		return l.Begin(t.Context(), backup.Table{Name: "party", Columns: []backup.Column{{Name: "geheim", Kind: backup.Text}}})
	})
	if err == nil {
		t.Error("a table with other columns was taken")
	}
	err = half.Load(t.Context(), first.Schema, func(l backup.Load) error {
		return l.Begin(t.Context(), backup.Table{Name: "bestaat_niet", Columns: []backup.Column{{Name: "x", Kind: backup.Text}}})
	})
	if err == nil {
		t.Error("a table that is not there was taken")
	}
}

func (s backupSuite) notEmpty(t *testing.T) {
	store := s.open(t)
	sink, opened := s.empty(t)
	copied(t, store.Source, sink)
	s.fill(t, opened(), 1)
	err := store.Source.Snapshot(t.Context(), func(snap backup.Snapshot) error {
		return sink.Load(t.Context(), snap.Schema(), func(backup.Load) error {
			t.Error("a store with rows takes others")
			return nil
		})
	})
	if !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("a store with rows gives %v", err)
	}
}

// passages are kept with their entry or not at all, and the last one counts.
func (s backupSuite) passages(t *testing.T) {
	store := s.open(t)
	last := func() backup.Passage {
		t.Helper()
		p, err := store.Passages.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	write := func(fn func(tx backup.PassageTx) error) error { return store.Passages.Write(t.Context(), fn) }
	if p := last(); p.Open() || p.Number != 0 || p.Fit() != nil {
		t.Errorf("a new store has passage %+v", p)
	}
	one := backup.Passage{Kind: backup.Restored, Archive: gateway.NewUUID(Now(), nil), Made: Now(), At: Now().Add(time.Hour), Rows: 7}
	if err := write(func(tx backup.PassageTx) error { return tx.AddPassage(one) }); err != nil {
		t.Fatal(err)
	}
	one.Number = 1
	if p := last(); !reflect.DeepEqual(p, one) || !p.Open() || !errors.Is(p.Fit(), backup.ErrRestored) {
		t.Errorf("%+v became %+v", one, p)
	}
	settle := func(number int64) error {
		return write(func(tx backup.PassageTx) error {
			if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
				return err
			}
			return tx.Conclude(number, Now().Add(2*time.Hour), backup.NoLoss, []byte("stand"))
		})
	}
	if err := settle(2); err == nil {
		t.Error("a passage that is not there was settled")
	}
	if err := settle(1); err != nil {
		t.Fatal(err)
	}
	one.Settled, one.Outcome, one.Known = Now().Add(2*time.Hour), backup.NoLoss, []byte("stand")
	if p := last(); !reflect.DeepEqual(p, one) || p.Open() {
		t.Errorf("settled it is %+v", p)
	}
	if err := settle(1); err == nil {
		t.Error("a passage was settled twice")
	}
	if leaves, err := store.Rows.Leaves(t.Context(), 0, 10); err != nil || len(leaves) != 1 {
		t.Errorf("%d entries for one settlement, %v", len(leaves), err)
	}
	if err := write(func(tx backup.PassageTx) error {
		return tx.AddPassage(backup.Passage{Kind: backup.Moved, Made: Now(), At: Now()})
	}); err != nil {
		t.Fatal(err)
	}
	if p := last(); p.Number != 2 || p.Archive != "" || !errors.Is(p.Fit(), backup.ErrMoved) {
		t.Errorf("the last is %+v", p)
	}
}

func (s backupSuite) newer(t *testing.T) {
	sink, _ := s.empty(t)
	err := sink.Load(context.WithoutCancel(t.Context()), 1<<20, func(backup.Load) error { return nil })
	if !errors.Is(err, backup.ErrNewer) {
		t.Errorf("rows of a newer program give %v", err)
	}
}
