// SPDX-License-Identifier: EUPL-1.2

package adoption_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// factsOf is a month of facts that a test made up.
type factsOf []policies.Facts

func (f factsOf) Facts(_ context.Context, _ string, yield func(policies.Facts, int) error) error {
	for _, one := range f {
		if err := yield(one, 1); err != nil {
			return err
		}
	}
	return nil
}

// volumes is what the log counts in these tests.
type volumes struct{ asked oversight.Scope }

func (v *volumes) Volumes(_ context.Context, visit oversight.Visit, _ gateway.OIN, from, through gateway.Date) ([]oversight.Volume, error) {
	v.asked = visit.Officer.Scope()
	day := from.AddDays(3)
	if through.DaysSince(from) != 30 {
		return nil, fmt.Errorf("from %s through %s", from, through)
	}
	return []oversight.Volume{
		{Day: day, Event: audit.ReportRefused, Result: proof.ResultRefused, Count: 9}, {Day: day, Event: audit.ReportRefused, Result: proof.ResultRefused, Code: "onder-drempel", Count: 7},
		{Day: day.AddDays(1), Event: audit.ReportRefused, Result: proof.ResultRefused, Code: "onder-drempel", Count: 2},
		{Day: day, Event: audit.AccessRefused, Result: proof.ResultRefused, Code: "onder-drempel", Count: 100},
	}, nil
}

func facts(kind string, age, n int) []policies.Facts {
	f := policies.Facts{Kind: kind, Basis: "wgs", Age: age, Amount: 42_500, EndsIn: -1, Consent: -1, Contact: 2, Help: 2, Reminder: 3, Reminders: 1,
		Offer: 1, Plan: -1, Present: []string{"contact.email", "kenmerk"}}
	return slices.Repeat([]policies.Facts{f}, n)
}

// simulating gives an office whose desk has these facts.
func simulating(t *testing.T, kept []policies.Facts) (*office, *volumes) {
	o, v := newOffice(t), new(volumes)
	o.Desk = adoption.NewDesk(adoption.Ports{Issuer: gatewaytest.Issuer, Store: o.m.Adoptions, Facts: factsOf(kept), Refusals: v})
	return o, v
}

// TestSimulate counts what a stricter window, another term and another dropped
// field do, and admits what it cannot tell.
func TestSimulate(t *testing.T) {
	kept := slices.Concat(facts("Zorg", 85, 20), facts("Zorg", 95, 12), facts("Energie", 40, 30), facts("Water", 40, 3), facts("Hypotheek", 70, 5))
	o, v := simulating(t, kept)
	files := o.changed("2027.1", "als: dagenAchterstand > 100", "als: dagenAchterstand > 90", "inhoud: 30", "inhoud: 20",
		"als: grondslag == 'wgs'\n    gevolg: beperken", "als: drempelInCenten < 1\n    gevolg: beperken")
	s, err := o.Simulate(t.Context(), o.officer(1, oversight.RolePolicy, oversight.RoleParty), adoption.Trial{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	if s.Month != "2026-10" || s.Decisions != 70 || s.Lost != 5 || s.Refused != 12 || s.Same != 0 || s.Differs != 53 || s.TooFew {
		t.Errorf("%+v", s)
	}
	kinds := []adoption.Effect{{Name: "Energie", Of: 30}, {Name: "Zorg", Count: 12, Of: 32}, {Name: "overig", Of: 8}}
	if !slices.Equal(s.Kinds, kinds) {
		t.Errorf("kinds %+v", s.Kinds)
	}
	if len(s.Rules) != 1 || s.Rules[0].Code != "achterstand-te-oud" || s.Rules[0].Count != 12 {
		t.Errorf("rules %+v", s.Rules)
	}
	if want := []adoption.Effect{{Name: "inhoud", Old: "30", New: "20", Count: 53}}; !slices.Equal(s.Terms, want) {
		t.Errorf("terms %+v", s.Terms)
	}
	if !slices.Equal(s.Unseen, []string{"huur/kenmerk"}) {
		t.Errorf("unseen %v", s.Unseen)
	}
	if want := []adoption.Effect{{Code: "onder-drempel", Count: 9}}; !slices.Equal(s.Turned, want) || v.asked.All() || len(v.asked.Parties()) != 1 {
		t.Errorf("refused %+v", s.Turned)
	}
	blind, err := o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: files})
	if err != nil || blind.Turned != nil {
		t.Errorf("an officer without sight of any entry sees %+v, %v", blind.Turned, err)
	}
	same, err := o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: o.files})
	if err != nil || same.Same != 65 || same.Lost != 5 || same.Refused+same.Differs != 0 || len(same.Rules)+len(same.Terms)+len(same.Drops)+len(same.Warnings) != 0 {
		t.Errorf("%+v, %v", same, err)
	}
	_, err = o.Simulate(t.Context(), o.officer(1, oversight.RoleProcessor), adoption.Trial{Files: files})
	o.refused("without the role", err, adoption.CodeRole)
	_, err = o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: files, Month: "2026-08"})
	o.refused("a month that is gone", err, adoption.CodeNoMonth)
}

