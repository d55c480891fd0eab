// SPDX-License-Identifier: EUPL-1.2

package policies

import "strings"

// Outcome says what became of one rule.
type Outcome string

// The outcomes, as an official reads them.
const (
	OutcomeOtherScope Outcome = "niet voor deze melding"
	OutcomeNotInForce Outcome = "niet in werking"
	OutcomeClear      Outcome = "in orde"
	OutcomeBites      Outcome = "geraakt"
	OutcomeError      Outcome = "fout"
)

// Answer is one rule and what it said about a question.
type Answer struct {
	Rule, Law, Effect string
	Code              string // empty for beperken and bewaren
	Applies           bool   // in force on the signal date and meant for this report
	Outcome           Outcome
	NL, EN            string
}

// Explain shows every rule of the bundle, in document order, and its answer.
// The refusals of the engine itself come first when they bite.
func (b *Bundle) Explain(q Question) []Answer {
	if b == nil {
		return nil
	}
	var all []Answer
	for _, r := range b.Decide(q).Refusals {
		if strings.HasPrefix(r.Rule, builtInPrefix) {
			all = append(all, Answer{Rule: r.Rule, Law: r.Law, Effect: effectRefuse, Code: r.Code, Applies: true, Outcome: OutcomeBites, NL: r.NL, EN: r.EN})
		}
	}
	facts := &answers{names: b.lang.names, q: &q}
	for i := range b.documents {
		d := &b.documents[i]
		for j := range d.rules {
			r := &d.rules[j]
			a := Answer{Rule: r.name, Law: r.law, Effect: r.effect, Code: r.code, NL: r.nl, EN: r.en}
			switch {
			case !d.meantFor(&q):
				a.Outcome = OutcomeOtherScope
			case !d.inForce(q.SignalDate) || !r.span.holds(q.SignalDate):
				a.Outcome = OutcomeNotInForce
			default:
				a.Applies, a.Outcome = true, r.outcome(facts)
			}
			all = append(all, a)
		}
	}
	return all
}

func (r *rule) outcome(facts *answers) Outcome {
	switch bites, err := r.bites(facts); {
	case err != nil:
		return OutcomeError
	case bites:
		return OutcomeBites
	}
	return OutcomeClear
}
