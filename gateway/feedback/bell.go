// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"context"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Bell wakes parties that wait for notices, within this process.
type Bell struct {
	mu      sync.Mutex
	waiting map[gateway.OIN]chan struct{}
}

// NewBell makes a Bell.
func NewBell() *Bell { return &Bell{waiting: map[gateway.OIN]chan struct{}{}} }

// Ring wakes all who wait for one of the parties.
func (b *Bell) Ring(parties ...gateway.OIN) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range parties {
		if ch, ok := b.waiting[p]; ok {
			close(ch)
			delete(b.waiting, p)
		}
	}
}

// listen gives a channel that closes at the next ring. Take it before looking
// in the store, or a ring in between is missed.
func (b *Bell) listen(party gateway.OIN) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch, ok := b.waiting[party]
	if !ok {
		ch = make(chan struct{})
		b.waiting[party] = ch
	}
	return ch
}

// wait returns when the bell rang, the time is up or the caller went away.
func wait(ctx context.Context, rung <-chan struct{}, at time.Duration) {
	timer := time.NewTimer(at)
	defer timer.Stop()
	select {
	case <-rung:
	case <-timer.C:
	case <-ctx.Done():
	}
}
