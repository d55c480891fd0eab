// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// line is the journey over a store in memory and fakes that work.
type line struct {
	*gatewaytest.Steps
	memory  *gatewaytest.Memory
	journey *journey.Journey
}

func newLine(t testing.TB) *line {
	t.Helper()
	l := &line{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory()}
	err := l.memory.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(l.Parties()) })
	if err != nil {
		t.Fatal(err)
	}
	l.journey = journey.New(l.Ports(l.memory.Truth))
	return l
}

func (l *line) report(t testing.TB, batch ...intake.Submission) []journey.Answer {
	t.Helper()
	answers, err := l.journey.Report(t.Context(), batch)
	if err != nil || len(answers) != len(batch) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	return answers
}

func (l *line) mailbox(t testing.TB, m gateway.Party) []gateway.Signal {
	t.Helper()
	signals, err := l.memory.Mailbox.List(t.Context(), m.Municipality, 0, 500)
	if err != nil {
		t.Fatal(err)
	}
	return signals
}

func (l *line) notices(t testing.TB, c gateway.Party) int {
	t.Helper()
	waiting, err := l.memory.Feedback.Notices(t.Context(), c.OIN, 0, 500)
	if err != nil {
		t.Fatal(err)
	}
	return len(waiting)
}

// otherwise is the paper with another amount, under the same id.
func otherwise(p gatewaytest.Paper) gatewaytest.Paper {
	p.Cents++
	return p
}

