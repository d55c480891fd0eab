// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/keys"
)

func correctionID() gateway.CorrectionID {
	return gateway.CorrectionID(gateway.NewUUID(gatewaytest.Now(), nil))
}

func (l *line) correction(from gateway.Party, id gateway.CorrectionID, p gatewaytest.Paper) journey.CorrectionSubmission {
	return journey.CorrectionSubmission{Submission: l.Submission(from, p), Correction: id}
}

func (l *line) correct(t testing.TB, batch ...journey.CorrectionSubmission) []journey.Answer {
	t.Helper()
	answers, err := l.journey.Correct(t.Context(), batch)
	if err != nil || len(answers) != len(batch) {
		t.Fatal(len(answers), err)
	}
	return answers
}

// moved is the paper of another resident of the same town, under the id of the
// first.
func (l *line) moved(p gatewaytest.Paper, n int) gatewaytest.Paper {
	other := l.Paper(l.Energy, l.Nijmegen, n)
	other.ID = p.ID
	return other
}

func TestCorrection(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	right, id := l.moved(p, 2), correctionID()
	if a := l.correct(t, l.correction(l.Energy, id, right))[0]; a.Err == nil || a.Err.Error() != "niet-gevonden melding-onbekend" {
		t.Errorf("before the report: %v", a.Err)
	}
	l.report(t, l.Submission(l.Energy, p))
	before := len(l.memory.Entries())
	first := l.correct(t, l.correction(l.Energy, id, right))[0]
	payload, err := gatewaytest.Unsign(first.Receipt)
	if err != nil || first.Err != nil || first.Replayed {
		t.Fatal(first.Err, err)
	}
	var r gateway.Receipt
	if err := json.Unmarshal(payload, &r); err != nil || r.About != "correctie" || r.CorrectionID != id || r.ReportID != p.ID ||
		r.Municipality != l.Nijmegen.Municipality || r.Digest != gateway.DigestOf(right.Payload()) || r.Policy == nil {
		t.Errorf("receipt: %s, %v", payload, err)
	}
	signals := l.mailbox(t, l.Nijmegen)
	if len(signals) != 2 || !signals[0].Corrected || signals[1].Nature != gateway.NatureCorrection || signals[1].Concerns != signals[0].ID {
		t.Fatalf("mailbox: %+v", signals)
	}
	if plain := l.opened(t, signals[1].ID); !strings.Contains(plain, right.Resident.Surname) || !strings.Contains(plain, `"aard":"correctie"`) ||
		!strings.Contains(plain, `"betreft":"`+string(signals[0].ID)+`"`) {
		t.Errorf("content: %s", plain)
	}
	log := string(bytes.Join(l.memory.Entries()[before:], nil))
	if n := len(l.memory.Entries()) - before; n != 1 || !strings.Contains(log, "melding-gecorrigeerd") || !strings.Contains(log, gateway.DigestOf(first.Receipt).String()) {
		t.Errorf("%d entries: %s", n, log)
	}
	again := l.report(t, l.Submission(l.Energy, p))[0]
	if !again.Replayed || l.notices(t, l.Energy) != 0 {
		t.Errorf("the report is known no longer, or its creditor got %d notices", l.notices(t, l.Energy))
	}
}

