// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
)

// watch is everything that the gateway does by itself and that only one process
// may do at a time. Doors need none of it to answer.
type watch struct {
	*desks
	atRest  *atRest
	metrics *httpapi.Metrics
	logger  *slog.Logger
}

func (s *installation) watchOver(d *desks) *watch {
	return &watch{d, s.atRest, s.options.Metrics, s.logger}
}

// keep does the chores until ctx ends.
func (w *watch) keep(ctx context.Context, more ...func(context.Context)) {
	var done sync.WaitGroup
	for _, chore := range append([]func(context.Context){
		w.publish, w.passReorganisations, w.watchClocks, w.forget, w.processFiles, w.announcer.Work, w.countWebhooks, w.keepLogbooks,
	}, more...) {
		done.Go(func() { chore(ctx) })
	}
	done.Wait()
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
func (w *watch) publish(ctx context.Context) {
	every(ctx, 250*time.Millisecond, func() {
		if _, err := w.sequencer.Integrate(ctx); err != nil && ctx.Err() == nil {
			w.logger.Error("logboek niet bijgewerkt", "fout", err.Error())
		}
	})
}

func (w *watch) passReorganisations(ctx context.Context) {
	every(ctx, time.Second, func() { w.passing.carryOut(ctx, time.Now()) })
}

// watchClocks lets the clocks look every few seconds: a pause that is over, or
// late, waits no longer than that.
func (w *watch) watchClocks(ctx context.Context) {
	every(ctx, 5*time.Second, func() {
		if _, err := w.clocks.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			w.logger.Error("klokken staan stil", "fout", err.Error())
		}
	})
}

// processFiles works through files that were handed in.
func (w *watch) processFiles(ctx context.Context) {
	if err := w.batches.Work(ctx); err != nil && ctx.Err() == nil {
		w.logger.Error("aanleveringen staan stil", "fout", err.Error())
	}
}
