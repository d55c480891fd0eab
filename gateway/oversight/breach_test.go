// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// leak is a case of the processor: a certificate read two signals of Nijmegen,
// about the same person, of two creditors.
func (h house) leak(t *testing.T) oversight.Breach {
	t.Helper()
	thief := audit.ByPeer(gateway.Authenticated(h.Nijmegen, strings.Repeat("ee", 32)), gateway.NewTrace())
	for i, from := range []gateway.Party{h.Energy, h.Water} {
		d := h.Report(t, from, 1)
		h.entry(t, audit.SignalRead, thief, audit.Object(audit.KindSignal, string(d.Sealed().Body().ID)))
		if i == 0 {
			h.entry(t, audit.ReportReceived, audit.ByPeer(gateway.Authenticated(from, strings.Repeat("ee", 32)), gateway.NewTrace()),
				audit.Object(audit.KindReport, string(from.OIN), string(d.Slip().ReportID)))
		}
	}
	h.entry(t, audit.SignalRead, audit.ByPeer(gateway.Authenticated(h.Nijmegen, strings.Repeat("ff", 32)), gateway.NewTrace()),
		audit.Object(audit.KindSignal, string(h.Report(t, h.Energy, 3).Sealed().Body().ID))) // another certificate
	return ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t), oversight.NewBreach{Nature: oversight.Confidentiality, Discovered: h.At.Add(-2 * time.Hour),
		Filter: oversight.BreachFilter{Origin: strings.Repeat("ee", 32), Since: h.At.AddDate(0, 0, -1)}}))
}

func row(b oversight.Breach, p gateway.Party) oversight.Touched {
	i := slices.IndexFunc(b.Touched, func(t oversight.Touched) bool { return t.Party == p.OIN })
	if i < 0 {
		return oversight.Touched{}
	}
	return b.Touched[i]
}

// TestBreachCounts: per controller the entries, signals and persons that a case
// touches; what a municipality does inside its mailbox touches no creditor.
func TestBreachCounts(t *testing.T) {
	h := newHouse(t)
	b := h.leak(t)
	if len(b.Touched) != 2 || b.Entries != 3 || b.More {
		t.Fatalf("%+v", b)
	}
	if n := row(b, h.Nijmegen); n.Entries != 3 || n.Signals != 2 || n.Persons != 1 || n.Unlinked != 0 || len(n.Kinds) != 2 {
		t.Errorf("the municipality: %+v", n)
	}
	if e := row(b, h.Energy); e.Entries != 1 || e.Signals != 1 || e.Persons != 1 {
		t.Errorf("the creditor: %+v", e)
	}
	// Its own officer measures the same set, and sees his own party only.
	own := ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t, h.Energy), oversight.NewBreach{Nature: oversight.Confidentiality, Discovered: h.At,
		Filter: oversight.BreachFilter{Origin: strings.Repeat("ee", 32)}}))
	if len(own.Touched) != 1 || own.Touched[0].Party != h.Energy.OIN || own.Entries != 1 || own.All || !slices.Equal(own.For, []gateway.OIN{h.Energy.OIN}) {
		t.Errorf("%+v", own)
	}
}

// TestBreachOfAPartyStaysItsOwn: when another who sees the case has it measured
// again, it still counts what concerns the parties that it was opened for, and
// nothing else; a case of two tells the log of one nothing about the other.
func TestBreachOfAPartyStaysItsOwn(t *testing.T) {
	h := newHouse(t)
	h.leak(t)
	officer := h.visit(t, h.Energy)
	filter := oversight.BreachFilter{Since: h.At.AddDate(0, 0, -1)}
	own := ok[oversight.Breach](t)(h.breaches.Open(t.Context(), officer, oversight.NewBreach{Nature: oversight.Confidentiality, Discovered: h.At, Filter: filter}))
	for _, other := range []oversight.Visit{h.visit(t), h.visit(t, h.Energy, h.Nijmegen)} {
		again := ok[oversight.Breach](t)(h.breaches.Examine(t.Context(), other, own.ID))
		seen := ok[oversight.BreachCase](t)(h.breaches.Case(t.Context(), officer, own.ID))
		if len(again.Touched) != 1 || again.Touched[0].Party != h.Energy.OIN || seen.Entries != row(seen.Breach, h.Energy).Entries {
			t.Errorf("measured anew: %+v, seen: %+v", again.Touched, seen.Breach)
		}
	}
	ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t, h.Energy, h.Nijmegen), oversight.NewBreach{Nature: oversight.Confidentiality, Discovered: h.At, Filter: filter}))
	for _, hit := range gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy), Events: []audit.Event{audit.BreachExamined}, Limit: 1}) {
		if hit.Entry.Count != 0 {
			t.Errorf("the log of one party counts %d of two", hit.Entry.Count)
		}
	}
}

