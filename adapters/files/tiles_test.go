// SPDX-License-Identifier: EUPL-1.2

package files_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func open(t *testing.T, dir string) *files.Tiles {
	t.Helper()
	tiles, err := files.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tiles.Close() })
	return tiles
}

func TestContract(t *testing.T) {
	gatewaytest.LogStores(t, func(t *testing.T) gatewaytest.LogFiles { return open(t, t.TempDir()) })
}

func TestPathsStayInside(t *testing.T) {
	dir := t.TempDir()
	log, outside := filepath.Join(dir, "log"), filepath.Join(dir, "outside")
	if err := errors.Join(os.Mkdir(log, 0o750), os.Mkdir(outside, 0o750)); err != nil {
		t.Fatal(err)
	}
	tiles := open(t, log)
	for _, path := range []string{"../outside/x", "tile/../../outside/x", "/tile/x", "tile/", "", "tile//x", "verifier.txt", "tile/./x"} {
		if err := tiles.Write(t.Context(), []audit.File{{Path: path, Data: []byte("x")}}); !errors.Is(err, files.ErrPath) {
			t.Errorf("write %q: %v", path, err)
		}
		if _, err := tiles.Read(t.Context(), path); !errors.Is(err, files.ErrPath) {
			t.Errorf("read %q: %v", path, err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(log, "tile")); err != nil {
		t.Fatal(err)
	}
	if err := tiles.Write(t.Context(), []audit.File{{Path: "tile/0/000", Data: []byte("x")}}); err == nil {
		t.Error("wrote through a link that leaves the directory")
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("%d files outside", len(left))
	}
}

func TestOpenClearsInterruptedWrite(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	rest := filepath.Join(dir, ".nieuw", "0")
	if err := os.WriteFile(rest, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	tiles := open(t, dir)
	if _, err := os.Stat(rest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a file is still there: %v", err)
	}
	if err := tiles.Write(t.Context(), []audit.File{{Path: "checkpoint", Data: []byte("x")}}); err != nil {
		t.Error(err)
	}
}

func TestOpenWantsDirectory(t *testing.T) {
	if _, err := files.Open(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("opened a directory that is not there")
	}
}

// BenchmarkWrite is what one Integrate of a few rows asks: one bundle, one tile, then the checkpoint.
func BenchmarkWrite(b *testing.B) {
	tiles, err := files.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		w := n%255 + 1
		n++
		batch := []audit.File{
			{Path: proof.EntriesPath(int64(n/255), w), Data: make([]byte, w*400)},
			{Path: proof.TilePath(0, int64(n/255), w), Data: make([]byte, w*32)},
		}
		if err := errors.Join(tiles.Write(b.Context(), batch), tiles.Write(b.Context(), []audit.File{{Path: "checkpoint", Data: make([]byte, 200)}})); err != nil {
			b.Fatal(err)
		}
	}
}
