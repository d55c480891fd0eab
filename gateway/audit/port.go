// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"errors"
)

var (
	// ErrFork says that rows, tiles or heads contradict a checkpoint that was signed. The sequencer stops for good: someone
	// restored an old backup, or changed history. Nothing may be signed until a person has looked.
	ErrFork = errors.New("the audit log contradicts its signed checkpoint")
	// ErrGrowth says that one checkpoint does not go on from another, though each is whole by itself: the log was replaced.
	ErrGrowth = errors.New("the later checkpoint does not extend the earlier one")
	// ErrHeadMoved says that another sequencer was first. Try again later.
	ErrHeadMoved = errors.New("another sequencer has moved the head")
	// ErrNotYetPublished says that an entry is committed and not yet under a checkpoint. Try again later.
	ErrNotYetPublished = errors.New("the audit entry is not yet published")
)

// Rows is the ordered table of leaves that acts wrote in their own transactions. Row numbers start at 1 and have no gaps;
// row n is entry n-1 of the tree. Rows are never changed, and a row that was once given may not disappear.
type Rows interface {
	// Leaves gives the leaves of the rows after+1, after+2 … in order: at most limit, fewer when there are no more, none when
	// there is no row after it. Only committed rows are given, and never row n+1 without row n. Limit is at least 1.
	Leaves(ctx context.Context, after int64, limit int) ([][]byte, error)
}

// File is one file of the tree, under its path: slashes, no leading slash, no dots but in ".p".
type File struct {
	Path string
	Data []byte
}

// Tiles is a store of files by path. All files but [proof.CheckpointPath] are immutable once a checkpoint covers them.
type Tiles interface {
	// Read gives a file, or an error that is fs.ErrNotExist.
	Read(ctx context.Context, path string) ([]byte, error)
	// Write stores files. All are durable on return; after an error or a crash any of them may be there, each whole or absent.
	// Writing the same content again is fine; other content replaces the old. A store may delete the partial files of a tile
	// or bundle whose full file it has. The caller writes again after an error.
	Write(ctx context.Context, files []File) error
}

// Heads remembers the last signed checkpoint in the truth store, beside the rows.
type Heads interface {
	// LastHead gives the greatest head that was put, or size 0 and an empty note when there is none.
	LastHead(ctx context.Context) (size int64, note []byte, err error)
	// PutHead stores a head, durably. It refuses with [ErrHeadMoved] a size below that of the last head, and the same size with
	// another note; the same head again is fine.
	PutHead(ctx context.Context, size int64, note []byte) error
}
