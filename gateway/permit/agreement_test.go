// SPDX-License-Identifier: EUPL-1.2

package permit_test

import (
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/permit"
)

// The agreement that fits decides, wherever it stands among others; when none
// fits, the nearest miss gives the reason.
func TestNearestAgreement(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	today := gateway.Today(gatewaytest.Now())
	good := s.Agreements[0]
	with := func(id string, change func(*gateway.Agreement)) gateway.Agreement {
		a := good
		a.ID = id
		change(&a)
		return a
	}
	past := with("past", func(a *gateway.Agreement) { a.Until = today.AddDays(-1) })
	future := with("future", func(a *gateway.Agreement) { a.From = today.AddDays(1) })
	water := with("water", func(a *gateway.Agreement) { a.Kinds = []gateway.ReportKind{gateway.ReportWater} })
	consent := with("consent", func(a *gateway.Agreement) { a.Bases = []gateway.Basis{gateway.BasisConsent} })
	pastWater := with("past water", func(a *gateway.Agreement) { a.Until, a.Kinds = past.Until, water.Kinds })
	strict := with("strict", func(a *gateway.Agreement) { a.ThresholdInCents = 9_000_000 })
	pastStrict := with("past strict", func(a *gateway.Agreement) { a.Until, a.ThresholdInCents = past.Until, strict.ThresholdInCents })
	backdated := func(o, _, _ object) { o["signaaldatum"] = today.AddDays(-2).String() }
	consented := func(o, _, _ object) {
		o["grondslag"], o["toestemmingsdatum"] = "toestemming", today.AddDays(-10).String()
	}
	for _, c := range []struct {
		name       string
		agreements []gateway.Agreement
		edit       edit
		want       string
	}{
		{"one that fits among others", []gateway.Agreement{past, water, consent, future, good}, same, ""},
		{"ended", []gateway.Agreement{past}, same, "overeenkomst-niet-in-werking"},
		{"not begun", []gateway.Agreement{future}, same, "overeenkomst-niet-in-werking"},
		{"back-dated into one that ended, stricter, beside one in force", []gateway.Agreement{pastStrict, good}, backdated, ""},
		{"of two that fit, the higher threshold", []gateway.Agreement{good, strict}, same, "onder-drempel"},
		{"other kind", []gateway.Agreement{water}, same, "soort-niet-in-overeenkomst"},
		{"other kind is nearer than ended", []gateway.Agreement{past, water}, same, "soort-niet-in-overeenkomst"},
		{"ended of this kind is nearer than ended of another", []gateway.Agreement{pastWater, past}, same, "overeenkomst-niet-in-werking"},
		{"other basis", []gateway.Agreement{consent}, same, "grondslag-niet-in-overeenkomst"},
		{"consent under wgs", []gateway.Agreement{good}, consented, "grondslag-niet-in-overeenkomst"},
		{"one agreement per basis, wgs", []gateway.Agreement{consent, good}, same, ""},
		{"one agreement per basis, consent", []gateway.Agreement{good, consent}, consented, ""},
	} {
		reports := addressed(t, s, s.Energy, s.Nijmegen, c.edit)
		for _, reversed := range []bool{false, true} {
			s.Agreements = slices.Clone(c.agreements)
			if reversed {
				slices.Reverse(s.Agreements)
			}
			if got := codes(t, s, s.Policy, reports); got != c.want {
				t.Errorf("%s (reversed %t): got %q, want %q", c.name, reversed, got, c.want)
			}
		}
	}
	s.Agreements = []gateway.Agreement{past, water, good}
	permitted, _, err := permit.Judge(t.Context(), s, s.Policy, addressed(t, s, s.Energy, s.Nijmegen, same))
	if err != nil || permitted[0].Agreement().ID != good.ID {
		t.Errorf("permitted under another agreement: %v", err)
	}
}
