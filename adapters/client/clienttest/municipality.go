// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// signal is one sealed signal in the mailbox.
type signal struct {
	id        gateway.SignalID
	report    gateway.ReportID // when the content names it
	urgency   gateway.Urgency
	body      []byte
	keyID     string
	format    string
	at        time.Time
	confirmed time.Time
}

// Deposit seals content (JSON, as docs/formats.md describes it) to the
// municipality and puts it in its mailbox under the id.
func (g *Gateway) Deposit(id gateway.SignalID, content []byte) {
	g.Lock()
	defer g.Unlock()
	g.deposit(id, content, "jose", jose.NewSealer())
}

// DepositOpenPGP is Deposit, sealed in OpenPGP.
func (g *Gateway) DepositOpenPGP(id gateway.SignalID, content []byte) {
	g.Lock()
	defer g.Unlock()
	g.deposit(id, content, "openpgp", openpgp.NewSealer(g.pgp, time.Now))
}

func (g *Gateway) deposit(id gateway.SignalID, content []byte, format string, sealer seal.Sealer) {
	var to gateway.PartyKey
	for _, k := range g.parties[string(MunicipalityOIN)].KeysFor(gateway.KeyEncrypt, time.Now()) {
		if (k.Algorithm == gateway.AlgOpenPGP) == (format == "openpgp") {
			to = k
		}
	}
	bodies, err := sealer.Seal(context.Background(), []seal.Letter{{Key: to, Content: content}})
	if err != nil {
		panic(err)
	}
	var inside struct {
		Report gateway.ReportID `json:"meldingId"`
	}
	_ = json.Unmarshal(content, &inside) // a test may seal anything
	g.signals = append(g.signals, &signal{id: id, report: inside.Report, urgency: gateway.UrgencyRegular, body: bodies[0], keyID: to.ID, format: format, at: time.Now().UTC()})
}

// Alter changes the sealed body of a signal, as damage or an attacker would.
func (g *Gateway) Alter(id gateway.SignalID, with func([]byte) []byte) {
	g.Lock()
	defer g.Unlock()
	for _, s := range g.signals {
		if s.id == id {
			s.body = with(s.body)
		}
	}
}

// Confirmed reports whether the municipality confirmed the signal.
func (g *Gateway) Confirmed(id gateway.SignalID) bool {
	g.Lock()
	defer g.Unlock()
	for _, s := range g.signals {
		if s.id == id {
			return !s.confirmed.IsZero()
		}
	}
	return false
}

func (g *Gateway) signalen(w http.ResponseWriter, r *http.Request, _ gateway.Peer) error {
	list, next := []map[string]any{}, cursor(r)
	for i, s := range g.signals {
		sequence := int64(i + 1)
		if sequence <= next || !s.confirmed.IsZero() {
			continue
		}
		list = append(list, map[string]any{"volgnummer": sequence, "signaalId": s.id, "aard": "melding", "soort": gateway.ReportEnergy,
			"urgentie": s.urgency, "toestand": gateway.SignalOffered, "geplaatstOp": time.Now().UTC(), "ingetrokken": false,
			"formaat": s.format, "sleutelId": s.keyID, "omvang": len(s.body), "sha256": gateway.DigestOf(s.body),
			"samenloop": []string{"enkelvoudig"}, "verwant": []string{}})
		next = sequence
	}
	return answer(w, map[string]any{"signalen": list, "volgende": next})
}

func (g *Gateway) find(r *http.Request) (*signal, error) {
	for _, s := range g.signals {
		if string(s.id) == r.PathValue("id") {
			return s, nil
		}
	}
	return nil, notFound(gateway.CodeUnknownSignal)
}

func (g *Gateway) signaal(w http.ResponseWriter, r *http.Request, _ gateway.Peer) error {
	s, err := g.find(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(s.body)
	w.Header().Set("Content-Type", "application/jose")
	w.Header().Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	_, err = w.Write(s.body)
	return err
}

func (g *Gateway) ontvangst(w http.ResponseWriter, r *http.Request, _ gateway.Peer) error {
	s, err := g.find(r)
	if err != nil {
		return err
	}
	if s.confirmed.IsZero() {
		s.confirmed = time.Now().UTC()
	}
	return answer(w, map[string]any{"signaalId": s.id, "toestand": gateway.SignalConfirmed, "op": s.confirmed})
}

func (g *Gateway) terugkoppeling(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	about, err := g.find(r)
	if err != nil {
		return err
	}
	payload, err := g.letter(r, p, false)
	if err != nil {
		return err
	}
	var f gateway.Feedback
	if err := json.Unmarshal(payload, &f); err != nil {
		return gateway.Fail(gateway.KindInvalid, err)
	}
	claims := gateway.Receipt{About: "terugkoppeling", SignalID: f.SignalID, FeedbackID: f.ID}
	if _, known := g.messages[r.URL.Path]; !known && gateway.NoticeOf(f.Result) == gateway.NoticeHelpAccepted && about.report != "" {
		claims.Pauses = []gateway.GivenPause{g.begin(about, f.PauseEnd, gateway.DigestOf(payload))}
	}
	return g.accept(w, r, p, gateway.TypeFeedbackReceipt, payload, claims)
}