// TestSimulateOnTheDayOfTheChange: a rule that begins later is simulated as if it
// held.
func TestSimulateOnTheDayOfTheChange(t *testing.T) {
	o, _ := simulating(t, facts("Water", 40, 20))
	files := o.changed("2027.1")
	files.Documents["water.yaml"] = append(files.Documents["water.yaml"], `
  - id: later
    wet: praktijk
    nl: Vanaf april kan dit niet meer.
    en: From April this is not possible any more.
    geldig: {van: 2027-04-01}
    als: dagenAchterstand < 45
    gevolg: weigeren
    code: achterstand-te-jong
`...)
	s, err := o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: files})
	if err != nil || s.On.String() != "2027-04-01" || s.Refused != 20 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: files, On: gateway.Today(o.now)})
	if err != nil || s.Refused != 0 || s.Same != 20 {
		t.Errorf("before its day: %+v, %v", s, err)
	}
}

// TestSimulateFew: a group that is too small to hide in is not shown.
func TestSimulateFew(t *testing.T) {
	o, _ := simulating(t, facts("Zorg", 95, adoption.MinShown-1))
	s, err := o.Simulate(t.Context(), o.officer(1), adoption.Trial{Files: o.changed("2027.1", "als: dagenAchterstand > 100", "als: dagenAchterstand > 90")})
	if err != nil || !s.TooFew || s.Decisions != 0 || s.Refused != 0 || len(s.Kinds)+len(s.Rules) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestTry: the policy of any version and date answers, rule by rule.
func TestTry(t *testing.T) {
	o := newOffice(t)
	next := o.propose(1, o.draft("2027.1", "nl: Het bedrag van de achterstand moet hoger zijn dan nul.", "nl: Boven nul graag."))
	day := gateway.Today(o.now).Time()
	q := policies.Question{Kind: "Zorg", Basis: "wgs", SignalDate: day, Today: day, ArrearsSince: day.AddDate(0, 0, -101)}
	for id, sentence := range map[gateway.UUID]string{"": "Het bedrag van de achterstand moet hoger zijn dan nul.", next.ID: "Boven nul graag."} {
		got, err := o.Try(t.Context(), o.officer(4, oversight.RoleParty), id, q)
		if err != nil || got.Decision.Permit {
			t.Fatalf("%+v, %v", got, err)
		}
		first := got.Counted()
		if !slices.ContainsFunc(first[:8], func(a policies.Answer) bool { return a.NL == sentence && a.Outcome == policies.OutcomeBites }) {
			t.Errorf("%s does not come first: %+v", sentence, first[:8])
		}
	}
	q.Today = day.AddDate(-1, 0, 0)
	_, err := o.Try(t.Context(), o.officer(4), "", q)
	o.refused("before the first version", err, adoption.CodeNoPolicy)
	_, err = o.Try(t.Context(), o.officer(4), gateway.NewUUID(o.now, nil), q)
	o.refused("unknown", err, adoption.CodeUnknown)
	_, err = o.Try(t.Context(), oversight.Visit{At: time.Now()}, "", q)
	o.refused("nobody", err, adoption.CodeRole)
}

// BenchmarkSimulate decides 100,000 different facts twice.
func BenchmarkSimulate(b *testing.B) {
	var kept factsOf
	for i := range 100_000 {
		one := facts([]string{"Zorg", "Energie", "Water", "Huur"}[i%4], 30+i%71, 1)[0]
		one.Amount = int64(i%40) * 2500
		kept = append(kept, one)
	}
	m := gatewaytest.NewMemory()
	files, err := policies.EmbeddedSet()
	if err != nil {
		b.Fatal(err)
	}
	bundle, err := files.Load()
	if err != nil {
		b.Fatal(err)
	}
	desk := adoption.NewDesk(adoption.Ports{Store: m.Adoptions, Facts: kept})
	if err := desk.Imported(b.Context(), files, bundle, gatewaytest.Now()); err != nil {
		b.Fatal(err)
	}
	who, err := oversight.Admit(oversight.Claims{Account: gateway.NewUUID(gatewaytest.Now(), nil), Roles: []oversight.Role{oversight.RolePolicy}, Origin: audit.Local})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := desk.Simulate(b.Context(), oversight.Visit{Officer: who, At: gatewaytest.Now(), Trace: gateway.NewTrace()}, adoption.Trial{Files: files})
		if err != nil || s.Same != 100_000 {
			b.Fatal(s, err)
		}
	}
}
