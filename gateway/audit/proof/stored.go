// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// bundle reads the bundle n, and adds the hash of each of its entries to the tree.
func (v *verification) bundle(n int64) error {
	first := n * TileWidth
	width := int(min(TileWidth, v.head.Tree.N-first))
	path, data, err := v.read(EntriesPath(n, width), MaxBundle)
	if errors.Is(err, fs.ErrNotExist) {
		if first+TileWidth <= v.o.First {
			v.report.Pruned += int64(width)
		} else {
			v.find(BundleMissing, path, first, fmt.Sprintf("%s is missing: entries %s to %s", path, group(first+1), group(first+int64(width))))
		}
		return v.hashesInstead(n, 0, width)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	rest := data
	ends := []int{0} // where each entry ends in data
	for i := range width {
		var leaf []byte
		if leaf, rest, err = CutEntry(rest); err != nil {
			v.find(BundleMalformed, path, first+int64(i), ordinal(first+int64(i), v.head.Tree.N)+" cannot be cut from "+path)
			return v.hashesInstead(n, i, width)
		}
		ends = append(ends, len(data)-len(rest))
		if err := v.entry(first+int64(i), leaf); err != nil {
			return err
		}
	}
	if len(rest) > 0 && path == EntriesPath(n, width) { // a longer bundle in place of a partial one may hold later entries
		v.find(BundleMalformed, path, first+int64(width)-1, path+" holds more than its entries")
	}
	return v.olderBundles(FullPath(path), data, ends)
}

// entry takes one leaf that could be cut.
func (v *verification) entry(index int64, leaf []byte) error {
	if _, err := Decode(leaf); err != nil && len(v.invalid) < maxFindings {
		v.invalid = append(v.invalid, index)
	}
	if v.o.Each != nil {
		if err := v.o.Each(index, leaf); err != nil {
			return err
		}
	}
	v.report.Entries++
	return v.grow(LeafHash(leaf))
}

// hashesInstead goes on with the stored hashes of entries that are not there, so that the rest can still be judged.
func (v *verification) hashesInstead(n int64, from, width int) error {
	hashes, path, err := v.tile(0, n, width)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errTileLength) {
		first := n*TileWidth + int64(from)
		v.find(TileMissing, path, first, "neither "+ordinal(first, v.head.Tree.N)+" nor its hash can be read; nothing after it was verified")
		return errStopped
	}
	if err != nil {
		return err
	}
	for _, h := range hashes[from:] {
		if err := v.grow(h); err != nil {
			return err
		}
	}
	return nil
}

// compareTile compares a recomputed tile with the stored one and with older partial files of it.
func (v *verification) compareTile(level int, n int64, hashes []tlog.Hash, suspect []bool) (bool, error) {
	first := n * TileWidth << (TileHeight * level)
	dirty := slices.Contains(suspect, true)
	stored, path, err := v.tile(level, n, len(hashes))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.find(TileMissing, path, first, path+" is missing")
		return dirty, nil
	case errors.Is(err, errTileLength):
		v.find(TileAltered, path, first, path+" does not have the length of a tile")
		return dirty, nil
	case err != nil:
		return dirty, err
	}
	v.report.Tiles++
	for i := range hashes {
		if stored[i] == hashes[i] {
			continue
		}
		dirty = true
		if len(v.differ) < 10*maxFindings {
			v.differ = append(v.differ, difference{level, path, first + int64(i)<<(TileHeight*level), suspect[i]})
		} else {
			v.report.More++
		}
	}
	if dirty { // older files would only repeat it
		return true, nil
	}
	return false, v.olderTiles(FullPath(path), hashes)
}

var errTileLength = errors.New("not the length of a tile")

// tile reads width hashes of a stored tile.
func (v *verification) tile(level int, n int64, width int) ([]tlog.Hash, string, error) {
	want := TilePath(level, n, width)
	path, data, err := v.read(want, TileWidth*tlog.HashSize)
	if err != nil {
		return nil, path, err
	}
	if len(data) < width*tlog.HashSize || len(data)%tlog.HashSize != 0 || path == want && len(data) != width*tlog.HashSize {
		return nil, path, fmt.Errorf("%s: %w", path, errTileLength)
	}
	hashes := make([]tlog.Hash, width)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, path, nil
}

// read reads a file, or the full file that a writer has put in the place of a partial one.
func (v *verification) read(path string, limit int64) (string, []byte, error) {
	data, err := readFile(v.fsys, path, limit)
	if full := FullPath(path); errors.Is(err, fs.ErrNotExist) && full != path {
		if data, err := readFile(v.fsys, full, limit); err == nil {
			return full, data, nil
		}
	}
	return path, data, err
}

// olderTiles compares partial tiles that were left behind with the tile that replaced them.
func (v *verification) olderTiles(full string, hashes []tlog.Hash) error {
	return v.older(full, len(hashes), func(w int) []byte {
		var b []byte
		for _, h := range hashes[:w] {
			b = append(b, h[:]...)
		}
		return b
	})
}

// olderBundles does the same for bundles; ends[w] is where w entries end.
func (v *verification) olderBundles(full string, data []byte, ends []int) error {
	return v.older(full, len(ends)-1, func(w int) []byte { return data[:ends[w]] })
}

func (v *verification) older(full string, width int, prefix func(w int) []byte) error {
	dir, err := fs.ReadDir(v.fsys, full+".p")
	if err != nil {
		return nil // none left
	}
	for _, e := range dir {
		w, err := strconv.Atoi(e.Name())
		if err != nil || w < 1 || w >= width || e.Name() != strconv.Itoa(w) {
			continue // this one itself, or a later one that no checkpoint covers yet
		}
		path := full + ".p/" + e.Name()
		data, err := readFile(v.fsys, path, MaxBundle)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a writer that is at work took it away meanwhile
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if !bytes.Equal(data, prefix(w)) {
			v.find(PartialAltered, path, -1, path+" differs from the file that replaced it")
		}
	}
	return nil
}
