// SPDX-License-Identifier: EUPL-1.2

// Package match says how a new signal relates to earlier ones about the same
// home, person or claim in the same municipality.
//
// It compares tokens only and knows no person. It runs inside the commit, so
// that two reports about one person cannot miss each other; it decides nothing
// about whether a report is delivered. Called by gateway/journey.
package match

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// Window is how far back an earlier signal still counts: the six months of
// the national monitor's definition of "opeenvolgend".
const Window = 6 // months

// MaxTrails is how many trails of one token count, the newest; MaxRelations is
// how many relations one new signal gets. A home with more signals in six
// months is known to the municipality as such, and without a bound one creditor
// could slow every commit and bloat a mailbox.
const (
	MaxTrails    = 32
	MaxRelations = 50
)

// Candidate is a signal that is about to be deposited.
type Candidate struct {
	Signal       gateway.SignalID
	Creditor     gateway.OIN
	ReportID     gateway.ReportID
	Municipality gateway.Municipality
	Kind         gateway.ReportKind
	On           gateway.Date // day of arrival in the Netherlands
	Tokens       []pseudonym.Token
	Claim        pseudonym.ClaimMemory
}

// Trail is one stored token of an earlier signal.
type Trail struct {
	Tag      keys.Tag
	Token    pseudonym.TokenKind
	Signal   gateway.SignalID
	Creditor gateway.OIN
	ReportID gateway.ReportID
	Kind     gateway.ReportKind
	On       gateway.Date
	Claim    []byte // sealed claim memory, only with TokenClaim
}

// Match is how a candidate relates to earlier signals.
type Match struct {
	Relations []gateway.Relation
	// Duplicate is the creditor's own earlier report of the same claim whose
	// amount was not lower; empty when there is none.
	Duplicate gateway.ReportID
}

// Relate answers each candidate at its own place. earlier holds, per
// candidate, the stored trails that share a token with it; members of the
// batch itself are compared in order.
func Relate(candidates []Candidate, earlier [][]Trail) []Match {
	matches := make([]Match, len(candidates))
	inBatch := map[keys.Tag][]Trail{}
	for i, c := range candidates {
		trails := slices.Clip(earlier[i]) // the store may have given windows on one list
		for _, t := range c.Tokens {
			for _, tag := range t.Tags {
				trails = append(trails, newest(inBatch[tag])...)
			}
		}
		matches[i] = c.relate(trails)
		if len(candidates) == 1 {
			break
		}
		for _, t := range c.Trails() {
			inBatch[t.Tag] = append(inBatch[t.Tag], t)
		}
	}
	return matches
}

func newest(trails []Trail) []Trail { return trails[max(0, len(trails)-MaxTrails):] }

// Trails are the rows that the store keeps of a candidate: one per token,
// under the newest key version.
func (c Candidate) Trails() []Trail {
	trails := make([]Trail, len(c.Tokens))
	for i, t := range c.Tokens {
		trails[i] = Trail{Tag: t.Tags[0], Token: t.Kind, Signal: c.Signal, Creditor: c.Creditor,
			ReportID: c.ReportID, Kind: c.Kind, On: c.On}
		if t.Kind == pseudonym.TokenClaim {
			trails[i].Claim = c.Claim.Seal()
		}
	}
	return trails
}

func (c Candidate) relate(trails []Trail) Match {
	var m Match
	strongest := map[gateway.SignalID]gateway.Coincidence{}
	var order []gateway.SignalID
	for _, t := range trails {
		how := c.compare(t)
		if how == "" {
			continue
		}
		if how == gateway.Repeated {
			m.Duplicate = t.ReportID
		}
		if strongest[t.Signal] == "" {
			order = append(order, t.Signal)
		}
		if rank(how) > rank(strongest[t.Signal]) {
			strongest[t.Signal] = how
		}
	}
	slices.Reverse(order) // newest first
	slices.SortStableFunc(order, func(a, b gateway.SignalID) int { return rank(strongest[b]) - rank(strongest[a]) })
	for _, other := range order[:min(len(order), MaxRelations)] {
		m.Relations = append(m.Relations, gateway.Relation{Signal: c.Signal, Other: other, Coincidence: strongest[other]})
	}
	return m
}

// compare says how one shared token relates two signals, or "".
func (c Candidate) compare(t Trail) gateway.Coincidence {
	if t.Signal == c.Signal || t.On.IsZero() || tooOld(t.On, c.On) {
		return ""
	}
	if t.Token == pseudonym.TokenClaim {
		if t.Creditor == c.Creditor && c.Claim.NotHigher(t.Claim) {
			return gateway.Repeated
		}
		return gateway.Consecutive
	}
	sameMonth := t.On.String()[:7] == c.On.String()[:7]
	switch {
	case sameMonth && t.Kind != c.Kind:
		return gateway.Multiple
	case sameMonth:
		return "" // another signal of the same kind in one month says nothing new
	}
	return gateway.Consecutive
}

func rank(c gateway.Coincidence) int {
	switch c {
	case gateway.Repeated:
		return 3
	case gateway.Multiple:
		return 2
	case gateway.Consecutive:
		return 1
	}
	return 0
}

func tooOld(then, now gateway.Date) bool { return Since(now).After(then) }

// Since is the first day that still counts on the given day: what a store
// needs to look up. A day that the month of then does not have (31 August
// less six months) becomes the last of that month, so that the window is never
// shorter than six months.
func Since(on gateway.Date) gateway.Date {
	year, month, day := on.Time().Date()
	last := time.Date(year, month-Window+1, 0, 0, 0, 0, 0, time.UTC)
	return gateway.DateOf(last).AddDays(min(day, last.Day()) - last.Day())
}
