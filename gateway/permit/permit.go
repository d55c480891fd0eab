// SPDX-License-Identifier: EUPL-1.2

// Package permit is the third step of the journey: it asks the policy whether
// a report may go to its municipality, and drops what the purpose does not
// need.
//
// It decides nothing by itself: every rule sits in package policies, every
// right in an agreement. It writes nothing. Called by gateway/journey.
package permit

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/policies"
)

// Pair is a creditor and the municipality that it reports to.
type Pair struct {
	Creditor     gateway.OIN
	Municipality gateway.Municipality
}

// Standing is what the register knows about a pair: the municipality as a
// party (zero when it has not joined) and the agreements between the two, past
// and present. Of a municipality that went into another it is what is known
// about the successor.
type Standing struct {
	Municipality gateway.Party
	Agreements   []gateway.Agreement
}

// Register answers for each pair at its own place. It only reads, may be
// called any number of times, and may lag at most a second behind a change.
// Filled by the truth store.
type Register interface {
	Standings(ctx context.Context, pairs []Pair) ([]Standing, error)
}

// Permitted is a report that policy lets through, already minimised. Only
// Judge makes one.
type Permitted struct {
	addressed    routing.Addressed
	report       gateway.Report
	municipality gateway.Party
	agreement    gateway.Agreement
	decision     policies.Decision
	facts        policies.Facts
}

// Slip says whose member this is.
func (p Permitted) Slip() gateway.Slip { return p.addressed.Slip() }

// Report is the report without what the purpose does not need. Matching and
// sealing see only this.
func (p Permitted) Report() gateway.Report { return p.report }

// Municipality is the party whose mailbox it goes to.
func (p Permitted) Municipality() gateway.Party { return p.municipality }

// Agreement is the one that it is permitted under.
func (p Permitted) Agreement() gateway.Agreement { return p.agreement }

// Decision says which policy permitted it, with which warnings and terms.
func (p Permitted) Decision() policies.Decision { return p.decision }

// Facts are what may be kept of the question behind the decision: coarse, and
// of nobody.
func (p Permitted) Facts() policies.Facts { return p.facts }

// Judge asks the policy about each report. A refusal carries all reasons; an
// error from the register fails the batch and permits nothing (invariant I6).
func Judge(ctx context.Context, reg Register, policy *policies.Bundle, addressed []routing.Addressed) ([]Permitted, []gateway.Refused, error) {
	pairs := make([]Pair, len(addressed))
	for i, a := range addressed {
		pairs[i] = Pair{a.Slip().Peer.OIN(), a.Municipality()}
	}
	standings, err := reg.Standings(ctx, pairs)
	if err != nil {
		return nil, nil, err
	}
	permitted := make([]Permitted, 0, len(addressed))
	var refused []gateway.Refused
	for i, a := range addressed {
		p, err := judge(policy, a, standings[i])
		if err != nil {
			refused = append(refused, gateway.Refused{Slip: a.Slip(), Err: err})
			continue
		}
		permitted = append(permitted, p)
	}
	return permitted, refused, nil
}

func judge(policy *policies.Bundle, a routing.Addressed, s Standing) (Permitted, *gateway.Error) {
	if s.Municipality.State != gateway.PartyActive {
		return Permitted{}, gateway.Refuse(gateway.KindRefused, gateway.Finding{
			Code: gateway.CodeMunicipalityNotJoined, Pointer: "/adres", Rule: "Wgs art. 3",
			Text: "De gemeente van dit adres is niet aangesloten."})
	}
	if len(s.Municipality.KeysFor(gateway.KeyEncrypt, a.Slip().At)) == 0 {
		return Permitted{}, gateway.Refuse(gateway.KindRefused, gateway.Finding{
			Code: gateway.CodeMunicipalityWithoutKey, Pointer: "/adres", Rule: "AVG art. 32",
			Text: "De gemeente heeft geen geldige sleutel om voor te versleutelen."})
	}
	today := gateway.Today(a.Slip().At)
	question := Question(a.Report(), a.Slip().Peer.OIN(), s.Municipality.Municipality, today, s.Agreements)
	decision := policy.Decide(question)
	if !decision.Permit {
		return Permitted{}, gateway.Refuse(gateway.KindRefused, findings(decision.Refusals)...)
	}
	decision.Retain = shorten(decision.Retain, s.Municipality)
	return Permitted{
		addressed:    a,
		report:       minimise(a.Report(), decision.Drop),
		municipality: s.Municipality,
		agreement:    relevant(s.Agreements, a.Report(), today),
		decision:     decision,
		facts:        policies.Coarse(question),
	}, nil
}

// shorten applies the municipality's own terms where they are shorter than what
// policy gives; they never make a term longer.
func shorten(t policies.Retention, m gateway.Party) policies.Retention {
	if m.BodyDays > 0 {
		t.Body = min(t.Body, m.BodyDays)
	}
	if m.TokenDays > 0 {
		t.Tokens = min(t.Tokens, m.TokenDays)
	}
	return t
}

func findings(reasons []policies.Reason) []gateway.Finding {
	found := make([]gateway.Finding, len(reasons))
	for i, r := range reasons {
		found[i] = gateway.Finding{Code: gateway.Code(r.Code), Pointer: r.Pointer, Rule: r.Law, Text: r.NL}
	}
	return found
}
