// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Tried is what one version of the policy says about facts, rule by rule.
type Tried struct {
	Version  Proposal
	Decision policies.Decision
	Answers  []policies.Answer
}

// On gives the version that was in force at the end of a day; the zero Proposal
// before the first.
func (h History) On(day gateway.Date) Proposal {
	return h.InForce(day.AddDays(1).Begins().Add(-1))
}

// Try asks a version, or with an empty id the one that was in force at the end
// of the day of receipt. A question has no place for a person, so that nothing
// is logged and nothing kept.
func (d *Desk) Try(ctx context.Context, v oversight.Visit, id gateway.UUID, q policies.Question) (Tried, error) {
	h, err := d.History(ctx, v)
	if err != nil {
		return Tried{}, err
	}
	p := h.Find(id)
	if id == "" {
		if p = h.On(gateway.DateOf(q.Today)); !p.Exists() {
			return Tried{}, refuse(CodeNoPolicy, "Op die dag was hier nog geen beleid in werking.")
		}
	}
	version, err := d.version(ctx, p)
	if err != nil {
		return Tried{}, err
	}
	return Tried{p, version.Bundle.Decide(q), version.Bundle.Explain(q)}, nil
}

// Counted are the answers that a reader wants first: of rules that apply, those
// that bite before those that are clear, each in their own order.
func (t Tried) Counted() []policies.Answer {
	all := slices.DeleteFunc(slices.Clone(t.Answers), func(a policies.Answer) bool { return !a.Applies })
	slices.SortStableFunc(all, func(a, b policies.Answer) int { return rank(a.Outcome) - rank(b.Outcome) })
	return all
}

func rank(o policies.Outcome) int {
	if o == policies.OutcomeClear {
		return 1
	}
	return 0
}
