// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"sync"
	"time"
)

// keepWatch does, until ctx ends, everything that the gateway does by itself and
// that only one process may do at a time. Doors need none of it to answer.
func (s *installation) keepWatch(ctx context.Context) {
	var done sync.WaitGroup
	defer done.Wait()
	for _, chore := range []func(context.Context){
		s.publish, s.passReorganisations, s.watchClocks, s.forget, s.processFiles, s.announcer.Work, s.countWebhooks, s.keepLogbooks,
	} {
		done.Go(func() { chore(ctx) })
	}
}

// every calls do at once and then at a pace, until ctx ends.
func every(ctx context.Context, pace time.Duration, do func()) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// publish takes new rows into the log and publishes its checkpoints.
func (s *installation) publish(ctx context.Context) {
	every(ctx, 250*time.Millisecond, func() {
		if _, err := s.sequencer.Integrate(ctx); err != nil && ctx.Err() == nil {
			s.logger.Error("logboek niet bijgewerkt", "fout", err.Error())
		}
	})
}

func (s *installation) passReorganisations(ctx context.Context) {
	every(ctx, time.Second, func() { s.passing.carryOut(ctx, time.Now()) })
}

// watchClocks lets the clocks look every few seconds: a pause that is over, or
// late, waits no longer than that.
func (s *installation) watchClocks(ctx context.Context) {
	every(ctx, 5*time.Second, func() {
		if _, err := s.clocks.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.logger.Error("klokken staan stil", "fout", err.Error())
		}
	})
}

// processFiles works through files that were handed in.
func (s *installation) processFiles(ctx context.Context) {
	if err := s.batches.Work(ctx); err != nil && ctx.Err() == nil {
		s.logger.Error("aanleveringen staan stil", "fout", err.Error())
	}
}
