// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seinhuis/seinhuis/adapters/telemetry"
)

// spanCollector keeps the bytes and the spans that it got.
type spanCollector struct {
	mu    sync.Mutex
	raw   []byte
	spans []*trace.Span
}

func (c *spanCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.raw = append(c.raw, body...)
	for _, of := range request.ResourceSpans {
		for _, in := range of.ScopeSpans {
			c.spans = append(c.spans, in.Spans...)
		}
	}
}

// extend adds sections to the configuration of an installation.
func extend(t *testing.T, dir, sections string) {
	t.Helper()
	path := filepath.Join(dir, configFile)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(was, "\n"+sections...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSpansHoldNobody sends marked persons all the way, some refused, to a
// gateway whose spans are collected: the steps are there, and no mark, OIN or id
// of a report is (invariant I1).
func TestSpansHoldNobody(t *testing.T) {
	c := new(spanCollector)
	to := httptest.NewTLSServer(c)
	t.Cleanup(to.Close)
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.gateway.Close(); err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: to.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(w.home(), "otel-ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	extend(t, w.home(), "telemetrie:\n  adres: "+to.URL+"\n  ca: otel-ca.pem\n")
	if w.gateway, err = openInstallation(t.Context(), w.home(), discard()); err != nil {
		t.Fatal(err)
	}
	stop := w.serve(t.Context())
	s := &story{world: w, out: io.Discard}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	sendCanaries(t, s)
	if emptyCanaries(t, s) == 0 {
		t.Fatal("no mark arrived at a municipality: the canary sees nothing")
	}
	if err := stop(); err != nil { // posts what waits
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	checkSpans(t, c.spans)
	names := marks()
	for _, p := range demoParties() {
		names = append(names, string(p.OIN), string(p.Municipality))
	}
	for _, mark := range names {
		if mark != "" && bytes.Contains(c.raw, []byte(mark)) {
			t.Errorf("mark %q is in the spans", mark)
		}
	}
	if id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7`).FindAll(c.raw, -1); distinct(id) > 1 { // our own instance only
		t.Errorf("%d ids are in the spans", distinct(id))
	}
}

func distinct(all [][]byte) int {
	seen := map[string]bool{}
	for _, v := range all {
		seen[string(v)] = true
	}
	return len(seen)
}

// checkSpans holds the texts to the closed sets: routes with their parameters
// unfilled, steps and kinds of errors; and looks for a whole journey.
func checkSpans(t *testing.T, all []*trace.Span) {
	t.Helper()
	known := map[string]bool{}
	for _, s := range telemetry.Steps() {
		known[string(s)] = true
	}
	word := regexp.MustCompile(`^[a-z-]{0,20}$`)
	steps := map[string]map[string]bool{} // of each request for a report
	for _, s := range all {
		method, route, isRequest := strings.Cut(s.Name, " ")
		switch {
		case isRequest && (method != strings.ToUpper(method) || !strings.HasPrefix(route, "/v1/")), !isRequest && !known[s.Name]:
			t.Errorf("a span is named %q", s.Name)
		}
		for _, a := range s.Attributes {
			text := a.Value.GetStringValue()
			switch a.Key {
			case "http.request.method", "seinhuis.members", "http.response.status_code":
			case "http.route":
				if text != route {
					t.Errorf("route %q", text)
				}
			case "error.type":
				if !word.MatchString(text) {
					t.Errorf("outcome %q", text)
				}
			default:
				t.Errorf("attribute %q", a.Key)
			}
		}
		if id := hex.EncodeToString(s.TraceId); steps[id] == nil {
			steps[id] = map[string]bool{s.Name: true}
		} else {
			steps[id][s.Name] = true
		}
	}
	whole := 0
	for _, of := range steps {
		if of["PUT /v1/meldingen/:meldingId"] && of[string(telemetry.StepOpen)] && of[string(telemetry.StepSeal)] && of[string(telemetry.StepSign)] && of[string(telemetry.StepCommit)] {
			whole++
		}
	}
	// A commit's span hangs under the request that led it. Of 160 reports that are
	// taken, eight under way at a time, no fewer than twenty lead one.
	if whole < 20 {
		t.Errorf("%d whole journeys in %d spans", whole, len(all))
	}
}

func TestTelemetryConfig(t *testing.T) {
	for _, c := range []telemetryConfig{{}, {Address: "http://otel.example"}, {Address: "https://otel.example", Share: 2}, {Address: "https://otel.example", Key: "x"}} {
		if len(c.check()) == 0 {
			t.Errorf("%+v is taken", c)
		}
	}
	if wrong := (&telemetryConfig{Address: "https://otel.example:4318", Share: 0.1}).check(); len(wrong) > 0 {
		t.Error(wrong)
	}
	var none *telemetryConfig
	if e, err := none.open(""); e != nil || err != nil || (tracing{}).door() != nil || len(none.check()) > 0 {
		t.Error("without the section something is followed")
	}
}
