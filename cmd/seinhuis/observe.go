// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"net/http"
	"time"
)

// showFigures adds the gauges of this installation to its metrics. Called at the
// end of wire.
func (s *standalone) showFigures() {
	figures{
		clock: time.Now, ready: s.healthy,
		parties: s.db.Register(), standing: s.db.Oversight(), certificates: papers{s.dir, s.config, s.ring}.Certificates,
		rows: s.db.Audit(), heads: s.db.Audit(), log: s.sequencer, batches: s.db.Batches(), spans: s.tracing.spans,
		watch: func() bool { return true }, // one process does all chores
	}.show(s.options.Metrics)
}

// metricsPage is what /metrics answers, on whichever listener.
func (s *standalone) metricsPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.options.Metrics.ServeHTTP(w, r)
		s.atRest.write(w)
	})
}

// observe opens the listeners of the section waarneming until stop is called;
// from the end of ctx on it says that this node is not ready.
func (s *standalone) observe(ctx context.Context) (stop func(), err error) {
	return s.config.Observation.open(ctx, s.dir, observed{metrics: s.metricsPage(), ready: s.healthy})
}
