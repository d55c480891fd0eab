// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

var _ audit.Tiles = (*s3.Tiles)(nil)

func TestTiles(t *testing.T) {
	server := s3test.Start(t)
	gatewaytest.LogStores(t, func(t *testing.T) gatewaytest.LogFiles {
		store, _ := server.Store(t)
		return store.Tiles()
	})
}

func write(t *testing.T, tiles *s3.Tiles, path, data string) {
	t.Helper()
	if err := tiles.Write(t.Context(), []audit.File{{Path: path, Data: []byte(data)}}); err != nil {
		t.Fatal(err)
	}
}

func checkpoint(size int, root string) string {
	return fmt.Sprintf("seinhuis.test/logboek\n%d\n%s\n\n— sig\n", size, root)
}

func TestTilesFS(t *testing.T) {
	store, _ := s3test.Start(t).Store(t)
	tiles := store.Tiles()
	for _, path := range []string{"checkpoint", proof.TilePath(0, 0, 256), proof.TilePath(1, 0, 3), proof.EntriesPath(1, 3)} {
		write(t, tiles, path, "x")
	}
	write(t, tiles, proof.CheckpointPath, checkpoint(256, "root")) // is kept under another name, which does not show
	if err := fstest.TestFS(tiles.FS(), "checkpoint", proof.TilePath(0, 0, 256), proof.TilePath(1, 0, 3), proof.EntriesPath(1, 3)); err != nil {
		t.Error(err)
	}
}

// What is final is locked; what is replaced leaves nothing behind but the kept checkpoints.
func TestTilesAreLocked(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	tiles, raw := store.Tiles(), server.Raw(t)
	full, partial := proof.TilePath(0, 0, 256), proof.TilePath(0, 1, 7)
	for range 3 {
		write(t, tiles, full, "tile")
		write(t, tiles, partial, "part")
	}
	for size := range 600 {
		if size%20 == 0 {
			write(t, tiles, proof.CheckpointPath, checkpoint(size, "root"))
		}
	}
	versions, locked := map[string]int{}, map[string]bool{}
	for _, v := range raw.Versions(c.Log) {
		versions[v.Name]++
		locked[v.Name] = !raw.Delete(c.Log, v.Name, v.ID)
	}
	want := map[string]bool{full: true, partial: false, proof.CheckpointPath: false, "checkpoints/0000000000000000": true,
		"checkpoints/0000000000000260": true, "checkpoints/0000000000000520": true}
	for name, lock := range want {
		if locked[name] != lock || versions[name] == 0 || versions[name] > 1 && name != partial {
			t.Errorf("%s: locked %v in %d versions", name, locked[name], versions[name])
		}
	}
	if len(versions) != len(want) {
		t.Errorf("in the bucket: %v", versions)
	}
}

// Of a full tile that is written with other content the first stays under its lock.
func TestTilesKeepEvidence(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	write(t, store.Tiles(), proof.TilePath(0, 0, 256), "one")
	write(t, store.Tiles(), proof.TilePath(0, 0, 256), "other")
	got, err := store.Tiles().Read(t.Context(), proof.TilePath(0, 0, 256))
	if all := server.Raw(t).Versions(c.Log); string(got) != "other" || err != nil || len(all) != 2 {
		t.Errorf("%q, %v, %d versions", got, err, len(all))
	}
}

// A sequencer that was away does not put its old checkpoint over a newer one.
func TestTilesStaleCheckpoint(t *testing.T) {
	store, _ := s3test.Start(t).Store(t)
	tiles := store.Tiles()
	write(t, tiles, proof.CheckpointPath, checkpoint(9, "nine"))
	write(t, tiles, proof.CheckpointPath, checkpoint(30, "thirty"))
	err := tiles.Write(t.Context(), []audit.File{{Path: proof.CheckpointPath, Data: []byte(checkpoint(9, "nine"))}})
	if !errors.Is(err, audit.ErrHeadMoved) {
		t.Errorf("error %v", err)
	}
	write(t, tiles, proof.CheckpointPath, checkpoint(30, "signed again"))
	if got, err := tiles.Read(t.Context(), proof.CheckpointPath); err != nil || !strings.Contains(string(got), "signed again") {
		t.Errorf("%q, %v", got, err)
	}
}
