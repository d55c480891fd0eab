// SPDX-License-Identifier: EUPL-1.2

package files

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/seinhuis/seinhuis/gateway"
)

const spoolMode = 0o600

// Spool keeps files of reports as they were received: ciphertext only. It
// fills batch.Spool; safe for concurrent use by one process.
type Spool struct {
	root *os.Root
	next atomic.Uint64 // name of the next fresh file
}

// OpenSpool takes a directory, which must exist, and clears what an
// interrupted Put left behind.
func OpenSpool(dir string) (*Spool, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	if err := errors.Join(root.RemoveAll(fresh), root.Mkdir(fresh, 0o700)); err != nil {
		return nil, errors.Join(fmt.Errorf("clear spool: %w", err), root.Close())
	}
	return &Spool{root: root}, nil
}

// Close lets go of the directory.
func (s *Spool) Close() error { return s.root.Close() }

// Put implements batch.Spool: written and synced under a fresh name, renamed,
// and the directory synced. An error of body comes back as it is; one of the
// disk is KindUnavailable.
func (s *Spool) Put(ctx context.Context, name string, body io.Reader) (size int64, sum gateway.Digest, err error) {
	if !spoolable(name) {
		return 0, sum, ErrPath
	}
	part := path.Join(fresh, strconv.FormatUint(s.next.Add(1), 10))
	source := &watched{ctx: ctx, in: body}
	size, sum, err = s.write(part, source)
	if err == nil {
		err = s.root.Rename(part, name)
	}
	if err == nil {
		if err = s.sync(); err != nil {
			err = errors.Join(err, s.root.Remove(name))
		}
	} else if gone := s.root.Remove(part); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	switch {
	case source.err != nil:
		return 0, gateway.Digest{}, source.err
	case err != nil:
		return 0, gateway.Digest{}, gateway.Fail(gateway.KindUnavailable, fmt.Errorf("spool: %w", err))
	}
	return size, sum, nil
}

func (s *Spool) write(name string, body io.Reader) (size int64, sum gateway.Digest, err error) {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, spoolMode)
	if err != nil {
		return 0, sum, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), body)
	if err == nil {
		err = f.Sync()
	}
	h.Sum(sum[:0])
	return size, sum, errors.Join(err, f.Close())
}

// Open implements batch.Spool.
func (s *Spool) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if !spoolable(name) {
		return nil, ErrPath
	}
	f, err := s.root.Open(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, gateway.Fail(gateway.KindUnavailable, fmt.Errorf("spool: %w", err))
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Erase implements batch.Spool.
func (s *Spool) Erase(_ context.Context, name string) error {
	if !spoolable(name) {
		return ErrPath
	}
	err := s.root.Remove(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err = errors.Join(err, s.sync()); err != nil {
		return gateway.Fail(gateway.KindUnavailable, fmt.Errorf("spool: %w", err))
	}
	return nil
}

// Names implements batch.Spool.
func (s *Spool) Names(context.Context) ([]string, error) {
	d, err := s.root.Open(".")
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, fmt.Errorf("spool: %w", err))
	}
	defer d.Close()
	all, err := d.Readdirnames(-1)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, fmt.Errorf("spool: %w", err))
	}
	var names []string
	for _, name := range all {
		if spoolable(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (s *Spool) sync() error {
	d, err := s.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// spoolable lets letters, digits and hyphens through, so that no name is a
// path, hidden or the folder of fresh files.
func spoolable(name string) bool {
	return name != "" && len(name) <= 200 &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// watched remembers the error of the source, to tell it from the disk's, and
// ends with the context.
type watched struct {
	ctx context.Context
	in  io.Reader
	err error
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		w.err = gateway.Fail(gateway.KindUnavailable, err)
		return 0, w.err
	}
	n, err := w.in.Read(b)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
