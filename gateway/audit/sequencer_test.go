// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestStoresInMemory(t *testing.T) {
	gatewaytest.AuditStores(t, func(*testing.T) (gatewaytest.AuditRows, audit.Tiles, audit.Heads) {
		return new(audit.MemoryRows), new(audit.MemoryTiles), new(audit.MemoryHeads)
	})
}

// log is a log in memory with the parts that tests take away or replace.
type log struct {
	rows  *audit.MemoryRows
	tiles *audit.MemoryTiles
	heads *audit.MemoryHeads
	known note.Verifiers
	n     int
}

func newLog(t testing.TB) *log {
	_, known := gatewaytest.AuditSigner(t, "log")
	return &log{rows: new(audit.MemoryRows), tiles: new(audit.MemoryTiles), heads: new(audit.MemoryHeads), known: known}
}

func (l *log) add(t testing.TB, n int) {
	t.Helper()
	for range n {
		if err := l.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, l.n)); err != nil {
			t.Fatal(err)
		}
		l.n++
	}
}

func (l *log) sequencer(t testing.TB, tiles audit.Tiles, heads audit.Heads) *audit.Sequencer {
	t.Helper()
	signer, _ := gatewaytest.AuditSigner(t, "log")
	s, err := audit.NewSequencer(audit.Config{Rows: l.rows, Tiles: tiles, Heads: heads, Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *log) integrate(t testing.TB) {
	t.Helper()
	size, err := l.sequencer(t, l.tiles, l.heads).Integrate(t.Context())
	if err != nil || size != int64(l.n) {
		t.Fatalf("integrate: %d, %v", size, err)
	}
}

func verify(t testing.TB, files map[string][]byte, known note.Verifiers) proof.Report {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, data := range files {
		fsys[path] = &fstest.MapFile{Data: data}
	}
	r, err := proof.Verify(t.Context(), fsys, proof.Options{Verifiers: known})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTenThousand(t *testing.T) {
	l := newLog(t)
	l.add(t, 10_000)
	l.integrate(t)
	r := verify(t, l.tiles.Files(), l.known)
	// 40 tiles of leaves, one above them, none above that: 10,000 = 39*256 + 16
	if !r.OK() || r.Size != 10_000 || r.Entries != 10_000 || r.Tiles != 41 {
		t.Errorf("%+v", r)
	}
}

// However the rows come in, the published tree at a size is the same.
func TestSameTreeInAnySteps(t *testing.T) {
	one, many := newLog(t), newLog(t)
	one.add(t, 700)
	one.integrate(t)
	for _, n := range []int{1, 2, 252, 1, 1, 255, 188} {
		many.add(t, n)
		many.integrate(t)
		if r := verify(t, many.tiles.Files(), many.known); !r.OK() {
			t.Fatalf("at %d: %+v", many.n, r.Findings)
		}
	}
	a, b := one.tiles.Files(), many.tiles.Files()
	for path, data := range a {
		if !bytes.Equal(data, b[path]) {
			t.Errorf("%s differs", path)
		}
	}
}

var errCrash = errors.New("crash")

// crash ends the process, so to speak, at the write number at: before it, or with half of it done, or just after it.
type crash struct {
	*audit.MemoryTiles
	heads *audit.MemoryHeads
	left  int
	mode  string // before, half, after
}

func (c *crash) strike() bool { c.left--; return c.left == 0 }

func (c *crash) Write(ctx context.Context, files []audit.File) error {
	if !c.strike() {
		return c.MemoryTiles.Write(ctx, files)
	}
	switch c.mode {
	case "half":
		_ = c.MemoryTiles.Write(ctx, files[:len(files)/2])
	case "after":
		_ = c.MemoryTiles.Write(ctx, files)
	}
	return errCrash
}

func (c *crash) LastHead(ctx context.Context) (int64, []byte, error) { return c.heads.LastHead(ctx) }

func (c *crash) PutHead(ctx context.Context, size int64, text []byte) error {
	if !c.strike() {
		return c.heads.PutHead(ctx, size, text)
	}
	if c.mode == "after" {
		_ = c.heads.PutHead(ctx, size, text)
	}
	return errCrash
}

// A crash at each write of Integrate leaves a log that verifies as far as it was published, and that goes on to the same tree.
func TestCrashAnywhere(t *testing.T) {
	want := newLog(t)
	want.add(t, 300)
	want.integrate(t)
	want.add(t, 8700)
	want.integrate(t)
	whole := want.tiles.Files()
	for _, mode := range []string{"before", "half", "after"} {
		for at := 1; ; at++ {
			l := newLog(t)
			l.add(t, 300)
			l.integrate(t)
			l.add(t, 8700)
			c := &crash{l.tiles, l.heads, at, mode}
			_, err := l.sequencer(t, c, c).Integrate(t.Context())
			if err == nil {
				if at < 9 { // three batches of tiles, head and checkpoint
					t.Errorf("only %d writes", at-1)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatalf("%s write %d: %v", mode, at, err)
			}
			if r := verify(t, l.tiles.Files(), l.known); !r.OK() {
				t.Errorf("%s write %d: %+v", mode, at, r.Findings)
			}
			l.integrate(t)
			got := l.tiles.Files()
			for path, data := range whole {
				if !bytes.Equal(got[path], data) {
					t.Errorf("%s write %d: %s differs after resuming", mode, at, path)
				}
			}
		}
	}
}

func TestFork(t *testing.T) {
	for name, break_ := range map[string]func(t *testing.T, l *log){
		"row gone": func(t *testing.T, l *log) {
			rows, _ := l.rows.Leaves(t.Context(), 0, 299)
			l.rows = new(audit.MemoryRows)
			_ = l.rows.Append(t.Context(), rows...)
		},
		"row changed": func(t *testing.T, l *log) {
			rows, _ := l.rows.Leaves(t.Context(), 0, 300)
			rows[299] = gatewaytest.AuditLeaf(t, 5)
			l.rows = new(audit.MemoryRows)
			_ = l.rows.Append(t.Context(), rows...)
		},
		"tile changed":        func(t *testing.T, l *log) { l.change(t, proof.TilePath(0, 1, 44)) },
		"parent tile changed": func(t *testing.T, l *log) { l.change(t, proof.TilePath(1, 0, 1)) },
		"head lost":           func(t *testing.T, l *log) { l.heads = new(audit.MemoryHeads) },
		"head of another key": func(t *testing.T, l *log) {
			signer, _ := gatewaytest.AuditSigner(t, "other")
			_, text, _ := l.heads.LastHead(t.Context())
			c, _ := proof.OpenCheckpoint(text, l.known)
			forged, _ := note.Sign(&note.Note{Text: c.Text()}, signer)
			l.heads = new(audit.MemoryHeads)
			_ = l.heads.PutHead(t.Context(), 300, forged)
		},
		"truth restored from an old backup": func(t *testing.T, l *log) {
			old := newLog(t)
			old.add(t, 200)
			old.integrate(t)
			l.rows, l.heads = old.rows, old.heads
		},
		"other log of the same size published": func(t *testing.T, l *log) {
			other := newLog(t)
			other.n = 5000
			other.add(t, 300)
			size, err := other.sequencer(t, other.tiles, other.heads).Integrate(t.Context())
			if size != 300 || err != nil {
				t.Fatal(err)
			}
			l.tiles = other.tiles
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t)
			l.add(t, 300)
			l.integrate(t)
			break_(t, l)
			before, _, _ := l.heads.LastHead(t.Context())
			files := l.tiles.Files()
			_ = l.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, 9999))
			if err := l.sequencer(t, l.tiles, l.heads).Check(t.Context()); !errors.Is(err, audit.ErrFork) {
				t.Errorf("found sound: %v", err)
			}
			if _, err := l.sequencer(t, l.tiles, l.heads).Integrate(t.Context()); !errors.Is(err, audit.ErrFork) {
				t.Errorf("went on: %v", err)
			}
			after, _, _ := l.heads.LastHead(t.Context())
			if before != after || !maps.EqualFunc(files, l.tiles.Files(), bytes.Equal) {
				t.Error("something was written")
			}
		})
	}
}

