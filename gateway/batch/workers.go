// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	// poll is how often Work looks without being woken: another process on the
	// same store may have received a file.
	poll = 30 * time.Second
	// workers go side by side, never two on one creditor: a large or slow file
	// holds up only the files of its own sender.
	workers = 2
)

// turns is who is served, when last, and what waits after a failure.
type turns struct {
	mu     sync.Mutex
	swept  bool
	at     int64
	served map[gateway.OIN]int64 // the turn in which a creditor was last chosen
	busy   map[gateway.OIN]bool
	failed map[Key]failure
	timers map[Key]*time.Timer // of the batches that wait
}

type failure struct {
	times int
	next  int64 // Record.Next then: who came further starts anew
}

func newTurns() *turns {
	return &turns{served: map[gateway.OIN]int64{}, busy: map[gateway.OIN]bool{}, failed: map[Key]failure{}, timers: map[Key]*time.Timer{}}
}

// Work processes what was received until the context ends; it starts with what
// an earlier process left. Creditors take turns, a file each, and of one
// creditor the oldest goes first. What fails because something does not answer
// is tried again, with growing pauses.
func (d *Desk) Work(ctx context.Context) error {
	t := newTurns()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { d.worker(ctx, t) })
	}
	all.Wait()
	t.stop()
	return nil
}

func (d *Desk) worker(ctx context.Context, t *turns) {
	pause := d.ports.Retry
	for ctx.Err() == nil {
		r, ok, err := d.pick(ctx, t)
		if ok {
			d.ring() // there may be one for the other worker too
			pause = d.ports.Retry
			err = d.take(ctx, r)
			t.done(r, err, d.ports.Retry, d.ring)
			if err != nil && ctx.Err() == nil {
				d.ports.Trouble(err)
			}
			continue
		}
		wait := d.ports.Poll
		if err != nil && ctx.Err() == nil {
			d.ports.Trouble(err)
			wait, pause = pause, min(2*pause, 32*d.ports.Retry)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pick chooses the oldest batch of the creditor that had its turn longest ago
// and that no worker is on.
func (d *Desk) pick(ctx context.Context, t *turns) (chosen Record, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.swept {
		err = d.sweep(ctx)
		t.swept = err == nil
	}
	pending, failed := d.ports.Store.Pending(ctx)
	if failed != nil {
		return Record{}, false, errors.Join(err, failed)
	}
	for _, r := range pending {
		if t.busy[r.Creditor] || t.timers[r.Key] != nil {
			continue
		}
		if !ok || t.served[r.Creditor] < t.served[chosen.Creditor] {
			chosen, ok = r, true
		}
	}
	if ok {
		t.at++
		t.served[chosen.Creditor], t.busy[chosen.Creditor] = t.at, true
	}
	return chosen, ok, err
}

// done ends a turn. A batch that failed waits, and calls ring when it is over.
func (t *turns) done(r Record, err error, retry time.Duration, ring func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, r.Creditor)
	if err == nil {
		delete(t.failed, r.Key)
		return
	}
	t.swept = false // what failed may have left a file behind
	f := t.failed[r.Key]
	if f.next != r.Next {
		f = failure{next: r.Next}
	}
	wait := retry << min(f.times, 5)
	f.times++
	t.failed[r.Key] = f
	t.timers[r.Key] = time.AfterFunc(wait, func() {
		t.mu.Lock()
		delete(t.timers, r.Key)
		t.mu.Unlock()
		ring()
	})
}

func (t *turns) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, timer := range t.timers {
		timer.Stop()
	}
}
