// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// TestLinesBelongToTheDelivery: a line is worked on after the file was answered,
// and names the caller's span and the exchange that brought it all the same.
func TestLinesBelongToTheDelivery(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	s.Visit.Trace = gateway.ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").Within("0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11")
	w.receive(t, s, w.papers(3))
	w.work(t, w.desk, s)
	lines := 0
	for _, r := range gatewaytest.Logged(t, w.memory.Truth, w.Energy) {
		if r.Trace != s.Visit.Trace {
			t.Errorf("%s has %q of %q", r.Entry.Event, r.Trace.Parent(), r.Trace.Exchange())
		}
		if r.Entry.Event == string(audit.ReportReceived) {
			lines++
		}
	}
	if lines != 3 {
		t.Errorf("%d lines", lines)
	}
}
