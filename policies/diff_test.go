// SPDX-License-Identifier: EUPL-1.2

package policies_test

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seinhuis/seinhuis/policies"
)

// changed gives the built-in set with texts replaced in its documents.
func changed(t *testing.T, replace ...string) (policies.Set, *policies.Bundle) {
	t.Helper()
	s, err := policies.EmbeddedSet()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range s.Documents {
		s.Documents[name] = []byte(strings.NewReplacer(replace...).Replace(string(data)))
	}
	b, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

// TestDiff: what a lawyer must read is there, by rule and by field, and nothing
// else.
func TestDiff(t *testing.T) {
	old, was := changed(t)
	next, is := changed(t, `versie: "2026.1"`, `versie: "2026.2"`,
		"Het bedrag van de achterstand moet hoger zijn dan nul.", "Het bedrag moet boven nul liggen.",
		"als: bedragInCenten > 10000000", "als: bedragInCenten > 5000000",
		"id: warme-overdracht-zonder-contact", "id: overdracht-zonder-contact",
		"inhoud: 30", "inhoud: 20")
	next.Cases = map[string][]byte{"nieuw-geval.txtar": []byte("Nieuw geval.\n-- question.yaml --\nsoort: Zorg\n-- expect.yaml --\ntoegestaan: false\n")}
	d, err := old.Differ(was, next, is)
	if err != nil {
		t.Fatal(err)
	}
	if d.Old.Version != "2026.1" || d.New.Version != "2026.2" || len(d.Documents) != 0 || d.Empty() {
		t.Errorf("%+v", d)
	}
	rules := map[string]policies.PartChange{}
	for _, c := range d.Rules {
		rules[c.Name] = c
	}
	for name, want := range map[string]policies.PartChange{
		"algemeen/bedrag-niet-positief": {Change: policies.Changed, Says: "Het bedrag moet boven nul liggen.",
			Fields: []policies.FieldChange{{Field: "nl", Old: "Het bedrag van de achterstand moet hoger zijn dan nul.", New: "Het bedrag moet boven nul liggen."}}},
		"algemeen/bedrag-boven-grens": {Change: policies.Changed, Says: "Het bedrag is hoger dan 100.000 euro; controleer of het in hele centen is opgegeven.",
			Fields: []policies.FieldChange{{Field: "als", Old: "bedragInCenten > 10000000", New: "bedragInCenten > 5000000"}}},
	} {
		want.Name = name
		if got := rules[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
	if rules["algemeen/warme-overdracht-zonder-contact"].Change != policies.Removed || rules["algemeen/overdracht-zonder-contact"].Change != policies.Added {
		t.Errorf("a renamed rule: %+v", d.Rules)
	}
	text := d.Text()
	for _, want := range []string{"landelijk 2026.1 -> landelijk 2026.2", "~ algemeen/bedrag-boven-grens\n    als: bedragInCenten > 10000000\n       > bedragInCenten > 5000000",
		"- algemeen/warme-overdracht-zonder-contact", "+ algemeen/overdracht-zonder-contact", "inhoud 30, pseudoniemen 183, bewijs 2557", "+ nieuw-geval\n    Nieuw geval."} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	// Comment and layout decide nothing.
	_, same := changed(t, "# --- bedrag", "# --- bedragen")
	if d := policies.Diff(was, same); !d.Empty() || d.Old.Digest == d.New.Digest {
		t.Errorf("%+v", d)
	}
}

// TestDiffOfCases: a built-in case that a set has in other words is a change of
// that case, and shows what it expected.
func TestDiffOfCases(t *testing.T) {
	old, b := changed(t)
	data, err := os.ReadFile("cases/zorg-101-dagen.txtar")
	if err != nil {
		t.Fatal(err)
	}
	weaker := policies.Set{Documents: old.Documents, Cases: map[string][]byte{
		"zorg-101-dagen.txtar": bytes.Replace(data, []byte("toegestaan: false"), []byte("toegestaan: true"), 1)}}
	d, err := old.Differ(b, weaker, b)
	if err != nil || len(d.Cases) != 1 || d.Cases[0].Change != policies.Changed || d.Cases[0].Fields[0].Field != "expect.yaml" {
		t.Fatalf("%+v, %v", d.Cases, err)
	}
	results, err := weaker.Run(b)
	failed := slices.DeleteFunc(results, policies.CaseResult.OK)
	if err != nil || len(failed) != 1 || failed[0].Name != "zorg-101-dagen" {
		t.Errorf("%+v, %v", failed, err)
	}
	back, err := weaker.Differ(b, old, b)
	if err != nil || len(back.Cases) != 1 {
		t.Errorf("%+v, %v", back.Cases, err)
	}
	if weaker.CasesDigest() == old.CasesDigest() {
		t.Error("one digest for other cases")
	}
}

// TestReadSet: a folder is read whole or not at all.
func TestReadSet(t *testing.T) {
	s, _ := changed(t)
	good := fstest.MapFS{"README.md": {Data: []byte("x")}, "cases/een.txtar": {Data: []byte("x")}, ".git/zorg.yml": {}, "cases/diep/een.yml": {}}
	for name, data := range s.Documents {
		good[name] = &fstest.MapFile{Data: data}
	}
	got, err := policies.ReadSet(good)
	if err != nil || len(got.Documents) != len(s.Documents) || len(got.Cases) != 1 {
		t.Fatalf("%d documents, %d cases, %v", len(got.Documents), len(got.Cases), err)
	}
	for name, data := range map[string]string{"zorg.yml": "", "cases/geval.yml": "", "cases/geval.yaml": "", "Zorg.yaml": "", "geval.txtar": "", "groot.yaml": strings.Repeat("x", 64<<10+1)} {
		bad := fstest.MapFS{name: {Data: []byte(data)}}
		for name, f := range good {
			bad[name] = f
		}
		if _, err := policies.ReadSet(bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	many := policies.Set{Documents: s.Documents, Cases: map[string][]byte{}}
	for i := range 17 {
		many.Cases[strings.Repeat("x", i+1)+".txtar"] = bytes.Repeat([]byte("x"), 64<<10)
	}
	if _, err := many.Load(); err == nil {
		t.Error("a set above its limit was loaded")
	}
}

// TestFactsDecideTheSame: of every case that is permitted, the kept facts are
// permitted too, whatever the day, unless a rule looks at what is not kept.
func TestFactsDecideTheSame(t *testing.T) {
	_, b := changed(t)
	tried := 0
	for _, kind := range []string{"Energie", "Water", "Huur", "Zorg"} {
		for _, age := range []int{30, 31, 66, 99, 100} {
			on := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
			ago := func(days int) time.Time { return on.AddDate(0, 0, -days) }
			q := policies.Question{Kind: kind, Basis: "wgs", Creditor: "00000099000000110001", Municipality: "GM0268", SignalDate: on, Today: on,
				ArrearsSince: ago(age), AmountInCents: 43_210, Crisis: true, EndOfSupply: on.AddDate(0, 0, 40),
				Efforts:   policies.Efforts{PersonalContact: ago(12), PointedToHelp: ago(3), Reminders: []time.Time{ago(20), {}, ago(4)}, OfferMade: ago(1)},
				Agreement: &policies.Agreement{From: ago(400), Kinds: []string{kind}, Bases: []string{"wgs"}, ThresholdInCents: 2_000},
				Present:   []string{"kenmerk", "contact.email", "persoon.geboortedatum"}}
			want := b.Decide(q)
			f := policies.Coarse(q)
			text, err := f.Text()
			if err != nil {
				t.Fatal(err)
			}
			again, err := policies.ParseFacts(text)
			if err != nil || !reflect.DeepEqual(again, f) {
				t.Fatalf("%+v, %v", again, err)
			}
			for _, day := range []time.Time{on, on.AddDate(0, 0, 1), on.AddDate(0, 0, 60)} {
				got := b.Decide(f.Question(day))
				slices.Sort(want.Drop)
				slices.Sort(got.Drop)
				if !want.Permit || !got.Permit || !slices.Equal(got.Drop, want.Drop) || got.Retain != want.Retain || len(got.Warnings) != len(want.Warnings) {
					t.Errorf("%s, %d days, on %s: %+v, want %+v", kind, age, day.Format(time.DateOnly), got, want)
				}
				tried++
			}
			for _, secret := range []string{"00000099000000110001", "GM0268", "43210", "2026", "2025"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s stands in %s", secret, text)
				}
			}
		}
	}
	if tried != 60 {
		t.Errorf("%d tried", tried)
	}
}

// TestCoarseAmount: never up, and in steps that widen.
func TestCoarseAmount(t *testing.T) {
	for cents, want := range map[int64]int64{-5: 0, 0: 0, 2_499: 0, 2_500: 2_500, 99_999: 97_500, 100_000: 100_000, 109_999: 100_000,
		499_999: 490_000, 512_345: 500_000, 2_499_999: 2_400_000, 9_999_999: 2_500_000} {
		if got := policies.Coarse(policies.Question{AmountInCents: cents}).Amount; got != want {
			t.Errorf("%d: %d, want %d", cents, got, want)
		}
	}
}
