// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// bucket lets through a rate with a burst of one second; who takes more waits.
type bucket struct {
	mu   sync.Mutex
	rate float64
	free time.Time // when what was taken so far is paid off
}

func newBucket(perSecond float64) *bucket { return &bucket{rate: perSecond} }

// take pays for n and waits until that is affordable, or until ctx ends.
func (b *bucket) take(ctx context.Context, n int) error {
	b.mu.Lock()
	now := time.Now()
	if floor := now.Add(-time.Second); b.free.Before(floor) {
		b.free = floor
	}
	b.free = b.free.Add(time.Duration(float64(n) / b.rate * float64(time.Second)))
	wait := b.free.Sub(now)
	b.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// count bounds how many there are at the same time, of all and under each key.
type count[K comparable] struct {
	all, each int

	mu     sync.Mutex
	inside int
	of     map[K]int
}

func newCount[K comparable](all, each int) *count[K] {
	return &count[K]{all: all, each: each, of: map[K]int{}}
}

func (c *count[K]) enter(k K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside >= c.all || c.of[k] >= c.each {
		return false
	}
	c.inside++
	c.of[k]++
	return true
}

func (c *count[K]) leave(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside--
	if c.of[k]--; c.of[k] == 0 {
		delete(c.of, k)
	}
}

// allowance is what the sessions of one party share.
type allowance struct {
	requests, bytes *bucket

	mu      sync.Mutex
	handles int
	spooled int64
	index   []byte // of the last listing
	indexed time.Time
}

// indexFor is how long index.csv stays what the last listing said it is.
const indexFor = time.Minute

// listed gives the index.csv of the party's last listing, if that was not too
// long ago. Clients with several sessions list in one and fetch in another, and
// hold a file to the size that was listed.
func (a *allowance) listed(now time.Time) ([]byte, time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := now.Sub(a.indexed)
	return a.index, a.indexed, a.index != nil && since >= 0 && since < indexFor
}

func (a *allowance) list(index []byte, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.index, a.indexed = index, at
}

// allowances keeps one allowance per party that ever logged in: there are no
// more of those than the register holds.
type allowances struct {
	o  *Options
	mu sync.Mutex
	of map[gateway.OIN]*allowance
}

func (a *allowances) party(oin gateway.OIN) *allowance {
	a.mu.Lock()
	defer a.mu.Unlock()
	own := a.of[oin]
	if own == nil {
		own = &allowance{requests: newBucket(float64(a.o.RequestsPerSecond)), bytes: newBucket(float64(a.o.BytesPerSecond))}
		a.of[oin] = own
	}
	return own
}

func (a *allowance) open(most int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.handles >= most {
		return false
	}
	a.handles++
	return true
}

func (a *allowance) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handles--
}

// spool takes room for n more bytes; a negative n gives it back.
func (a *allowance) spool(n, most int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > 0 && a.spooled+n > most {
		return false
	}
	a.spooled += n
	return true
}
