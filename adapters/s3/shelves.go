// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	// shelfPrefix is where the shelves are in the bucket of the spool, whose rules clear them up too.
	shelfPrefix = "sftp/"
	// blockSize is what is read of a result at once; SFTP asks 32 KiB at a time.
	blockSize = 1 << 20
	// blocks is how many of them one open result holds: clients ask ahead.
	blocks = 4
)

// Shelves keep what the SFTP door has ready for parties: receipts, refusals and outcomes, which hold no personal data. An
// object is named <oin>/<shelf>/<name>/<age in milliseconds>, so that a list tells the age that the door gave.
type Shelves struct{ s *Store }

// Shelves gives the shelves of the SFTP door, in the bucket of the spool.
func (s *Store) Shelves() *Shelves { return &Shelves{s} }

// shelved is one result as its name tells.
type shelved struct {
	entry
	key, etag string
}

// Put implements sftpd.Shelves. Results are made of what truth holds, so they are made again when one is lost.
func (s *Shelves) Put(ctx context.Context, oin gateway.OIN, shelf, name string, at time.Time, write func(io.Writer) error) error {
	if err := shelfName(shelf, name); err != nil {
		return err
	}
	id := rand.Text()
	key := fmt.Sprintf("%s%s/%s/%s/%d", shelfPrefix, oin, shelf, name, at.UnixMilli())
	before, err := s.find(ctx, oin, shelf, name)
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	broken := make(chan error, 1)
	go func() {
		err := write(out)
		_ = out.CloseWithError(err) // io.EOF for the reader when there is none
		broken <- err
	}()
	source := &watched{in: in, sum: noSum{}}
	spool := Spool{s.s}
	err = s.s.turnForLong(ctx, func() error {
		err := spool.upload(ctx, key, id, source)
		if source.err != nil {
			return source.err
		}
		return s.s.fail("s3:PutObject", s.s.c.Spool, spool.settle(ctx, key, id, source.size, err))
	})
	_ = in.CloseWithError(errSource) // write ends, also when the store did not take all
	if wrote := <-broken; err != nil || wrote != nil {
		return cmp.Or(source.err, err, wrote)
	}
	var old []string
	for _, b := range before {
		if b.key != key {
			old = append(old, b.key)
		}
	}
	return s.s.erase(ctx, s.s.c.Spool, old)
}

// noSum hashes nothing: the store checks what it gets.
type noSum struct{}

func (noSum) Write(b []byte) (int, error) { return len(b), nil }
func (noSum) Sum(b []byte) []byte         { return b }

// List implements sftpd.Shelves.
func (s *Shelves) List(ctx context.Context, oin gateway.OIN, shelf string) ([]fs.FileInfo, error) {
	all, err := s.list(ctx, fmt.Sprintf("%s%s/%s/", shelfPrefix, oin, shelf))
	if err != nil {
		return nil, err
	}
	newest := map[string]int{}
	var infos []fs.FileInfo
	for _, r := range all { // of a name that was just replaced both may be there
		if i, there := newest[r.name]; there {
			infos[i] = r.entry
			continue
		}
		newest[r.name] = len(infos)
		infos = append(infos, r.entry)
	}
	return infos, nil
}

// find gives what is kept under a name, the oldest first.
func (s *Shelves) find(ctx context.Context, oin gateway.OIN, shelf, name string) ([]shelved, error) {
	return s.list(ctx, fmt.Sprintf("%s%s/%s/%s/", shelfPrefix, oin, shelf, name))
}

func (s *Shelves) list(ctx context.Context, prefix string) (all []shelved, err error) {
	for o := range s.s.client.ListObjectsIter(ctx, s.s.c.Spool, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return nil, s.s.fail("s3:ListBucket", s.s.c.Spool, o.Err)
		}
		parts := strings.Split(strings.TrimPrefix(o.Key, shelfPrefix), "/")
		if len(parts) != 4 {
			continue
		}
		if ms, err := strconv.ParseInt(parts[3], 10, 64); err == nil {
			all = append(all, shelved{entry{name: parts[2], size: o.Size, at: time.UnixMilli(ms).UTC()}, o.Key, o.ETag})
		}
	}
	return all, s.s.fail("s3:ListBucket", s.s.c.Spool, ctx.Err())
}

// Open implements sftpd.Shelves. Nothing is read before it is asked for.
func (s *Shelves) Open(ctx context.Context, oin gateway.OIN, shelf, name string) (interface {
	io.ReaderAt
	io.Closer
}, fs.FileInfo, error) {
	if err := shelfName(shelf, name); err != nil {
		return nil, nil, err
	}
	all, err := s.find(ctx, oin, shelf, name)
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	r := all[len(all)-1]
	return &result{s: s.s, shelved: r, held: map[int64][]byte{}}, r.entry, nil
}

// Sweep implements sftpd.Shelves.
func (s *Shelves) Sweep(ctx context.Context, before time.Time) error {
	all, err := s.list(ctx, shelfPrefix)
	if err != nil {
		return err
	}
	var old []string
	for _, r := range all {
		if r.at.Before(before) {
			old = append(old, r.key)
		}
	}
	return s.s.erase(ctx, s.s.c.Spool, old)
}

// shelfName holds names to what the door allows, so that no name reaches another party's.
func shelfName(parts ...string) error {
	for _, p := range parts {
		if strings.Trim(p, ".") == "" || len(p) > 200 ||
			strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			return ErrName
		}
	}
	return nil
}

// result reads one version of an object in blocks.
type result struct {
	s *Store
	shelved

	mu    sync.Mutex
	held  map[int64][]byte
	order []int64
}

// ReadAt implements io.ReaderAt. It outlives the call that opened the result, as a file does, and is bounded by the store's
// own time.
func (r *result) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errors.New("s3: a negative offset")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) && at+int64(n) < r.size {
		from := at + int64(n)
		block, err := r.block(from / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], block[from%blockSize:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *result) block(number int64) ([]byte, error) {
	if b, there := r.held[number]; there {
		return b, nil
	}
	var b []byte
	from := number * blockSize
	err := r.s.turn(context.Background(), func(ctx context.Context) error {
		var o minio.GetObjectOptions
		err := errors.Join(o.SetRange(from, min(from+blockSize, r.size)-1), o.SetMatchETag(r.etag))
		if err != nil {
			return err
		}
		body, info, _, err := r.s.client.GetObject(ctx, r.s.c.Spool, r.key, o)
		if err != nil {
			return err
		}
		if info.Size != min(blockSize, r.size-from) {
			return errors.Join(io.ErrUnexpectedEOF, body.Close())
		}
		b, err = readFull(body, info.Size)
		return err
	})
	if err != nil {
		return nil, r.s.fail("s3:GetObject", r.s.c.Spool, err)
	}
	if r.order = append(r.order, number); len(r.order) > blocks {
		delete(r.held, r.order[0])
		r.order = r.order[1:]
	}
	r.held[number] = b
	return b, nil
}

// Close implements io.Closer.
func (r *result) Close() error { return nil }
