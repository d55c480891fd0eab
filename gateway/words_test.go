// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestDateKeepsEveryDay(t *testing.T) {
	for day := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2110; day = day.AddDate(0, 0, 1) {
		text := day.Format(time.DateOnly)
		d, err := gateway.ParseDate(text)
		if err != nil || d.IsZero() || d.String() != text || !d.Time().Equal(day) || d != gateway.DateOf(day) {
			t.Fatalf("%s became %q, zero %t, error %v", text, d, d.IsZero(), err)
		}
		if !d.After(gateway.Date{}) || !d.AddDays(1).After(d) || d.AddDays(400).DaysSince(d) != 400 {
			t.Fatalf("%s is out of order", text)
		}
	}
	if !(gateway.Date{}).IsZero() || (gateway.Date{}).String() != "" || !(gateway.Date{}).AddDays(3).IsZero() || !(gateway.Date{}).Time().IsZero() {
		t.Error("the zero Date is a day")
	}
}

func TestDateRefusesOtherForms(t *testing.T) {
	for _, s := range []string{"", "2026-1-02", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "20260102", "02-01-2026",
		"2026-01-02Z", "2026/01/02", " 2026-01-2", "+026-01-02", "-026-01-02", "2026-01-0٣"} {
		if _, err := gateway.ParseDate(s); err == nil {
			t.Errorf("%q is taken as a date", s)
		}
	}
}

func TestTodayIsDutch(t *testing.T) {
	for _, c := range []struct{ moment, want string }{
		{"2026-01-31T22:59:59Z", "2026-01-31"}, {"2026-01-31T23:00:00Z", "2026-02-01"},
		{"2026-07-01T21:59:59Z", "2026-07-01"}, {"2026-07-01T22:00:00Z", "2026-07-02"},
		{"2026-03-28T22:59:59Z", "2026-03-28"}, {"2026-03-28T23:00:00Z", "2026-03-29"}, // the night before summer time
		{"2026-03-29T21:59:59Z", "2026-03-29"}, {"2026-03-29T22:00:00Z", "2026-03-30"},
		{"2026-10-24T22:00:00Z", "2026-10-25"}, {"2026-10-25T22:59:59Z", "2026-10-25"}, // the night summer time ends
		{"2026-12-31T23:30:00Z", "2027-01-01"},
	} {
		at, err := time.Parse(time.RFC3339, c.moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := gateway.Today(at).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.moment, got, c.want)
		}
	}
}

func TestIdentifiersHaveOneForm(t *testing.T) {
	const uuid = "0190f5d4-9c3e-7b2a-8f00-0123456789ab"
	if _, err := gateway.ParseUUID(uuid); err != nil {
		t.Errorf("a UUID is refused: %v", err)
	}
	for _, s := range []string{"", strings.ToUpper(uuid), "{" + uuid + "}", uuid + "0", uuid[:35], strings.ReplaceAll(uuid, "-", ""),
		"00000000-0000-0000-0000-000000000000", strings.Replace(uuid, "-", "_", 1), strings.Replace(uuid, "9", "g", 1),
		"00000000-0000-0000-0000-000111222333", "0190f5d4-9c3e-1b2a-8f00-0123456789ab", "0190f5d4-9c3e-5b2a-8f00-0123456789ab", "0190f5d4-9c3e-7b2a-0f00-0123456789ab"} {
		if _, err := gateway.ParseUUID(s); err == nil {
			t.Errorf("%q is taken as a UUID", s)
		}
	}
	a := gateway.NewUUID(time.UnixMilli(1_800_000_000_000), nil)
	b := gateway.NewUUID(time.UnixMilli(1_800_000_000_001), nil)
	if at, err := b.Time(); err != nil || at.UnixMilli() != 1_800_000_000_001 {
		t.Errorf("made at %v, %v", at, err)
	}
	for _, u := range []gateway.UUID{"", "x", a[:35], "0192f0c1-7c3e-4a63-b51f-8c2d1e5f6a7b"} {
		if at, err := u.Time(); err == nil {
			t.Errorf("%q was made at %v", u, at)
		}
	}
	if _, err := gateway.ParseUUID(string(a)); err != nil || a >= b || a[14] != '7' {
		t.Errorf("made ids %s, %s: not of version 7, not in order or not canonical", a, b)
	}
	if _, err := gateway.ParseOIN("00000001123456789000"); err != nil {
		t.Errorf("an OIN is refused: %v", err)
	}
	for _, s := range []string{"", "00000005123456789000", "0000000112345678900", "00000001 23456789000", "0000000112345678900é"} {
		if _, err := gateway.ParseOIN(s); err == nil {
			t.Errorf("%q is taken as an OIN", s)
		}
	}
	for _, s := range []string{"GM268", "gm0268", "GM026x", "XX0268", "GM02680"} {
		if _, err := gateway.ParseMunicipality(s); err == nil {
			t.Errorf("%q is taken as a municipality", s)
		}
	}
}

func TestAgreementAndKeysHoldTheirPeriods(t *testing.T) {
	day := func(s string) gateway.Date {
		d, err := gateway.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a := gateway.Agreement{From: day("2026-01-01"), Until: day("2026-01-31")}
	for s, want := range map[string]bool{"2025-12-31": false, "2026-01-01": true, "2026-01-31": true, "2026-02-01": false} {
		if a.InForce(day(s)) != want {
			t.Errorf("in force on %s: %t", s, !want)
		}
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := gateway.PartyKey{ID: "k", Use: gateway.KeySign, From: at, Until: at.Add(time.Hour)}
	if k.ValidAt(at.Add(-1)) || !k.ValidAt(at) || k.ValidAt(at.Add(time.Hour)) {
		t.Error("a key is valid outside [from, until)")
	}
	if p := (gateway.Party{Keys: []gateway.PartyKey{k}}); len(p.KeysFor(gateway.KeyEncrypt, at)) != 0 || len(p.KeysFor(gateway.KeySign, at)) != 1 {
		t.Error("a key serves another use")
	}
}

func TestEveryResultHasANotice(t *testing.T) {
	seen := map[gateway.Result]bool{}
	for _, r := range gateway.Results() {
		if gateway.NoticeOf(r) == "" || gateway.NoticeOf(r) == gateway.NoticeOwnDuplicate {
			t.Errorf("%q: notice %q", r, gateway.NoticeOf(r))
		}
		seen[r] = true
	}
	if len(seen) != 17 {
		t.Errorf("%d different results, want the 17 of DDAS v1.2", len(seen))
	}
	if gateway.NoticeOf("iets anders") != "" || gateway.NoticeOf("") != "" {
		t.Error("an unknown result gives a notice")
	}
}
