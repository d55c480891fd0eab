// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

func embeddedBundle(t testing.TB) *Bundle {
	t.Helper()
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func caseQuestion(t testing.TB, name string) Question {
	t.Helper()
	data, err := fs.ReadFile(EmbeddedCases(), name+".txtar")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseCase(txtar.Parse(data))
	if err != nil {
		t.Fatal(err)
	}
	return c.question
}

func TestCases(t *testing.T) {
	results, err := RunCases(embeddedBundle(t), EmbeddedCases())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			for _, d := range r.Differs {
				t.Errorf("%s: %s", r.Comment, d)
			}
		})
	}
}

// A rule that bites in no case, or that no case leaves in peace while it
// applies, is a rule whose condition nobody has tested.
func TestEveryRuleIsExercised(t *testing.T) {
	b := embeddedBundle(t)
	bitten, clear := map[string]bool{}, map[string]bool{}
	names, err := fs.Glob(EmbeddedCases(), "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for _, a := range b.Explain(caseQuestion(t, strings.TrimSuffix(name, ".txtar"))) {
			bitten[a.Rule] = bitten[a.Rule] || a.Outcome == OutcomeBites
			clear[a.Rule] = clear[a.Rule] || a.Outcome == OutcomeClear
		}
	}
	for _, d := range b.documents {
		for _, r := range d.rules {
			if !bitten[r.name] {
				t.Errorf("%s bites in no case", r.name)
			}
			if !clear[r.name] && r.effect != effectRetain {
				t.Errorf("%s is clear in no case", r.name)
			}
		}
	}
}

func TestZeroValuesDeny(t *testing.T) {
	if (Decision{}).Permit {
		t.Error("the zero decision permits")
	}
	var none *Bundle
	if none.Decide(caseQuestion(t, "energie-compleet")).Permit {
		t.Error("a nil bundle permits")
	}
	d := embeddedBundle(t).Decide(Question{})
	if d.Permit || len(d.Refusals) < 3 {
		t.Errorf("the zero question: permit %t, refusals %v", d.Permit, codesOf(d.Refusals))
	}
}

// The cost limit turns an outsized question into a refusal, not into work.
func TestCostLimitDenies(t *testing.T) {
	q := caseQuestion(t, "energie-compleet")
	agreement := *q.Agreement
	agreement.Kinds = append(make([]string, 2*maxConditionCost), "Energie")
	q.Agreement = &agreement
	if d := embeddedBundle(t).Decide(q); d.Permit || !slices.Contains(codesOf(d.Refusals), CodeRuleError) {
		t.Errorf("permit %t, refusals %v", d.Permit, codesOf(d.Refusals))
	}
}

func TestDecideIsDeterministicAndConcurrent(t *testing.T) {
	b := embeddedBundle(t)
	for _, name := range []string{"algemeen-alles-tegelijk", "energie-compleet", "toestemming-huur", "hypotheek-in-proef"} {
		q := caseQuestion(t, name)
		want := b.Decide(q)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 50 {
					if got := b.Decide(q); !reflect.DeepEqual(got, want) {
						t.Errorf("%s: got %+v, want %+v", name, got, want)
						return
					}
				}
			})
		}
		all.Wait()
	}
}

// Every decision follows from the answers that Explain shows.
func TestExplainAgreesWithDecide(t *testing.T) {
	b := embeddedBundle(t)
	names, err := fs.Glob(EmbeddedCases(), "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		q := caseQuestion(t, strings.TrimSuffix(name, ".txtar"))
		d := b.Decide(q)
		var shown, decided []string
		for _, a := range b.Explain(q) {
			if a.NL == "" || a.EN == "" || a.Law == "" {
				t.Errorf("%s: %s lacks a sentence or its law", name, a.Rule)
			}
			if a.Applies && a.Outcome == OutcomeBites && (a.Effect == effectRefuse || a.Effect == effectWarn) {
				shown = append(shown, a.Rule)
			}
		}
		for _, r := range slices.Concat(d.Refusals, d.Warnings) {
			decided = append(decided, r.Rule)
		}
		slices.Sort(shown)
		slices.Sort(decided)
		if !slices.Equal(shown, decided) {
			t.Errorf("%s: explain shows %v, decide says %v", name, shown, decided)
		}
	}
}

