// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// LogFiles are tiles that can also be read as a file system, for verification and export.
type LogFiles interface {
	audit.Tiles
	FS() fs.FS
}

// LogStores is the contract of a store of the log's files that last: what AuditStores asks of audit.Tiles, and that nothing
// but the log is read or written, that a full file replaces its partial one also when a crash comes between, and that the
// file system shows the log whole. Open gives an empty store, a new one at each call.
func LogStores(t *testing.T, open func(t *testing.T) LogFiles) {
	AuditStores(t, func(t *testing.T) (AuditRows, audit.Tiles, audit.Heads) {
		return new(audit.MemoryRows), open(t), new(audit.MemoryHeads)
	})
	t.Run("paths", func(t *testing.T) { logPaths(t, open(t)) })
	t.Run("full replaces partial", func(t *testing.T) { logPartial(t, open(t)) })
	t.Run("a crash after the partial file is gone", func(t *testing.T) { logCrash(t, open(t)) })
	t.Run("file system", func(t *testing.T) { logFS(t, open(t)) })
}

func logPaths(t *testing.T, tiles LogFiles) {
	for _, path := range []string{"../outside/x", "tile/../../outside/x", "/tile/x", "tile/", "", "tile//x", "verifier.txt", "tile/./x"} {
		if err := tiles.Write(t.Context(), []audit.File{{Path: path, Data: []byte("x")}}); err == nil {
			t.Errorf("wrote %q", path)
		}
		if _, err := tiles.Read(t.Context(), path); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read %q: %v", path, err)
		}
	}
}

func logPartial(t *testing.T, tiles LogFiles) {
	ctx := t.Context()
	partial, full := proof.TilePath(0, 0, 5), proof.TilePath(0, 0, 256)
	other := proof.TilePath(0, 1, 5)
	if err := tiles.Write(ctx, []audit.File{{Path: other, Data: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the place of the partial file can come back
		for _, path := range []string{partial, full} {
			if err := tiles.Write(ctx, []audit.File{{Path: path, Data: []byte("x")}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := tiles.Read(ctx, partial); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the partial file is still there: %v", err)
		}
	}
	if _, err := tiles.Read(ctx, other); err != nil {
		t.Errorf("the partial file of another tile: %v", err)
	}
}

// crashingHeads lose one PutHead, as a crash between tiles and head does.
type crashingHeads struct {
	*audit.MemoryHeads
	crash bool
}

func (f *crashingHeads) PutHead(ctx context.Context, size int64, note []byte) error {
	if f.crash {
		f.crash = false
		return ErrFault
	}
	return f.MemoryHeads.PutHead(ctx, size, note)
}

// A full tile replaces the partial one before the head that covers it is put; after a crash in between, the log still
// verifies under the old checkpoint and goes on.
func logCrash(t *testing.T, tiles LogFiles) {
	rows, heads := new(audit.MemoryRows), &crashingHeads{MemoryHeads: new(audit.MemoryHeads)}
	signer, known := AuditSigner(t, "log")
	s, err := audit.NewSequencer(audit.Config{Rows: rows, Tiles: tiles, Heads: heads, Signer: signer, Origin: AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	whole := func(size int64) {
		t.Helper()
		r, err := proof.Verify(t.Context(), tiles.FS(), proof.Options{Verifiers: known})
		if err != nil || !r.OK() || r.Size != size {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	for n := range 300 {
		_ = rows.Append(t.Context(), AuditLeaf(t, n))
		if n != 99 && n != 299 {
			continue
		}
		heads.crash = n == 299
		if _, err := s.Integrate(t.Context()); (err != nil) != (n == 299) {
			t.Fatal(err)
		}
	}
	if _, err := tiles.Read(t.Context(), proof.TilePath(0, 0, 100)); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the partial tile is still there: %v", err)
	}
	whole(100)
	if size, err := s.Integrate(t.Context()); size != 300 || err != nil {
		t.Fatalf("%d, %v", size, err)
	}
	whole(300)
}

// logFS walks the log as an export does.
func logFS(t *testing.T, tiles LogFiles) {
	files := map[string][]byte{proof.CheckpointPath: []byte("checkpoint\n")}
	for n := range int64(3) {
		files[proof.TilePath(0, 1000*n, 256)] = bytes.Repeat([]byte{byte(n)}, 8192)
		files[proof.EntriesPath(1000*n, 7)] = []byte("entries")
	}
	var all []audit.File
	for path, data := range files {
		all = append(all, audit.File{Path: path, Data: data})
	}
	if err := tiles.Write(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	found, log := 0, tiles.FS()
	if err := fs.WalkDir(log, "tile", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(log, name)
		if !bytes.Equal(data, files[name]) || len(data) == 0 {
			t.Errorf("%s: %d bytes of %d, %v", name, len(data), len(files[name]), err)
		}
		found++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if found != len(files)-1 {
		t.Errorf("%d files of %d are found", found, len(files)-1)
	}
	if data, err := fs.ReadFile(log, proof.CheckpointPath); err != nil || !strings.HasPrefix(string(data), "checkpoint") {
		t.Errorf("checkpoint: %q, %v", data, err)
	}
	for _, name := range []string{"tile/9", "absent", "tile/0/x000"} {
		if _, err := fs.ReadFile(log, name); err == nil {
			t.Errorf("%s is read as a file", name)
		}
	}
	if _, err := fs.Stat(log, "tile/9"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}
