// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// paused is one pause of collection with its whole life.
type paused struct {
	now    gateway.Pause
	report gateway.ReportID
	signal gateway.SignalID
	holder gateway.OIN
	steps  []client.PauseStep
	alarms []client.PauseAlarm
}

// begin starts a pause for a signal of which help was accepted, posts the
// acknowledgement, and gives what the receipt says of it.
func (g *Gateway) begin(s *signal, until gateway.Date, digest gateway.Digest) gateway.GivenPause {
	now := time.Now().UTC()
	today := gateway.Today(now)
	if until.IsZero() {
		until = today.AddDays(30)
	}
	p := &paused{now: gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(now, nil)), From: today, Until: until}, report: s.report, signal: s.id, holder: CreditorOIN}
	g.pauses[p.now.ID] = p
	g.step(p, gateway.PauseBegun, MunicipalityOIN, "", digest, now)
	return p.now.Given(s.id)
}

// step adds a step and tells the other side of it.
func (g *Gateway) step(p *paused, kind gateway.PauseStepKind, by gateway.OIN, why gateway.PauseReason, digest gateway.Digest, at time.Time) {
	p.now.Step++
	now := p.now
	n := gateway.Notice{Kind: map[gateway.PauseStepKind]gateway.NoticeKind{gateway.PauseBegun: gateway.NoticeHelpAccepted,
		gateway.PauseProlonged: gateway.NoticePauseProlonged, gateway.PauseEnded: gateway.NoticePauseEnded, gateway.PauseCorrected: gateway.NoticePauseCorrected,
		gateway.PauseUpheld: gateway.NoticePauseUpheld, gateway.PauseContested: gateway.NoticePauseContested, gateway.PauseTransferred: gateway.NoticeClaimPassed}[kind],
		ReportID: p.report, Pause: &now, Reason: why, IssuedAt: at}
	if by == CreditorOIN {
		n.ReportID, n.SignalID = "", p.signal
	}
	n = g.post(n)
	p.steps = append(p.steps, client.PauseStep{Number: now.Step, Kind: kind, By: by, At: at, From: now.From, Until: now.Until, Review: now.Review,
		Reason: why, Digest: digest.String(), Notice: n.ID})
}

func (g *Gateway) pauseOf(r *http.Request, p gateway.Peer) (*paused, error) {
	found, ok := g.pauses[gateway.PauseID(r.PathValue("id"))]
	if !ok || p.Is(gateway.KindCreditor) && found.holder != p.OIN() {
		return nil, notFound(gateway.CodeUnknownPause)
	}
	return found, nil
}

// state is what the last step made of the pause.
func (p *paused) state() (state gateway.PauseState, contested bool) {
	last := p.steps[len(p.steps)-1].Kind
	if last == gateway.PauseEnded {
		return gateway.PauseFinished, false
	}
	return gateway.PauseRuns, last == gateway.PauseContested
}

// Alarm raises an alarm about a pause, for its list.
func (g *Gateway) Alarm(id gateway.PauseID, a client.PauseAlarm) {
	g.Lock()
	defer g.Unlock()
	g.pauses[id].alarms = append(g.pauses[id].alarms, a)
}

func (g *Gateway) pauzes(w http.ResponseWriter, r *http.Request, peer gateway.Peer) error {
	list := []client.ListedPause{}
	answered := map[string]any{}
	if after := r.URL.Query().Get("na"); after != "" {
		answered["volgende"] = after
	}
	most, _ := strconv.Atoi(r.URL.Query().Get("maximum"))
	for _, id := range slices.Sorted(maps.Keys(g.pauses)) {
		p := g.pauses[id]
		if string(id) <= r.URL.Query().Get("na") || len(list) == most || peer.Is(gateway.KindCreditor) && p.holder != peer.OIN() {
			continue
		}
		row := client.ListedPause{ID: id, Step: p.now.Step, ReportID: p.report, Municipality: Municipality, From: p.now.From, Until: p.now.Until,
			Review: p.now.Review, Alarms: append([]client.PauseAlarm{}, p.alarms...)}
		row.State, row.Contested = p.state()
		if peer.Is(gateway.KindMunicipality) {
			row.ReportID, row.SignalID = "", p.signal
		}
		list, answered["volgende"] = append(list, row), id
	}
	answered["pauzes"] = list
	return answer(w, answered)
}

func (g *Gateway) verklaring(w http.ResponseWriter, r *http.Request, peer gateway.Peer) error {
	p, err := g.pauseOf(r, peer)
	if err != nil {
		return err
	}
	s := client.PauseStatement{Issuer: GatewayOIN, Audience: peer.OIN(), ID: gateway.NewUUID(time.Now(), nil), Municipality: Municipality,
		IssuedAt: time.Now().UTC(), Pause: p.now, Steps: p.steps, ReportID: p.report}
	s.State, s.Contested = p.state()
	if peer.Is(gateway.KindMunicipality) {
		s.ReportID, s.SignalID = "", p.signal
	}
	w.Header().Set("Content-Type", "application/jose")
	_, err = w.Write(g.SignStatement(s))
	return err
}

// SignStatement signs whatever a test wants a statement to say, with the
// receipt key.
func (g *Gateway) SignStatement(s client.PauseStatement) []byte {
	payload, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return g.sign(keys.ReceiptSigning, gateway.TypePauseStatement, payload)
}

func (g *Gateway) wijziging(w http.ResponseWriter, r *http.Request, peer gateway.Peer) error {
	p, err := g.pauseOf(r, peer)
	if err != nil {
		return err
	}
	payload, err := g.letter(r, peer, false)
	if err != nil {
		return err
	}
	var c client.PauseChange
	if err := json.Unmarshal(payload, &c); err != nil {
		return gateway.Fail(gateway.KindInvalid, err)
	}
	if _, known := g.messages[r.URL.Path]; !known {
		if err := g.apply(p, c, peer, gateway.DigestOf(payload)); err != nil {
			return err
		}
	}
	return g.accept(w, r, peer, gateway.TypeChangeReceipt, payload, gateway.Receipt{About: client.AboutChange, PauseID: c.PauseID, ChangeID: c.ID,
		Pauses: []gateway.GivenPause{p.now.Given("")}})
}

// apply makes the change; of the rules it knows whose change it is.
func (g *Gateway) apply(p *paused, c client.PauseChange, peer gateway.Peer, digest gateway.Digest) error {
	kinds := map[client.PauseChangeKind]gateway.PauseStepKind{client.ChangeContest: gateway.PauseContested, client.ChangeTransfer: gateway.PauseTransferred}
	if peer.Is(gateway.KindMunicipality) {
		kinds = map[client.PauseChangeKind]gateway.PauseStepKind{client.ChangeProlong: gateway.PauseProlonged, client.ChangeEnd: gateway.PauseEnded,
			client.ChangeCorrect: gateway.PauseCorrected, client.ChangeUphold: gateway.PauseUpheld}
	}
	kind, ok := kinds[c.Kind]
	if !ok {
		return gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeNotYourChange, Pointer: "/soort", Rule: "test", Text: "Dit is niet aan deze partij."})
	}
	if !c.Until.IsZero() {
		p.now.Until = c.Until
	} else if c.Kind == client.ChangeEnd {
		p.now.Until = gateway.Today(time.Now())
	}
	p.now.Review = c.Review
	if c.Kind == client.ChangeTransfer {
		p.holder = c.Taker
	}
	g.step(p, kind, peer.OIN(), c.Reason, digest, time.Now().UTC())
	return nil
}
