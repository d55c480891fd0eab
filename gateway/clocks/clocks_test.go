// SPDX-License-Identifier: EUPL-1.2

package clocks_test

import (
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestCutoffs(t *testing.T) {
	for _, c := range []struct{ now, applied string }{
		{"2026-11-06T09:00:00Z", "2026-11-02"}, // Friday: what was told on Monday had three working days
		{"2026-11-07T09:00:00Z", "2026-11-03"},
		{"2026-11-09T09:00:00Z", "2026-11-03"}, // Monday: Wednesday's third working day is today
		{"2026-12-29T09:00:00Z", "2026-12-22"}, // Christmas counts for nothing
		{"2026-11-05T23:30:00Z", "2026-11-02"}, // past midnight in the Netherlands
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := clocks.CutoffsAt(now); got.Applied.String() != c.applied || !got.Received.Equal(now.Add(-24*time.Hour)) {
			t.Errorf("%s: %s", c.now, got.Applied)
		}
	}
}

// A sweep that fails, or whose answer is lost, is done by the next one, once.
func TestSweepSurvivesFaults(t *testing.T) {
	for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
		m := gatewaytest.NewMemory()
		o := gatewaytest.NewOffice(t, m.Truth)
		o.Begin(t, o.Report(t, o.Energy, 1), 5)
		o.Later(9)
		m.FailWrites(fault)
		if _, err := o.Clocks.Sweep(t.Context(), o.At); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindUnavailable {
			t.Fatal(err)
		}
		o.Sweep(t)
		o.Sweep(t)
		if got := o.Kinds(t, o.Energy); got != "hulp-geaccepteerd pauze-verstreken" && got != "hulp-geaccepteerd pauze-verstreken pauze-niet-ontvangen/24-uur pauze-niet-toegepast/3-werkdagen" {
			t.Errorf("fault %d: %s", fault, got)
		}
	}
}

// More than one transaction's worth is done in one sweep.
func TestManyAtOnce(t *testing.T) {
	m := gatewaytest.NewMemory()
	o := gatewaytest.NewOffice(t, m.Truth)
	for n := range 130 {
		o.Report(t, o.Energy, n+1)
	}
	o.Later(14)
	if n := o.Sweep(t); n != 130 {
		t.Errorf("%d of 130", n)
	}
	if n := len(o.Told(t, o.Nijmegen)); n != 130 {
		t.Errorf("%d notices", n)
	}
}
