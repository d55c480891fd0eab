// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

const (
	// orphanAge is how old an object must be that no row names before it is
	// erased: bodies come before their rows, and a commit takes seconds.
	orphanAge = time.Hour
	// orphanGroup is how many names truth is asked about at once.
	orphanGroup = 500
)

// namer says which objects rows of truth name.
type namer interface {
	Named(ctx context.Context, objects []string) (map[string]bool, error)
}

// sweepOrphans erases, every hour, objects that no row names: of commits that
// failed, and those whose last body retention erased.
func (n *cluster) sweepOrphans(ctx context.Context, db *postgres.DB) {
	every(ctx, time.Hour, func() {
		erased, err := eraseOrphans(ctx, n.store.Bodies(), db.Mailbox(), time.Now())
		if erased > 0 {
			n.logger.Info("objecten zonder rij gewist", "aantal", erased)
		}
		if err != nil && ctx.Err() == nil {
			n.logger.Error("objecten zonder rij niet gewist", "fout", err.Error())
		}
	})
}

func eraseOrphans(ctx context.Context, bodies mailbox.Bodies, truth namer, now time.Time) (erased int, err error) {
	var group []string
	flush := func() error {
		named, err := truth.Named(ctx, group)
		if err != nil {
			return err
		}
		var gone []string
		for _, name := range group {
			if !named[name] {
				gone = append(gone, name)
			}
		}
		group = group[:0]
		if len(gone) == 0 {
			return nil
		}
		if err := bodies.Erase(ctx, gone); err != nil {
			return err
		}
		erased += len(gone)
		return nil
	}
	for o, err := range bodies.Before(ctx, now.Add(-orphanAge)) {
		if err != nil {
			return erased, err
		}
		if group = append(group, o.Name); len(group) == orphanGroup {
			if err := flush(); err != nil {
				return erased, err
			}
		}
	}
	return erased, flush()
}