// TestBreachIsTold: a controller's officer sees a case of the processor once it
// was told, and then his own row alone.
func TestBreachIsTold(t *testing.T) {
	h := newHouse(t)
	b := h.leak(t)
	officer, processor := h.visit(t, h.Energy), h.visit(t)
	if seen := ok[[]oversight.Breach](t)(h.breaches.List(t.Context(), officer)); len(seen) != 0 {
		t.Errorf("seen before it was told: %+v", seen)
	}
	_, err := h.breaches.Case(t.Context(), officer, b.ID)
	absent(t, "a case that was not told", err)
	_, err = h.breaches.Advance(t.Context(), officer, b.ID, h.Energy.OIN, oversight.StepAuthority, "")
	absent(t, "a step in it", err)
	h.Later(1)
	processor.At = h.At
	if _, err := h.breaches.Advance(t.Context(), processor, b.ID, h.Nijmegen.OIN, oversight.StepTold, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.breaches.Advance(t.Context(), processor, b.ID, h.Energy.OIN, oversight.StepTold, ""); err != nil {
		t.Fatal(err)
	}
	c := ok[oversight.BreachCase](t)(h.breaches.Case(t.Context(), officer, b.ID))
	if len(c.Touched) != 1 || c.Touched[0].Party != h.Energy.OIN || c.Touched[0].State() != oversight.BreachStateTold || c.Filter.Origin != "" || c.OpenedBy != "" || c.Entries != 1 {
		t.Errorf("%+v", c.Breach)
	}
	if by := c.AuthorityBy(c.Touched[0]); !by.Equal(h.At.Add(72 * time.Hour)) {
		t.Errorf("72 hours from when it was told end at %s", by)
	}
	if by := b.AuthorityBy(row(b, h.Nijmegen)); !by.Equal(b.Discovered.Add(72 * time.Hour)) {
		t.Errorf("before that they end at %s", by)
	}
	for _, text := range c.Texts {
		all := strings.Join(append(slices.Clone(text.NL), text.EN...), " ")
		if strings.Contains(all, "Nijmegen") || strings.Contains(all, "Water") || strings.Contains(all, "%!") || !strings.Contains(all, h.Energy.Name) {
			t.Errorf("%s: %s", text.Audience, all)
		}
	}
	if len(c.Texts) != 3 {
		t.Errorf("%d texts", len(c.Texts))
	}
	_, err = h.breaches.Advance(t.Context(), officer, b.ID, h.Nijmegen.OIN, oversight.StepClosed, oversight.OutcomeNoRisk)
	absent(t, "another's row", err)
	_, err = h.breaches.Examine(t.Context(), officer, b.ID)
	refusedWith(t, oversight.CodeBreachStep, err)
	if hits := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy), Kind: audit.KindBreach}); len(hits) != 1 {
		t.Errorf("the party's own log: %v", gatewaytest.EventsOf(hits))
	}
}

