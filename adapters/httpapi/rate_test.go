// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// TestRateOfAParty: a loop is told to wait and fills neither log nor store,
// others go on, and so does the party itself after a rest.
func TestRateOfAParty(t *testing.T) {
	var log bytes.Buffer
	o := Options{RatePerParty: 10, BurstPerParty: 20, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
	h := newHouse(t, o)
	services, now := h.services(), noon
	services.Clock = func() time.Time { return now }
	o.Metrics = h.metrics
	var err error
	if h.handler, err = New(services, o); err != nil {
		t.Fatal(err)
	}
	tries := func(n int) (passed int) {
		for range n {
			w := h.do(good()["PUT /meldingen/:meldingId"])
			if w.Code == 201 {
				passed++
				continue
			}
			if p := shown(t, w); w.Code != 429 || p.Findings[0].Code != gateway.CodeBusy || w.Header().Get("Retry-After") != "1" {
				t.Fatalf("%d %v", w.Code, p.Findings)
			}
		}
		return passed
	}
	if n := tries(100); n != 20 {
		t.Fatalf("%d passed at once", n)
	}
	if n := strings.Count(log.String(), "\n"); n != 21 {
		t.Fatalf("%d log lines of 20 good requests and one loop", n)
	}
	if want := `status="429",kind="niet-beschikbaar"} 80`; !strings.Contains(h.metrics.text(), want) {
		t.Fatalf("the metrics lack %s:\n%s", want, h.metrics.text())
	}
	if w := h.do(good()["GET /signalen"]); w.Code != 200 {
		t.Fatalf("another party: %d", w.Code)
	}
	now = now.Add(time.Second)
	if n := tries(100); n != 10 {
		t.Fatalf("%d passed after a second", n)
	}
	if n := len(h.reports); n != 30 || len(h.refused) != 0 {
		t.Fatalf("%d reports and %d refusals reached the store", n, len(h.refused))
	}
}

func TestRate(t *testing.T) {
	r := newRate(2, 4)
	for _, c := range []struct {
		name  string
		at    time.Duration
		tries int
		want  int
	}{
		{"burst", 0, 9, 4}, {"half a second gives one", time.Second / 2, 9, 1}, {"clock set back", -time.Hour, 9, 0},
		{"a little before", -time.Hour - time.Second/2, 9, 0}, {"the same moment again", -time.Hour, 9, 0},
		{"and on again from there", -time.Hour + time.Second, 9, 2}, {"no more than the burst", time.Hour, 9, 4},
	} {
		passed := 0
		for range c.tries {
			if ok, _ := r.take(energy, noon.Add(c.at)); ok {
				passed++
			}
		}
		if passed != c.want {
			t.Errorf("%s: %d passed, want %d", c.name, passed, c.want)
		}
	}
}

func TestBucketsAreBounded(t *testing.T) {
	r := newRate(1, 1)
	for i := range 3 * maxBuckets {
		r.take(gateway.OIN(itoa(int64(i))), noon)
	}
	if len(r.of) > maxBuckets {
		t.Fatalf("%d buckets", len(r.of))
	}
}
