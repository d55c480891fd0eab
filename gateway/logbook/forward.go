// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Target is the logbook of one controller, elsewhere.
type Target struct {
	Name       string // of its cursor; another name begins anew
	Controller gateway.OIN
}

// Batch is what goes to a target at once: the rows and the decisions of entries
// in order.
type Batch struct {
	Controller gateway.OIN
	Rows       []Row
	Decisions  []Decision
}

// Sender brings a batch to a logbook. It returns nil only when the logbook said
// that it has all of it. It may be asked twice for the same batch: a logbook
// knows a row again by trace and span. Filled by adapters/logbook.
type Sender interface {
	Send(ctx context.Context, b Batch) error
}

const (
	// batchSize is how many entries go at once.
	batchSize = 500
	// firstPause and longestPause bound how long a target is left alone after it
	// failed: twice as long each time.
	firstPause   = time.Second
	longestPause = 5 * time.Minute
)

// Forwarder keeps the logbook of one controller up to date: every entry that
// concerns it, in order of number, at least once, never sampled and never
// dropped. What does not arrive is sent again until it does. One at a time may
// work for a target.
type Forwarder struct {
	target  Target
	source  Source
	cursors Cursors
	sender  Sender
	profile Profile

	mu     sync.Mutex
	failed int       // attempts in a row
	before time.Time // not before
}

// NewForwarder makes a Forwarder.
func NewForwarder(t Target, s Source, c Cursors, to Sender, p Profile) *Forwarder {
	return &Forwarder{target: t, source: s, cursors: c, sender: to, profile: p}
}

// Target is whose logbook it keeps.
func (f *Forwarder) Target() Target { return f.target }

// Waiting counts the entries that the logbook has not confirmed.
func (f *Forwarder) Waiting(ctx context.Context) (int64, error) {
	after, err := f.cursors.Cursor(ctx, f.target.Name)
	if err != nil {
		return 0, err
	}
	return f.source.Waiting(ctx, f.target.Controller, after)
}

// Round sends all that waits, unless the target is being left alone. It returns
// how many entries the logbook took, and why it stopped before the last.
func (f *Forwarder) Round(ctx context.Context, now time.Time) (taken int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Before(f.before) {
		return 0, nil
	}
	for {
		n, err := f.next(ctx)
		taken += n
		switch {
		case err != nil && ctx.Err() != nil: // we stop: that says nothing about the target
			return taken, err
		case err != nil:
			f.before = now.Add(min(longestPause, firstPause<<min(f.failed, 16)))
			f.failed++
			return taken, err
		}
		f.failed = 0
		if n < batchSize {
			return taken, nil
		}
	}
}

// next sends one batch. The cursor moves after the logbook confirmed, so a crash
// between the two sends the batch again.
func (f *Forwarder) next(ctx context.Context) (int, error) {
	after, err := f.cursors.Cursor(ctx, f.target.Name)
	if err != nil {
		return 0, err
	}
	records, err := f.source.After(ctx, f.target.Controller, after, batchSize)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	b, entries := Batch{Controller: f.target.Controller}, 0
	for _, r := range records {
		if r.Number < after || r.Number == after && !r.Further {
			return 0, errOrder
		}
		if after = r.Number; !r.Further {
			entries++
		}
		if row, ok := f.profile.Row(f.target.Controller, r); ok {
			b.Rows = append(b.Rows, row)
		}
		if d, ok := f.profile.Decision(r); ok {
			b.Decisions = append(b.Decisions, d)
		}
	}
	if len(b.Rows)+len(b.Decisions) > 0 {
		if err := f.sender.Send(ctx, b); err != nil {
			return 0, err
		}
	}
	return entries, f.cursors.Advance(ctx, f.target.Name, after)
}

var errOrder = errors.New("logbook: the store gave records out of order")