func refusedWith(t *testing.T, code gateway.Code, err error) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "geweigerd "+string(code)) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// TestBreachSteps: who may note what, in which order, and that a step stays when
// the case is measured again.
func TestBreachSteps(t *testing.T) {
	h := newHouse(t)
	b := h.leak(t)
	processor, officer := h.visit(t), h.visit(t, h.Nijmegen)
	step := func(v oversight.Visit, s oversight.BreachStep, o oversight.BreachOutcome) error {
		_, err := h.breaches.Advance(t.Context(), v, b.ID, h.Nijmegen.OIN, s, o)
		return err
	}
	for _, err := range []error{step(processor, oversight.StepTold, ""), step(officer, oversight.StepPersons, "")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	refusedWith(t, oversight.CodeBreachStep, step(processor, oversight.StepTold, ""))
	refusedWith(t, oversight.CodeBreachStep, step(processor, oversight.StepAuthority, "")) // nobody notes for another what that one did
	refusedWith(t, oversight.CodeBreachInvalid, step(processor, "iets", ""))
	refusedWith(t, oversight.CodeBreachInvalid, step(officer, oversight.StepClosed, "iets"))
	refusedWith(t, oversight.CodeBreachStep, step(officer, oversight.StepClosed, oversight.OutcomeNotified)) // nobody told the authority
	if err := step(officer, oversight.StepAuthority, ""); err != nil {
		t.Fatal(err)
	}
	if err := step(officer, oversight.StepClosed, oversight.OutcomeNotified); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, oversight.CodeBreachStep, step(officer, oversight.StepPersons, ""))
	again := ok[oversight.Breach](t)(h.breaches.Examine(t.Context(), processor, b.ID))
	if n := row(again, h.Nijmegen); n.State() != oversight.BreachStateClosed || n.PersonsAt.IsZero() || n.Entries != 3 {
		t.Errorf("%+v", n)
	}
	if !again.ClosedAt().IsZero() || !again.KeepUntil().IsZero() {
		t.Error("a case is over while it is open for one controller")
	}
	if _, err := h.breaches.Advance(t.Context(), processor, b.ID, h.Energy.OIN, oversight.StepClosed, oversight.OutcomeNoBreach); err != nil {
		t.Fatal(err)
	}
	over := ok[[]oversight.Breach](t)(h.breaches.List(t.Context(), processor))[0]
	if hits := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy), Kind: audit.KindBreach}); len(hits) != 0 {
		t.Errorf("the log tells who was not told: %v", gatewaytest.EventsOf(hits))
	}
	if want := gateway.Today(h.At).AddDays(oversight.KeepBreaches); over.KeepUntil() != want {
		t.Errorf("kept until %s, want %s", over.KeepUntil(), want)
	}
}

// TestBreachRefuses: what a case cannot be opened with.
func TestBreachRefuses(t *testing.T) {
	h := newHouse(t)
	good := oversight.NewBreach{Nature: oversight.Availability, Discovered: h.At, Filter: oversight.BreachFilter{Actor: "beheer"}}
	for name, change := range map[string]func(*oversight.NewBreach){
		"nature": func(n *oversight.NewBreach) { n.Nature = "zomaar" }, "no discovery": func(n *oversight.NewBreach) { n.Discovered = time.Time{} },
		"tomorrow": func(n *oversight.NewBreach) { n.Discovered = h.At.Add(time.Minute) }, "no filter": func(n *oversight.NewBreach) { n.Filter = oversight.BreachFilter{} },
		"origin": func(n *oversight.NewBreach) { n.Filter.Origin = "AB" }, "period": func(n *oversight.NewBreach) { n.Filter.Since, n.Filter.Until = h.At, h.At },
	} {
		n := good
		change(&n)
		if _, err := h.breaches.Open(t.Context(), h.visit(t), n); err == nil || !strings.HasPrefix(err.Error(), "geweigerd datalek-ongeldig") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if none := ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t), good)); len(none.Touched) != 0 || none.KeepUntil().IsZero() {
		t.Errorf("%+v", none)
	}
}

// TestBreachesAreFew: one account does not fill the list that all officers read.
func TestBreachesAreFew(t *testing.T) {
	h := newHouse(t)
	n := oversight.NewBreach{Nature: oversight.Availability, Discovered: h.At, Filter: oversight.BreachFilter{Actor: "beheer"}}
	v := h.visit(t, h.Energy)
	for range 20 {
		ok[oversight.Breach](t)(h.breaches.Open(t.Context(), v, n))
	}
	_, err := h.breaches.Open(t.Context(), v, n)
	refusedWith(t, oversight.CodeBreachMany, err)
	v.At = v.At.Add(24 * time.Hour)
	ok[oversight.Breach](t)(h.breaches.Open(t.Context(), v, n))
}
