// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"path/filepath"

	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway/backup"
)

// emptyStore is the truth store that a restore fills.
func emptyStore(dir string) backup.Sink { return sqlite.NewSink(filepath.Join(dir, databaseFile)) }

// notRestoredOrMoved refuses to serve from a store whose restore nobody has
// settled, or that is not truth any more.
func (s *installation) notRestoredOrMoved(ctx context.Context) error {
	last, err := s.truth.Passages.Last(ctx)
	if err != nil {
		return err
	}
	return last.Fit()
}
