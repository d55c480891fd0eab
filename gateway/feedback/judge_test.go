// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// What a creditor learns of each result (docs/formats.md, "bericht").
var learned = map[gateway.Result]gateway.NoticeKind{
	"Opgepakt":                                                        "in-behandeling",
	"Niet opgepakt: herhaalde melding":                                "niet-opgepakt-herhaald",
	"Niet opgepakt: onterecht signaal":                                "niet-opgepakt-onterecht",
	"Niet opgepakt: andere reden":                                     "niet-opgepakt",
	"Inwoner is overleden":                                            "overleden",
	"Persoon is geen inwoner (meer) in de gemeente":                   "geen-inwoner",
	"Inwoner al bekend bij schuldhulpverlening":                       "bekend-bij-schuldhulp",
	"Inwoner heeft al een ander lopend traject":                       "afgesloten",
	"Definitief geen contact kunnen krijgen":                          "afgesloten",
	"Geen reactie na eerder contact":                                  "afgesloten",
	"Inwoner regelt het zelf/hoeft geen hulp vanuit vroegsignalering": "afgesloten",
	"Inwoner heeft zelf al betaald/betalingsregeling getroffen":       "afgesloten",
	"(Budget)advies en/of quick fix":                                  "hulp-geaccepteerd",
	"Vervolghulp en/of verwijzing financieel":                         "hulp-geaccepteerd",
	"Vervolghulp en/of verwijzing niet financieel":                    "hulp-geaccepteerd",
	"Vervolghulp en/of verwijzing":                                    "hulp-geaccepteerd",
	"Verwijzing zonder tussenkomst inwoner":                           "afgesloten",
}

func TestEveryResultGivesItsNotice(t *testing.T) {
	if len(learned) != len(gateway.Results()) {
		t.Fatalf("%d results in the table, %d in the contract", len(learned), len(gateway.Results()))
	}
	for _, result := range gateway.Results() {
		o := newOffice(t, onlyEnergy) // a claim gets one pause at most
		today := gateway.Today(o.at)
		if got := o.codes(t, o.Nijmegen, o.word(result, nil)); got != "" {
			t.Fatalf("%s: refused: %s", result, got)
		}
		notices := o.got(t, o.Energy)
		if len(notices) != 1 {
			t.Fatalf("%s: %d notices", result, len(notices))
		}
		n := notices[0]
		want := gateway.Notice{Issuer: gatewaytest.Issuer, Audience: o.Energy.OIN, ID: n.ID, Kind: learned[result], ReportID: o.reports[0],
			Municipality: "GM0268", Date: today, IssuedAt: o.at}
		if want.Kind == gateway.NoticeHelpAccepted {
			if n.Pause == nil || n.Pause.ID == "" || n.Pause.From != today || n.Pause.Until != today.AddDays(10) {
				t.Errorf("%s: pause %v; the agreement allows 10 days", result, n.Pause)
			}
			want.Pause = n.Pause
		}
		if !reflect.DeepEqual(n, want) {
			t.Errorf("%s: got %+v, want %+v", result, n, want)
		}
	}
}

// Reasons that the municipality must withhold leave the gateway nowhere: the
// notices differ in their own ids only, and no word of the result stands in
// notice, receipt or log.
func TestWithheldReasonLeavesNoTrace(t *testing.T) {
	var closed []string
	for result, kind := range learned {
		if kind != gateway.NoticeClosed && kind != gateway.NoticeNotTakenUp {
			continue
		}
		o := newOffice(t, onlyEnergy)
		before := len(o.memory.Entries())
		a := o.accept(t, o.submission(o.Nijmegen, o.word(result, nil)))[0]
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		delivered, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 0, 0, 0)
		if err != nil || len(delivered) != 1 {
			t.Fatal(len(delivered), err)
		}
		notice, _ := gatewaytest.Unsign(delivered[0].Compact)
		receipt, _ := gatewaytest.Unsign(a.Receipt)
		for name, text := range map[string][]byte{"notice": notice, "receipt": receipt, "log": bytes.Join(o.memory.Entries()[before:], nil)} {
			for _, word := range strings.FieldsFunc(string(result), func(r rune) bool { return strings.ContainsRune(" :/().", r) }) {
				if len(word) > 6 && word != "opgepakt" && bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(word))) {
					t.Errorf("%s: the %s says %q", result, name, word)
				}
			}
		}
		if kind == gateway.NoticeClosed {
			own := object{}
			if err := json.Unmarshal(notice, &own); err != nil {
				t.Fatal(err)
			}
			delete(own, "berichtId")
			delete(own, "meldingId") // of another office
			text, _ := json.Marshal(own)
			closed = append(closed, string(text))
		}
	}
	slices.Sort(closed)
	if len(closed) != 6 || len(slices.Compact(closed)) != 1 {
		t.Errorf("closing without detail tells results apart: %q", slices.Compact(closed))
	}
}

