// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// AuditRows are rows that a test can append to.
type AuditRows interface {
	audit.Rows
	// Append commits leaves as the next rows, in order.
	Append(ctx context.Context, leaves ...[]byte) error
}

// AuditOrigin is the origin of the logs of tests.
const AuditOrigin = "seinhuis.test/logboek"

// AuditSigner makes a checkpoint signer, the same one for the same seed, and its verifiers.
func AuditSigner(t testing.TB, seed string) (note.Signer, note.Verifiers) {
	t.Helper()
	sum := sha256.Sum256([]byte(seed))
	signer, key, err := audit.NewNoteSigner(AuditOrigin, ed25519.NewKeyFromSeed(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.Verifiers(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, known
}

// Trace is a trace with an id that tells its number, from 1.
func Trace(n int) gateway.Trace {
	t, err := gateway.ParseTrace(fmt.Sprintf("%032x", n))
	if err != nil {
		panic("a trace has a number from 1")
	}
	return t
}

// AuditLeaf is a valid leaf, another one for each number.
func AuditLeaf(t testing.TB, n int) []byte {
	t.Helper()
	by := audit.By{Actor: "00000003123456780000", Role: audit.Creditor, Origin: audit.Local, Trace: Trace(n + 1)}
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, id), at,
		audit.Receipt(fmt.Sprintf("receipt.%d", n)))
	if err != nil {
		t.Fatal(err)
	}
	return e.Leaf()
}

// AuditStores is the contract of [audit.Rows], [audit.Tiles] and [audit.Heads]. Open gives empty stores, new ones at each call; an adapter
// that fills only some of the ports gives audit.MemoryRows, MemoryTiles or MemoryHeads for the others.
func AuditStores(t *testing.T, open func(t *testing.T) (AuditRows, audit.Tiles, audit.Heads)) {
	t.Run("rows", func(t *testing.T) { rows, _, _ := open(t); auditRows(t, rows) })
	t.Run("tiles", func(t *testing.T) { _, tiles, _ := open(t); auditTiles(t, tiles) })
	t.Run("heads", func(t *testing.T) { _, _, heads := open(t); auditHeads(t, heads) })
	t.Run("log", func(t *testing.T) { rows, tiles, heads := open(t); auditLog(t, rows, tiles, heads) })
}

func auditRows(t *testing.T, rows AuditRows) {
	ctx := t.Context()
	if got, err := rows.Leaves(ctx, 0, 10); err != nil || len(got) != 0 {
		t.Fatalf("empty rows give %d leaves, %v", len(got), err)
	}
	var all [][]byte
	for n := range 7 {
		all = append(all, AuditLeaf(t, n))
	}
	if err := errors.Join(rows.Append(ctx, all[:1]...), rows.Append(ctx, all[1:]...)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ after, limit, want int }{{0, 10, 7}, {0, 7, 7}, {0, 3, 3}, {3, 2, 2}, {6, 5, 1}, {7, 5, 0}, {99, 1, 0}} {
		got, err := rows.Leaves(ctx, int64(c.after), c.limit)
		if err != nil {
			t.Fatal(err)
		}
		from := min(c.after, len(all))
		if !slices.EqualFunc(got, all[from:from+c.want], bytes.Equal) {
			t.Errorf("after %d, limit %d: %d leaves, or not those in order", c.after, c.limit, len(got))
		}
	}
}

func auditTiles(t *testing.T, tiles audit.Tiles) {
	ctx := t.Context()
	if _, err := tiles.Read(ctx, proof.CheckpointPath); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("absent file: %v", err)
	}
	files := []audit.File{
		{Path: proof.EntriesPath(1234067, 3), Data: []byte("bundle")},
		{Path: proof.TilePath(0, 1234067, 3), Data: bytes.Repeat([]byte{7}, 96)},
		{Path: proof.TilePath(1, 0, 256), Data: bytes.Repeat([]byte{0}, 8192)},
		{Path: proof.CheckpointPath, Data: []byte("one\n")},
	}
	for range 2 { // the same again is fine
		if err := tiles.Write(ctx, files); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		if got, err := tiles.Read(ctx, f.Path); err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s: %d bytes, %v", f.Path, len(got), err)
		}
	}
	if err := tiles.Write(ctx, []audit.File{{Path: proof.CheckpointPath, Data: []byte("another\n")}}); err != nil {
		t.Fatal(err)
	}
	if got, err := tiles.Read(ctx, proof.CheckpointPath); err != nil || string(got) != "another\n" {
		t.Errorf("checkpoint after the second write: %q, %v", got, err)
	}
}

func auditHeads(t *testing.T, heads audit.Heads) {
	ctx := t.Context()
	if size, text, err := heads.LastHead(ctx); size != 0 || len(text) != 0 || err != nil {
		t.Fatalf("no head yet: %d, %q, %v", size, text, err)
	}
	steps := []struct {
		size int64
		note string
		ok   bool
	}{{5, "five", true}, {5, "five", true}, {5, "other five", false}, {4, "four", false}, {9, "nine", true}}
	for _, s := range steps {
		err := heads.PutHead(ctx, s.size, []byte(s.note))
		if s.ok && err != nil || !s.ok && !errors.Is(err, audit.ErrHeadMoved) {
			t.Errorf("put %q: %v", s.note, err)
		}
	}
	if size, text, err := heads.LastHead(ctx); size != 9 || string(text) != "nine" || err != nil {
		t.Errorf("last head: %d, %q, %v", size, text, err)
	}
}

// auditLog grows a log over the edges of bundles and checks every entry's proof.
func auditLog(t *testing.T, rows AuditRows, tiles audit.Tiles, heads audit.Heads) {
	ctx := t.Context()
	signer, known := AuditSigner(t, "suite")
	s, err := audit.NewSequencer(audit.Config{Rows: rows, Tiles: tiles, Heads: heads, Signer: signer, Origin: AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, size := range []int{0, 1, 3, 255, 256, 257, 600} {
		for ; n < size; n++ {
			if err := rows.Append(ctx, AuditLeaf(t, n)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Integrate(ctx); err != nil || got != int64(size) {
			t.Fatalf("integrate %d: %d, %v", size, got, err)
		}
	}
	for _, i := range []int64{0, 255, 256, 599} {
		text, leaf, err := s.Prove(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		p, err := proof.ParseInclusion(string(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(leaf, known); err != nil || !bytes.Equal(leaf, AuditLeaf(t, int(i))) {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	if _, _, err := s.Prove(ctx, 600); !errors.Is(err, audit.ErrNotYetPublished) {
		t.Errorf("entry after the head: %v", err)
	}
}
