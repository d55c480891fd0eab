// SPDX-License-Identifier: EUPL-1.2

package match_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

func day(s string) gateway.Date {
	d, err := gateway.ParseDate(s)
	if err != nil {
		panic(err) // the dates stand in this file
	}
	return d
}

// world makes candidates of papers by the real steps.
type world struct {
	*gatewaytest.Steps
	t testing.TB
}

func newWorld(t testing.TB) world { return world{gatewaytest.NewSteps(t), t} }

// candidate is a report of a creditor about resident n, arrived on a day.
func (w world) candidate(from gateway.Party, n int, on string, cents int64) match.Candidate {
	w.t.Helper()
	p := w.Paper(from, w.Nijmegen, n)
	p.Cents = cents
	c := gatewaytest.CandidateOf(w.Deposits(w.t, w.Submission(from, p))[0])
	c.On = day(on)
	return c
}

// stored gives the trails of earlier candidates that share a tag, as a store
// does.
func stored(c match.Candidate, earlier ...match.Candidate) []match.Trail {
	var trails []match.Trail
	for _, e := range earlier {
		for _, t := range e.Trails() {
			shares := slices.ContainsFunc(c.Tokens, func(k pseudonym.Token) bool { return slices.Contains(k.Tags, t.Tag) })
			if shares && !match.Since(c.On).After(t.On) {
				trails = append(trails, t)
			}
		}
	}
	return trails
}

func relate(c match.Candidate, earlier ...match.Candidate) match.Match {
	return match.Relate([]match.Candidate{c}, [][]match.Trail{stored(c, earlier...)})[0]
}

// hints writes the relations of a match.
func hints(m match.Match) string {
	var all []string
	for _, r := range m.Relations {
		all = append(all, string(r.Coincidence))
	}
	return strings.Join(all, " ")
}