// A check of a sound log writes nothing: not what waits, and not a checkpoint that is behind.
func TestCheckWritesNothing(t *testing.T) {
	l := newLog(t)
	if err := l.sequencer(t, l.tiles, l.heads).Check(t.Context()); err != nil {
		t.Error(err)
	}
	l.add(t, 300)
	l.integrate(t)
	behind, err := l.tiles.Read(t.Context(), proof.CheckpointPath)
	if err != nil {
		t.Fatal(err)
	}
	l.add(t, 5)
	l.integrate(t)
	_ = l.tiles.Write(t.Context(), []audit.File{{Path: proof.CheckpointPath, Data: behind}})
	l.add(t, 2)
	head, _, _ := l.heads.LastHead(t.Context())
	files := l.tiles.Files()
	if err := l.sequencer(t, l.tiles, l.heads).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if now, _, _ := l.heads.LastHead(t.Context()); now != head || !maps.EqualFunc(files, l.tiles.Files(), bytes.Equal) {
		t.Error("something was written")
	}
}

// change flips a bit of a stored file.
func (l *log) change(t *testing.T, path string) {
	t.Helper()
	data, err := l.tiles.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	data[3] ^= 1
	_ = l.tiles.Write(t.Context(), []audit.File{{Path: path, Data: data}})
}

