// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"path/filepath"

	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// What archives need of the parts of an installation.

type ringOfBackup = *keyring.Keyring

func openRing(_ context.Context, dir string, c config) (ringOfBackup, error) {
	return openKeyring(dir, c)
}

func withRing(ctx context.Context, g *globals, do func(*books, ringOfBackup) error) error {
	return withKeys(ctx, g, do)
}

func (b *books) source() backup.Source     { return b.db }
func (b *books) passages() backup.Passages { return b.db.Passages() }
func (b *books) rows() audit.Rows          { return b.db.Audit() }
func (b *books) heads() audit.Heads        { return b.db.Audit() }
func emptyStore(dir string) backup.Sink    { return sqlite.NewSink(filepath.Join(dir, databaseFile)) }

// notRestoredOrMoved refuses to serve from a store whose restore nobody has
// settled, or that is not truth any more.
func (s *standalone) notRestoredOrMoved(ctx context.Context) error {
	last, err := s.db.Passages().Last(ctx)
	if err != nil {
		return err
	}
	return last.Fit()
}
