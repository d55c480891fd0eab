// SPDX-License-Identifier: EUPL-1.2

package logbook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	collectortrace "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	otlp "github.com/seinhuis/seinhuis/adapters/logbook"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

const (
	controller = "00000001234567890000"
	traceID    = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID     = "00f067aa0ba902b7"
	parentID   = "1122334455667788"
)

// receiver is a logbook that decodes what it gets.
type receiver struct {
	mu      sync.Mutex
	traces  []*collectortrace.ExportTraceServiceRequest
	logs    []*collectorlogs.ExportLogsServiceRequest
	status  int // of the next answers, 0 for 200
	reject  int64
	answer  string // media type, when not OTLP's
	clients int    // that showed a certificate
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(q.Body)
	if err != nil || q.Method != http.MethodPost || q.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.status != 0 {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
		return
	}
	r.clients += len(q.TLS.PeerCertificates)
	var answer proto.Message
	switch q.URL.Path {
	case "/in/v1/traces":
		request := new(collectortrace.ExportTraceServiceRequest)
		err = proto.Unmarshal(body, request)
		r.traces = append(r.traces, request)
		answer = &collectortrace.ExportTraceServiceResponse{PartialSuccess: &collectortrace.ExportTracePartialSuccess{RejectedSpans: r.reject}}
	case "/in/v1/logs":
		request := new(collectorlogs.ExportLogsServiceRequest)
		err = proto.Unmarshal(body, request)
		r.logs = append(r.logs, request)
		answer = new(collectorlogs.ExportLogsServiceResponse)
	default:
		err = errors.New("another path")
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if r.answer != "" {
		w.Header().Set("Content-Type", r.answer)
	}
	data, _ := proto.Marshal(answer)
	_, _ = w.Write(data)
}

func listen(t *testing.T, r *receiver) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(r)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func sender(t *testing.T, s *httptest.Server) *otlp.Sender {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	out, err := otlp.NewSender(otlp.Config{Address: s.URL + "/in/", Roots: roots, Certificates: s.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func batch() logbook.Batch {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	return logbook.Batch{Controller: controller,
		Rows: []logbook.Row{
			{Trace: traceID, Span: spanID, Parent: parentID, Status: logbook.StatusOk, Name: "Een melding is doorgegeven.", Start: at, End: at.Add(time.Second),
				Service: "seinhuis", Version: "v1", Attributes: []logbook.Attribute{{Key: "dpl.core.data_subject_id", Text: strings.Repeat("ab", 32)},
					{Key: "seinhuis.codes", List: []string{"een", "twee"}}, {Key: "seinhuis.regel", Number: 7}}},
			{Trace: traceID, Span: "aaaaaaaaaaaaaaaa", Status: logbook.StatusUnset, Name: "x", Start: at, End: at},
			{Trace: traceID, Span: "bbbbbbbbbbbbbbbb", Status: logbook.StatusError, Name: "y", Start: at, End: at},
		},
		Decisions: []logbook.Decision{{Trace: traceID, Span: spanID, Parent: parentID, At: at, Status: logbook.StatusUnset, Codes: []string{"geen-overeenkomst"},
			Request: "logboek/7", Policy: strings.Repeat("cd", 32), Exchange: "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11", Service: "seinhuis", Version: "v1"}}}
}

func valueOf(all []*common.KeyValue, key string) *common.AnyValue {
	for _, a := range all {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

// TestRowsAreSpans reads back what went over the line.
func TestRowsAreSpans(t *testing.T) {
	r := new(receiver)
	if err := sender(t, listen(t, r)).Send(t.Context(), batch()); err != nil {
		t.Fatal(err)
	}
	of := r.traces[0].ResourceSpans[0]
	if got := valueOf(of.Resource.Attributes, "seinhuis.verantwoordelijke").GetStringValue(); got != controller {
		t.Errorf("the resource is of %q", got)
	}
	if valueOf(of.Resource.Attributes, "service.name").GetStringValue() != "seinhuis" || valueOf(of.Resource.Attributes, "service.version").GetStringValue() != "v1" {
		t.Errorf("resource %v", of.Resource)
	}
	all := of.ScopeSpans[0].Spans
	s := all[0]
	if hex.EncodeToString(s.TraceId) != traceID || hex.EncodeToString(s.SpanId) != spanID || hex.EncodeToString(s.ParentSpanId) != parentID || s.Flags != 1 {
		t.Errorf("ids %x %x %x, flags %d", s.TraceId, s.SpanId, s.ParentSpanId, s.Flags)
	}
	if s.StartTimeUnixNano != 1772366400123000000 || s.EndTimeUnixNano-s.StartTimeUnixNano != 1e9 || s.Name != "Een melding is doorgegeven." {
		t.Errorf("%d, %d, %q", s.StartTimeUnixNano, s.EndTimeUnixNano, s.Name)
	}
	if valueOf(s.Attributes, "seinhuis.regel").GetIntValue() != 7 || len(valueOf(s.Attributes, "seinhuis.codes").GetArrayValue().GetValues()) != 2 ||
		valueOf(s.Attributes, "dpl.core.data_subject_id").GetStringValue() != strings.Repeat("ab", 32) {
		t.Errorf("attributes %v", s.Attributes)
	}
	for i, want := range []trace.Status_StatusCode{trace.Status_STATUS_CODE_OK, trace.Status_STATUS_CODE_UNSET, trace.Status_STATUS_CODE_ERROR} {
		if got := all[i].Status.Code; got != want {
			t.Errorf("span %d has status %s", i, got)
		}
	}
	if len(all[1].ParentSpanId) != 0 {
		t.Error("a row without parent has one")
	}
	if r.clients == 0 {
		t.Error("the client certificate was not shown")
	}
}

func TestDecisionsAreLogRecords(t *testing.T) {
	r := new(receiver)
	if err := sender(t, listen(t, r)).Send(t.Context(), batch()); err != nil {
		t.Fatal(err)
	}
	d := r.logs[0].ResourceLogs[0].ScopeLogs[0].LogRecords[0]
	if d.EventName != "adl.access_evaluation" || hex.EncodeToString(d.TraceId) != traceID || hex.EncodeToString(d.SpanId) != spanID || d.TimeUnixNano != 1772366400123000000 {
		t.Errorf("%s %x %x %d", d.EventName, d.TraceId, d.SpanId, d.TimeUnixNano)
	}
	for key, want := range map[string]string{"adl.core.request": "logboek/7", "adl.core.policies": strings.Repeat("cd", 32),
		"adl.fsc.transaction_id": "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11", "parent_span_id": parentID, "status": "Unset"} {
		if got := valueOf(d.Attributes, key).GetStringValue(); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	answer := valueOf(d.Body.GetKvlistValue().GetValues(), "adl.core.response").GetKvlistValue().GetValues()
	codes := valueOf(valueOf(answer, "context").GetKvlistValue().GetValues(), "codes").GetArrayValue().GetValues()
	if valueOf(answer, "decision").GetBoolValue() || len(codes) != 1 || codes[0].GetStringValue() != "geen-overeenkomst" {
		t.Errorf("response %v", answer)
	}
	if valueOf(d.Attributes, "adl.core.response") != nil {
		t.Error("the response is both reference and body")
	}
}

// TestNotConfirmed: anything but a full confirmation is an error, of which no
// word comes from the other side.
func TestNotConfirmed(t *testing.T) {
	for name, r := range map[string]*receiver{
		"rejects a row": {reject: 1}, "busy": {status: 503}, "refuses": {status: 400}, "redirects": {status: 307}, "no OTLP": {answer: "text/html"}, "nothing": {status: 204},
	} {
		if err := sender(t, listen(t, r)).Send(t.Context(), batch()); err == nil {
			t.Errorf("%s: counts as confirmed", name)
		}
		if r.status == 307 && len(r.traces)+len(r.logs) != 0 {
			t.Errorf("%s: followed", name)
		}
	}
}

func TestStrangersGetNothing(t *testing.T) {
	r := new(receiver)
	s := listen(t, r)
	stranger, err := otlp.NewSender(otlp.Config{Address: s.URL + "/in"})
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Send(t.Context(), batch()); !errors.Is(err, otlp.ErrUntrusted) {
		t.Errorf("an unknown authority: %v", err)
	}
	s.Close()
	if err := sender(t, s).Send(t.Context(), batch()); !errors.Is(err, otlp.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sender(t, s).Send(gone, batch()); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if len(r.traces) != 0 {
		t.Error("rows went to a stranger")
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://logboek.example": true, "https://logboek.example:4318/x/": true,
		"http://logboek.example": false, "logboek.example:4318": false, "https://": false, "https://u:p@logboek.example": false,
		"https://logboek.example?x=1": false, "https://logboek.example#x": false, "": false, "unix:///x": false,
	} {
		if _, err := otlp.NewSender(otlp.Config{Address: address}); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestIDsThatAreNone(t *testing.T) {
	r := new(receiver)
	to := sender(t, listen(t, r))
	for _, change := range []func(*logbook.Row){
		func(r *logbook.Row) { r.Trace = "x" }, func(r *logbook.Row) { r.Span = "" }, func(r *logbook.Row) { r.Parent = "zz" },
	} {
		b := batch()
		change(&b.Rows[0])
		if to.Send(t.Context(), b) == nil {
			t.Error("a row without usable ids was sent")
		}
	}
	if len(r.traces) != 0 {
		t.Error("something went")
	}
}
