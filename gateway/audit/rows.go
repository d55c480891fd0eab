// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"context"
	"io/fs"
	"path"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// CheckRows compares every row of the truth store that a checkpoint covers with the tree: what was changed behind the gateway's
// back is named by its number. It changes nothing and reads each row once; progress is told how many were done, and may be nil.
func CheckRows(ctx context.Context, rows Rows, store Tiles, head proof.Checkpoint, progress func(done int64)) (proof.Report, error) {
	return proof.VerifyLeaves(ctx, tileFiles{ctx, store}, head, func(after int64, limit int) ([][]byte, error) {
		return rows.Leaves(ctx, after, limit)
	}, progress)
}

// tileFiles lets package proof read a store of tiles; it lives for one call, and so may hold its context.
type tileFiles struct {
	ctx   context.Context
	store Tiles
}

// Open implements fs.FS.
func (t tileFiles) Open(name string) (fs.File, error) {
	data, err := t.store.Read(t.ctx, name)
	if err != nil {
		return nil, err
	}
	return &tileFile{bytes.NewReader(data), name}, nil
}

// tileFile is one tile as a file.
type tileFile struct {
	*bytes.Reader
	name string
}

func (f *tileFile) Close() error               { return nil }
func (f *tileFile) Stat() (fs.FileInfo, error) { return tileInfo{f}, nil }

type tileInfo struct{ f *tileFile }

func (i tileInfo) Name() string     { return path.Base(i.f.name) }
func (i tileInfo) Size() int64      { return i.f.Reader.Size() }
func (tileInfo) Mode() fs.FileMode  { return 0o444 }
func (tileInfo) ModTime() time.Time { return time.Time{} }
func (tileInfo) IsDir() bool        { return false }
func (tileInfo) Sys() any           { return nil }

// ProveGrowth gives the proof that the tree of the first checkpoint is a beginning of that of the second (RFC 6962 part 2.1.2),
// checked. It fails with [ErrGrowth] when it is not, and with [ErrFork] when the tiles do not add up to the second's root.
func ProveGrowth(ctx context.Context, store Tiles, from, to tlog.Tree) (tlog.TreeProof, error) {
	switch {
	case from.N > to.N || from.N == to.N && from.Hash != to.Hash:
		return nil, ErrGrowth
	case from.N == to.N || from.N == 0:
		return nil, nil
	}
	growth, err := tlog.ProveTree(to.N, from.N, Hashes(ctx, store, to))
	if err != nil {
		return nil, err
	}
	if tlog.CheckTree(growth, to.N, to.Hash, from.N, from.Hash) != nil {
		return nil, ErrGrowth
	}
	return growth, nil
}
