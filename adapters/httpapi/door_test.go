// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

func TestRequestsThatAreNotInTheContract(t *testing.T) {
	token, report, file := "application/jose", "/v1/meldingen/"+idA, "/v1/aanleveringen/"+idA
	typed := func(a ask, more ...string) ask {
		a.header = nil
		for _, m := range more {
			name, value, _ := strings.Cut(m, ": ")
			a.header = append(a.header, [2]string{name, value})
		}
		return a
	}
	plain := put(report, token, jwe, "partij")
	confirm := good()["PUT /berichten/:berichtId/bevestiging"]
	received := good()["PUT /signalen/:signaalId/ontvangst"]
	for _, c := range []struct {
		name   string
		ask    ask
		status int
		code   gateway.Code
	}{
		{"unknown path", get("/v1/onbekend", "partij"), 404, gateway.CodePathUnknown},
		{"root", get("/", ""), 404, gateway.CodePathUnknown},
		{"without version", get("/meldingen", "partij"), 404, gateway.CodePathUnknown},
		{"trailing slash", get("/v1/signalen/", "gemeente"), 404, gateway.CodePathUnknown},
		{"trailing slash of a route with an id", put(report+"/", token, jwe, "partij"), 404, gateway.CodePathUnknown},
		{"double slash", get("/v1//signalen", "gemeente"), 404, gateway.CodePathUnknown},
		{"other case", get("/v1/Signalen", "gemeente"), 404, gateway.CodePathUnknown},
		{"dots", get("/v1/x/../signalen", "gemeente"), 404, gateway.CodePathUnknown},
		{"escaped letter", get("/v1/%73ignalen", "gemeente"), 404, gateway.CodePathUnknown},
		{"escaped slash", get("/v1/signalen%2f"+idA, "gemeente"), 404, gateway.CodePathUnknown},
		{"escape in an id", put("/v1/meldingen/%30"+idA[1:], token, jwe, "partij"), 404, gateway.CodePathUnknown},
		{"metrics are not here", get("/metrics", ""), 404, gateway.CodePathUnknown},
		{"wrong method", ask{method: "DELETE", path: report, as: "partij"}, 405, gateway.CodeMethod},
		{"HEAD", ask{method: "HEAD", path: "/v1/sleutels"}, 405, gateway.CodeMethod},
		{"OPTIONS", ask{method: "OPTIONS", path: "/v1/signalen"}, 405, gateway.CodeMethod},
		{"method of nobody", ask{method: "BREW", path: "/v1/sleutels"}, 405, gateway.CodeMethod},
		{"id in capitals", put("/v1/meldingen/"+strings.ToUpper(idA), token, jwe, "partij"), 400, gateway.CodeParameter},
		{"no id", put("/v1/meldingen/jansen", token, jwe, "partij"), 400, gateway.CodeParameter},
		{"nil id", get("/v1/signalen/00000000-0000-0000-0000-000000000000", "gemeente"), 400, gateway.CodeParameter},
		{"query where none belongs", put(report+"?na=1", token, jwe, "partij"), 400, gateway.CodeParameter},
		{"query at a public route", get("/v1/sleutels?kid=1", ""), 400, gateway.CodeParameter},
		{"unknown parameter", get("/v1/signalen?vanaf=1", "gemeente"), 400, gateway.CodeParameter},
		{"parameter twice", get("/v1/signalen?na=1&na=2", "gemeente"), 400, gateway.CodeParameter},
		{"broken query", get("/v1/signalen?na=%zz", "gemeente"), 400, gateway.CodeParameter},
		{"wacht is not for signals", get("/v1/signalen?wacht=1", "gemeente"), 400, gateway.CodeParameter},
		{"negative cursor", get("/v1/signalen?na=-1", "gemeente"), 400, gateway.CodeParameter},
		{"signed cursor", get("/v1/signalen?na=%2B1", "gemeente"), 400, gateway.CodeParameter},
		{"empty cursor", get("/v1/signalen?na=", "gemeente"), 400, gateway.CodeParameter},
		{"cursor beyond 64 bits", get("/v1/signalen?na=9223372036854775808", "gemeente"), 400, gateway.CodeParameter},
		{"nothing wanted", get("/v1/signalen?maximum=0", "gemeente"), 400, gateway.CodeParameter},
		{"too much wanted", get("/v1/berichten?maximum=501", "partij"), 400, gateway.CodeParameter},
		{"too long a wait", get("/v1/berichten?wacht=61", "partij"), 400, gateway.CodeParameter},
		{"no media type", typed(plain), 415, gateway.CodeMediaType},
		{"JSON for a token", typed(plain, "Content-Type: application/json"), 415, gateway.CodeMediaType},
		{"two media types", typed(plain, "Content-Type: application/jose", "Content-Type: application/jose"), 415, gateway.CodeMediaType},
		{"parameter on a token", typed(plain, "Content-Type: application/jose; charset=utf-8"), 415, gateway.CodeMediaType},
		{"compressed", typed(plain, "Content-Type: application/jose", "Content-Encoding: gzip"), 415, gateway.CodeMediaType},
		{"JSON in another charset", typed(confirm, "Content-Type: application/json; charset=latin1"), 415, gateway.CodeMediaType},
		{"content without a type", ask{"PUT", received.path, "{}", "gemeente", nil}, 415, gateway.CodeMediaType},
		{"content with another type", put(received.path, "text/plain", "{}", "gemeente"), 415, gateway.CodeMediaType},
		{"too large", put(report, token, strings.Repeat("a", maxBody+1), "partij"), 413, gateway.CodeTooLarge},
		{"a file without indeling", put(file, token, jwe, "partij"), 400, gateway.CodeParameter},
		{"a file in another indeling", put(file+"?indeling=xlsx", token, jwe, "partij"), 400, gateway.CodeParameter},
		{"controle is not a word", put(file+"?indeling=csv&controle=ja", token, jwe, "partij"), 400, gateway.CodeParameter},
		{"indeling twice", put(file+"?indeling=csv&indeling=csv", token, jwe, "partij"), 400, gateway.CodeParameter},
		{"a file that is not sealed", put(file+"?indeling=csv", "text/csv", "a;b", "partij"), 415, gateway.CodeMediaType},
		{"a compressed file", typed(put(file+"?indeling=csv", token, jwe, "partij"), "Content-Type: application/pgp-encrypted", "Content-Encoding: gzip"), 415, gateway.CodeMediaType},
		{"a file of 16 MiB and one", put(file+"?indeling=csv", token, strings.Repeat("a", batch.MaxJOSE+1), "partij"), 413, gateway.CodeTooLarge},
		{"outcomes with a cursor", get(file+"/uitkomsten?na=1", "partij"), 400, gateway.CodeParameter},
		{"not JSON", put(confirm.path, jsonType, "stand", "partij"), 400, gateway.CodeNotJSON},
		{"unknown field", put(confirm.path, jsonType, `{"stand":"ontvangen","naam":"Jansen"}`, "partij"), 400, gateway.CodeUnknownField},
		{"field twice", put(confirm.path, jsonType, `{"stand":"ontvangen","stand":"toegepast"}`, "partij"), 400, gateway.CodeDuplicateField},
		{"stand that only we set", put(confirm.path, jsonType, `{"stand":"klaar"}`, "partij"), 400, gateway.CodeUnknownValue},
		{"no stand", put(confirm.path, jsonType, `{}`, "partij"), 400, gateway.CodeMissingField},
		{"something with a confirmation", put(received.path, jsonType, `{"a":1}`, "gemeente"), 400, gateway.CodeUnknownField},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, Options{})
			w := h.do(c.ask)
			p := shown(t, w)
			if p.Status != c.status || p.Findings[0].Code != c.code {
				t.Fatalf("%d %v, want %d %s", p.Status, p.Findings, c.status, c.code)
			}
			if len(h.calls) > 0 {
				t.Fatalf("a service was called: %v", h.calls)
			}
			if strings.Contains(w.Body.String(), "ansen") {
				t.Fatal("the answer repeats what came in")
			}
			if allow := w.Header().Get("Allow"); (allow != "") != (c.status == 405) {
				t.Fatalf("Allow: %q", allow)
			}
		})
	}
}