// Invariant I3, in batches, one after another and at the same moment.
func TestSameQuestionSameAnswer(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	first := l.report(t, l.Submission(l.Energy, p), l.Submission(l.Energy, p), l.Submission(l.Energy, otherwise(p)), l.Submission(l.Water, otherwise(p)))
	if first[0].Err != nil || first[0].Replayed || !first[1].Replayed || !bytes.Equal(first[0].Receipt, first[1].Receipt) {
		t.Errorf("twins in one batch: %v, %v", first[0].Err, first[1].Err)
	}
	if first[2].Err == nil || first[2].Err.Error() != "conflict id-bezet@/meldingId" || first[2].Receipt != nil {
		t.Errorf("other content under one id: %v", first[2].Err)
	}
	if first[3].Err != nil || first[3].Replayed {
		t.Errorf("an id is the creditor's own: %v", first[3].Err)
	}
	l.Agreements = nil // what rules and registers say now does not change an answer
	again := l.report(t, l.Submission(l.Energy, p), l.Submission(l.Energy, otherwise(p)))
	if !again[0].Replayed || !bytes.Equal(again[0].Receipt, first[0].Receipt) || again[1].Err == nil || again[1].Err.Kind != gateway.KindConflict {
		t.Errorf("later: %v, %v", again[0].Err, again[1].Err)
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 2 {
		t.Errorf("%d signals of one report each of two creditors", n)
	}
}

func TestTwinsAtTheSameMoment(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	receipts := make([]gateway.Compact, 16)
	var wait sync.WaitGroup
	for i := range receipts {
		wait.Go(func() {
			answers, err := l.journey.Report(t.Context(), []intake.Submission{l.Submission(l.Energy, p)})
			if err != nil || answers[0].Err != nil {
				t.Error(err, answers)
				return
			}
			receipts[i] = answers[0].Receipt
		})
	}
	wait.Wait()
	for _, r := range receipts {
		if !bytes.Equal(r, receipts[0]) {
			t.Error("two receipts for one report")
		}
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 1 || l.memory.Bodies() != 1 {
		t.Errorf("%d signals, %d bodies", n, l.memory.Bodies())
	}
}

// Invariant I2: no receipt without a commit, also when the store only seemed
// to fail.
func TestFailedWriteGivesNoReceipt(t *testing.T) {
	for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
		l := newLine(t)
		s := l.Submission(l.Energy, l.Paper(l.Energy, l.Nijmegen, 1))
		l.memory.FailWrites(fault)
		if answers, err := l.journey.Report(t.Context(), []intake.Submission{s}); err == nil {
			t.Errorf("fault %d: answered %+v", fault, answers)
		}
		a := l.report(t, s)[0]
		if a.Err != nil || a.Replayed != (fault == gatewaytest.FailedButDone) || len(l.mailbox(t, l.Nijmegen)) != 1 {
			t.Errorf("fault %d: asked again: replayed %t, %v, %d signals", fault, a.Replayed, a.Err, len(l.mailbox(t, l.Nijmegen)))
		}
	}
}

// Invariants I4 and I1: refused or checked, only codes and a digest are kept.
func TestRefusedAndCheckedLeaveNothing(t *testing.T) {
	l := newLine(t)
	objected := l.Paper(l.Energy, l.Nijmegen, 1)
	objected.Efforts.Objection, objected.Resident.Surname = true, "Zwartebloem"
	fine := l.Paper(l.Energy, l.Nijmegen, 2)
	fine.Resident.Surname = "Zwartebloem"
	broken := l.Submission(l.Energy, fine)
	broken.Token = gatewaytest.Letter(l.Energy.OIN, []byte(`{"achternaam":"Zwartebloem"`))
	before := len(l.memory.Entries())
	answers := l.report(t, l.Submission(l.Energy, objected), broken)
	if answers[0].Err == nil || answers[0].Err.Kind != gateway.KindRefused || answers[1].Err == nil || answers[1].Err.Kind != gateway.KindInvalid {
		t.Fatalf("%+v", answers)
	}
	check := l.Submission(l.Energy, fine)
	check.ID = ""
	checked, err := l.journey.Check(t.Context(), []intake.Submission{check, l.Submission(l.Energy, objected)})
	if err != nil || checked[0].Err != nil || checked[0].Receipt != nil || checked[1].Err == nil || checked[1].Err.Error() != answers[0].Err.Error() {
		t.Fatalf("%+v, %v", checked, err)
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 0 || l.memory.Bodies() != 0 {
		t.Errorf("%d signals, %d bodies", n, l.memory.Bodies())
	}
	entries := l.memory.Entries()[before:]
	log := string(bytes.Join(entries, nil))
	if len(entries) != 4 || strings.Contains(log, "Zwartebloem") || !strings.Contains(log, "bezwaar-inwoner") || !strings.Contains(log, gateway.DigestOf(objected.Payload()).String()) {
		t.Errorf("%d entries: %s", len(entries), log)
	}
}

// Invariant I8: the receipt, the answer and the notices of one creditor are
// the same whatever others sent about the same person.
func TestNoTalkAcrossCreditors(t *testing.T) {
	receiptOf := func(l *line) object {
		a := l.report(t, l.Submission(l.Energy, l.Paper(l.Energy, l.Nijmegen, 1)))[0]
		payload, err := gatewaytest.Unsign(a.Receipt)
		if err != nil || a.Err != nil {
			t.Fatal(err, a.Err)
		}
		o := object{}
		if err := json.Unmarshal(payload, &o); err != nil {
			t.Fatal(err)
		}
		for _, own := range []string{"jti", "meldingId", "sha256", "spoor"} {
			delete(o, own)
		}
		return o
	}
	alone, crowded := newLine(t), newLine(t)
	crowded.report(t, crowded.Submission(crowded.Water, crowded.Paper(crowded.Water, crowded.Nijmegen, 1)),
		crowded.Submission(crowded.Housing, crowded.Paper(crowded.Housing, crowded.Nijmegen, 1)))
	a, _ := json.Marshal(receiptOf(alone))
	b, _ := json.Marshal(receiptOf(crowded))
	if !bytes.Equal(a, b) {
		t.Errorf("alone   %s\ncrowded %s", a, b)
	}
	if crowded.notices(t, crowded.Energy)+crowded.notices(t, crowded.Water)+crowded.notices(t, crowded.Housing) != 0 {
		t.Error("a creditor got a notice about another's report")
	}
	signals := crowded.mailbox(t, crowded.Nijmegen)
	if len(signals) != 3 || len(signals[2].Relations) != 2 || signals[2].Relations[0].Coincidence != gateway.Multiple {
		t.Errorf("the municipality does not see the coincidence: %+v", signals[len(signals)-1].Relations)
	}
}

type object = map[string]any

// One member that cannot pass takes nobody with it.
func TestMembersFailAlone(t *testing.T) {
	l := newLine(t)
	elsewhere := l.Paper(l.Energy, l.Nijmegen, 2)
	elsewhere.Home.Postcode = "9999ZZ"
	forged := l.Submission(l.Energy, l.Paper(l.Energy, l.Nijmegen, 3))
	forged.Token = gatewaytest.Letter(l.Water.OIN, nil)
	answers := l.report(t, l.Submission(l.Energy, elsewhere), l.Submission(l.Energy, l.Paper(l.Energy, l.Nijmegen, 1)), forged, l.Submission(l.Energy, l.Paper(l.Energy, l.Leiden, 1)))
	for i, accepted := range []bool{false, true, false, true} {
		if (answers[i].Err == nil) != accepted || (answers[i].Receipt != nil) != accepted {
			t.Errorf("member %d: %v", i, answers[i].Err)
		}
	}
	if len(l.mailbox(t, l.Nijmegen)) != 1 || len(l.mailbox(t, l.Leiden)) != 1 {
		t.Error("signals lie in other mailboxes than the addresses say")
	}
}
