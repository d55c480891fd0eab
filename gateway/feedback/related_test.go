// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func all(a gatewaytest.Actors) []gateway.Party {
	return []gateway.Party{a.Energy, a.Water, a.Housing}
}

// also is help accepted for the first signal and for related ones.
func (o *office) also(more object, places ...int) object {
	w := object{}
	for name, v := range more {
		w[name] = v
	}
	var related []any
	for _, i := range places {
		related = append(related, string(o.signals[i]))
	}
	w["ookVoor"] = related
	return o.word(gateway.ResultFollowUp, w)
}

func receiptOf(t *testing.T, a feedback.Answer) (r struct {
	Pauses  []gateway.GivenPause    `json:"pauzes"`
	Skipped []gateway.SkippedSignal `json:"overgeslagen"`
}) {
	t.Helper()
	payload, err := gatewaytest.Unsign(a.Receipt)
	if a.Err != nil || err != nil || json.Unmarshal(payload, &r) != nil {
		t.Fatal(a.Err, err)
	}
	return r
}

func (o *office) withdraw(t *testing.T, place int) {
	t.Helper()
	if _, err := o.Withdraw(t, o.memory.Truth, o.filed[place]); err != nil {
		t.Fatal(err)
	}
}

// What one creditor gets does not hang on what another did: a related claim
// that was taken back or has had its pause gets nothing, and takes nothing from
// the others. For other results it hears as ever.
func TestRelatedClaimsAreJudgedApart(t *testing.T) {
	o := newOffice(t, all)
	if a := o.accept(t, o.submission(o.Nijmegen, o.word(gateway.ResultFollowUp, object{"signaalId": string(o.signals[1])}))); a[0].Err != nil {
		t.Fatal(a[0].Err)
	}
	o.withdraw(t, 2)
	r := receiptOf(t, o.accept(t, o.submission(o.Nijmegen, o.also(nil, 1, 2)))[0])
	if len(r.Pauses) != 1 || r.Pauses[0].SignalID != o.signals[0] || len(r.Skipped) != 2 ||
		r.Skipped[0] != (gateway.SkippedSignal{SignalID: o.signals[1], Code: gateway.CodePauseExists}) ||
		r.Skipped[1] != (gateway.SkippedSignal{SignalID: o.signals[2], Code: gateway.CodeWithdrawn}) {
		t.Errorf("receipt: %+v", r)
	}
	if e, w, h := len(o.got(t, o.Energy)), len(o.got(t, o.Water)), len(o.got(t, o.Housing)); e != 1 || w != 1 || h != 0 {
		t.Errorf("%d, %d, %d notices", e, w, h)
	}
	paid := o.also(nil, 1, 2)
	paid["resultaat"] = string(gateway.ResultPaid)
	if r := receiptOf(t, o.accept(t, o.submission(o.Nijmegen, paid))[0]); r.Skipped != nil || len(o.got(t, o.Water)) != 2 || len(o.got(t, o.Housing)) != 1 {
		t.Errorf("another result is not told: %+v", r)
	}
}

// Each claim is paused as long as its own agreement allows; only the signal in
// the path is refused a pause that is too long.
func TestRelatedPauseIsShortened(t *testing.T) {
	shorter := func(s *gatewaytest.Steps) {
		for i := range s.Agreements {
			if s.Agreements[i].Creditor == s.Water.OIN {
				s.Agreements[i].PauseDays = 4
			}
		}
	}
	o := newOffice(t, energyWater, shorter)
	today := gateway.Today(o.at)
	until := object{"pauzeTot": today.AddDays(9).String(), "toetsdatum": today.AddDays(8).String()}
	r := receiptOf(t, o.accept(t, o.submission(o.Nijmegen, o.also(until, 1)))[0])
	if len(r.Pauses) != 2 || r.Pauses[0].Until != today.AddDays(9) || r.Pauses[1].Until != today.AddDays(4) || r.Pauses[1].Review.After(today.AddDays(4)) {
		t.Errorf("receipt: %+v", r)
	}
	if p := o.got(t, o.Water)[0].Pause; p.Until != today.AddDays(4) {
		t.Errorf("the creditor hears of a pause until %s", p.Until)
	}
	path := newOffice(t, energyWater, shorter)
	path.signals[0], path.signals[1] = path.signals[1], path.signals[0]
	if got := path.codes(t, path.Nijmegen, path.also(until, 1)); got != "pauze-te-lang@/pauzeTot" {
		t.Errorf("too long for the signal in the path: %q", got)
	}
}

// Feedback about the same claims that meets in one commit: what the first gave,
// the second leaves out, and its receipt says so.
func TestRelatedMeetInOneCommit(t *testing.T) {
	o := newOffice(t, all)
	second := o.also(nil, 1)
	second["signaalId"] = string(o.signals[2])
	a := o.accept(t, o.submission(o.Nijmegen, o.also(nil, 1)), o.submission(o.Nijmegen, second))
	first, then := receiptOf(t, a[0]), receiptOf(t, a[1])
	if len(first.Pauses) != 2 || first.Skipped != nil || len(then.Pauses) != 1 || then.Pauses[0].SignalID != o.signals[2] ||
		len(then.Skipped) != 1 || then.Skipped[0].SignalID != o.signals[1] {
		t.Errorf("%+v\n%+v", first, then)
	}
	for _, c := range []gateway.Party{o.Energy, o.Water, o.Housing} {
		if n := len(o.got(t, c)); n != 1 {
			t.Errorf("%d notices", n)
		}
	}
}

// A related claim that is taken back between look and commit gets no pause, and
// no receipt says that it did.
func TestRelatedWithdrawnMeanwhile(t *testing.T) {
	o := newOffice(t, energyWater)
	desk := feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: gatewaytest.Signer{},
		Notices: o.notices, Store: slow{o.memory.Feedback, func() { o.withdraw(t, 1) }}, Bell: o.Bell})
	answers, err := desk.Accept(t.Context(), []feedback.Submission{o.submission(o.Nijmegen, o.also(nil, 1))})
	if err != nil {
		t.Fatal(err)
	}
	r := receiptOf(t, answers[0])
	if len(r.Pauses) != 1 || len(r.Skipped) != 1 || r.Skipped[0].Code != gateway.CodeWithdrawn || len(o.got(t, o.Water)) != 0 {
		t.Errorf("%+v", r)
	}
}

// slow is a store in which something happens before each commit.
type slow struct {
	feedback.Store
	before func()
}

func (s slow) Write(ctx context.Context, fn func(feedback.Tx) error) error {
	s.before()
	return s.Store.Write(ctx, fn)
}
