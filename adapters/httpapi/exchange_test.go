// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

const exchangeID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"

func headed(a ask, header ...string) ask {
	for i := 0; i < len(header); i += 2 {
		a.header = append(slices.Clone(a.header), [2]string{header[i], header[i+1]})
	}
	return a
}

func report() ask { return put("/v1/meldingen/"+idA, "application/jose", jwe, "partij") }

func exchangeOf(w *httptest.ResponseRecorder) [2]string {
	return [2]string{w.Header().Get("Fsc-Transaction-Id"), w.Header().Get("Fsc-Error-Code")}
}

// TestExchangeGoesAllTheWay: in the submission, back in the answer, and in the
// line of the request. So does the span that called.
func TestExchangeGoesAllTheWay(t *testing.T) {
	var lines bytes.Buffer
	h := newHouse(t, Options{Logger: slog.New(slog.NewJSONHandler(&lines, nil))})
	w := h.do(headed(report(), "Fsc-Transaction-Id", exchangeID, "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
	if w.Code != 201 || exchangeOf(w) != [2]string{exchangeID} {
		t.Fatalf("%d, %q", w.Code, exchangeOf(w))
	}
	if s := h.reports[0].Trace; s.Exchange() != exchangeID || s.Parent() != "00f067aa0ba902b7" {
		t.Errorf("submitted in exchange %q under span %q", s.Exchange(), s.Parent())
	}
	if !strings.Contains(lines.String(), `"transactie":"`+exchangeID+`"`) {
		t.Errorf("the line of the request does not name it: %s", lines.String())
	}
	h.do(report())
	if s := h.reports[1].Trace; s.Exchange() != "" || s.Parent() != "" {
		t.Errorf("the next request has exchange %q and parent %q", s.Exchange(), s.Parent())
	}
}

func TestExchangeThatIsNone(t *testing.T) {
	h := newHouse(t, Options{})
	for name, a := range map[string]ask{
		"version 4":      headed(report(), "Fsc-Transaction-Id", "0192a0c2-7b1e-4c55-9d3a-5b1f0a7c1e11"),
		"in capitals":    headed(report(), "Fsc-Transaction-Id", strings.ToUpper(exchangeID)),
		"a number":       headed(report(), "Fsc-Transaction-Id", "111222333"),
		"empty":          headed(report(), "Fsc-Transaction-Id", ""),
		"twice":          headed(report(), "Fsc-Transaction-Id", exchangeID, "Fsc-Transaction-Id", exchangeID),
		"a public route": headed(get("/v1/sleutels", ""), "Fsc-Transaction-Id", "x"),
	} {
		w := h.do(a)
		if w.Code != 400 || exchangeOf(w) != [2]string{"", "INVALID_LOG_RECORD_ID"} || !strings.Contains(w.Body.String(), string(gateway.CodeExchangeInvalid)) {
			t.Errorf("%s: %d, %q", name, w.Code, exchangeOf(w))
		}
	}
	if len(h.reports) != 0 {
		t.Error("a report got through without a usable transaction id")
	}
}

func TestExchangeRequired(t *testing.T) {
	h := newHouse(t, Options{ExchangeRequired: true})
	for _, r := range routes {
		if r.public() {
			continue
		}
		w := h.do(good()[r.method+" "+r.path])
		if w.Code != 400 || exchangeOf(w) != [2]string{"", "MISSING_LOG_RECORD_ID"} {
			t.Errorf("%s %s: %d, %q", r.method, r.path, w.Code, exchangeOf(w))
		}
	}
	if len(h.calls) != 0 {
		t.Errorf("done without a transaction id: %v", h.calls)
	}
	if w := h.do(get("/v1/sleutels", "")); w.Code != 200 {
		t.Errorf("the public keys answer %d", w.Code)
	}
	if w := h.do(headed(report(), "Fsc-Transaction-Id", exchangeID)); w.Code != 201 {
		t.Errorf("a report in an exchange: %d", w.Code)
	}
}

// TestExchangeNotWritten: an act whose entry cannot be written fails, and who
// gave a transaction id hears that no log holds it.
func TestExchangeNotWritten(t *testing.T) {
	h := newHouse(t, Options{})
	for kind, status := range map[gateway.ErrorKind]int{gateway.KindUnavailable: 503, gateway.KindInternal: 500} {
		h.err = gateway.Fail(kind, errors.New("the store"))
		w := h.do(headed(report(), "Fsc-Transaction-Id", exchangeID))
		if w.Code != status || exchangeOf(w) != [2]string{exchangeID, "TRANSACTION_LOG_WRITE_ERROR"} {
			t.Errorf("%s: %d, %q", kind, w.Code, exchangeOf(w))
		}
		if w := h.do(report()); w.Code != status || exchangeOf(w) != [2]string{} {
			t.Errorf("%s, without an exchange: %d, %q", kind, w.Code, exchangeOf(w))
		}
	}
}
