// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestRefusedFeedback(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	today := gateway.Today(o.at)
	other := string(gateway.NewUUID(o.at, nil))
	for _, c := range []struct {
		name string
		more object
		want string
	}{
		{"result outside the list", object{"resultaat": "opgepakt"}, "waarde-onbekend@/resultaat"},
		{"free text", object{"opmerking": "Zwartebloem"}, "veld-onbekend@"},
		{"tomorrow", object{"datum": today.AddDays(1).String()}, "datum-in-toekomst@/datum"},
		{"before the signal", object{"datum": today.AddDays(-6).String()}, "datumvolgorde@/datum"},
		{"all at once", object{"resultaat": 1, "datum": "x", "ookVoor": "x", "pauzeTot": 3},
			"verkeerd-type@/ookVoor verkeerd-type@/pauzeTot verkeerd-type@/resultaat verkeerde-vorm@/datum"},
		{"related ids that are none", object{"ookVoor": []any{"x", other, 1}}, "verkeerd-type@/ookVoor/2 verkeerde-vorm@/ookVoor/0"},
		{"51 related", object{"ookVoor": slices.Repeat([]any{other}, 51)}, "te-lang@/ookVoor"},
	} {
		if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultPaid, c.more)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	s := o.submission(o.Nijmegen, o.word(gateway.ResultPaid, nil))
	s.ID, s.Signal = gateway.FeedbackID(other), gateway.SignalID(other)
	if a := o.accept(t, s)[0]; a.Err == nil || len(a.Err.Findings) != 2 || a.Err.Findings[0].Pointer != "/terugkoppelingId" || a.Err.Findings[1].Pointer != "/signaalId" {
		t.Errorf("ids other than in the path: %v", a.Err)
	}
	forged := o.submission(o.Nijmegen, o.word(gateway.ResultPaid, nil))
	forged.Token = gatewaytest.Letter(o.Leiden.OIN, []byte("{}"))
	if a := o.accept(t, forged)[0]; a.Err == nil || a.Err.Codes()[0] != gateway.CodeSignature {
		t.Errorf("signed by another: %v", a.Err)
	}
	if n := len(o.got(t, o.Energy)); n != 0 {
		t.Errorf("%d notices of refused feedback", n)
	}
	for _, e := range o.memory.Entries() {
		if bytes.Contains(e, []byte("Zwartebloem")) {
			t.Error("the log keeps content of refused feedback")
		}
	}
}

// Another municipality's signal, a withdrawal and no signal at all look the
// same.
func TestOnlyOwnSignals(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	deposit := o.Deposits(t, o.Submission(o.Energy, o.Paper(o.Energy, o.Nijmegen, 3)))[0]
	gatewaytest.File(t, o.memory.Truth, deposit)
	message, err := o.Withdraw(t, o.memory.Truth, deposit)
	if err != nil {
		t.Fatal(err)
	}
	other := o.Deposits(t, o.Submission(o.Energy, o.Paper(o.Energy, o.Nijmegen, 4)))[0]
	gatewaytest.File(t, o.memory.Truth, other)
	correction, err := o.Correct(t, o.memory.Truth, other, o.Energy, o.Paper(o.Energy, o.Nijmegen, 5), 1)
	if err != nil {
		t.Fatal(err)
	}
	nobody := o.Nijmegen
	nobody.Municipality = ""
	for name, c := range map[string]struct {
		from   gateway.Party
		signal string
	}{
		"of another municipality": {o.Leiden, string(o.signals[0])}, "unknown": {o.Nijmegen, string(gateway.NewUUID(o.at, nil))},
		"message of a correction": {o.Nijmegen, string(correction.Sealed().Body().ID)},
		"message of a withdrawal": {o.Nijmegen, string(message)}, "peer without municipality": {nobody, string(o.signals[0])},
	} {
		a := o.accept(t, o.submission(c.from, o.word(gateway.ResultPaid, object{"signaalId": c.signal})))[0]
		if a.Err == nil || a.Err.Error() != "niet-gevonden signaal-onbekend" {
			t.Errorf("%s: %v", name, a.Err)
		}
	}
}