func TestAllFindingsAtOnce(t *testing.T) {
	h := newHouse(t, Options{})
	if p := shown(t, h.do(get("/v1/berichten?na=x&maximum=0&wacht=99", "partij"))); len(p.Findings) != 3 {
		t.Errorf("%v", p.Findings)
	}
	if p := shown(t, h.do(put("/v1/signalen/x/terugkoppelingen/y", "application/jose", jws, "gemeente"))); len(p.Findings) != 2 {
		t.Errorf("%v", p.Findings)
	}
}

func TestAllFindingsOfAFileAtOnce(t *testing.T) {
	h := newHouse(t, Options{})
	if p := shown(t, h.do(put("/v1/aanleveringen/x?indeling=y&controle=z", "application/jose", jwe, "partij"))); len(p.Findings) != 3 {
		t.Errorf("%v", p.Findings)
	}
}

func TestBodyWithoutLengthIsHeld(t *testing.T) {
	h := newHouse(t, Options{})
	for size, want := range map[int]int{maxBody: 201, maxBody + 1: 413} {
		r := put("/v1/meldingen/"+idA, "application/jose", strings.Repeat("a", size), "partij").request(t)
		r.ContentLength = -1
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%d bytes: %d", size, w.Code)
		}
	}
}

func TestEmptyObjectConfirms(t *testing.T) {
	h := newHouse(t, Options{})
	if w := h.do(put("/v1/signalen/"+idA+"/ontvangst", jsonType, " {} ", "gemeente")); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		status  int
	}{{"of a party", Options{ConcurrentPerParty: 1}, 429}, {"of all", Options{Concurrent: 1}, 503}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.options)
			entered, free := make(chan struct{}), make(chan struct{})
			h.onReport = sync.OnceFunc(func() { close(entered); <-free })
			var first sync.WaitGroup
			first.Go(func() { h.do(good()["PUT /meldingen/:meldingId"]) })
			<-entered
			w := h.do(good()["POST /meldingen/_controleren"])
			if p := shown(t, w); p.Status != c.status || p.Findings[0].Code != gateway.CodeBusy || w.Header().Get("Retry-After") == "" {
				t.Errorf("%d %v", p.Status, p.Findings)
			}
			// Others are not held up by one party.
			if w := h.do(good()["GET /signalen"]); (w.Code == 200) != (c.status == 429) {
				t.Errorf("another party: %d", w.Code)
			}
			// Who needs no certificate takes no room of those who do, nor they theirs.
			if w := h.do(get("/v1/sleutels", "")); w.Code != 200 {
				t.Errorf("public route: %d", w.Code)
			}
			// Long polls have room of their own.
			if w := h.do(good()["GET /berichten"]); w.Code != 200 {
				t.Errorf("long poll: %d", w.Code)
			}
			close(free)
			first.Wait()
			if w := h.do(good()["POST /meldingen/_controleren"]); w.Code != 200 {
				t.Errorf("the room was not given back: %d", w.Code)
			}
		})
	}
}

func TestRefusalsDoNotFillTheLog(t *testing.T) {
	r := &refusals{}
	written := 0
	for range 1000 {
		if r.fresh(gateway.CodeNoCertificate, "", noon) {
			written++
		}
	}
	for i := range 1000 {
		if r.fresh(gateway.CodePartyUnknown, itoa(int64(i)), noon) {
			written++
		}
	}
	if written != maxRefusals {
		t.Fatalf("%d entries in one second", written)
	}
	if !r.fresh(gateway.CodeNoCertificate, "", noon.Add(time.Second)) {
		t.Fatal("the next second is silent")
	}
}

func TestPanicTellsNothing(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	h.onReport = func() { panic("Jansen, 6511PP") }
	w := h.do(good()["PUT /meldingen/:meldingId"])
	if p := shown(t, w); p.Status != 500 || p.Findings[0].Code != gateway.CodeInternal {
		t.Fatalf("%+v", p)
	}
	if strings.Contains(w.Body.String()+log.String(), "Jansen") {
		t.Fatalf("the panic's value got out: %s", log.String())
	}
	if !strings.Contains(log.String(), `"gebeurtenis":"paniek"`) || !strings.Contains(log.String(), "TestPanicTellsNothing") {
		t.Fatalf("nobody can find the fault: %s", log.String())
	}
	h.onReport = nil
	if w := h.do(good()["PUT /meldingen/:meldingId"]); w.Code != 201 {
		t.Fatal("a panic took room for good")
	}
}

// broken is a connection that fails while the answer is written.
type broken struct{ http.ResponseWriter }