// A lost tile is no fork, but nothing is signed over it either.
func TestLostTile(t *testing.T) {
	l := newLog(t)
	l.add(t, 300)
	l.integrate(t)
	l.add(t, 1)
	lost := &without{l.tiles, proof.TilePath(0, 1, 44)}
	if _, err := l.sequencer(t, lost, l.heads).Integrate(t.Context()); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, audit.ErrFork) {
		t.Errorf("%v", err)
	}
}

type without struct {
	*audit.MemoryTiles
	path string
}

func (w *without) Read(ctx context.Context, path string) ([]byte, error) {
	if path == w.path {
		return nil, fs.ErrNotExist
	}
	return w.MemoryTiles.Read(ctx, path)
}

// A row that is no entry never gets into the tree.
func TestRowThatIsNoEntry(t *testing.T) {
	l := newLog(t)
	l.add(t, 3)
	l.integrate(t)
	_ = l.rows.Append(t.Context(), []byte(`{"naam":"J. de Vries"}`))
	size, err := l.sequencer(t, l.tiles, l.heads).Integrate(t.Context())
	if size != 3 || !errors.Is(err, audit.ErrEntry) {
		t.Errorf("%d, %v", size, err)
	}
}

// Two sequencers at work on one log: whoever is second is told so, and the log stays whole.
func TestTwoSequencers(t *testing.T) {
	l := newLog(t)
	l.add(t, 10)
	first := l.sequencer(t, l.tiles, &overtaken{MemoryHeads: l.heads, by: func() { l.add(t, 5); l.integrate(t) }})
	if _, err := first.Integrate(t.Context()); !errors.Is(err, audit.ErrHeadMoved) {
		t.Errorf("%v", err)
	}
	l.integrate(t)
	if r := verify(t, l.tiles.Files(), l.known); !r.OK() || r.Size != 15 {
		t.Errorf("%+v", r)
	}
}

type overtaken struct {
	*audit.MemoryHeads
	by func()
}

func (o *overtaken) PutHead(ctx context.Context, size int64, text []byte) error {
	o.by()
	return o.MemoryHeads.PutHead(ctx, size, text)
}

// After a change of key the old checkpoints still count.
func TestChangeOfKey(t *testing.T) {
	l := newLog(t)
	l.add(t, 5)
	l.integrate(t)
	l.add(t, 5)
	signer, _ := gatewaytest.AuditSigner(t, "log")
	next, _ := gatewaytest.AuditSigner(t, "next")
	c := audit.Config{Rows: l.rows, Tiles: l.tiles, Heads: l.heads, Signer: next, Origin: gatewaytest.AuditOrigin}
	s, err := audit.NewSequencer(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Integrate(t.Context()); !errors.Is(err, audit.ErrFork) {
		t.Errorf("accepted a head of an unknown key: %v", err)
	}
	c.Verifiers = note.VerifierList(signer.(note.Verifier), next.(note.Verifier))
	if s, err = audit.NewSequencer(c); err != nil {
		t.Fatal(err)
	}
	if size, err := s.Integrate(t.Context()); size != 10 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
}

func TestConfig(t *testing.T) {
	l := newLog(t)
	signer, _ := gatewaytest.AuditSigner(t, "log")
	for i, c := range []audit.Config{
		{},
		{Rows: l.rows, Tiles: l.tiles, Heads: l.heads, Signer: signer},
		{Rows: l.rows, Tiles: l.tiles, Heads: l.heads, Signer: signer, Origin: "another"},
		{Rows: l.rows, Tiles: l.tiles, Heads: l.heads, Signer: signer, Origin: gatewaytest.AuditOrigin, Verifiers: note.VerifierList()},
	} {
		if _, err := audit.NewSequencer(c); err == nil {
			t.Errorf("config %d was accepted", i)
		}
	}
}

// BenchmarkIntegrate is the cost per entry of taking rows into the tree, with stores in memory, in steps of some size.
func BenchmarkIntegrate(b *testing.B) {
	for _, step := range []int{1, 16, 256, 4096} {
		b.Run(fmt.Sprintf("step=%d", step), func(b *testing.B) {
			l := newLog(b)
			l.add(b, 100_000%7919) // some history
			l.integrate(b)
			s := l.sequencer(b, l.tiles, l.heads)
			leaf := gatewaytest.AuditLeaf(b, 1)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				_ = l.rows.Append(b.Context(), leaf)
				if n++; n%step == 0 {
					if _, err := s.Integrate(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		gatewaytest.AuditLeaf(b, 1)
	}
}
