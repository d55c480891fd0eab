// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// forge lets the gateway answer and changes the body.
func forge(w http.ResponseWriter, r *http.Request, routes http.Handler, change func(string) string) {
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write([]byte(change(answer.Body.String())))
}

// flip gives another letter of base64url.
func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

// Whatever is wrong with a receipt, there is no receipt.
func TestReceiptThatIsNoEvidence(t *testing.T) {
	m, err := client.Prepare(report())
	if err != nil {
		t.Fatal(err)
	}
	good := func() gateway.Receipt {
		return gateway.Receipt{Issuer: clienttest.GatewayOIN, Audience: clienttest.CreditorOIN, ID: gateway.NewUUID(time.Now(), nil),
			About: "melding", ReportID: m.ID(), ReceivedAt: time.Now().UTC(), Digest: gateway.DigestOf(m.Payload()), Status: "geaccepteerd"}
	}
	tests := map[string]func(r *gateway.Receipt){
		"":               func(*gateway.Receipt) {}, // the one that is good
		"other issuer":   func(r *gateway.Receipt) { r.Issuer = clienttest.MunicipalityOIN },
		"other audience": func(r *gateway.Receipt) { r.Audience = clienttest.MunicipalityOIN },
		"other subject":  func(r *gateway.Receipt) { r.About = "intrekking" },
		"other report":   func(r *gateway.Receipt) { r.ReportID = gateway.ReportID(gateway.NewUUID(time.Now(), nil)) },
		"about a signal": func(r *gateway.Receipt) { r.SignalID = signalID },
		"other digest":   func(r *gateway.Receipt) { r.Digest[31] ^= 1 },
		"not accepted":   func(r *gateway.Receipt) { r.Status = "ontvangen" },
		"no moment":      func(r *gateway.Receipt) { r.ReceivedAt = time.Time{} },
		"before its key": func(r *gateway.Receipt) { r.ReceivedAt = time.Now().AddDate(-1, 0, 0) },
		"no number":      func(r *gateway.Receipt) { r.ID = "" },
	}
	g := clienttest.New(t)
	dir := g.Creditor(t)
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			claims := good()
			change(&claims)
			instead(g, "application/jose", func() []byte { return g.SignReceipt(gateway.TypeReceipt, claims) })
			r, err := connect(t, dir).Send(ctx, m)
			if name == "" {
				if err != nil {
					t.Fatalf("good receipt: %v", err)
				}
				return
			}
			mustFail(t, err, client.ErrUnverified)
			if !reflect.DeepEqual(r, client.Receipt{}) {
				t.Error("a receipt was given with the error")
			}
		})
	}
	claims := good()
	tokens := map[string]func() []byte{
		"other type":       func() []byte { return g.SignReceipt(gateway.TypeFeedbackReceipt, claims) },
		"tampered":         func() []byte { return tamper(g.SignReceipt(gateway.TypeReceipt, claims)) },
		"by another key":   func() []byte { return signedByOther(t, m) },
		"by the wrong key": func() []byte { return clienttest.New(t).SignReceipt(gateway.TypeReceipt, claims) },
		"empty":            func() []byte { return nil },
		"our own message":  func() []byte { return m.Payload() },
	}
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			instead(g, "application/jose", token)
			_, err := connect(t, dir).Send(ctx, m)
			mustFail(t, err, client.ErrUnverified)
		})
	}
}

// tamper changes one character in the middle of the payload.
func tamper(token []byte) []byte {
	at := len(token) / 2
	return append(append(append([]byte{}, token[:at]...), flip(token[at])...), token[at+1:]...)
}

func signedByOther(t *testing.T, m client.Message) []byte {
	k, err := jose.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	token, err := jose.SignPayload(fmt.Appendf(nil, `{"meldingId":%q}`, m.ID()), k, string(gateway.TypeReceipt))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestUnexpectedAnswers(t *testing.T) {
	g := clienttest.New(t)
	dir := g.Creditor(t)
	elsewhere := 0
	tests := map[string]func(w http.ResponseWriter){
		"redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/v1/elders")
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"oversized": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/jose")
			_, _ = w.Write(make([]byte, 2<<20))
		},
		"media type": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>"))
		},
		"no content": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"not yet done": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/jose")
			w.WriteHeader(http.StatusAccepted)
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
				switch {
				case r.URL.Path == "/v1/elders":
					elsewhere++
				case r.Method == http.MethodPut:
					write(w)
				default:
					routes.ServeHTTP(w, r)
				}
			})
			_, err := connect(t, dir).Report(ctx, report())
			mustFail(t, err, client.ErrUnexpected)
		})
	}
	if elsewhere != 0 {
		t.Error("a redirect was followed")
	}
}
