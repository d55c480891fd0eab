// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// The shelves: kinds of results that are kept for a while.
const (
	ShelfProofs   = "bewijzen"      // receipts and refusals
	ShelfBatches  = "aanleveringen" // empty files: the ids that came in here
	ShelfOutcomes = "uitkomsten"    // the files about batches that have ended
)

// Shelves keep the results of parties. Names are of letters, digits, dots,
// hyphens and underscores, at most 128. Filled by the folder of one node, and
// by adapters/s3 for a cluster, where a party finds its results at any node.
// sftpdtest holds the contract.
type Shelves interface {
	// Put keeps a result, whole or not at all; it is durable when Put returns
	// and replaces one of that name. At is its age.
	Put(ctx context.Context, oin gateway.OIN, shelf, name string, at time.Time, write func(io.Writer) error) error
	// List gives the results of a party on a shelf, in any order; of each its
	// name, size and age.
	List(ctx context.Context, oin gateway.OIN, shelf string) ([]fs.FileInfo, error)
	// Open gives a result, which the caller closes; fs.ErrNotExist when there is
	// none. It reads what it opened, also when another is put in its place.
	Open(ctx context.Context, oin gateway.OIN, shelf, name string) (interface {
		io.ReaderAt
		io.Closer
	}, fs.FileInfo, error)
	// Sweep erases results of all parties whose age is from before a moment.
	Sweep(ctx context.Context, before time.Time) error
}

// folder keeps the results beside the uploads of one node.
type folderShelves struct{ s *spool }

// Folder gives shelves in a folder, which it makes.
func Folder(dir string) (Shelves, error) {
	s, err := openSpool(dir)
	return folderShelves{s}, err
}

func (f folderShelves) Put(_ context.Context, oin gateway.OIN, on, name string, at time.Time, write func(io.Writer) error) error {
	return f.s.put(oin, shelf(on), name, at, write)
}

func (f folderShelves) List(_ context.Context, oin gateway.OIN, on string) ([]fs.FileInfo, error) {
	return f.s.list(oin, shelf(on))
}

func (f folderShelves) Open(_ context.Context, oin gateway.OIN, on, name string) (interface {
	io.ReaderAt
	io.Closer
}, fs.FileInfo, error) {
	file, info, err := f.s.open(oin, shelf(on), name)
	if err != nil {
		return nil, nil, err
	}
	return file, info, nil
}

func (f folderShelves) Sweep(_ context.Context, before time.Time) error { return f.s.sweep(before) }

// maxShelf bounds the files of one party on one shelf.
const maxShelf = 20_000

var errShelf = errors.New("sftpd: the shelf is full")

// add puts a result of the session's party under base+suffix, or with a number
// between them when another one has that name.
func (s *session) add(c call, on, base, suffix string, content []byte) error {
	oin := c.visit.Peer.OIN()
	infos, err := s.shelves.List(c.ctx, oin, on)
	if err != nil {
		return err
	}
	if len(infos) >= maxShelf {
		return errShelf
	}
	taken := map[string]bool{}
	for _, i := range infos {
		taken[i.Name()] = true
	}
	name := base + suffix
	for n := 2; taken[name] && !s.same(c, on, name, content); n++ {
		name = base + "-" + strconv.Itoa(n) + suffix
	}
	return s.shelves.Put(c.ctx, oin, on, name, c.visit.At, func(w io.Writer) error { _, err := w.Write(content); return err })
}

func (s *session) same(c call, on, name string, content []byte) bool {
	f, i, err := s.shelves.Open(c.ctx, c.visit.Peer.OIN(), on, name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	if i.Size() != int64(len(content)) {
		return false
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, i.Size()))
	return err == nil && bytes.Equal(b, content)
}