// opened reads what lies in the mailbox, as the municipality would.
func (l *line) opened(t *testing.T, id gateway.SignalID) string {
	t.Helper()
	rest, err := l.memory.Mailbox.Bodies(t.Context(), []gateway.SignalID{id})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := l.Wraps.Unwrap(t.Context(), []keys.WrapItem{{Scope: rest[0].Scope, ID: string(id), Data: rest[0].Wrapped}})
	if err != nil {
		t.Fatal(err)
	}
	content, _, err := gatewaytest.Unseal(sealed[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// What comes after a correction meets the corrected person, not the wrong one.
func TestCorrectionIsMatched(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	l.correct(t, l.correction(l.Energy, correctionID(), l.moved(p, 2)))
	l.report(t, l.Submission(l.Water, l.Paper(l.Water, l.Nijmegen, 1)), l.Submission(l.Housing, l.Paper(l.Housing, l.Nijmegen, 2)))
	signals := l.mailbox(t, l.Nijmegen)
	if len(signals) != 4 || len(signals[2].Relations) != 0 || len(signals[3].Relations) != 1 || signals[3].Relations[0].Other != signals[0].ID {
		t.Errorf("%+v", signals)
	}
}

// Invariant I3, in batches and one after another.
func TestSameCorrectionSameAnswer(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	one, two := correctionID(), correctionID()
	right := l.moved(p, 2)
	a := l.correct(t, l.correction(l.Energy, one, right), l.correction(l.Energy, one, right), l.correction(l.Energy, one, otherwise(right)),
		l.correction(l.Energy, two, right))
	if a[0].Err != nil || a[0].Replayed || !a[1].Replayed || !bytes.Equal(a[0].Receipt, a[1].Receipt) || a[3].Err != nil || a[3].Replayed {
		t.Errorf("in one batch: %+v", a)
	}
	l.Agreements = nil // what rules say now does not change an answer
	again := l.correct(t, l.correction(l.Energy, one, right), l.correction(l.Energy, one, otherwise(right)))
	if !again[0].Replayed || !bytes.Equal(again[0].Receipt, a[0].Receipt) {
		t.Errorf("later: %v", again[0].Err)
	}
	for _, other := range []journey.Answer{a[2], again[1]} {
		if other.Err == nil || other.Err.Error() != "conflict id-bezet@/correctieId" || other.Receipt != nil {
			t.Errorf("other content under one id: %v", other.Err)
		}
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 3 {
		t.Errorf("%d signals of a report and two corrections", n)
	}
}

func TestCorrectionRefused(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	elsewhere, asRent, objected, other := l.Paper(l.Energy, l.Leiden, 1), p, p, l.moved(p, 2)
	elsewhere.ID, asRent.Kind, objected.Efforts.Objection, other.ID = p.ID, gateway.ReportRent, true, gateway.ReportID(gateway.NewUUID(gatewaytest.Now(), nil))
	mismatch := l.correction(l.Energy, correctionID(), other)
	mismatch.ID = p.ID
	before := len(l.memory.Entries())
	for name, c := range map[string]struct {
		s    journey.CorrectionSubmission
		want string
	}{
		"another municipality":    {l.correction(l.Energy, correctionID(), elsewhere), "geweigerd correctie-andere-gemeente@/adres"},
		"another kind":            {l.correction(l.Energy, correctionID(), asRent), "geweigerd correctie-andere-soort@/soort"},
		"declared objection":      {l.correction(l.Energy, correctionID(), objected), "bezwaar-inwoner"},
		"another report inside":   {mismatch, "ongeldig id-ongelijk@/meldingId"},
		"of another creditor":     {l.correction(l.Water, correctionID(), p), "niet-gevonden melding-onbekend"},
		"of a report that is not": {l.correction(l.Energy, correctionID(), other), "niet-gevonden melding-onbekend"},
	} {
		if a := l.correct(t, c.s)[0]; a.Err == nil || !strings.Contains(a.Err.Error(), c.want) || a.Receipt != nil {
			t.Errorf("%s: %v", name, a.Err)
		}
	}
	signals := l.mailbox(t, l.Nijmegen)
	if len(signals) != 1 || signals[0].Corrected || len(l.mailbox(t, l.Leiden)) != 0 || l.memory.Bodies() != 1 || len(l.memory.Entries())-before != 6 {
		t.Errorf("%d signals, %d entries", len(signals), len(l.memory.Entries())-before)
	}
	l.withdraw(t, l.Energy, p.ID, nil)
	if a := l.correct(t, l.correction(l.Energy, correctionID(), l.moved(p, 2)))[0]; a.Err == nil || a.Err.Error() != "geweigerd melding-ingetrokken@/meldingId" {
		t.Errorf("after a withdrawal: %v", a.Err)
	}
}

// After a reorganisation the address leads to the successor, which has the
// signal.
func TestCorrectionAfterReorganisation(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Leiden, 1)
	l.report(t, l.Submission(l.Energy, p))
	l.Reorganised = map[gateway.Municipality]gateway.Municipality{l.Leiden.Municipality: l.Nijmegen.Municipality}
	c := l.correction(l.Energy, correctionID(), p)
	if a := l.correct(t, c)[0]; a.Err == nil || a.Receipt != nil {
		t.Errorf("before its records passed: %v", a.Err)
	}
	gatewaytest.Pass(t, l.memory.Truth, l.Nijmegen.Municipality, l.Leiden.Municipality)
	if a := l.correct(t, c)[0]; a.Err != nil {
		t.Errorf("%v", a.Err)
	}
	if got := l.mailbox(t, l.Nijmegen); len(got) != 2 || got[1].Nature != gateway.NatureCorrection {
		t.Errorf("%+v", got)
	}
}

func TestCorrectionsAreBounded(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	var batch []journey.CorrectionSubmission
	for range journey.MaxCorrections + 1 {
		batch = append(batch, l.correction(l.Energy, correctionID(), l.moved(p, 2)))
	}
	refused := 0
	for _, a := range l.correct(t, batch...) {
		if a.Err != nil && a.Err.Error() == "geweigerd correctie-te-vaak@/meldingId" {
			refused++
		}
	}
	if n := len(l.mailbox(t, l.Nijmegen)); refused != 1 || n != 1+journey.MaxCorrections {
		t.Errorf("%d refused, %d signals", refused, n)
	}
}

// against blocks everybody.
type against struct{}

func (against) Objected(_ context.Context, asked []objection.Question) ([]bool, error) {
	blocked := make([]bool, len(asked))
	for i := range blocked {
		blocked[i] = true
	}
	return blocked, nil
}

// An objection that came after the report stops its correction.
func TestCorrectionMeetsObjection(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	ports := l.Ports(l.memory.Truth)
	ports.Objections = against{}
	l.journey = journey.New(ports)
	if a := l.correct(t, l.correction(l.Energy, correctionID(), l.moved(p, 2)))[0]; a.Err == nil || !strings.Contains(a.Err.Error(), "bezwaar-inwoner") {
		t.Errorf("%v", a.Err)
	}
}

// Invariant I2, also when the store only seemed to fail.
func TestFailedCorrectionGivesNoReceipt(t *testing.T) {
	for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
		l := newLine(t)
		p := l.Paper(l.Energy, l.Nijmegen, 1)
		l.report(t, l.Submission(l.Energy, p))
		c := l.correction(l.Energy, correctionID(), l.moved(p, 2))
		l.memory.FailWrites(fault)
		if answers, err := l.journey.Correct(t.Context(), []journey.CorrectionSubmission{c}); err == nil {
			t.Errorf("fault %d: answered %+v", fault, answers)
		}
		a := l.correct(t, c)[0]
		if a.Err != nil || a.Replayed != (fault == gatewaytest.FailedButDone) || len(l.mailbox(t, l.Nijmegen)) != 2 {
			t.Errorf("fault %d: asked again: replayed %t, %v", fault, a.Replayed, a.Err)
		}
	}
}

// sealedBefore is a register that does something while a correction is on its
// way to the commit.
type sealedBefore struct {
	permit.Register
	then func()
}

func (r sealedBefore) Standings(ctx context.Context, pairs []permit.Pair) ([]permit.Standing, error) {
	defer r.then()
	return r.Register.Standings(ctx, pairs)
}

// A report that is withdrawn while its correction is under way is not
// corrected.
func TestCorrectionMeetsWithdrawal(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	ports := l.Ports(l.memory.Truth)
	ports.Register = sealedBefore{ports.Register, func() { l.withdraw(t, l.Energy, p.ID, nil) }}
	racing := journey.New(ports)
	answers, err := racing.Correct(t.Context(), []journey.CorrectionSubmission{l.correction(l.Energy, correctionID(), l.moved(p, 2))})
	if err != nil || answers[0].Err == nil || answers[0].Err.Error() != "geweigerd melding-ingetrokken@/meldingId" {
		t.Errorf("%+v, %v", answers, err)
	}
	if signals := l.mailbox(t, l.Nijmegen); len(signals) != 2 || signals[0].Corrected || l.memory.Bodies() != 2 {
		t.Errorf("mailbox: %+v", signals)
	}
}