func TestCoincidence(t *testing.T) {
	w := newWorld(t)
	const cents = 450_00
	for _, c := range []struct {
		name    string
		earlier match.Candidate
		now     match.Candidate
		want    string
		own     bool // the creditor is told of its own duplicate
	}{
		{"another person", w.candidate(w.Water, 2, "2026-11-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "", false},
		{"other kind, same day", w.candidate(w.Water, 1, "2026-11-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "meervoudig", false},
		{"other kind, first and last of a month", w.candidate(w.Water, 1, "2026-10-01", cents), w.candidate(w.Energy, 1, "2026-10-31", cents), "meervoudig", false},
		{"other kind, over a month's border", w.candidate(w.Water, 1, "2026-10-31", cents), w.candidate(w.Energy, 1, "2026-11-01", cents), "opeenvolgend", false},
		{"other kind, same month of another year", w.candidate(w.Water, 1, "2025-11-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "", false},
		{"same claim, same amount", w.candidate(w.Energy, 1, "2026-10-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "herhaald", true},
		{"same claim, lower", w.candidate(w.Energy, 1, "2026-10-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents-1), "herhaald", true},
		{"same claim, higher", w.candidate(w.Energy, 1, "2026-10-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents+1), "opeenvolgend", false},
		{"same claim, higher, same month", w.candidate(w.Energy, 1, "2026-11-01", cents), w.candidate(w.Energy, 1, "2026-11-02", cents+1), "opeenvolgend", false},
		{"six months ago to the day", w.candidate(w.Water, 1, "2026-05-02", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "opeenvolgend", false},
		{"a day longer", w.candidate(w.Water, 1, "2026-05-01", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "", false},
		{"own claim, a day too long ago", w.candidate(w.Energy, 1, "2026-05-01", cents), w.candidate(w.Energy, 1, "2026-11-02", cents), "", false},
		{"six months before 31 August", w.candidate(w.Water, 1, "2026-02-28", cents), w.candidate(w.Energy, 1, "2026-08-31", cents), "opeenvolgend", false},
		{"within six months before 31 August", w.candidate(w.Water, 1, "2026-03-01", cents), w.candidate(w.Energy, 1, "2026-08-31", cents), "opeenvolgend", false},
		{"before six months before 31 August", w.candidate(w.Water, 1, "2026-02-27", cents), w.candidate(w.Energy, 1, "2026-08-31", cents), "", false},
		{"over the year's end", w.candidate(w.Water, 1, "2025-12-31", cents), w.candidate(w.Energy, 1, "2026-01-01", cents), "opeenvolgend", false},
	} {
		m := relate(c.now, c.earlier)
		if hints(m) != c.want || (m.Duplicate != "") != c.own {
			t.Errorf("%s: got %q, duplicate %t; want %q, %t", c.name, hints(m), m.Duplicate != "", c.want, c.own)
		}
		if c.own && m.Duplicate != c.earlier.ReportID {
			t.Errorf("%s: the duplicate is of another report", c.name)
		}
		for _, r := range m.Relations {
			if r.Signal != c.now.Signal || r.Other != c.earlier.Signal {
				t.Errorf("%s: relation between other signals", c.name)
			}
		}
	}
}

// A second creditor of the same kind in one month says nothing new, and is
// nobody's duplicate: a creditor never learns of another (invariant I8).
func TestOtherCreditorIsNoDuplicate(t *testing.T) {
	w := newWorld(t)
	other := w.Energy
	other.OIN = "00000099000000110009"
	w.Agreements = append(w.Agreements, gateway.Agreement{ID: "00000000-0000-4000-8000-000000000099", Creditor: other.OIN, Municipality: "GM0268",
		Kinds: []gateway.ReportKind{gateway.ReportEnergy}, Bases: []gateway.Basis{gateway.BasisWgs}, From: day("2024-01-01")})
	earlier := w.candidate(w.Energy, 1, "2026-11-01", 450_00)
	if m := relate(w.candidate(other, 1, "2026-11-02", 450_00), earlier); m.Duplicate != "" || len(m.Relations) != 0 {
		t.Errorf("same kind, same month: %q, duplicate %t", hints(m), m.Duplicate != "")
	}
	if m := relate(w.candidate(other, 1, "2026-12-02", 450_00), earlier); m.Duplicate != "" || hints(m) != "opeenvolgend" {
		t.Errorf("same kind, next month: %q, duplicate %t", hints(m), m.Duplicate != "")
	}
}

// Even a store that mixed up whose claim it was tells nobody of another's.
func TestClaimOfAnotherIsNoDuplicate(t *testing.T) {
	w := newWorld(t)
	now := w.candidate(w.Energy, 1, "2026-11-02", 450_00)
	trails := w.candidate(w.Energy, 1, "2026-10-02", 450_00).Trails()
	for i := range trails {
		trails[i].Creditor = w.Water.OIN
	}
	if m := match.Relate([]match.Candidate{now}, [][]match.Trail{trails})[0]; m.Duplicate != "" || hints(m) != "opeenvolgend" {
		t.Errorf("%q, duplicate %t", hints(m), m.Duplicate != "")
	}
}

func TestStrongestHintPerSignal(t *testing.T) {
	w := newWorld(t)
	own := w.candidate(w.Energy, 1, "2026-11-01", 450_00)
	water := w.candidate(w.Water, 1, "2026-11-01", 450_00)
	rent := w.candidate(w.Housing, 1, "2026-09-01", 450_00)
	m := relate(w.candidate(w.Energy, 1, "2026-11-02", 450_00), own, water, rent)
	if hints(m) != "herhaald meervoudig opeenvolgend" || m.Duplicate != own.ReportID {
		t.Errorf("got %q", hints(m))
	}
}

func TestMembersOfABatchMeet(t *testing.T) {
	w := newWorld(t)
	batch := []match.Candidate{
		w.candidate(w.Energy, 1, "2026-11-02", 450_00), w.candidate(w.Water, 1, "2026-11-02", 450_00), w.candidate(w.Water, 2, "2026-11-02", 450_00),
		w.candidate(w.Energy, 1, "2026-11-02", 450_00), w.candidate(w.Energy, 1, "2026-11-02", 450_01),
	}
	got := match.Relate(batch, make([][]match.Trail, len(batch)))
	want := []string{"", "meervoudig", "", "herhaald meervoudig", "opeenvolgend meervoudig opeenvolgend"}
	for i, m := range got {
		a, b := strings.Fields(hints(m)), strings.Fields(want[i])
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("member %d: got %q, want %q", i, hints(m), want[i])
		}
	}
	if got[3].Duplicate != batch[0].ReportID || got[4].Duplicate != "" {
		t.Error("duplicates within a batch are wrong")
	}
}

// A store may give windows on one list: what a batch adds for one candidate
// may not overwrite what was found for the next.
func TestStoredTrailsStayWhole(t *testing.T) {
	w := newWorld(t)
	old := w.candidate(w.Housing, 2, "2026-09-01", 450_00)
	batch := []match.Candidate{w.candidate(w.Energy, 1, "2026-11-02", 450_00), w.candidate(w.Water, 1, "2026-11-02", 450_00), w.candidate(w.Energy, 2, "2026-11-02", 450_00)}
	all := stored(batch[2], old)
	m := match.Relate(batch, [][]match.Trail{all[:0], all[:0], all})
	if hints(m[1]) != "meervoudig" || hints(m[2]) != "opeenvolgend" {
		t.Errorf("got %q and %q", hints(m[1]), hints(m[2]))
	}
}

func TestTrailsHoldOneTagPerToken(t *testing.T) {
	w := newWorld(t)
	c := w.candidate(w.Energy, 1, "2026-11-02", 450_00)
	trails := c.Trails()
	if len(trails) != len(c.Tokens) {
		t.Fatalf("%d trails of %d tokens", len(trails), len(c.Tokens))
	}
	for i, tr := range trails {
		if tr.Tag != c.Tokens[i].Tags[0] || (tr.Claim != nil) != (tr.Token == pseudonym.TokenClaim) || tr.Signal != c.Signal || tr.ReportID != c.ReportID {
			t.Errorf("trail %d is wrong", i)
		}
	}
	if b, err := json.Marshal(trails); err != nil || strings.Contains(string(b), "45000") {
		t.Errorf("the amount stands in the trails: %v", err)
	}
}

func TestSince(t *testing.T) {
	for on, want := range map[string]string{"2026-11-02": "2026-05-02", "2026-08-31": "2026-02-28", "2028-08-31": "2028-02-29", "2026-08-29": "2026-02-28",
		"2026-12-31": "2026-06-30", "2026-01-01": "2025-07-01", "2026-05-31": "2025-11-30"} {
		if got := match.Since(day(on)).String(); got != want {
			t.Errorf("%s: got %s, want %s", on, got, want)
		}
	}
}

func BenchmarkRelate(b *testing.B) {
	w := newWorld(b)
	batch := make([]match.Candidate, 256)
	for i := range batch {
		batch[i] = w.candidate([]gateway.Party{w.Energy, w.Water}[i%2], i/3, "2026-11-02", 450_00)
	}
	b.Run(fmt.Sprint(len(batch)), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			match.Relate(batch, make([][]match.Trail, len(batch)))
		}
	})
}
