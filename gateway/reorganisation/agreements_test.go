// SPDX-License-Identifier: EUPL-1.2

package reorganisation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

func date(t *testing.T, text string) gateway.Date {
	t.Helper()
	d, err := gateway.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPassages tells, per case, what the agreements of one creditor are after
// the day. In short: id, municipality, first and last day.
func TestPassages(t *testing.T) {
	day := date(t, "2027-01-01")
	r := gateway.Reorganisation{From: []gateway.Municipality{"GM0001", "GM0002"}, Into: "GM0003", On: day}
	agreement := func(id string, m gateway.Municipality, from, until string, change func(*gateway.Agreement)) gateway.Agreement {
		a := gateway.Agreement{ID: id, Creditor: "00000099000000110001", Municipality: m, From: date(t, from),
			Kinds: []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater}, Bases: []gateway.Basis{gateway.BasisWgs},
			ThresholdInCents: 5000, PauseDays: 14}
		if until != "" {
			a.Until = date(t, until)
		}
		if change != nil {
			change(&a)
		}
		return a
	}
	threshold := func(cents int64) func(*gateway.Agreement) {
		return func(a *gateway.Agreement) { a.ThresholdInCents = cents }
	}
	old := agreement("old", "GM0001", "2024-01-01", "", nil)
	const ended = "old GM0001 2024-01-01 2026-12-31; "
	const made = ended + "new1 GM0003 2024-01-01 "
	for name, c := range map[string]struct {
		given []gateway.Agreement
		want  string
	}{
		"in force":                      {[]gateway.Agreement{old}, made},
		"with an end":                   {[]gateway.Agreement{agreement("old", "GM0001", "2024-01-01", "2027-06-30", nil)}, made + "2027-06-30"},
		"its last day is the day":       {[]gateway.Agreement{agreement("old", "GM0001", "2024-01-01", "2027-01-01", nil)}, made + "2027-01-01"},
		"past":                          {[]gateway.Agreement{agreement("old", "GM0001", "2024-01-01", "2026-12-31", nil)}, ""},
		"begins on the day":             {[]gateway.Agreement{agreement("old", "GM0001", "2027-01-01", "", nil)}, "old GM0003 2027-01-01 "},
		"begins later":                  {[]gateway.Agreement{agreement("old", "GM0001", "2027-03-01", "2028-02-29", nil)}, "old GM0003 2027-03-01 2028-02-29"},
		"of another municipality":       {[]gateway.Agreement{agreement("far", "GM0009", "2024-01-01", "", nil)}, ""},
		"covered":                       {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", nil)}, strings.TrimSuffix(ended, "; ")},
		"covered, and more":             {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", func(a *gateway.Agreement) { a.Kinds = gateway.ReportKinds() })}, strings.TrimSuffix(ended, "; ")},
		"covered by a stricter one":     {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", threshold(9000))}, strings.TrimSuffix(ended, "; ")},
		"stricter than the successor's": {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", threshold(1000))}, made},
		"a shorter pause":               {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", func(a *gateway.Agreement) { a.PauseDays = 0 })}, made},
		"the successor's ends first":    {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "2027-06-30", nil)}, made},
		"the successor's began late":    {[]gateway.Agreement{old, agreement("own", "GM0003", "2027-01-01", "", nil)}, made}, // for what is dated in December
		"other kinds":                   {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", func(a *gateway.Agreement) { a.Kinds = a.Kinds[:1] })}, made},
		"another basis":                 {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", func(a *gateway.Agreement) { a.Bases = []gateway.Basis{gateway.BasisConsent} })}, made},
		"of another creditor":           {[]gateway.Agreement{old, agreement("own", "GM0003", "2020-01-01", "", func(a *gateway.Agreement) { a.Creditor = "00000099000000110002" })}, made},
		"two alike":                     {[]gateway.Agreement{old, agreement("two", "GM0002", "2024-01-01", "", nil)}, made + "; two GM0002 2024-01-01 2026-12-31"},
		"two, one stricter": {[]gateway.Agreement{old, agreement("two", "GM0002", "2024-01-01", "", threshold(9000))},
			"two GM0002 2024-01-01 2026-12-31; new1 GM0003 2024-01-01 ; old GM0001 2024-01-01 2026-12-31"},
	} {
		for _, reversed := range []bool{false, true} {
			given := slices.Clone(c.given)
			if reversed {
				slices.Reverse(given)
			}
			if got := told(r, day, given); got != c.want {
				t.Errorf("%s (reversed %t):\n%s, want\n%s", name, reversed, got, c.want)
			}
		}
	}
}

func told(r gateway.Reorganisation, day gateway.Date, given []gateway.Agreement) string {
	n := 0
	var parts []string
	for _, p := range Passages(r, day, given, func() string { n++; return fmt.Sprintf("new%d", n) }) {
		for _, a := range []gateway.Agreement{p.Ended, p.Next} {
			if a.ID != "" {
				parts = append(parts, fmt.Sprintf("%s %s %s %s", a.ID, a.Municipality, a.From, a.Until))
			}
		}
	}
	return strings.Join(parts, "; ")
}

func TestMidnightIsDutch(t *testing.T) {
	for d := date(t, "2026-01-01"); d.String() < "2028-01-01"; d = d.AddDays(1) {
		if at := d.Begins(); gateway.Today(at) != d || gateway.Today(at.Add(-1)) != d.AddDays(-1) {
			t.Errorf("%s begins at %v", d, at)
		}
	}
}
