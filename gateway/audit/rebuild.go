// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Rebuild writes the files of a published tree again from its rows, byte for byte
// as they were, and then its checkpoint; last is that checkpoint, signed. Before
// that it writes nothing that a reader would take for a log. It fails with
// [ErrFork] when the rows do not give the signed root. It signs nothing. Called
// after a restore, and when an installation moves.
func Rebuild(ctx context.Context, rows Rows, store Tiles, last []byte, known note.Verifiers) (size int64, err error) {
	c, err := proof.OpenCheckpoint(last, known)
	if err != nil {
		return 0, fmt.Errorf("%w: last head: %w", ErrFork, err)
	}
	s := &Sequencer{c: Config{Rows: rows, Tiles: store}}
	tree, err := s.grown(ctx, c.Tree.N)
	if err != nil {
		return tree.N, err
	}
	if tree.N < c.Tree.N {
		return tree.N, fmt.Errorf("%w: row %d is gone", ErrFork, tree.N+1)
	}
	if tree.N > 0 && tree.Hash != c.Tree.Hash {
		return tree.N, fmt.Errorf("%w: the rows do not give the signed root", ErrFork)
	}
	return tree.N, s.writeCheckpoint(ctx, head{tree, last})
}

// grown writes the files of the tree of the first rows, at most limit, from
// nothing.
func (s *Sequencer) grown(ctx context.Context, limit int64) (tree tlog.Tree, err error) {
	for tree.N < limit {
		leaves, err := s.c.Rows.Leaves(ctx, tree.N, int(min(batchRows, limit-tree.N)))
		if err != nil {
			return tree, fmt.Errorf("audit: read rows: %w", err)
		}
		if len(leaves) == 0 {
			return tree, nil
		}
		e := &edge{tree: tree, fresh: map[int64]tlog.Hash{}}
		if tree.N > 0 {
			e.old = s.hashes(ctx, tree)
		}
		next, files, err := e.grow(leaves)
		if err != nil {
			return tree, err
		}
		if err := s.c.Tiles.Write(ctx, files); err != nil {
			return tree, fmt.Errorf("audit: write tiles: %w", err)
		}
		tree = next
	}
	return tree, nil
}

// ErrSameLog says that the log goes by this name already.
var ErrSameLog = errors.New("the log goes by this name already")

// Restart lets a log that lost its end go on under another name: all rows that
// are left are the beginning of a new log, signed under c.Origin. A log that lost
// entries may never grow under its old name: another entry in a place that was
// published is a fork. The tiles of c are those of the new log, and hold nothing
// else. It can be repeated until it succeeds; then the sequencer of the new name
// goes on. It fails with [ErrSameLog] when the last head is of this name. There
// must be a row that no head covers: the one that says why.
func Restart(ctx context.Context, c Config) (size int64, err error) {
	s, err := NewSequencer(c)
	if err != nil {
		return 0, err
	}
	_, last, err := c.Heads.LastHead(ctx)
	if err != nil {
		return 0, fmt.Errorf("audit: read last head: %w", err)
	}
	if origin, _, _ := strings.Cut(string(last), "\n"); origin == c.Origin {
		return 0, ErrSameLog
	}
	tree, err := s.grown(ctx, math.MaxInt64)
	if err != nil {
		return 0, err
	}
	text, err := note.Sign(&note.Note{Text: proof.Checkpoint{Origin: c.Origin, Tree: tree}.Text()}, c.Signer)
	if err != nil {
		return 0, fmt.Errorf("audit: sign checkpoint: %w", err)
	}
	if err := c.Heads.PutHead(ctx, tree.N, text); err != nil {
		return 0, fmt.Errorf("audit: put head: %w", err)
	}
	return tree.N, s.writeCheckpoint(ctx, head{tree, text})
}
