// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// What archives need of the parts of an installation, by profile.

// notRestoredOrMoved refuses to serve from a store whose restore nobody has
// settled, or that is not truth any more.
func (s *installation) notRestoredOrMoved(ctx context.Context) error {
	last, err := s.truth.Passages.Last(ctx)
	if err != nil {
		return err
	}
	return last.Fit()
}

// emptyStore is the truth store that a restore fills, and where files that waited
// go: nil for the directory itself.
func emptyStore(dir, ownerPassword string) (backup.Sink, batch.Spool, error) {
	c, err := readConfig(dir)
	if err != nil || !c.cluster() { // without a configuration it is a directory to fill
		return sqlite.NewSink(filepath.Join(dir, databaseFile)), nil, emptyInstallation(dir)
	}
	if ownerPassword == "" {
		return nil, nil, usage(errors.New("--owner-password is missing: a database is filled by the owner of its schema"))
	}
	store, err := openS3(dir, c)
	if err != nil {
		return nil, nil, err
	}
	p, err := c.Postgres.open(dir)
	if err != nil {
		return nil, nil, err
	}
	if p.Passwords[postgres.Owner], err = readSecret(ownerPassword); err != nil {
		return nil, nil, notReady(err)
	}
	p.Bodies = store.Bodies()
	return postgres.NewSink(p), store.Spool(), nil
}

// spoolFolder is the files that wait, for an archive.
func (b *books) spoolFolder(ctx context.Context) (backup.Folder, error) {
	f := backup.Folder{Name: folderSpool, Names: []string{}}
	if !b.config.cluster() {
		f.Files, f.Names = os.DirFS(filepath.Join(b.dir, spoolDir)), nil
		return f, nil
	}
	store, err := openS3(b.dir, b.config)
	if err != nil {
		return f, err
	}
	names, err := store.Spool().Names(ctx)
	f.Files, f.Names = spoolFS{ctx, store.Spool()}, append(f.Names, names...)
	return f, err
}

// spoolFS reads a spool as files; it lives for one archive, and so may hold its
// context.
type spoolFS struct {
	ctx   context.Context
	spool batch.Spool
}

// Open implements fs.FS.
func (s spoolFS) Open(name string) (fs.File, error) {
	in, err := s.spool.Open(s.ctx, name)
	if err != nil {
		return nil, err
	}
	return spoolFile{in}, nil
}

type spoolFile struct{ io.ReadCloser }

// Stat implements fs.File; nobody asks it.
func (spoolFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

// tiles is the published log, to be written anew. close gives it back.
func (b *books) tiles() (t audit.Tiles, close func() error, err error) {
	if b.config.cluster() {
		return b.log, func() error { return nil }, nil
	}
	local, err := files.Open(filepath.Join(b.dir, logDir))
	if err != nil {
		return nil, nil, err
	}
	return local, local.Close, nil
}

// setLogAside keeps the files of the old log under another name, once. In a
// cluster nobody can move what is under object lock: the new log needs a bucket of
// its own.
func (b *books) setLogAside(ctx context.Context, origin string, size int64) (string, error) {
	text, err := b.log.Read(ctx, proof.CheckpointPath)
	first, _, _ := strings.Cut(string(text), "\n")
	old := err == nil && first != b.config.Origin
	if b.config.cluster() {
		if old {
			return "", notReady(fmt.Errorf("the bucket of the log holds that of %s, for good: name another in s3.emmers.logboek and run cluster setup", origin))
		}
		return "its own bucket", nil
	}
	dir := filepath.Join(b.dir, logDir)
	aside := filepath.Join(b.dir, fmt.Sprintf("%s-tot-%d", logDir, size))
	if old {
		if err := os.Rename(dir, aside); err != nil {
			return "", err
		}
	}
	return aside, errors.Join(os.MkdirAll(dir, 0o700), syncDir(b.dir))
}

// lockServing keeps another process from serving a standalone installation while
// it is changed; in a cluster the nodes refuse by themselves.
func lockServing(dir string) (func(), error) {
	if c, err := readConfig(dir); err == nil && c.cluster() {
		return func() {}, nil
	}
	return lockInstallation(dir)
}
