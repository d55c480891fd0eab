// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/keys"
)

// notice is one notice and how far the party came.
type notice struct {
	to       gateway.OIN
	told     []gateway.Agent
	claims   gateway.Notice
	compact  []byte
	progress gateway.NoticeProgress
	moments  map[gateway.NoticeProgress]time.Time
}

// Post puts a notice in a party's list: the municipality's when it names a
// signal, else the creditor's. Issuer, audience and moment when empty, id, date and
// the step of a pause always are filled in. It gives the claims as they were signed.
func (g *Gateway) Post(n gateway.Notice) gateway.Notice {
	g.Lock()
	defer g.Unlock()
	return g.post(n)
}

func (g *Gateway) post(n gateway.Notice) gateway.Notice {
	to := CreditorOIN
	if n.SignalID != "" {
		to = MunicipalityOIN
	}
	n.Issuer, n.Audience = cmp.Or(n.Issuer, GatewayOIN), cmp.Or(n.Audience, to)
	n.ID = gateway.NoticeID(gateway.NewUUID(time.Now(), nil))
	if n.IssuedAt.IsZero() {
		n.IssuedAt = time.Now().UTC()
	}
	n.Municipality, n.Date = Municipality, gateway.Today(n.IssuedAt)
	if n.Pause != nil {
		n.Pause.Step = max(n.Pause.Step, 1)
	}
	payload, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	g.notices = append(g.notices, &notice{to: to, claims: n, compact: g.sign(keys.NoticeSigning, gateway.TypeNotice, payload),
		progress: gateway.NoticeReady, moments: map[gateway.NoticeProgress]time.Time{}})
	return n
}

// Told gives the agents that a creditor named with a notice.
func (g *Gateway) Told(id gateway.NoticeID) []gateway.Agent {
	g.Lock()
	defer g.Unlock()
	for _, n := range g.notices {
		if n.claims.ID == id {
			return n.told
		}
	}
	return nil
}

func (g *Gateway) open(w http.ResponseWriter, r *http.Request, p gateway.Peer) ([]byte, gateway.ReportID, error) {
	payload, err := g.letter(r, p, true)
	if err != nil {
		return nil, "", err
	}
	var inside struct {
		ID gateway.ReportID `json:"meldingId"`
	}
	if err := json.Unmarshal(payload, &inside); err != nil {
		return nil, "", gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeNotJSON, Rule: "RFC 8259", Text: "Dit is geen JSON."})
	}
	if g.Judge != nil {
		if e := g.Judge(payload); e != nil {
			return nil, "", e
		}
	}
	return payload, inside.ID, nil
}

func (g *Gateway) melding(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	payload, id, err := g.open(w, r, p)
	if err != nil {
		return err
	}
	if string(id) != r.PathValue("id") {
		return gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeIDMismatch, Pointer: "/meldingId", Rule: "test", Text: "Het id verschilt."})
	}
	return g.accept(w, r, p, gateway.TypeReceipt, payload, gateway.Receipt{About: "melding", ReportID: id, Municipality: Municipality})
}

func (g *Gateway) controleren(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	if _, _, err := g.open(w, r, p); err != nil {
		return err
	}
	return answer(w, map[string]any{"uitkomst": "zou-worden-geaccepteerd", "waarschuwingen": []string{"contact-ontbreekt"}})
}

func (g *Gateway) intrekking(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	payload, id, err := g.open(w, r, p)
	if err != nil {
		return err
	}
	if _, ok := g.messages["/v1/meldingen/"+string(id)]; !ok {
		return notFound(gateway.CodeUnknownReport)
	}
	return g.accept(w, r, p, gateway.TypeReceipt, payload, gateway.Receipt{About: "intrekking", ReportID: id, Municipality: Municipality})
}

func (g *Gateway) correctie(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	payload, id, err := g.open(w, r, p)
	if err != nil {
		return err
	}
	if _, ok := g.messages["/v1/meldingen/"+string(id)]; !ok {
		return notFound(gateway.CodeUnknownReport)
	}
	return g.accept(w, r, p, gateway.TypeReceipt, payload, gateway.Receipt{About: "correctie", ReportID: id,
		CorrectionID: gateway.CorrectionID(r.PathValue("correctionId")), Municipality: Municipality})
}

// bewijs proves the receipt in a log of one entry.
func (g *Gateway) bewijs(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	s, ok := g.messages[strings.TrimSuffix(r.URL.Path, "/bewijs")]
	if !ok {
		return notFound(gateway.CodeUnknownReport)
	}
	leaf, err := proof.Encode(proof.Entry{Version: 1, Time: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Event: "melding-aanvaard",
		Actor: string(p.OIN()), Role: string(gateway.KindCreditor), Object: "melding/" + string(p.OIN()) + "/" + r.PathValue("id"),
		Result: proof.ResultDone, Origin: proof.OriginLocal, Trace: gateway.NewTrace().ID(), Receipt: proof.ReceiptDigest(string(s.receipt))})
	if err != nil {
		return err
	}
	head := proof.Checkpoint{Origin: g.log.Name(), Tree: tlog.Tree{N: 1, Hash: proof.LeafHash(leaf)}}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, g.log)
	if err != nil {
		return err
	}
	return answer(w, proof.NewEvidence(string(s.receipt), leaf, proof.Inclusion{Checkpoint: signed}.Text()))
}

func (g *Gateway) berichten(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	list, next := []map[string]any{}, cursor(r)
	if wait, _ := strconv.Atoi(r.URL.Query().Get("wacht")); wait > 0 && next >= int64(len(g.notices)) {
		g.await(r, next, time.Duration(wait)*time.Second)
	}
	for i, n := range g.notices {
		if sequence := int64(i + 1); sequence > next && n.to == p.OIN() {
			list = append(list, map[string]any{"volgnummer": sequence, "berichtId": n.claims.ID, "soort": n.claims.Kind,
				"stand": n.progress, "bericht": string(n.compact)})
			next = sequence
		}
	}
	return answer(w, map[string]any{"berichten": list, "volgende": next})
}

// await lets go of the lock until there is a notice or the time is up.
func (g *Gateway) await(r *http.Request, after int64, most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end) && int64(len(g.notices)) <= after && r.Context().Err() == nil; {
		g.Unlock()
		time.Sleep(5 * time.Millisecond)
		g.Lock()
	}
}

func (g *Gateway) bevestiging(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	var body struct {
		To   gateway.NoticeProgress `json:"stand"`
		Told []gateway.Agent        `json:"ingelicht"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return err
	}
	for _, n := range g.notices {
		if string(n.claims.ID) != r.PathValue("id") || n.to != p.OIN() {
			continue
		}
		n.told = append(n.told, body.Told...)
		if n.moments[body.To].IsZero() {
			n.moments[body.To] = time.Now().UTC()
		}
		n.progress = body.To
		return answer(w, map[string]any{"berichtId": n.claims.ID, "stand": body.To, "op": n.moments[body.To]})
	}
	return notFound(gateway.CodeUnknownNotice)
}
