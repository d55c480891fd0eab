// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/seinhuis/seinhuis/adapters/files"
)

// openInstallation opens every part of an installation and wires them. It serves
// nothing yet.
func openInstallation(ctx context.Context, dir string, logger *slog.Logger) (*installation, error) {
	c, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	return openConfigured(ctx, dir, c, logger)
}

func openConfigured(ctx context.Context, dir string, c config, logger *slog.Logger) (*installation, error) {
	if c.cluster() {
		return openCluster(ctx, dir, c, logger)
	}
	return openStandalone(ctx, dir, c, logger)
}

// openStandalone opens an installation of one process: SQLite, a local keyring
// and files, all in its directory.
func openStandalone(ctx context.Context, dir string, c config, logger *slog.Logger) (s *installation, err error) {
	s = &installation{dir: dir, config: c, logger: logger}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.ring, err = openKeys(ctx, dir, s.config); err != nil {
		return s, err
	}
	if err := s.openDocuments(); err != nil {
		return s, err
	}
	if s.truth, err = makeSQLite(ctx, dir); err != nil {
		return s, err
	}
	if err := s.openFiles(); err != nil {
		return s, err
	}
	return s, s.wire(ctx)
}

// openStores opens what operators' commands look at: truth, and the log as it is
// published. It makes nothing.
func openStores(ctx context.Context, dir string, c config) (truth, logFiles, error) {
	if !c.cluster() {
		t, err := openSQLite(ctx, dir)
		return t, openLog(dir), err
	}
	store, err := openS3(dir, c)
	if err != nil {
		return truth{}, nil, err
	}
	db, err := openPostgres(ctx, dir, c, store)
	if err != nil {
		return truth{}, nil, err
	}
	return postgresTruth(db), store.Tiles(), nil
}

// openFiles opens what a standalone installation keeps as plain files: the log
// and received files.
func (s *installation) openFiles() error {
	tiles, err := files.Open(filepath.Join(s.dir, logDir))
	if err != nil {
		return notReady(err)
	}
	spool, err := files.OpenSpool(filepath.Join(s.dir, spoolDir))
	if err != nil {
		return notReady(err)
	}
	s.log, s.tiles, s.spool = openLog(s.dir), tiles, spool
	return nil
}