func TestReasonsAreComplete(t *testing.T) {
	b := embeddedBundle(t)
	codes := b.Codes()
	for _, code := range []string{CodeNoDocument, CodeNoAgreement, CodeNoSignalDate, CodeNoRetention} {
		if r := builtIn(code); r.NL == "" || r.EN == "" || r.Law == "" {
			t.Errorf("%s has no sentence", code)
		}
		if !slices.Contains(codes, code) {
			t.Errorf("Codes lacks %s", code)
		}
	}
	for _, r := range b.Decide(caseQuestion(t, "algemeen-alles-tegelijk")).Refusals {
		if r.NL == "" || r.EN == "" || r.Law == "" || !slices.Contains(codes, r.Code) {
			t.Errorf("incomplete reason %+v", r)
		}
	}
	if ref := b.Ref(); ref.Name != "landelijk" || ref.Version == "" || ref.Digest == [32]byte{} {
		t.Errorf("incomplete ref %+v", ref)
	}
}

// The page lists the whole vocabulary, so that an official can write a
// condition without reading code.
func TestPageListsVocabulary(t *testing.T) {
	page, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, v := range variables() {
		words = append(words, v.name)
	}
	words = append(words, Fields()...)
	words = append(words, CodeRuleError, CodeNoDocument, CodeNoAgreement, CodeNoSignalDate, CodeNoRetention)
	for _, w := range words {
		if !strings.Contains(string(page), "`"+w+"`") {
			t.Errorf("docs/policies.md does not name %s", w)
		}
	}
}

func TestWorkingDays(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name, from, until string
		want              int64
	}{
		{"same day", "2026-11-02", "2026-11-02", 0},
		{"before", "2026-11-02", "2026-10-01", 0},
		{"over a weekend", "2026-11-06", "2026-11-09", 1},
		{"four plain weeks", "2026-11-02", "2026-11-30", 20},
		{"Christmas and New Year", "2026-12-24", "2027-01-04", 5},
		{"Good Friday and Easter Monday 2026", "2026-04-02", "2026-04-07", 1},
		{"King's Day on the 27th", "2026-04-24", "2026-04-28", 1},
		{"King's Day kept on Saturday the 26th", "2025-04-25", "2025-04-28", 1},
		{"Ascension and Liberation Day 2026", "2026-05-04", "2026-05-15", 7},
		{"Whit Monday 2026", "2026-05-22", "2026-05-26", 1},
		{"capped", "2026-01-01", "2099-01-01", workingDayCap},
	} {
		if got := workingDays(day(c.from), day(c.until)); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestWorkingDay(t *testing.T) {
	for _, c := range []struct {
		name, after string
		n           int
		want        string
	}{
		{"plain week", "2026-11-02", 3, "2026-11-05"},
		{"over a weekend", "2026-11-05", 3, "2026-11-10"},
		{"from a Saturday", "2026-11-07", 1, "2026-11-09"},
		{"Christmas", "2026-12-23", 3, "2026-12-29"},
		{"Easter", "2026-04-02", 1, "2026-04-07"},
	} {
		after, err := time.Parse(time.DateOnly, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := WorkingDay(after, c.n).Format(time.DateOnly); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	bundle := embeddedBundle(b)
	for _, name := range []string{"energie-compleet", "huur-kenmerk", "energie-einde-levering-20-werkdagen"} {
		q := caseQuestion(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !bundle.Decide(q).Permit {
					b.Fatal("refused")
				}
			}
		})
	}
}

func BenchmarkEmbedded(b *testing.B) {
	for b.Loop() {
		embeddedBundle(b)
	}
}

func TestLongestTerms(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got := b.LongestTerms(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)); got != (Retention{Body: 30, Tokens: 183, Receipt: 2557}) {
		t.Errorf("%+v", got)
	}
	var none *Bundle
	if got := none.LongestTerms(time.Time{}); got != (Retention{}) {
		t.Errorf("%+v", got)
	}
}
