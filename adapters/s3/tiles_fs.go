// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// FS is the log as a file system, for verification and export. A file is fetched when it is opened and a directory listed
// when it is read, one level at a time; what else is in the bucket does not show.
func (t *Tiles) FS() fs.FS { return logFS{t} }

type logFS struct{ t *Tiles }

// Open implements fs.FS.
func (l logFS) Open(name string) (fs.File, error) {
	data, at, err := l.read(name)
	if err == nil {
		return &logFile{entry{name: path.Base(name), size: int64(len(data)), at: at.Truncate(time.Second)}, bytes.NewReader(data)}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entries, listed := l.ReadDir(name)
	if listed != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: cause(listed)}
	}
	return &logDir{entry{name: path.Base(name), dir: true}, entries}, nil
}

// ReadFile implements fs.ReadFileFS.
func (l logFS) ReadFile(name string) ([]byte, error) {
	data, _, err := l.read(name)
	return data, err
}

func (l logFS) read(name string) ([]byte, time.Time, error) {
	if !fs.ValidPath(name) {
		return nil, time.Time{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if !isLog(name) {
		return nil, time.Time{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return l.t.read(context.Background(), name)
}

// Stat implements fs.StatFS.
func (l logFS) Stat(name string) (fs.FileInfo, error) {
	f, err := l.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

// ReadDir implements fs.ReadDirFS.
func (l logFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	prefix := name + "/"
	if name == "." {
		prefix = ""
	} else if name != "tile" && !strings.HasPrefix(name, "tile/") {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.t.s.c.Wait)
	defer cancel()
	var entries []fs.DirEntry
	for o := range l.t.s.client.ListObjectsIter(ctx, l.t.s.c.Log, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, l.t.s.fail("s3:ListBucket", l.t.s.c.Log, o.Err)
		}
		own, dir := strings.CutSuffix(strings.TrimPrefix(o.Key, prefix), "/")
		if own != "" && (name != "." || own == "tile" || own == proof.CheckpointPath) {
			entries = append(entries, entry{name: own, size: o.Size, at: o.LastModified.Truncate(time.Second), dir: dir})
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, l.t.s.fail("s3:ListBucket", l.t.s.c.Log, err)
	}
	if len(entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return entries, nil
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// entry is a file or directory as a listing or its content shows it.
type entry struct {
	name string
	size int64
	at   time.Time
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) ModTime() time.Time         { return e.at }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Sys() any                   { return nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) String() string             { return fs.FormatDirEntry(e) }

// Mode says that all may be read and nothing written.
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type logFile struct {
	entry
	*bytes.Reader
}

func (f *logFile) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *logFile) Close() error               { return nil }
func (f *logFile) Size() int64                { return f.entry.size }

type logDir struct {
	entry
	rest []fs.DirEntry
}

func (d *logDir) Stat() (fs.FileInfo, error) { return d.entry, nil }
func (d *logDir) Close() error               { return nil }

// Read implements fs.File.
func (d *logDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *logDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		all := d.rest
		d.rest = nil
		return all, nil
	}
	if len(d.rest) == 0 {
		return nil, io.EOF
	}
	some := d.rest[:min(n, len(d.rest))]
	d.rest = d.rest[len(some):]
	return some, nil
}
