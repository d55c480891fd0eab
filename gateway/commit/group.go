// SPDX-License-Identifier: EUPL-1.2

// Package commit lets concurrent callers share one transaction: while one
// group is being written, the next one gathers, so that one fsync, one call to
// the key store and one append to the log serve many (group commit). An idle
// caller never waits.
//
// It may not know what it commits. Called by gateway/journey, gateway/mailbox,
// gateway/feedback, and by cmd/seinhuis for entries about the service itself.
package commit

import (
	"context"
	"sync"
)

// Run writes a group in one transaction and answers each member at its own
// place. An error means that nothing of the group was written.
type Run[In, Out any] func(ctx context.Context, members []In) ([]Out, error)

// Group gathers members of concurrent calls. Safe for concurrent use.
type Group[In, Out any] struct {
	run Run[In, Out]
	max int

	mu      sync.Mutex
	waiting []*call[In, Out]
	busy    bool
}

type call[In, Out any] struct {
	ctx     context.Context
	members []In
	out     []Out
	err     error
	done    chan struct{}
}

// NewGroup makes a group that hands run at most max members at a time; a
// larger call still goes in whole.
func NewGroup[In, Out any](max int, run Run[In, Out]) *Group[In, Out] {
	return &Group[In, Out]{run: run, max: max}
}

// Do commits members together with whatever else is waiting. It returns after
// they are durable or with an error that means they are not. A caller that
// goes away does not stop its commit: the answer is then found by replay.
func (g *Group[In, Out]) Do(ctx context.Context, members ...In) ([]Out, error) {
	if len(members) == 0 {
		return nil, nil
	}
	c := &call[In, Out]{ctx: context.WithoutCancel(ctx), members: members, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	lead := !g.busy
	g.busy = true
	g.mu.Unlock()
	if lead {
		g.lead()
	}
	<-c.done
	return c.out, c.err
}

// lead writes one group and hands the lead to a goroutine when more wait, so
// that no caller works for others for ever.
func (g *Group[In, Out]) lead() {
	calls := g.take()
	g.write(calls)
	g.mu.Lock()
	more := len(g.waiting) > 0
	g.busy = more
	g.mu.Unlock()
	if more {
		go g.lead()
	}
}

func (g *Group[In, Out]) take() []*call[In, Out] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, size := 0, 0
	for n < len(g.waiting) && (n == 0 || size+len(g.waiting[n].members) <= g.max) {
		size += len(g.waiting[n].members)
		n++
	}
	calls := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return calls
}

// write commits the calls as one; when that fails, each on its own, so that a
// failure of one never fails the others.
func (g *Group[In, Out]) write(calls []*call[In, Out]) {
	var all []In
	for _, c := range calls {
		all = append(all, c.members...)
	}
	out, err := g.attempt(calls[0].ctx, all)
	if err != nil && len(calls) > 1 {
		for _, c := range calls {
			c.out, c.err = g.attempt(c.ctx, c.members)
			close(c.done)
		}
		return
	}
	for _, c := range calls {
		c.err = err
		if err == nil {
			c.out, out = out[:len(c.members):len(c.members)], out[len(c.members):]
		}
		close(c.done)
	}
}

func (g *Group[In, Out]) attempt(ctx context.Context, members []In) (out []Out, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, errPanic
		}
	}()
	out, err = g.run(ctx, members)
	if err == nil && len(out) != len(members) {
		return nil, errAnswers
	}
	return out, err
}
