// SPDX-License-Identifier: EUPL-1.2

package telemetry_test

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seinhuis/seinhuis/adapters/telemetry"
	"github.com/seinhuis/seinhuis/gateway"
)

const (
	traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	requestSpan = "1122334455667788"
)

// receiver is a collector that decodes what it gets.
type receiver struct {
	mu       sync.Mutex
	requests []*collector.ExportTraceServiceRequest
	status   int // of the answers, 0 for 200
	reject   int64
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(q.Body)
	request := new(collector.ExportTraceServiceRequest)
	if q.URL.Path != "/otlp/v1/traces" || q.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(body, request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.status != 0 {
		w.Header().Set("Location", "/otlp/v1/traces")
		w.WriteHeader(r.status)
		return
	}
	r.requests = append(r.requests, request)
	data, _ := proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: r.reject}})
	_, _ = w.Write(data)
}

func (r *receiver) spans() (all []*trace.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.requests {
		all = append(all, q.ResourceSpans[0].ScopeSpans[0].Spans...)
	}
	return all
}

// exporter sends to a receiver; its clock goes on a millisecond at each look.
func exporter(t *testing.T, r *receiver, change ...func(*telemetry.Config)) *telemetry.Exporter {
	t.Helper()
	s := httptest.NewTLSServer(r)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := telemetry.Config{Address: s.URL + "/otlp/", Roots: roots, Service: "seinhuis", Version: "v1", Instance: "i",
		Clock: func() time.Time { now = now.Add(time.Millisecond); return now }}
	for _, f := range change {
		f(&c)
	}
	e, err := telemetry.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// over posts all that waits.
func over(t *testing.T, e *telemetry.Exporter) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.Work(ctx)
}

func value(all []*common.KeyValue, key string) *common.AnyValue {
	for _, a := range all {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

// TestSpansOfARequest reads back what went over the line: a request of a caller
// with a span, a step in it and a step in that.
func TestSpansOfARequest(t *testing.T) {
	r := new(receiver)
	e := exporter(t, r)
	ctx, end := e.Request(t.Context(), gateway.ParseTraceparent(traceparent), requestSpan)
	within, committed := e.Begin(ctx, telemetry.StepCommit, 7)
	_, signed := e.Begin(within, telemetry.StepSign, 7)
	signed(gateway.Fail(gateway.KindUnavailable, errors.New("with a secret cause")))
	committed(nil)
	end("PUT", "/v1/meldingen/:meldingId", 503, "niet-beschikbaar")
	over(t, e)
	all := r.spans()
	if len(all) != 3 {
		t.Fatalf("%d spans", len(all))
	}
	sign, commit, request := all[0], all[1], all[2]
	for _, s := range all {
		if hex.EncodeToString(s.TraceId) != traceparent[3:35] || s.EndTimeUnixNano <= s.StartTimeUnixNano || len(s.SpanId) != 8 {
			t.Errorf("%s: trace %x, from %d until %d", s.Name, s.TraceId, s.StartTimeUnixNano, s.EndTimeUnixNano)
		}
	}
	if hex.EncodeToString(request.SpanId) != requestSpan || hex.EncodeToString(request.ParentSpanId) != "00f067aa0ba902b7" ||
		string(commit.ParentSpanId) != string(request.SpanId) || string(sign.ParentSpanId) != string(commit.SpanId) {
		t.Error("the spans do not hang under each other")
	}
	if request.Name != "PUT /v1/meldingen/:meldingId" || value(request.Attributes, "http.response.status_code").GetIntValue() != 503 ||
		value(request.Attributes, "error.type").GetStringValue() != "niet-beschikbaar" || request.Status.Code != trace.Status_STATUS_CODE_ERROR {
		t.Errorf("request %v", request)
	}
	if commit.Name != "vastleggen" || value(commit.Attributes, "seinhuis.members").GetIntValue() != 7 || commit.Status.Code != trace.Status_STATUS_CODE_UNSET {
		t.Errorf("commit %v", commit)
	}
	if value(sign.Attributes, "error.type").GetStringValue() != "niet-beschikbaar" || sign.Status.Message != "" {
		t.Errorf("sign %v", sign)
	}
	of := r.requests[0].ResourceSpans[0].Resource.Attributes
	if value(of, "service.name").GetStringValue() != "seinhuis" || value(of, "service.instance.id").GetStringValue() != "i" || e.Sent() != 3 || e.Dropped() != 0 {
		t.Errorf("resource %v, sent %d, dropped %d", of, e.Sent(), e.Dropped())
	}
}

// TestCollectorAway: whoever works never waits; what has no room, and what the
// collector does not take, is counted.
func TestCollectorAway(t *testing.T) {
	for name, r := range map[string]*receiver{"busy": {status: 503}, "redirects": {status: 307}, "rejects": {reject: 4}} {
		e := exporter(t, r, func(c *telemetry.Config) { c.Queue = 4 })
		for range 10 {
			_, end := e.Request(t.Context(), gateway.NewTrace(), requestSpan)
			end("GET", "", 200, "")
		}
		over(t, e)
		if e.Dropped() != 10 || e.Sent() != 0 {
			t.Errorf("%s: dropped %d, sent %d", name, e.Dropped(), e.Sent())
		}
		if name == "redirects" && len(r.spans()) != 0 {
			t.Error("a redirect was followed")
		}
	}
}

// TestShare: a trace is followed whole or not at all, about as many as was
// asked, and a step outside a request that is followed is none.
func TestShare(t *testing.T) {
	r := new(receiver)
	e := exporter(t, r, func(c *telemetry.Config) { c.Share = 0.25 })
	for range 2000 {
		tr := gateway.NewTrace()
		ctx, end := e.Request(t.Context(), tr, requestSpan)
		_, done := e.Begin(ctx, telemetry.StepOpen, 1)
		done(nil)
		end("GET", "", 200, "")
		_, lines := e.Root(t.Context(), tr, telemetry.StepLines, 256)
		lines(nil)
	}
	_, nothing := e.Begin(t.Context(), telemetry.StepOpen, 1)
	nothing(nil)
	over(t, e)
	per := map[string]int{}
	for _, s := range r.spans() {
		per[string(s.TraceId)]++
	}
	if len(per) < 380 || len(per) > 620 { // 500 expected, six deviations of 19
		t.Errorf("%d of 2000 traces were followed", len(per))
	}
	for id, n := range per {
		if n != 3 {
			t.Errorf("trace %x has %d spans", id, n)
		}
	}
}

func TestRefused(t *testing.T) {
	for address, ok := range map[string]bool{"https://otel.example:4318": true, "http://otel.example": false, "https://": false, "https://u:p@x": false, "https://x?y": false, "": false} {
		if _, err := telemetry.New(telemetry.Config{Address: address, Clock: time.Now}); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, share := range []float64{-0.1, 1.1} {
		if _, err := telemetry.New(telemetry.Config{Address: "https://otel.example", Share: share}); !errors.Is(err, telemetry.ErrShare) {
			t.Errorf("share %g: %v", share, err)
		}
	}
}
