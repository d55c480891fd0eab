// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// CheckpointPath is the only file of a log that changes.
const CheckpointPath = "checkpoint"

// TileWidth is the number of hashes in a full tile and of entries in a full bundle; TileHeight is its logarithm.
const (
	TileWidth  = 256
	TileHeight = 8
)

// MaxBundle is the greatest length of a bundle file in bytes.
const MaxBundle = TileWidth * (2 + MaxEntry)

// ErrBundle says that a bundle cannot be cut into entries.
var ErrBundle = errors.New("malformed entry bundle")

// TilePath names the hash tile n of a level, with width hashes (1 to 256): tile/0/x001/067, tile/1/000.p/5.
func TilePath(level int, n int64, width int) string {
	return fmt.Sprintf("tile/%d/%s", level, indexPath(n, width))
}

// EntriesPath names the bundle n, with width entries (1 to 256): tile/entries/x001/067.p/3.
func EntriesPath(n int64, width int) string {
	return "tile/entries/" + indexPath(n, width)
}

// indexPath writes n in groups of three digits, all but the last with an x before it.
func indexPath(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < TileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

// FullPath gives the path of the full tile or bundle that replaces a partial one; a full path is its own.
func FullPath(path string) string {
	full, _, _ := strings.Cut(path, ".p/")
	return full
}

// AppendEntry adds one entry to a bundle: two bytes of length, then the leaf. The leaf must be at most [MaxEntry] long.
func AppendEntry(bundle, leaf []byte) []byte {
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(leaf)))
	return append(bundle, leaf...)
}

// CutEntry takes the first entry off a bundle, or fails with [ErrBundle].
func CutEntry(bundle []byte) (leaf, rest []byte, err error) {
	if len(bundle) < 2 {
		return nil, nil, ErrBundle
	}
	n := int(binary.BigEndian.Uint16(bundle))
	if len(bundle)-2 < n {
		return nil, nil, ErrBundle
	}
	return bundle[2 : 2+n], bundle[2+n:], nil
}

// LeafHash is the hash of an entry in the tree: SHA-256 of a zero byte and the leaf (RFC 6962).
func LeafHash(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }
