// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// slow gives a piece, waits, and gives the next.
type slow struct {
	piece []byte
	left  int
	wait  time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.wait)
	s.left--
	return copy(p, s.piece), nil
}

// upload sends a file of unknown length; a broken connection is status 0.
func upload(t testing.TB, s *street, http2 bool, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequest("PUT", s.url+"/v1/aanleveringen/"+idA+"?indeling=csv", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/pgp-encrypted")
	w, err := client(t, s.root, http2, s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})).Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = w.Body.Close() }()
	b, _ := io.ReadAll(w.Body)
	return w.StatusCode, string(b)
}

// TestFilesFlow: a file may take longer than any other request, and a trickle
// may not.
func TestFilesFlow(t *testing.T) {
	short := Options{ReadTimeout: 50 * time.Millisecond, RequestTimeout: 50 * time.Millisecond}
	for _, http2 := range []bool{false, true} {
		o := short
		o.FlowTimeout = 2 * time.Second
		s := newStreet(t, o)
		if status, body := upload(t, s, http2, &slow{make([]byte, 16<<10), 40, 10 * time.Millisecond}); status != 202 || s.took != 40*16<<10 {
			t.Errorf("HTTP/2 %v: %d %s after %d bytes", http2, status, body, s.took)
		}
		if f := s.files[0]; f.Visit.Peer.OIN() != energy || f.ID != idA || f.Layout != batch.LayoutCSV || f.Envelope != batch.EnvelopeOpenPGP || f.Check {
			t.Errorf("submission %s %s", f.Layout, f.Envelope)
		}
		o.FlowTimeout = 300 * time.Millisecond
		s = newStreet(t, o)
		began := time.Now()
		status, _ := upload(t, s, http2, &slow{[]byte("a"), 400, 20 * time.Millisecond})
		if status == 202 || time.Since(began) > 5*time.Second {
			t.Errorf("HTTP/2 %v: a trickle was taken: %d after %s", http2, status, time.Since(began))
		}
	}
}

func TestFilesHaveTheirOwnRoom(t *testing.T) {
	h := newHouse(t, Options{Concurrent: 1, StreamingPerParty: 1})
	inside, leave := make(chan bool), make(chan bool)
	r := good()["PUT /aanleveringen/:aanleveringId"].request(t)
	r.Body, r.ContentLength = io.NopCloser(&gate{inside, leave}), -1
	done := make(chan bool)
	go func() { h.handler.ServeHTTP(discard{http.Header{}}, r); close(done) }()
	<-inside
	if p := shown(t, h.do(good()["PUT /aanleveringen/:aanleveringId"])); p.Status != 429 || p.Findings[0].Code != gateway.CodeBusy {
		t.Errorf("a second file of one party: %d", p.Status)
	}
	if w := h.do(good()["PUT /meldingen/:meldingId"]); w.Code != 201 {
		t.Errorf("a file took the room of a report: %d", w.Code)
	}
	close(leave)
	<-done
	if w := h.do(good()["PUT /aanleveringen/:aanleveringId"]); w.Code != 202 {
		t.Errorf("the room was not given back: %d", w.Code)
	}
}

// gate says that it is being read and waits.
type gate struct{ inside, leave chan bool }

func (g *gate) Read([]byte) (int, error) {
	close(g.inside)
	<-g.leave
	return 0, io.EOF
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header       { return d.h }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// TestFileOverTheLimitWhileRead: the length is not always told before.
func TestFileOverTheLimitWhileRead(t *testing.T) {
	h := newHouse(t, Options{})
	for size, want := range map[int64]int{batch.MaxJOSE: 202, batch.MaxJOSE + 1: 413} {
		r := good()["PUT /aanleveringen/:aanleveringId"].request(t)
		r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, size)), -1
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != want || want == 413 && !strings.Contains(w.Body.String(), "16 MiB") {
			t.Errorf("%d bytes: %d %s", size, w.Code, w.Body)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestFileThatBreaksOff(t *testing.T) {
	h := newHouse(t, Options{})
	r := good()["PUT /aanleveringen/:aanleveringId"].request(t)
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("aa"), broke{})), -1
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if p := shown(t, w); p.Status != 503 || strings.Contains(w.Body.String(), "reset") {
		t.Errorf("%d %s", p.Status, w.Body)
	}
}

type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, errors.New("connection reset by 192.0.2.7") }

// TestOutcomesBreakOff: a part is never taken for the whole.
func TestOutcomesBreakOff(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStreet(t, Options{FlowTimeout: 300 * time.Millisecond})
		mine := client(t, s.root, http2, s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}}))
		ask := func() (*http.Response, error) { return mine.Get(s.url + "/v1/aanleveringen/" + idA + "/uitkomsten") }
		s.outcomes, s.breakAt = make([]string, 3*leastFlow), 2*leastFlow
		w, err := ask()
		if err == nil {
			_, err = io.ReadAll(w.Body)
			_ = w.Body.Close()
		}
		if err == nil {
			t.Errorf("HTTP/2 %v: a broken list looks whole", http2)
		}
		// Before the first byte there is still room for a problem.
		s.breakAt = 1
		if w, err = ask(); err != nil || w.StatusCode != 500 {
			t.Fatalf("HTTP/2 %v: %v", http2, err)
		}
		_ = w.Body.Close()
		s.outcomes = nil
		if w, err = ask(); err != nil || w.StatusCode != 200 || w.ContentLength != 0 {
			t.Fatalf("HTTP/2 %v: no outcomes yet: %v", http2, err)
		}
		_ = w.Body.Close()
	}
}

func TestNoOpenPGPKeyYet(t *testing.T) {
	h := newHouse(t, Options{})
	h.pgp = ""
	if p := shown(t, h.do(get("/v1/sleutels/openpgp", ""))); p.Status != 404 || p.Findings[0].Code != gateway.CodeKey {
		t.Errorf("%+v", p)
	}
}

func TestStatusOfAFileThatIsDone(t *testing.T) {
	h := newHouse(t, Options{})
	h.record.State, h.record.Lines, h.record.Accepted, h.record.Refused, h.record.Duplicate = batch.Done, 6, 3, 2, 1
	h.record.Payload, h.record.DoneAt, h.record.Summary = gateway.DigestOf(nil), noon, gateway.Compact(jws)
	w := h.do(good()["GET /aanleveringen/:aanleveringId"])
	for _, want := range []string{`"regels":6,"verwerkt":6,"geaccepteerd":3,"geweigerd":2,"dubbel":1`, `"gereedOp":"2026-11-02T12:00:00Z"`, `"sha256":"e3b0c442`, `"samenvatting":"` + jws + `"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	h.record.State, h.record.Findings = batch.Rejected, []gateway.Finding{{Code: gateway.CodeSignature, Rule: "RFC 7515, 5.2", Text: "De handtekening klopt niet."}}
	if w = h.do(good()["GET /aanleveringen/:aanleveringId"]); !strings.Contains(w.Body.String(), `"code":"handtekening-ongeldig"`) {
		t.Errorf("%s", w.Body)
	}
}