func TestSameQuestionSameAnswer(t *testing.T) {
	o := newOffice(t, energyWater)
	word := o.word(gateway.ResultFollowUp, nil)
	s := o.submission(o.Nijmegen, word)
	first := o.accept(t, s)[0]
	if first.Err != nil || first.Replayed || len(first.Receipt) == 0 {
		t.Fatal(first.Err)
	}
	o.at = o.at.AddDate(0, 2, 0)
	for range 2 {
		if again := o.accept(t, o.submission(o.Nijmegen, word))[0]; again.Err != nil || !again.Replayed || !bytes.Equal(again.Receipt, first.Receipt) {
			t.Errorf("another answer to the same question: %v", again.Err)
		}
	}
	for name, change := range map[string]object{"result": {"resultaat": string(gateway.ResultPaid)}, "signal": {"signaalId": string(o.signals[1])}, "one space": {"datum": "2026-11-06"}} {
		other := object{}
		for _, m := range []object{word, change} {
			for k, v := range m {
				other[k] = v
			}
		}
		if a := o.accept(t, o.submission(o.Nijmegen, other))[0]; a.Err == nil || a.Err.Error() != "conflict id-bezet@/terugkoppelingId" {
			t.Errorf("other %s under the same id: %v", name, a.Err)
		}
	}
	elsewhere := o.submission(o.Leiden, word) // an id is the municipality's own
	if a := o.accept(t, elsewhere)[0]; a.Err == nil || a.Err.Kind != gateway.KindNotFound {
		t.Errorf("another municipality is answered: %v", a.Err)
	}
	if n := len(o.got(t, o.Energy)); n != 1 {
		t.Errorf("%d notices of one feedback", n)
	}
}

func TestTwinsInOneCommit(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	word := o.word(gateway.ResultFollowUp, nil)
	other := o.word(gateway.ResultPaid, object{"terugkoppelingId": word["terugkoppelingId"]})
	a := o.accept(t, o.submission(o.Nijmegen, word), o.submission(o.Nijmegen, word), o.submission(o.Nijmegen, other), o.submission(o.Nijmegen, o.word("?", nil)))
	if a[0].Err != nil || a[0].Replayed || !a[1].Replayed || !bytes.Equal(a[0].Receipt, a[1].Receipt) ||
		a[2].Err == nil || a[2].Err.Kind != gateway.KindConflict || a[3].Err == nil || a[3].Err.Kind != gateway.KindInvalid {
		t.Errorf("%+v", a)
	}
	if n := len(o.got(t, o.Energy)); n != 1 {
		t.Errorf("%d notices", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	word := o.word(gateway.ResultFollowUp, nil)
	receipts := make([]gateway.Compact, 20)
	var wait sync.WaitGroup
	for i := range receipts {
		wait.Go(func() {
			answers, err := o.desk.Accept(t.Context(), []feedback.Submission{o.submission(o.Nijmegen, word)})
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
			t.Error("two receipts for one feedback")
		}
	}
	if n := len(o.got(t, o.Energy)); n != 1 {
		t.Errorf("%d notices", n)
	}
}

func TestFailedWriteAnswersNothing(t *testing.T) {
	for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
		o := newOffice(t, onlyEnergy)
		word := o.word(gateway.ResultFollowUp, nil)
		o.memory.FailWrites(fault)
		if answers, err := o.desk.Accept(t.Context(), []feedback.Submission{o.submission(o.Nijmegen, word)}); err == nil {
			t.Errorf("fault %d: answered %+v", fault, answers)
		}
		a := o.accept(t, o.submission(o.Nijmegen, word))[0]
		if a.Err != nil || a.Replayed != (fault == gatewaytest.FailedButDone) {
			t.Errorf("fault %d: asked again: replayed %t, %v", fault, a.Replayed, a.Err)
		}
		if n := len(o.got(t, o.Energy)); n != 1 {
			t.Errorf("fault %d: %d notices", fault, n)
		}
	}
}
