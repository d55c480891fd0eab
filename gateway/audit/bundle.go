// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// readme is what the reader of a bundle finds beside it; it proves nothing.
//
//go:embed bundle.txt
var readme []byte

const (
	bundleRows = 1000 // rows that are read at once
	bundleGap  = 16   // rows that nobody asked for and that are cheaper read than skipped
)

// Bundle is a part of the log with its proof, ready to be written: the entries of some numbers, the hash tiles that tie them to
// a signed checkpoint, and the checkpoint. Hash tiles tell nothing of the entries that are not in it. Made by [NewBundle].
type Bundle struct {
	checkpoint []byte
	size       int64   // entries under the checkpoint
	before     []File  // earlier checkpoints: of the reader, of witnesses
	sizes      []int64 // of those
	numbers    *Numbers
	contents   []byte
}

// NewBundle makes a bundle of the entries of some numbers, all under the checkpoint. Earlier is the checkpoint that the reader had
// seen before, or nil; cosigned are those of witnesses. The bundle shows that the log only grew since each. Asked is the filter in words.
func NewBundle(checkpoint, earlier []byte, cosigned []File, known note.Verifiers, numbers *Numbers, asked string) (*Bundle, error) {
	head, err := proof.OpenCheckpoint(checkpoint, known)
	if err != nil {
		return nil, fmt.Errorf("audit: bundle: %w", err)
	}
	if numbers.last() > head.Tree.N {
		return nil, ErrNotYetPublished
	}
	b := &Bundle{checkpoint: checkpoint, size: head.Tree.N, numbers: numbers}
	if earlier != nil {
		cosigned = append([]File{{proof.EarlierPath, earlier}}, cosigned...)
	}
	for _, f := range cosigned {
		old, err := proof.OpenCheckpoint(f.Data, known)
		if err != nil {
			return nil, fmt.Errorf("audit: bundle: %s: %w", f.Path, err)
		}
		if old.Tree.N <= head.Tree.N { // a longer one cannot be shown to be a beginning
			b.before, b.sizes = append(b.before, f), append(b.sizes, old.Tree.N)
		}
	}
	sum := sha256.New()
	if err := b.writeNumbers(sum); err != nil {
		return nil, err
	}
	b.contents, err = proof.Contents{Kind: proof.BundleKind, Origin: head.Origin, Size: b.size, Count: numbers.Count(),
		Numbers: hex.EncodeToString(sum.Sum(nil)), Asked: asked}.Encode()
	return b, err
}

// Digest is the SHA-256 of the bundle's contents: for the log entry that says that it was made.
func (b *Bundle) Digest() [sha256.Size]byte { return sha256.Sum256(b.contents) }

// Count is how many entries it holds.
func (b *Bundle) Count() int64 { return b.numbers.Count() }

// Write streams the bundle as a zip. It reads rows and tiles as it goes and checks neither: who gets the bundle does. Rows that
// are gone are left out, and the list of numbers then shows it. After an error what was written is of no use.
func (b *Bundle) Write(ctx context.Context, w io.Writer, rows Rows, tiles Tiles) error {
	z := zip.NewWriter(w)
	parts := []File{{proof.ReadmePath, readme}, {proof.CheckpointPath, b.checkpoint}, {proof.ContentsPath, b.contents}}
	for _, f := range append(parts, b.before...) {
		if err := addFile(z, f.Path, f.Data, zip.Deflate); err != nil {
			return err
		}
	}
	list, err := z.Create(proof.NumbersPath)
	if err != nil {
		return err
	}
	if err := errors.Join(b.writeNumbers(list), b.writeTiles(ctx, z, tiles), b.writeLines(ctx, z, rows)); err != nil {
		return err
	}
	return z.Close()
}

func addFile(z *zip.Writer, path string, data []byte, method uint16) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: method})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func (b *Bundle) writeNumbers(w io.Writer) error {
	out := bufio.NewWriter(w)
	var line []byte
	for r := range b.numbers.runs() {
		line = proof.AppendRun(line[:0], r.first, r.last)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// writeTiles writes the tiles that the entries and the earlier checkpoints need, each once. Those above the leaves are remembered:
// one for each 65,536 entries.
func (b *Bundle) writeTiles(ctx context.Context, z *zip.Writer, tiles Tiles) error {
	done, leaf := map[proof.Tile]bool{}, int64(-1)
	add := func(t proof.Tile) error {
		if done[t] || t.Level == 0 && t.N == leaf {
			return nil
		}
		if t.Level > 0 || t.Width < proof.TileWidth {
			done[t] = true
		} else {
			leaf = t.N
		}
		data, err := readTile(ctx, tiles, t.Path(), t.Width)
		if err != nil {
			return fmt.Errorf("audit: bundle: read tile: %w", err)
		}
		return addFile(z, t.Path(), data, zip.Store) // hashes do not shrink
	}
	var errs error
	path := func(t proof.Tile) {
		for _, t := range proof.PathTiles(b.size, t.Level, t.N) {
			if errs == nil {
				errs = add(t)
			}
		}
	}
	for _, t := range proof.EdgeTiles(b.size, b.size) {
		path(t)
	}
	for _, size := range b.sizes {
		for _, t := range proof.EdgeTiles(size, b.size) {
			if path(t); t.Level == 0 { // the numbers may come by it again
				done[t] = true
			}
		}
	}
	for r := range b.numbers.runs() {
		for n := (r.first - 1) / proof.TileWidth; n <= (r.last-1)/proof.TileWidth && errs == nil; n++ {
			path(proof.Tile{Level: 0, N: n})
		}
	}
	return errs
}

// writeLines writes the entries. Speed counts more than size: most of an entry is digests.
func (b *Bundle) writeLines(ctx context.Context, z *zip.Writer, rows Rows) error {
	file, err := z.Create(proof.LinesPath)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	var line []byte
	for span := range b.numbers.near(bundleRows, bundleGap) {
		first, last := span[0].first, span[len(span)-1].last
		leaves, err := rows.Leaves(ctx, first-1, int(last-first+1))
		if err != nil {
			return fmt.Errorf("audit: bundle: read rows: %w", err)
		}
		for _, r := range span {
			for n := r.first; n <= r.last && n-first < int64(len(leaves)); n++ {
				line = proof.AppendLine(line[:0], n, leaves[n-first])
				if _, err := out.Write(line); err != nil {
					return err
				}
			}
		}
	}
	return out.Flush()
}
