// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	collectortrace "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

const reporter gateway.OIN = "00000099000000110001"

// collected counts what a logbook got, by the names of OTLP.
type collected struct {
	mu               sync.Mutex
	spans, decisions int
	away             bool
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var traces collectortrace.ExportTraceServiceRequest
	var logs collectorlogs.ExportLogsServiceRequest
	if c.away || proto.Unmarshal(body, map[bool]proto.Message{true: &traces, false: &logs}[r.URL.Path == "/v1/traces"]) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for _, of := range traces.ResourceSpans {
		c.spans += len(of.ScopeSpans[0].Spans)
	}
	for _, of := range logs.ResourceLogs {
		c.decisions += len(of.ScopeLogs[0].LogRecords)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// installed makes an installation that keeps the logbook of a creditor at an
// address.
func installed(t *testing.T, to *httptest.Server) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "gateway")
	c := config{OIN: string(demoOIN), Listen: "127.0.0.1:0", Unlock: "ontgrendeling", Routing: "routering.bin",
		Logbooks: []logbookTarget{{Controller: string(reporter), Address: to.URL, CA: "logboek-ca.pem"}}}
	if err := makeInstallation(t.Context(), dir, c, true, keyring.Options{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: to.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "logboek-ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func checked(t *testing.T, s *installation, at time.Time) {
	t.Helper()
	by := audit.By{Actor: string(reporter), Role: audit.Creditor, Origin: strings.Repeat("ab", 32), Trace: gateway.NewTrace()}
	e, err := audit.New(audit.ReportChecked, by, audit.Object(audit.KindReport, string(reporter), string(gateway.NewUUID(at, nil))), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.truth.Logbook.Write(t.Context(), []audit.Entry{e}); err != nil {
		t.Fatal(err)
	}
}

// TestLogbookOfAController is the whole way: an entry of the log, over TLS, into
// a logbook that was away for a while.
func TestLogbookOfAController(t *testing.T) {
	book := &collected{away: true}
	server := httptest.NewTLSServer(book)
	defer server.Close()
	dir := installed(t, server)
	s, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	checked(t, s, now.Add(-2*time.Hour))
	checked(t, s, now)
	f := s.forwarders[0]
	if _, err := f.Round(t.Context(), now); err == nil {
		t.Fatal("a logbook that is away took rows")
	}
	waiting, err := s.logbookRowsWaiting(t.Context())
	if err != nil || waiting[string(reporter)] != 2 {
		t.Errorf("the metrics say %v, %v", waiting, err)
	}
	if got := examined(t, dir, "processing logbooks"); !strings.Contains(got, "lacks 2 entries") {
		t.Errorf("the doctor says %q", got)
	}
	book.away = false
	if n, err := f.Round(t.Context(), now.Add(time.Minute)); n != 2 || err != nil {
		t.Fatalf("%d taken, %v", n, err)
	}
	if book.spans != 2 || book.decisions != 2 {
		t.Errorf("the logbook has %d rows and %d decisions", book.spans, book.decisions)
	}
	if got := examined(t, dir, "processing logbooks"); !strings.Contains(got, "all up to date") {
		t.Errorf("the doctor says %q", got)
	}
}

func examined(t *testing.T, dir, check string) string {
	t.Helper()
	d := &doctor{dir: dir, now: time.Now()}
	if err := d.examine(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.findings {
		if f.Check == check {
			return f.Detail
		}
	}
	return ""
}

func TestLogbooksOfAConfiguration(t *testing.T) {
	good := logbookTarget{Controller: string(reporter), Address: "https://logboek.example"}
	for name, c := range map[string]struct {
		config config
		want   string
	}{
		"good":           {config{Address: "https://seinhuis.example:8443", Logbooks: []logbookTarget{good}}, ""},
		"in the clear":   {config{Logbooks: []logbookTarget{{Controller: string(reporter), Address: "http://logboek.example"}}}, "https"},
		"no OIN":         {config{Logbooks: []logbookTarget{{Controller: "x", Address: good.Address}}}, "controller"},
		"half a pair":    {config{Logbooks: []logbookTarget{{Controller: string(reporter), Address: good.Address, Key: "x"}}}, "together"},
		"twice":          {config{Logbooks: []logbookTarget{good, good}}, "twice"},
		"not an address": {config{Address: "seinhuis.example"}, "adres"},
	} {
		var all []string
		for _, err := range c.config.checkLogbooks() {
			all = append(all, err.Error())
		}
		if got := strings.Join(all, "; "); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