func (broken) Write([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestOnlyWholeBodiesAreDelivered(t *testing.T) {
	a := good()["GET /signalen/:signaalId"]
	h := newHouse(t, Options{})
	h.handler.ServeHTTP(broken{httptest.NewRecorder()}, a.request(t))
	if len(h.calls) != 1 {
		t.Fatalf("calls %v", h.calls)
	}
	h = newHouse(t, Options{})
	w := h.do(a)
	sum := sha256.Sum256(w.Body.Bytes())
	if got := w.Header().Get("Content-Digest"); got != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		t.Fatalf("Content-Digest %q", got)
	}
	h.body = []byte("other.bytes.than.was.sealed")
	h.calls = nil
	if w := h.do(a); w.Code != 500 || strings.Contains(w.Body.String(), "sealed") || len(h.calls) != 1 {
		t.Fatalf("a body that is not the signal's: %d, calls %v", w.Code, h.calls)
	}
	h.err = context.DeadlineExceeded
	if w := h.do(a); w.Code != 503 || w.Header().Get("Content-Digest") != "" {
		t.Fatalf("too late is %d", w.Code)
	}
}

func TestHealth(t *testing.T) {
	h := newHouse(t, Options{Version: "2.0.0"})
	h.healthErr = errors.New("disk full")
	if w := h.do(get("/v1/gezondheid", "")); w.Code != 200 || w.Body.String() != `{"status":"gestoord","versie":"2.0.0"}` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.healthErr = nil
	if w := h.do(get("/v1/gezondheid", "")); !strings.Contains(w.Body.String(), "gestoord") {
		t.Fatal("the check ran twice within a second")
	}
	for err, want := range map[error]int{nil: 204, errors.New("down"): 503} {
		w := httptest.NewRecorder()
		Probe(func(context.Context) error { return err }).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != want {
			t.Errorf("probe %d, want %d", w.Code, want)
		}
	}
}

func TestLogAndMetricsHoldNoID(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	for _, a := range good() {
		h.do(a)
	}
	h.do(get("/v1/signalen/jansen?naam=jansen", "gemeente"))
	h.do(ask{method: "JANSEN", path: "/jansen"})
	h.answer.Err = gateway.Fail(gateway.KindInternal, errors.New("disk full"))
	h.do(good()["PUT /meldingen/:meldingId"])
	w := httptest.NewRecorder()
	h.metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for name, text := range map[string]string{"log": log.String(), "metrics": w.Body.String()} {
		for _, s := range []string{idA, idB, "ansen", "ANSEN", jwe} {
			if strings.Contains(text, s) {
				t.Errorf("the %s holds %q", name, s)
			}
		}
	}
	if strings.Contains(w.Body.String(), string(energy)) {
		t.Error("the metrics hold an OIN")
	}
	for _, s := range []string{
		`seinhuis_http_requests_total{method="PUT",route="/v1/meldingen/:meldingId",status="201",kind=""} 1`,
		`seinhuis_http_requests_total{method="PUT",route="/v1/meldingen/:meldingId",status="500",kind="intern"} 1`,
		`seinhuis_http_requests_total{method="anders",route="",status="404",kind="niet-gevonden"} 1`,
		`seinhuis_http_duration_seconds_bucket{route="/v1/meldingen/:meldingId",le="+Inf"} 2`, "seinhuis_http_in_flight 0",
	} {
		if !strings.Contains(w.Body.String(), s+"\n") {
			t.Errorf("the metrics lack %s", s)
		}
	}
	for _, s := range []string{`"oorzaak":"disk full"`, `"oin":"` + string(energy) + `"`, `"route":"/v1/signalen/:signaalId"`} {
		if !strings.Contains(log.String(), s) {
			t.Errorf("the log lacks %s", s)
		}
	}
}

func TestNewWantsEverything(t *testing.T) {
	h := newHouse(t, Options{})
	s := h.services()
	s.Log = nil
	if _, err := New(s, Options{}); err == nil {
		t.Fatal("a door without a log was made")
	}
}

// A gauge is asked at each look; one that fails is missing, and hides nothing
// else.
func TestGauges(t *testing.T) {
	m, n := NewMetrics(), 1
	m.Watch(Gauge{"seinhuis_broken", "kind", func(context.Context) (map[string]int, error) { return nil, errors.New("geheim van binnen") }})
	m.Watch(Gauge{"seinhuis_alarms_open", "kind", func(ctx context.Context) (map[string]int, error) {
		n++
		return map[string]int{"pauze-niet-ontvangen": n, "betwisting-onbeantwoord": 0}, ctx.Err()
	}})
	for _, want := range []string{"2", "3"} {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		got := w.Body.String()
		if !strings.Contains(got, "# TYPE seinhuis_alarms_open gauge\nseinhuis_alarms_open{kind=\"betwisting-onbeantwoord\"} 0\nseinhuis_alarms_open{kind=\"pauze-niet-ontvangen\"} "+want+"\n") ||
			!strings.Contains(got, "seinhuis_http_in_flight 0") || strings.Contains(got, "broken") || strings.Contains(got, "geheim") {
			t.Error(got)
		}
	}
}
