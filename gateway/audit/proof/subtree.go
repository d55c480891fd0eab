// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Tile names one hash tile of a log.
type Tile struct {
	Level int
	N     int64
	Width int
}

// Path is the tile's file.
func (t Tile) Path() string { return TilePath(t.Level, t.N, t.Width) }

// tileOf is the tile n of a level in a tree of a size.
func tileOf(size int64, level int, n int64) Tile {
	row := size >> (TileHeight * level) // hashes of this level
	return Tile{level, n, int(min(TileWidth, row-n*TileWidth))}
}

// EdgeTiles are the tiles whose hashes make the root of a tree: one at most on each level. They are named as tiles of a tree
// of another size that has the first as its beginning; with the same size twice they are the tree's own right edge.
func EdgeTiles(size, of int64) (tiles []Tile) {
	for level := 0; size>>(TileHeight*level) > 0; level++ {
		if row := size >> (TileHeight * level); row%TileWidth != 0 {
			tiles = append(tiles, tileOf(of, level, row/TileWidth))
		}
	}
	return tiles
}

// PathTiles are a tile and those above it that tie it to the right edge of a tree, itself first. The last of them is of the edge.
func PathTiles(size int64, level int, n int64) (tiles []Tile) {
	for ; ; level++ {
		t := tileOf(size, level, n)
		if tiles = append(tiles, t); t.Width < TileWidth {
			return tiles
		}
		n /= TileWidth
	}
}

// errTile is wrapped by every error about a tile that does not fit; the finding has been made by then.
var errTile = errors.New("tile not accepted")

// subtree reads hash tiles of one tree and gives none that the root does not vouch for. Safe for concurrent use. It keeps the
// tiles above the leaves, one 65,536th of the log each.
type subtree struct {
	fsys fs.FS
	tree tlog.Tree
	find func(FindingCode, string, int64, string)

	mu   sync.Mutex
	kept map[Tile][]tlog.Hash // nil hashes: found wanting before
	read int64                // tiles that were checked
}

// newSubtree checks the right edge against the root. It reports false, with the finding made, when they do not fit.
func newSubtree(fsys fs.FS, tree tlog.Tree, find func(FindingCode, string, int64, string)) (*subtree, bool) {
	s := &subtree{fsys: fsys, tree: tree, find: find, kept: map[Tile][]tlog.Hash{}}
	for _, t := range EdgeTiles(tree.N, tree.N) {
		hashes, err := s.load(t)
		if err != nil {
			return nil, false
		}
		s.kept[t] = hashes
	}
	if root, err := s.rootAt(tree.N); err != nil || root != tree.Hash {
		find(RootDiffers, CheckpointPath, -1, "the tiles at the right edge of the tree do not give the root that is signed")
		return nil, false
	}
	s.read = int64(len(s.kept))
	return s, true
}

// load reads a tile, or the beginning of the full one that a writer has put in its place, and checks nothing but its length.
func (s *subtree) load(t Tile) ([]tlog.Hash, error) {
	data, err := readFile(s.fsys, t.Path(), TileWidth*tlog.HashSize)
	if full := FullPath(t.Path()); errors.Is(err, fs.ErrNotExist) && full != t.Path() {
		if whole, err2 := readFile(s.fsys, full, TileWidth*tlog.HashSize); err2 == nil {
			data, err = whole[:min(len(whole), t.Width*tlog.HashSize)], nil
		}
	}
	first := t.N * TileWidth << (TileHeight * t.Level)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.find(TileMissing, t.Path(), first, t.Path()+" is missing")
		return nil, errTile
	case err != nil:
		s.find(TileAltered, t.Path(), first, t.Path()+" cannot be read")
		return nil, errTile
	case len(data) != t.Width*tlog.HashSize:
		s.find(TileAltered, t.Path(), first, t.Path()+" does not have the length of a tile")
		return nil, errTile
	}
	hashes := make([]tlog.Hash, t.Width)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, nil
}

// tile gives the hashes of a tile that the root vouches for. Leaf tiles are not kept, and read without the lock: there are as
// many as the log is long.
func (s *subtree) tile(level int, n int64) ([]tlog.Hash, error) {
	t := tileOf(s.tree.N, level, n)
	s.mu.Lock()
	if level > 0 || s.kept[t] != nil {
		defer s.mu.Unlock()
		return s.upper(t)
	}
	above, err := s.upper(tileOf(s.tree.N, 1, n/TileWidth))
	s.read++
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.under(t, above)
}

// upper gives a tile above the leaves, or of the edge. It needs the lock.
func (s *subtree) upper(t Tile) ([]tlog.Hash, error) {
	if hashes, known := s.kept[t]; known {
		if hashes == nil {
			return nil, errTile
		}
		return hashes, nil
	}
	above, err := s.upper(tileOf(s.tree.N, t.Level+1, t.N/TileWidth))
	if err != nil {
		return nil, err
	}
	s.read++
	hashes, err := s.under(t, above)
	s.kept[t] = hashes
	return hashes, err
}

// under loads a full tile and checks it against its hash in the tile above.
func (s *subtree) under(t Tile, above []tlog.Hash) ([]tlog.Hash, error) {
	hashes, err := s.load(t)
	if err != nil {
		return nil, err
	}
	if merkle(hashes) != above[t.N%TileWidth] {
		first := t.N * TileWidth << (TileHeight * t.Level)
		s.find(TileAltered, t.Path(), first, fmt.Sprintf("%s does not fit the root; it holds the hashes of entries %s to %s", t.Path(),
			group(first+1), group(first+TileWidth<<(TileHeight*t.Level))))
		return nil, errTile
	}
	return hashes, nil
}

// rootAt computes the root that this tree had at a smaller size, from hashes that its root vouches for.
func (s *subtree) rootAt(size int64) (tlog.Hash, error) {
	var right []tlog.Hash
	for level := 0; size>>(TileHeight*level) > 0; level++ {
		row := size >> (TileHeight * level)
		var all []tlog.Hash
		if width := row % TileWidth; width > 0 {
			hashes, err := s.tile(level, row/TileWidth)
			if err != nil {
				return tlog.Hash{}, err
			}
			all = append(all, hashes[:width]...)
		}
		if all = append(all, right...); len(all) > 0 {
			right = []tlog.Hash{merkle(all)}
		}
	}
	if len(right) == 0 {
		return merkle(nil), nil
	}
	return right[0], nil
}
