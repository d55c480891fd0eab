// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// buckets are the upper bounds of the durations, in seconds.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}

// Metrics counts what the door did, by route, status and kind of error, and
// hands it out in the Prometheus text format. It holds no id, no OIN and no
// path. Serve it on a listener of its own, on loopback or behind mutual TLS; it
// is not a route of the door.
// Safe for concurrent use; make one with NewMetrics.
type Metrics struct {
	mu          sync.Mutex
	inside      int
	requests    map[requestKey]uint64
	durations   map[string]*histogram
	connections map[string]uint64
	unaudited   uint64
	others      map[string]other
	watched     []Gauge
}

// other is a number that somebody else counts.
type other struct {
	kind  string
	value int64
}

// Gauge is a number of things that are there now, by kind. It is asked at each
// look; when it fails, its series are missing from that answer, and
// seinhuis_gauges_failed says how many did.
type Gauge struct {
	Name, Label string // of the metric, and of what tells its kinds apart; no label: one number, of the kind ""
	Read        func(ctx context.Context) (map[string]int, error)
}

type requestKey struct {
	method, route, kind string
	status              int
}

type histogram struct {
	counts []uint64
	sum    float64
}

// NewMetrics starts at nothing.
func NewMetrics() *Metrics {
	return &Metrics{requests: map[requestKey]uint64{}, durations: map[string]*histogram{}, connections: map[string]uint64{}, others: map[string]other{}}
}

// Watch adds a gauge; its kinds are of a closed set and name no party.
func (m *Metrics) Watch(g Gauge) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watched = append(m.watched, g)
}

func (m *Metrics) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inside++
}

// end counts a request. Route is a template or empty, and the method one of a
// known few, so that a client cannot make series.
func (m *Metrics) end(method, route string, status int, kind string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inside--
	m.requests[requestKey{knownMethod(method), route, kind, status}]++
	h := m.durations[route]
	if h == nil {
		h = &histogram{counts: make([]uint64, len(buckets)+1)}
		m.durations[route] = h
	}
	i, _ := slices.BinarySearch(buckets, took.Seconds())
	h.counts[i]++
	h.sum += took.Seconds()
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodPut, http.MethodPost:
		return method
	}
	return "anders"
}

func (m *Metrics) connection(event string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections[event]++
}

func (m *Metrics) auditFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unaudited++
}

// Gauge sets a number that goes up and down, under a fixed name.
func (m *Metrics) Gauge(name string, value int64) { m.set(name, "gauge", value) }

// Counter sets a number that only goes up, under a fixed name.
func (m *Metrics) Counter(name string, value int64) { m.set(name, "counter", value) }

func (m *Metrics) set(name, kind string, value int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.others[name] = other{kind, value}
}

// ServeHTTP writes the metrics.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(m.text() + m.gauged(r.Context())))
}

// gaugeTimeout is how long one look waits for all gauges.
const gaugeTimeout = 5 * time.Second

// gauged asks the gauges, outside the lock: a store that is slow holds up no
// request.
func (m *Metrics) gauged(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, gaugeTimeout)
	defer cancel()
	m.mu.Lock()
	gauges := slices.Clone(m.watched)
	m.mu.Unlock()
	var b strings.Builder
	failed := 0
	for _, g := range gauges {
		now, err := g.Read(ctx)
		if err != nil {
			failed++
			continue
		}
		fmt.Fprintf(&b, "# TYPE %s gauge\n", g.Name)
		for _, kind := range sortedKeys(now, func(k string) string { return k }) {
			label := ""
			if g.Label != "" {
				label = fmt.Sprintf("{%s=%q}", g.Label, kind)
			}
			fmt.Fprintf(&b, "%s%s %d\n", g.Name, label, now[kind])
		}
	}
	fmt.Fprintf(&b, "# TYPE seinhuis_gauges_failed gauge\nseinhuis_gauges_failed %d\n", failed)
	return b.String()
}

func (m *Metrics) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "# TYPE seinhuis_http_in_flight gauge\nseinhuis_http_in_flight %d\n", m.inside)
	fmt.Fprintf(&b, "# TYPE seinhuis_http_unaudited_total counter\nseinhuis_http_unaudited_total %d\n", m.unaudited)
	for _, name := range sortedKeys(m.others, func(name string) string { return name }) {
		fmt.Fprintf(&b, "# TYPE %s %s\n%s %d\n", name, m.others[name].kind, name, m.others[name].value)
	}
	b.WriteString("# TYPE seinhuis_http_requests_total counter\n")
	for _, k := range sortedKeys(m.requests, func(k requestKey) string { return fmt.Sprint(k) }) {
		fmt.Fprintf(&b, "seinhuis_http_requests_total{method=%q,route=%q,status=\"%d\",kind=%q} %d\n", k.method, k.route, k.status, k.kind, m.requests[k])
	}
	b.WriteString("# TYPE seinhuis_http_connection_events_total counter\n")
	for _, k := range sortedKeys(m.connections, func(k string) string { return k }) {
		fmt.Fprintf(&b, "seinhuis_http_connection_events_total{event=%q} %d\n", k, m.connections[k])
	}
	b.WriteString("# TYPE seinhuis_http_duration_seconds histogram\n")
	for _, route := range sortedKeys(m.durations, func(k string) string { return k }) {
		m.durations[route].write(&b, route)
	}
	return b.String()
}

func (h *histogram) write(b *strings.Builder, route string) {
	total := uint64(0)
	for i, n := range h.counts {
		total += n
		bound := "+Inf"
		if i < len(buckets) {
			bound = strconv.FormatFloat(buckets[i], 'g', -1, 64)
		}
		fmt.Fprintf(b, "seinhuis_http_duration_seconds_bucket{route=%q,le=%q} %d\n", route, bound, total)
	}
	fmt.Fprintf(b, "seinhuis_http_duration_seconds_sum{route=%q} %g\n", route, h.sum)
	fmt.Fprintf(b, "seinhuis_http_duration_seconds_count{route=%q} %d\n", route, total)
}

func sortedKeys[K comparable, V any](m map[K]V, name func(K) string) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b K) int { return cmp.Compare(name(a), name(b)) })
	return keys
}
