// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
)

// orphanAge is how old an object must be that no row names before it is erased:
// bodies come before their rows, and a commit takes seconds.
const orphanAge = time.Hour

// sweepOrphans erases, every hour, objects that no row names: of commits that
// failed, and those whose last body retention erased.
func (n *cluster) sweepOrphans(ctx context.Context, db *postgres.DB) {
	every(ctx, time.Hour, func() {
		erased, err := db.Orphans(ctx, time.Now().Add(-orphanAge))
		if erased > 0 {
			n.logger.Info("objecten zonder rij gewist", "aantal", erased)
		}
		if err != nil && ctx.Err() == nil {
			n.logger.Error("objecten zonder rij niet gewist", "fout", err.Error())
		}
		if err == nil {
			n.swept.set(erased, time.Now())
		}
	})
}
