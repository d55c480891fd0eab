// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/keys"
)

// earlierWithdrawn: what a creditor took back gives no hint about the person.
func (s ledgerSuite) earlierWithdrawn(t *testing.T) {
	truth, steps := s.open(t), s.Steps
	kept := steps.Deposits(t, steps.Submission(steps.Energy, steps.Paper(steps.Energy, steps.Nijmegen, 1)))[0]
	back := steps.Deposits(t, steps.Submission(steps.Housing, steps.Paper(steps.Housing, steps.Nijmegen, 1)))[0]
	File(t, truth, kept, back)
	if _, err := steps.Withdraw(t, truth, back); err != nil {
		t.Fatal(err)
	}
	next := steps.Deposits(t, steps.Submission(steps.Water, steps.Paper(steps.Water, steps.Nijmegen, 1)))[0]
	trails := earlierOf(t, truth, next)
	if len(trails) == 0 {
		t.Error("the report that still holds left no trail")
	}
	for _, r := range trails {
		if r.Signal == back.Sealed().Body().ID {
			t.Error("a withdrawn report still has a trail")
		}
	}
}

// earlierBounded: of each tag the newest, oldest first, so that a home or claim
// with very many reports costs no commit more than others do.
func (s ledgerSuite) earlierBounded(t *testing.T) {
	truth, steps := s.open(t), s.Steps
	var last []mailbox.Deposit
	for range match.MaxTrails + 8 {
		d := steps.Deposits(t, steps.Submission(steps.Energy, steps.Paper(steps.Energy, steps.Nijmegen, 1)))[0]
		File(t, truth, d)
		last = append(last, d)
	}
	last = last[len(last)-match.MaxTrails:]
	next := steps.Deposits(t, steps.Submission(steps.Energy, steps.Paper(steps.Energy, steps.Nijmegen, 1)))[0]
	byTag := map[keys.Tag][]match.Trail{}
	for _, r := range earlierOf(t, truth, next) {
		byTag[r.Tag] = append(byTag[r.Tag], r)
	}
	if len(byTag) != len(next.Sealed().Tokens()) {
		t.Errorf("trails of %d tags, want %d", len(byTag), len(next.Sealed().Tokens()))
	}
	for _, trails := range byTag {
		if len(trails) != match.MaxTrails {
			t.Fatalf("%d trails of one tag, want %d", len(trails), match.MaxTrails)
		}
		for i, r := range trails {
			if r.Signal != last[i].Sealed().Body().ID {
				t.Fatalf("trail %d is not the one of its turn", i)
			}
		}
	}
}

func earlierOf(t *testing.T, truth Truth, d mailbox.Deposit) (trails []match.Trail) {
	t.Helper()
	err := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
		earlier, err := tx.Earlier([]match.Candidate{CandidateOf(d)})
		if err == nil {
			trails = earlier[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return trails
}
