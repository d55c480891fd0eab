// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// routes is the contract.
func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/sleutels", g.sleutels)
	mux.HandleFunc("GET /v1/sleutels/openpgp", g.openpgp)
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request, gateway.Peer) error{
		"PUT /v1/meldingen/{id}":                              g.melding,
		"POST /v1/meldingen/_controleren":                     g.controleren,
		"PUT /v1/meldingen/{id}/intrekking":                   g.intrekking,
		"PUT /v1/meldingen/{id}/correcties/{correctionId}":    g.correctie,
		"GET /v1/meldingen/{id}/bewijs":                       g.bewijs,
		"PUT /v1/aanleveringen/{id}":                          g.aanlevering,
		"GET /v1/aanleveringen/{id}":                          g.stand,
		"GET /v1/aanleveringen/{id}/uitkomsten":               g.uitkomsten,
		"GET /v1/berichten":                                   g.berichten,
		"PUT /v1/berichten/{id}/bevestiging":                  g.bevestiging,
		"GET /v1/pauzes":                                      g.pauzes,
		"GET /v1/pauzes/{id}":                                 g.verklaring,
		"PUT /v1/pauzes/{id}/wijzigingen/{changeId}":          g.wijziging,
		"GET /v1/signalen":                                    g.signalen,
		"GET /v1/signalen/{id}":                               g.signaal,
		"PUT /v1/signalen/{id}/ontvangst":                     g.ontvangst,
		"PUT /v1/signalen/{id}/terugkoppelingen/{feedbackId}": g.terugkoppeling,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			g.Lock()
			defer g.Unlock()
			g.Seen[pattern]++
			peer, ok := g.peer(r)
			if !ok {
				problem(w, gateway.Refuse(gateway.KindUnauthenticated, gateway.Finding{Code: gateway.CodeNoCertificate, Rule: "test", Text: "Er is geen bekend certificaat."}))
				return
			}
			if err := handle(w, r, peer); err != nil {
				problem(w, err)
			}
		})
	}
	return mux
}

func (g *Gateway) peer(r *http.Request) (gateway.Peer, bool) {
	if len(r.TLS.PeerCertificates) == 0 {
		return gateway.Peer{}, false
	}
	p, ok := g.parties[r.TLS.PeerCertificates[0].Subject.SerialNumber]
	return gateway.Authenticated(p, "test"), ok
}

func (g *Gateway) sleutels(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(g.JWKS())
}

// JWKS is what GET /v1/sleutels answers.
func (g *Gateway) JWKS() []byte {
	set, err := jose.JWKS(g.keys.publics())
	if err != nil {
		panic(err)
	}
	return set
}

// problem answers as the contract says.
func problem(w http.ResponseWriter, err error) {
	e := gateway.AsError(err)
	status := map[gateway.ErrorKind]int{gateway.KindUnauthenticated: 401, gateway.KindNotFound: 404, gateway.KindConflict: 409,
		gateway.KindGone: 410, gateway.KindUnavailable: 503, gateway.KindInternal: 500}[e.Kind]
	if status == 0 {
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": "Nee", "status": status, "detail": "Het verzoek is niet uitgevoerd.",
		"soort": e.Kind, "spoor": "0af7651916cd43dd8448eb211c80319c", "bevindingen": e.Findings})
}

func answer(w http.ResponseWriter, document any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(document)
}

// letter opens the body: encrypted and signed, or only signed.
func (g *Gateway) letter(r *http.Request, p gateway.Peer, sealed bool) ([]byte, error) {
	token, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	letters := []intake.Letter{{Peer: p, At: time.Now(), Token: token}}
	var c intake.Content
	if sealed {
		c = jose.NewOpener(g.keys, jose.Limits{}).Open(r.Context(), letters)[0]
	} else {
		c = jose.NewVerifier(jose.Limits{}).Verify(r.Context(), letters)[0]
	}
	if c.Err != nil {
		return nil, c.Err
	}
	return c.Payload, nil
}

// accept stores a message under its path and answers with a receipt, the
// first one again when it was there already.
func (g *Gateway) accept(w http.ResponseWriter, r *http.Request, p gateway.Peer, typ gateway.StatementType, payload []byte, claims gateway.Receipt) error {
	s, replayed, err := g.keep(r.URL.Path, p, typ, payload, claims)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jose")
	if !replayed {
		w.WriteHeader(http.StatusCreated)
	}
	_, err = w.Write(s.receipt)
	return err
}

// keep stores a message under a path.
func (g *Gateway) keep(path string, p gateway.Peer, typ gateway.StatementType, payload []byte, claims gateway.Receipt) (stored, bool, error) {
	digest := gateway.DigestOf(payload)
	s, ok := g.messages[path]
	if ok && s.digest != digest {
		return s, false, gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Pointer: "/meldingId", Rule: "test", Text: "Dit id is bezet."})
	}
	if !ok {
		claims.Issuer, claims.Audience, claims.ID, claims.Digest = GatewayOIN, p.OIN(), gateway.NewUUID(time.Now(), nil), digest
		claims.ReceivedAt, claims.Status, claims.Trace = time.Now().UTC(), "geaccepteerd", gateway.NewTrace()
		s = stored{digest, g.SignReceipt(typ, claims)}
		g.messages[path] = s
	}
	return s, ok, nil
}

// cursor reads na.
func cursor(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.URL.Query().Get("na"), 10, 64)
	return n
}

var errNone = errors.New("not there")

func notFound(code gateway.Code) error {
	e := gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: code, Rule: "test", Text: "Dit is niet bekend."})
	e.Cause = errNone
	return e
}
