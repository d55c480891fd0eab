// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// edge is the right side of a published tree, checked: what is needed to go on from it.
type edge struct {
	tree tlog.Tree
	tail [][]byte // leaves of the last bundle when it is not full
	old  tlog.HashReader
	// fresh holds the hashes that are not in any tile yet, by stored index.
	fresh map[int64]tlog.Hash
}

// edge loads the right side of the tree of h. Tiles are checked against the signed root, and the rows of the last bundle against
// the tiles: tiles or rows from another history fail with [ErrFork].
func (s *Sequencer) edge(ctx context.Context, h head) (*edge, error) {
	e := &edge{tree: h.tree, fresh: map[int64]tlog.Hash{}}
	if h.tree.N == 0 {
		return e, nil
	}
	e.old = s.hashes(ctx, h.tree)
	start := (h.tree.N - 1) / proof.TileWidth * proof.TileWidth
	indexes := make([]int64, h.tree.N-start)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, start+int64(i))
	}
	hashes, err := e.old.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	rows, err := s.c.Rows.Leaves(ctx, start, len(indexes))
	if err != nil {
		return nil, fmt.Errorf("audit: read rows: %w", err)
	}
	if len(rows) < len(hashes) {
		return nil, fmt.Errorf("%w: row %d is gone", ErrFork, start+int64(len(rows))+1)
	}
	for i, want := range hashes {
		if proof.LeafHash(rows[i]) != want {
			return nil, fmt.Errorf("%w: row %d is not the entry in the tree", ErrFork, start+int64(i)+1)
		}
	}
	if h.tree.N%proof.TileWidth != 0 {
		e.tail = rows
	}
	return e, nil
}

// grow adds rows, and gives the new tree and the files that change.
func (e *edge) grow(rows [][]byte) (tlog.Tree, []File, error) {
	size := e.tree.N
	for _, leaf := range rows {
		// What is in the tree cannot be taken out, so a row is held to the format once more before it goes in.
		if _, err := proof.Decode(leaf); err != nil {
			return tlog.Tree{}, nil, fmt.Errorf("%w: row %d", ErrEntry, size+1)
		}
		hashes, err := tlog.StoredHashesForRecordHash(size, proof.LeafHash(leaf), e)
		if err != nil {
			return tlog.Tree{}, nil, err
		}
		at := tlog.StoredHashIndex(0, size)
		for i, h := range hashes {
			e.fresh[at+int64(i)] = h
		}
		size++
	}
	root, err := tlog.TreeHash(size, e)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	files := e.bundles(rows)
	for _, t := range tlog.NewTiles(proof.TileHeight, e.tree.N, size) {
		data, err := tlog.ReadTileData(t, e)
		if err != nil {
			return tlog.Tree{}, nil, err
		}
		files = append(files, File{proof.TilePath(t.L, t.N, t.W), data})
	}
	return tlog.Tree{N: size, Hash: root}, files, nil
}

// bundles writes the tail and the rows into bundles.
func (e *edge) bundles(rows [][]byte) (files []File) {
	leaves := append(append([][]byte(nil), e.tail...), rows...)
	for n := e.tree.N / proof.TileWidth; len(leaves) > 0; n++ {
		width := min(proof.TileWidth, len(leaves))
		var data []byte
		for _, leaf := range leaves[:width] {
			data = proof.AppendEntry(data, leaf)
		}
		files = append(files, File{proof.EntriesPath(n, width), data})
		leaves = leaves[width:]
	}
	return files
}

// ReadHashes gives fresh hashes, and those of the published tree from its tiles.
func (e *edge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	var places []int
	for i, x := range indexes {
		h, ok := e.fresh[x]
		if !ok {
			missing, places = append(missing, x), append(places, i)
			continue
		}
		out[i] = h
	}
	if len(missing) == 0 {
		return out, nil
	}
	if e.old == nil {
		return nil, errors.New("audit: hash outside the tree")
	}
	hashes, err := e.old.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for i, h := range hashes {
		out[places[i]] = h
	}
	return out, nil
}

// hashes reads the hashes of a published tree from its tiles, and checks them against the root.
func (s *Sequencer) hashes(ctx context.Context, tree tlog.Tree) tlog.HashReader {
	return Hashes(ctx, s.c.Tiles, tree)
}

// Hashes reads hashes of a tree from stored tiles and checks them against the root; tiles that do not add up to it fail with
// [ErrFork]. It keeps what it read, so it is for one proof and not for a whole log.
func Hashes(ctx context.Context, store Tiles, tree tlog.Tree) tlog.HashReader {
	t := &tiles{ctx: ctx, store: store, cache: map[tlog.Tile][]byte{}}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out, err := tlog.TileHashReader(tree, t).ReadHashes(indexes)
		switch {
		case err == nil:
			return out, nil
		case t.err != nil:
			return nil, fmt.Errorf("audit: read tile: %w", t.err)
		default: // the tiles are there, and do not add up to the root
			return nil, fmt.Errorf("%w: tiles do not give the signed root", ErrFork)
		}
	})
}

// tiles reads stored tiles for package tlog; it lives for one call of the sequencer, and so may hold its context.
type tiles struct {
	ctx   context.Context
	store Tiles
	cache map[tlog.Tile][]byte
	err   error // of the store
}

func (t *tiles) Height() int { return proof.TileHeight }

// ReadTiles reads each tile, or the first part of the full tile that has replaced it.
func (t *tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, tile := range want {
		if data, ok := t.cache[tile]; ok {
			out[i] = data
			continue
		}
		data, err := readTile(t.ctx, t.store, proof.TilePath(tile.L, tile.N, tile.W), tile.W)
		if err != nil {
			t.err = err
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

// readTile reads a stored tile of a width, or the first part of the full tile that has replaced it.
func readTile(ctx context.Context, store Tiles, path string, width int) ([]byte, error) {
	data, err := store.Read(ctx, path)
	if full := proof.FullPath(path); errors.Is(err, fs.ErrNotExist) && full != path {
		if data, err = store.Read(ctx, full); err == nil && len(data) > width*tlog.HashSize {
			data = data[:width*tlog.HashSize]
		}
	}
	return data, err
}

// SaveTiles keeps the tiles that were checked, for the length of one call of the sequencer.
func (t *tiles) SaveTiles(checked []tlog.Tile, data [][]byte) {
	for i, tile := range checked {
		t.cache[tile] = data[i]
	}
}
