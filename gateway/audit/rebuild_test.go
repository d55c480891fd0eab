// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// What is rebuilt is what was published, and the log goes on from it.
func TestRebuild(t *testing.T) {
	for _, size := range []int{1, 255, 256, 257, 4096, 9001} {
		l := newLog(t)
		for _, more := range []int{size / 3, size - size/3} { // as it grew
			l.add(t, more)
			l.integrate(t)
		}
		_, last, err := l.heads.LastHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		published := l.tiles.Files()
		l.add(t, 5) // rows that no checkpoint covers
		l.tiles = new(audit.MemoryTiles)
		if n, err := audit.Rebuild(t.Context(), l.rows, l.tiles, last, l.known); err != nil || n != int64(size) {
			t.Fatalf("%d entries: %d, %v", size, n, err)
		}
		for path, data := range l.tiles.Files() {
			if old, ok := published[path]; ok && !bytes.Equal(old, data) {
				t.Errorf("%d entries: %s differs", size, path)
			}
		}
		if r := verify(t, l.tiles.Files(), l.known); !r.OK() || r.Size != int64(size) {
			t.Errorf("%d entries: %+v", size, r)
		}
		l.integrate(t)
		if r := verify(t, l.tiles.Files(), l.known); !r.OK() || r.Size != int64(size+5) {
			t.Errorf("%d entries and five: %+v", size, r)
		}
	}
}

func TestRebuildOfAnotherHistory(t *testing.T) {
	l := newLog(t)
	l.add(t, 300)
	l.integrate(t)
	_, last, err := l.heads.LastHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := newLog(t)
	other.n = 1000
	other.add(t, 300)
	short := newLog(t)
	short.add(t, 299)
	for name, rows := range map[string]*audit.MemoryRows{"other rows": other.rows, "too few rows": short.rows} {
		tiles := new(audit.MemoryTiles)
		if _, err := audit.Rebuild(t.Context(), rows, tiles, last, l.known); !errors.Is(err, audit.ErrFork) {
			t.Errorf("%s: %v", name, err)
		}
		if tiles.Files()["checkpoint"] != nil {
			t.Errorf("%s: there is a checkpoint", name)
		}
	}
	_, strangers := gatewaytest.AuditSigner(t, "another")
	if _, err := audit.Rebuild(t.Context(), l.rows, new(audit.MemoryTiles), last, strangers); !errors.Is(err, audit.ErrFork) {
		t.Errorf("a checkpoint by another: %v", err)
	}
}

// A log that lost its end goes on under another name, can be begun again until
// it succeeds, and not under its own.
func TestRestart(t *testing.T) {
	l := newLog(t)
	l.add(t, 300)
	l.integrate(t)
	l.add(t, 1) // the entry that says why
	sum := sha256.Sum256([]byte("log"))
	signer, key, err := audit.NewNoteSigner("seinhuis.test/logboek/2", ed25519.NewKeyFromSeed(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.Verifiers(key)
	if err != nil {
		t.Fatal(err)
	}
	same, _ := gatewaytest.AuditSigner(t, "log")
	if _, err := audit.Restart(t.Context(), audit.Config{Rows: l.rows, Tiles: new(audit.MemoryTiles), Heads: l.heads, Signer: same, Origin: gatewaytest.AuditOrigin}); !errors.Is(err, audit.ErrSameLog) {
		t.Errorf("under its own name: %v", err)
	}
	c := audit.Config{Rows: l.rows, Tiles: new(audit.MemoryTiles), Heads: l.heads, Signer: signer, Origin: signer.Name()}
	q, err := audit.NewSequencer(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Integrate(t.Context()); !errors.Is(err, audit.ErrFork) {
		t.Errorf("the new name goes on without a restart: %v", err)
	}
	broken := c
	broken.Tiles = failing{c.Tiles}
	if _, err := audit.Restart(t.Context(), broken); err == nil {
		t.Error("tiles that fail are not told")
	}
	if n, err := audit.Restart(t.Context(), c); err != nil || n != 301 {
		t.Fatalf("%d, %v", n, err)
	}
	l.add(t, 10)
	if n, err := q.Integrate(t.Context()); err != nil || n != 311 {
		t.Errorf("it goes on to %d, %v", n, err)
	}
	if r := verify(t, c.Tiles.(*audit.MemoryTiles).Files(), known); !r.OK() || r.Size != 311 || r.Origin != signer.Name() {
		t.Errorf("%+v", r)
	}
	old := verify(t, l.tiles.Files(), l.known)
	if !old.OK() || old.Size != 300 {
		t.Errorf("the old log: %+v", old)
	}
}

// failing are tiles on a full disk.
type failing struct{ audit.Tiles }

func (failing) Write(context.Context, []audit.File) error { return errors.New("no space left") }
