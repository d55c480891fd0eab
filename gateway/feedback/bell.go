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
	elsewhere func(parties ...gateway.OIN)

	mu      sync.Mutex
	waiting map[gateway.OIN]chan struct{}
}

// NewBell makes a Bell. elsewhere hears of every Ring, so that the bells of other
// processes on the same store ring too; it may not wait, and is nil where there
// are none.
func NewBell(elsewhere func(parties ...gateway.OIN)) *Bell {
	return &Bell{elsewhere: elsewhere, waiting: map[gateway.OIN]chan struct{}{}}
}

// Ring wakes all who wait for one of the parties, in every process.
func (b *Bell) Ring(parties ...gateway.OIN) {
	b.Wake(parties...)
	if b.elsewhere != nil && len(parties) > 0 {
		b.elsewhere(parties...)
	}
}

// Wake wakes those who wait in this process. Called with what another process
// rang for.
func (b *Bell) Wake(parties ...gateway.OIN) {
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
