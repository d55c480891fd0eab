// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// nodes is what the nodes of a cluster have between them, beside their stores.
type nodes interface {
	// Watch runs chores while this node, by name, has the watch, with a truth
	// whose writes fail once another has it. It waits for the watch, takes it
	// again when it was lost, and returns when ctx or chores end.
	Watch(ctx context.Context, name string, chores func(ctx context.Context, p period) error) error
	// Ready says why the stores of this node cannot be used now, if so.
	Ready(ctx context.Context) error
	// Listen calls wake with what other nodes rang for, until ctx ends.
	Listen(ctx context.Context, wake func(parties ...gateway.OIN))
}

// period is what a node has to work with while it has the watch.
type period struct {
	truth  truth
	chores []func(context.Context) // that only a cluster has
}

const (
	// watchPatience is how long a node whose servers do not answer keeps the
	// watch: another one may reach them.
	watchPatience = 5 * time.Second
	// watchPause is how long it then leaves the watch to others.
	watchPause = 5 * time.Second
)

// keepWatch does, until ctx ends, everything that the gateway does by itself and
// that only one process may do at a time.
func (s *installation) keepWatch(ctx context.Context) {
	if s.nodes == nil {
		s.onWatch.Store(true)
		defer s.onWatch.Store(false)
		s.watchOver(s.desks).keep(ctx)
		return
	}
	for ctx.Err() == nil {
		if err := s.nodes.Watch(ctx, s.config.node(), s.period); err != nil && ctx.Err() == nil {
			s.logger.Error("wacht afgegeven", "knooppunt", s.config.node(), "fout", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchPause):
		}
	}
}

var errNotAnswering = errors.New("the stores of this node do not answer")

// period does the chores of one period of watch. It gives the watch up when this
// node does not reach its servers.
func (s *installation) period(ctx context.Context, p period) error {
	if err := s.answers(ctx); err != nil {
		return errors.Join(errNotAnswering, err)
	}
	d, err := s.newDesks(ctx, p.truth)
	if err != nil {
		return err
	}
	s.logger.Info("wacht genomen", "knooppunt", s.config.node())
	s.onWatch.Store(true)
	defer s.offWatch()
	held, letGo := context.WithCancelCause(ctx)
	defer letGo(nil)
	go func() { letGo(s.deaf(held)) }()
	s.watchOver(d).keep(held, p.chores...)
	if err := context.Cause(held); err != nil && ctx.Err() == nil {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchPatience)
	defer cancel()
	_, err = d.sequencer.Integrate(last)
	return err
}

// deaf returns when the servers have not answered for a while, or ctx ends.
func (s *installation) deaf(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	since := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		within, cancel := context.WithTimeout(ctx, watchPatience)
		err := s.answers(within)
		cancel()
		switch {
		case err == nil:
			since = time.Now()
		case time.Since(since) >= watchPatience:
			return errors.Join(errNotAnswering, err)
		}
	}
}

// offWatch clears the figures that only the node with the watch knows.
func (s *installation) offWatch() {
	s.onWatch.Store(false)
	s.atRest.forget()
	for _, name := range []string{"seinhuis_webhook_pending", "seinhuis_webhook_undeliverable", "seinhuis_webhook_switched_off"} {
		s.options.Metrics.Gauge(name, 0)
	}
}

// hearBells wakes those who wait here for what other nodes did.
func (s *installation) hearBells(ctx context.Context) {
	if s.nodes != nil {
		s.nodes.Listen(ctx, s.bell.Wake)
	}
}

// ringer rings the bells of other nodes, a group at a time. What it cannot take
// is dropped: whoever waits then looks for himself at the end of his wait.
type ringer struct {
	rung chan gateway.OIN
	ring func(ctx context.Context, parties ...gateway.OIN) error
}

// maxRung bounds what waits to be rung, and one group.
const maxRung = 4096

func newRinger(ring func(ctx context.Context, parties ...gateway.OIN) error) *ringer {
	return &ringer{make(chan gateway.OIN, maxRung), ring}
}

// Ring never waits.
func (r *ringer) Ring(parties ...gateway.OIN) {
	for _, p := range parties {
		select {
		case r.rung <- p:
		default:
			return
		}
	}
}

// work rings until ctx ends.
func (r *ringer) work(ctx context.Context) {
	for {
		var group map[gateway.OIN]bool
		select {
		case <-ctx.Done():
			return
		case p := <-r.rung:
			group = map[gateway.OIN]bool{p: true}
		}
		for more := true; more && len(group) < maxRung; {
			select {
			case p := <-r.rung:
				group[p] = true
			default:
				more = false
			}
		}
		names := make([]gateway.OIN, 0, len(group))
		for p := range group {
			names = append(names, p)
		}
		_ = r.ring(ctx, names...) // lost: a wait ends a little later
	}
}
