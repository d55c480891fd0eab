// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

func (l *line) withdraw(t testing.TB, from gateway.Party, id gateway.ReportID, change object) journey.Answer {
	t.Helper()
	o := object{"meldingId": string(id), "reden": "betaald", "datum": gateway.Today(gatewaytest.Now()).String()}
	for k, v := range change {
		o[k] = v
	}
	payload, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	s := l.Submission(from, gatewaytest.Paper{ID: id})
	s.Token = gatewaytest.Letter(from.OIN, payload)
	answers, err := l.journey.Withdraw(t.Context(), []intake.Submission{s})
	if err != nil || len(answers) != 1 {
		t.Fatal(len(answers), err)
	}
	return answers[0]
}

func TestWithdrawal(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	if a := l.withdraw(t, l.Energy, p.ID, nil); a.Err == nil || a.Err.Error() != "niet-gevonden melding-onbekend" {
		t.Errorf("before the report: %v", a.Err)
	}
	l.report(t, l.Submission(l.Energy, p))
	for want, change := range map[string]object{
		"ongeldig waarde-onbekend@/reden": {"reden": "zomaar"}, "ongeldig datum-in-toekomst@/datum": {"datum": "2026-11-03"},
		"ongeldig veld-onbekend": {"toelichting": "Zwartebloem"}, "ongeldig id-ongelijk@/meldingId": {"meldingId": string(gateway.NewUUID(gatewaytest.Now(), nil))},
	} {
		if a := l.withdraw(t, l.Energy, p.ID, change); a.Err == nil || a.Err.Error() != want || a.Receipt != nil {
			t.Errorf("got %v, want %s", a.Err, want)
		}
	}
	if a := l.withdraw(t, l.Water, p.ID, nil); a.Err == nil || a.Err.Kind != gateway.KindNotFound {
		t.Errorf("another creditor withdraws: %v", a.Err)
	}
	first := l.withdraw(t, l.Energy, p.ID, nil)
	again := l.withdraw(t, l.Energy, p.ID, nil)
	if first.Err != nil || first.Replayed || !again.Replayed || !bytes.Equal(first.Receipt, again.Receipt) {
		t.Errorf("%v, %v", first.Err, again.Err)
	}
	if a := l.withdraw(t, l.Energy, p.ID, object{"reden": "overleden"}); a.Err == nil || a.Err.Kind != gateway.KindConflict {
		t.Errorf("withdrawn for another reason: %v", a.Err)
	}
	signals := l.mailbox(t, l.Nijmegen)
	if len(signals) != 2 || !signals[0].Withdrawn || signals[1].Nature != gateway.NatureWithdrawal || signals[1].Concerns != signals[0].ID {
		t.Errorf("mailbox: %+v", signals)
	}
	visit := gateway.Visit{Peer: l.Submission(l.Energy, p).Peer, At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	e, err := l.journey.Evidence(t.Context(), visit, p.ID, true)
	if err != nil || !bytes.Equal(e.Receipt, first.Receipt) || e.Entry == 0 {
		t.Errorf("evidence: entry %d, %v", e.Entry, err)
	}
	visit.Peer = l.Submission(l.Water, p).Peer
	if _, err := l.journey.Evidence(t.Context(), visit, p.ID, false); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindNotFound {
		t.Errorf("another creditor sees the receipt: %v", err)
	}
}
