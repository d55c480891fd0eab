// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"net/http"
	"time"
)

// showFigures adds the gauges of this installation to its metrics. Called at the
// end of wire.
func (s *installation) showFigures() {
	f := figures{
		clock: time.Now, ready: s.healthy,
		parties: s.truth.Register, standing: s.truth.Standing, certificates: papers{s.dir, s.config, s.ring}.Certificates,
		rows: s.truth.Rows, heads: s.truth.Heads, log: s.sequencer, batches: s.truth.Batches, spans: s.tracing.spans,
		watch: s.onWatch.Load,
	}
	if s.profileFigures != nil {
		s.profileFigures(&f)
	}
	f.show(s.options.Metrics)
}

// metricsPage is what /metrics answers, on whichever listener.
func (s *installation) metricsPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.options.Metrics.ServeHTTP(w, r)
		s.atRest.write(w)
	})
}

// observe opens the listeners of the section waarneming until stop is called;
// from the end of ctx on it says that this node is not ready.
func (s *installation) observe(ctx context.Context) (stop func(), err error) {
	return s.config.Observation.open(ctx, s.dir, observed{metrics: s.metricsPage(), ready: s.healthy})
}