func TestPauseLimits(t *testing.T) {
	today := gateway.Today(newOffice(t, energyWater).at)
	const accepted, paid = gateway.ResultFollowUp, gateway.ResultPaid
	also := object{"ookVoor": []any{"the other"}}
	with := func(end gateway.Date, more object) object {
		w := object{"pauzeTot": end.String()}
		for k, v := range more {
			w[k] = v
		}
		return w
	}
	for _, c := range []struct {
		name   string
		result gateway.Result
		more   object
		want   string
	}{
		{"one day", accepted, with(today, nil), ""},
		{"the longest", accepted, with(today.AddDays(10), nil), ""},
		{"a day too long", accepted, with(today.AddDays(11), nil), "pauze-te-lang@/pauzeTot"},
		{"a year", accepted, with(today.AddDays(365), nil), "pauze-te-lang@/pauzeTot"},
		{"over before it begins", accepted, with(today.AddDays(-1), nil), "pauze-al-voorbij@/pauzeTot"},
		{"without help", paid, with(today.AddDays(1), nil), "pauze-niet-bij-resultaat@/pauzeTot"},
		{"in hand is no help yet", gateway.ResultTakenUp, with(today.AddDays(1), nil), "pauze-niet-bij-resultaat@/pauzeTot"},
		{"for two claims", accepted, with(today.AddDays(10), also), ""},
		{"too long for one of two", accepted, with(today.AddDays(11), also), "pauze-te-lang@/pauzeTot"},
		{"no date", accepted, object{"pauzeTot": "morgen"}, "verkeerde-vorm@/pauzeTot"},
	} {
		o := newOffice(t, energyWater)
		if _, both := c.more["ookVoor"]; both {
			c.more["ookVoor"] = []any{string(o.signals[1])}
		}
		if got := o.codes(t, o.Nijmegen, o.word(c.result, c.more)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// An agreement that says nothing, or too much, gives the covenant's 30 days.
func TestCovenantBoundsThePause(t *testing.T) {
	for _, days := range []int{0, 30, 31, 400, -1} {
		o := newOffice(t, onlyEnergy, func(s *gatewaytest.Steps) { s.Agreements[0].PauseDays = days })
		today := gateway.Today(o.at)
		if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultQuickFix, object{"pauzeTot": today.AddDays(31).String()})); got != "pauze-te-lang@/pauzeTot" {
			t.Errorf("agreement of %d days: 31 days: %q", days, got)
		}
		if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultQuickFix, nil)); got != "" {
			t.Fatal(got)
		}
		if n := o.got(t, o.Energy); n[0].Pause.Until != today.AddDays(30) {
			t.Errorf("agreement of %d days: until %s", days, n[0].Pause.Until)
		}
	}
}

func TestRelatedSignals(t *testing.T) {
	o := newOffice(t, energyWater)
	stranger := gatewaytest.File(t, o.memory.Truth, o.Deposits(t, o.Submission(o.Housing, o.Paper(o.Housing, o.Nijmegen, 2)))...)[0].Candidate.Signal
	elsewhere := gatewaytest.File(t, o.memory.Truth, o.Deposits(t, o.Submission(o.Housing, o.Paper(o.Housing, o.Leiden, 1)))...)[0].Candidate.Signal
	unknown := gateway.NewUUID(o.at, nil)
	for name, id := range map[string]string{"not related": string(stranger), "of another municipality": string(elsewhere), "unknown": string(unknown), "itself": string(o.signals[0])} {
		if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultPaid, object{"ookVoor": []any{string(o.signals[1]), id}})); got != "signaal-niet-verwant@/ookVoor" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if n := len(o.got(t, o.Energy)) + len(o.got(t, o.Water)) + len(o.got(t, o.Housing)); n != 0 {
		t.Fatalf("%d notices of refused feedback", n)
	}
	twice := []any{string(o.signals[1]), string(o.signals[1])}
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultFollowUp, object{"ookVoor": twice})); got != "" {
		t.Fatal(got)
	}
	energy, water := o.got(t, o.Energy), o.got(t, o.Water)
	if len(energy) != 1 || len(water) != 1 {
		t.Fatalf("%d notices to one, %d to the other", len(energy), len(water))
	}
	if energy[0].ReportID != o.reports[0] || water[0].ReportID != o.reports[1] || energy[0].Pause.ID == water[0].Pause.ID || energy[0].ID == water[0].ID {
		t.Error("a notice is not about the creditor's own claim alone")
	}
	text, _ := json.Marshal(energy[0]) // invariant I8
	for _, others := range []string{string(o.reports[1]), string(o.Water.OIN), string(o.signals[0]), string(o.signals[1]), string(water[0].Pause.ID)} {
		if bytes.Contains(text, []byte(others)) {
			t.Errorf("one creditor reads of another: %s", text)
		}
	}
}

// A claim gets one pause: a second acceptance prolongs nothing in silence
// (invariant I9), not even when both come at the same moment, and an acceptance
// reported late begins when the creditor can know of it.
func TestOnePauseForAClaim(t *testing.T) {
	o := newOffice(t, energyWater)
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultQuickFix, nil)); got != "" {
		t.Fatal(got)
	}
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultFollowUp, nil)); got != "pauze-bestaat-al@/resultaat" {
		t.Errorf("a second pause: %q", got)
	}
	also := object{"signaalId": string(o.signals[1]), "ookVoor": []any{string(o.signals[0])}}
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultFollowUp, also)); got != "" || len(o.got(t, o.Energy)) != 1 || len(o.got(t, o.Water)) != 1 {
		t.Errorf("a second pause by way of the neighbour: %q", got)
	}

	twins := newOffice(t, onlyEnergy)
	a := twins.accept(t, twins.submission(twins.Nijmegen, twins.word(gateway.ResultQuickFix, nil)),
		twins.submission(twins.Nijmegen, twins.word(gateway.ResultQuickFix, nil)))
	if (a[0].Err == nil) == (a[1].Err == nil) || len(twins.got(t, twins.Energy)) != 1 {
		t.Errorf("two acceptances in one group: %v %v", a[0].Err, a[1].Err)
	}

	late := newOffice(t, onlyEnergy)
	late.at = late.at.AddDate(0, 0, 60)
	day := gateway.Today(late.at)
	if got := late.codes(t, late.Nijmegen, late.word(gateway.ResultQuickFix, object{"datum": day.AddDays(-50).String()})); got != "" {
		t.Fatal(got)
	}
	if p := late.got(t, late.Energy)[0].Pause; p.From != day || p.Until != day.AddDays(10) {
		t.Errorf("reported late: from %s until %s", p.From, p.Until)
	}
}
