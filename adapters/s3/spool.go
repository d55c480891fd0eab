// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
)

// partSize is what one upload holds in memory; a file of up to so many bytes goes in one request.
const partSize = 16 << 20

// metaPut carries a random id of the Put that stored a file, so that an answer that got lost can be told from a refusal.
const metaPut = "Seinhuis-Put"

// ErrName says that a name is not of letters, digits and hyphens.
var ErrName = errors.New("not the name of a spooled file")

// Spool is a batch.Spool: files of reports as they were received, ciphertext only.
type Spool struct{ s *Store }

// Spool gives the bucket of files as received.
func (s *Store) Spool() *Spool { return &Spool{s} }

// Put implements batch.Spool. An error of body comes back as it is; one of the store is KindUnavailable. A file that was
// there before stays until the new one is whole.
func (s *Spool) Put(ctx context.Context, name string, body io.Reader) (int64, gateway.Digest, error) {
	if !spoolable(name) {
		return 0, gateway.Digest{}, ErrName
	}
	source := &watched{in: body, sum: sha256.New()}
	id := string(gateway.NewUUID(time.Now(), nil))
	err := s.s.turnForLong(ctx, func() error {
		err := s.upload(ctx, name, id, source)
		if source.err != nil {
			return source.err
		}
		return s.s.fail("s3:PutObject", s.s.c.Spool, s.settle(ctx, name, id, source.size, err))
	})
	if err != nil {
		return 0, gateway.Digest{}, err
	}
	return source.size, gateway.Digest(source.sum.Sum(nil)), nil
}

// upload sends a small file in one request and others in parts. An upload that fails is taken back by the client.
func (s *Spool) upload(ctx context.Context, name, id string, source io.Reader) error {
	o := minio.PutObjectOptions{UserMetadata: map[string]string{metaPut: id}}
	first := new(bytes.Buffer)
	if _, err := io.CopyN(first, source, partSize); err == io.EOF {
		_, err := s.s.put(ctx, s.s.c.Spool, name, first.Bytes(), o)
		return err
	} else if err != nil {
		return err
	}
	o.Checksum, o.PartSize, o.ContentType = minio.ChecksumSHA256, partSize, "application/octet-stream"
	_, err := s.s.client.Client.PutObject(ctx, s.s.c.Spool, name, io.MultiReader(first, source), -1, o)
	return err
}

// settle looks at what is there now: the file whole and of this Put, or the answer is an error. That also finds out an
// upload of which only the answer was lost. Versions of a file that was replaced are removed.
func (s *Spool) settle(ctx context.Context, name, id string, size int64, uploaded error) error {
	ctx, cancel := context.WithTimeout(ctx, s.s.c.Wait)
	defer cancel()
	info, err := s.s.client.StatObject(ctx, s.s.c.Spool, name, minio.StatObjectOptions{})
	if err != nil || info.UserMetadata[metaPut] != id {
		if uploaded == nil {
			uploaded = &refusal{"the store does not have what it was just given; its operator must find out why", err}
		}
		return uploaded
	}
	wrong := info.Size != size
	if !wrong && info.VersionID == "" {
		return nil
	}
	all, err := s.s.versions(ctx, s.s.c.Spool, name, func(key string) bool { return key == name })
	if wrong {
		return errors.Join(&refusal{"the store keeps a file of another size than it was given; its operator must find out why", uploaded}, err,
			s.s.remove(ctx, s.s.c.Spool, all))
	}
	if err != nil {
		return nil // it is durable; the store's own rule removes old versions after a day
	}
	_ = s.s.remove(ctx, s.s.c.Spool, slices.DeleteFunc(all, func(o minio.ObjectInfo) bool { return o.VersionID == info.VersionID }))
	return nil
}

// Open implements batch.Spool. A connection that breaks is taken up where it was, in the same version of the file.
func (s *Spool) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if !spoolable(name) {
		return nil, ErrName
	}
	f := &spooled{s: s, ctx: ctx, name: name}
	err := f.connect()
	if code(err) == codeNoKey {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, s.s.fail("s3:GetObject", s.s.c.Spool, err)
	}
	return f, nil
}

// Erase implements batch.Spool.
func (s *Spool) Erase(ctx context.Context, name string) error {
	if !spoolable(name) {
		return ErrName
	}
	return s.s.erase(ctx, s.s.c.Spool, []string{name})
}

// Names implements batch.Spool.
func (s *Spool) Names(ctx context.Context) (names []string, err error) {
	for o := range s.s.client.ListObjectsIter(ctx, s.s.c.Spool, minio.ListObjectsOptions{}) {
		if o.Err != nil {
			return nil, s.s.fail("s3:ListBucket", s.s.c.Spool, o.Err)
		}
		if spoolable(o.Key) {
			names = append(names, o.Key)
		}
	}
	return names, s.s.fail("s3:ListBucket", s.s.c.Spool, ctx.Err())
}

// spoolable lets letters, digits and hyphens through, so that no name is a path.
func spoolable(name string) bool {
	return name != "" && len(name) <= 200 &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// errSource is what the client gets to see of an error of the source: it takes io.ErrUnexpectedEOF for the end of a file, and
// would finish half of one.
var errSource = errors.New("s3: the source of the file broke off")

// watched counts and hashes the source, and remembers its error, to tell it from the store's.
type watched struct {
	in  io.Reader
	sum interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	size int64
	err  error
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.in.Read(b)
	w.size += int64(n)
	_, _ = w.sum.Write(b[:n])
	if err != nil && err != io.EOF {
		w.err, err = err, errSource
	}
	return n, err
}

// spooled reads one version of a file from wherever it was.
type spooled struct {
	s    *Spool
	ctx  context.Context
	name string
	etag string
	at   int64 // bytes read
	size int64
	body io.ReadCloser
	cuts int
}

func (f *spooled) connect() error {
	var o minio.GetObjectOptions
	if f.etag != "" {
		if err := errors.Join(o.SetMatchETag(f.etag), o.SetRange(f.at, 0)); err != nil {
			return err
		}
	}
	body, info, _, err := f.s.s.client.GetObject(f.ctx, f.s.s.c.Spool, f.name, o)
	if err != nil {
		return err
	}
	if f.etag == "" {
		f.etag, f.size = info.ETag, info.Size
	} else if info.Size != f.size-f.at {
		return errors.Join(io.ErrUnexpectedEOF, body.Close())
	}
	f.body = body
	return nil
}

// Read implements io.Reader.
func (f *spooled) Read(b []byte) (int, error) {
	for {
		n, err := f.body.Read(b)
		f.at += int64(n)
		switch {
		case err == nil || n > 0:
			return n, nil
		case err == io.EOF && f.at == f.size:
			return 0, io.EOF
		}
		if f.cuts++; f.cuts >= tries || f.ctx.Err() != nil {
			return 0, f.s.s.fail("s3:GetObject", f.s.s.c.Spool, errors.Join(io.ErrUnexpectedEOF, f.ctx.Err()))
		}
		_ = f.body.Close()
		if err := f.connect(); err != nil {
			return 0, f.s.s.fail("s3:GetObject", f.s.s.c.Spool, err)
		}
	}
}

// Close implements io.Closer.
func (f *spooled) Close() error { return f.body.Close() }
