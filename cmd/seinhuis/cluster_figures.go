// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"sync/atomic"
	"time"
)

// sweptOrphans remembers the last whole sweep of this node.
type sweptOrphans struct{ last atomic.Pointer[orphanSweep] }

type orphanSweep struct {
	erased int
	at     time.Time
}

func (o *sweptOrphans) set(erased int, at time.Time) { o.last.Store(&orphanSweep{erased, at}) }

func (o *sweptOrphans) get() (erased int, at time.Time) {
	if s := o.last.Load(); s != nil {
		return s.erased, s.at
	}
	return 0, time.Time{}
}

// figures adds what only a node of a cluster can tell.
func (n *cluster) figures(f *figures) {
	f.skew = func(ctx context.Context) (time.Duration, error) { return n.db.Skew(ctx, time.Now) }
	f.orphans = n.swept.get
}
