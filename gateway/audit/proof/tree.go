// SPDX-License-Identifier: EUPL-1.2

package proof

import "golang.org/x/mod/sumdb/tlog"

// level is one row of tiles while the tree grows: the tile that is being filled, and how many are full.
type level struct {
	full    int64       // tiles of this level that are full
	hashes  []tlog.Hash // of the tile being filled, at most TileWidth
	suspect []bool      // beside hashes: something below this hash did not match
}

// tree recomputes a log's tree from its leaf hashes, in order, holding one tile per level. It is the verifier's own
// arithmetic, written apart from the one that the log is made with.
type tree struct {
	size   int64
	levels []level
	// check compares a tile with the stored one, and reports whether anything in it is suspect.
	check func(level int, n int64, hashes []tlog.Hash, suspect []bool) (bool, error)
}

// add appends one leaf hash, and checks every tile that becomes full.
func (t *tree) add(h tlog.Hash) error {
	t.size++
	suspect := false
	for l := 0; ; l++ {
		if l == len(t.levels) {
			t.levels = append(t.levels, level{})
		}
		row := &t.levels[l]
		row.hashes = append(row.hashes, h)
		row.suspect = append(row.suspect, suspect)
		if len(row.hashes) < TileWidth {
			return nil
		}
		var err error
		if suspect, err = t.check(l, row.full, row.hashes, row.suspect); err != nil {
			return err
		}
		h = merkle(row.hashes)
		row.full++
		row.hashes, row.suspect = row.hashes[:0], row.suspect[:0]
	}
}

// end checks the tiles that are not full.
func (t *tree) end() error {
	for l, row := range t.levels {
		if len(row.hashes) == 0 {
			continue
		}
		if _, err := t.check(l, row.full, row.hashes, row.suspect); err != nil {
			return err
		}
	}
	return nil
}

// root is the root of the tree so far. The hashes of one level followed by the root of all that is below them to the right
// form a tree of the shape that RFC 6962 wants, because every level holds whole subtrees of one size.
func (t *tree) root() tlog.Hash {
	var right []tlog.Hash
	for _, row := range t.levels {
		all := append(append([]tlog.Hash(nil), row.hashes...), right...)
		if len(all) > 0 {
			right = []tlog.Hash{merkle(all)}
		}
	}
	if len(right) == 0 {
		return merkle(nil)
	}
	return right[0]
}

// merkle is the RFC 6962 tree hash over hashes of equal subtrees (the last may be smaller).
func merkle(hashes []tlog.Hash) tlog.Hash {
	switch n := len(hashes); n {
	case 0:
		h, _ := tlog.TreeHash(0, nil) // the hash of nothing; reads no hashes, so cannot fail
		return h
	case 1:
		return hashes[0]
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		return tlog.NodeHash(merkle(hashes[:k]), merkle(hashes[k:]))
	}
}
