// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/policies"
)

// Steps is everything that the steps of the journey need, filled with actors,
// the sample routing table, the real policies and fakes that work. None of the
// fakes keeps a secret; they only behave as if.
type Steps struct {
	Actors
	Table  *routing.Table
	Policy *policies.Bundle
	Wraps  *Wrapper
	Bell   *feedback.Bell
	// Reorganised are codes that the table still names, and their successors.
	Reorganised map[gateway.Municipality]gateway.Municipality
}

// NewSteps makes them. It compiles the policies, some tens of milliseconds.
func NewSteps(t testing.TB) *Steps {
	t.Helper()
	table, err := routing.Sample()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return &Steps{Actors: NewActors(t), Table: table, Policy: policy, Wraps: NewWrapper(), Bell: feedback.NewBell(nil)}
}

// Ports fills the ports of the journey over a truth store. A test replaces
// what it wants to see fail.
func (s *Steps) Ports(truth Truth) journey.Ports {
	return journey.Ports{
		Issuer: Issuer, Opener: Opener{}, Tables: s, Register: s, Policy: func() *policies.Bundle { return s.Policy },
		Keyer: Keyer{1}, Sealer: Sealer{}, Wrapper: s.Wraps, Receipts: Signer{}, Bell: s.Bell, Ledger: truth.Ledger,
		Notices: feedback.NewNotices(truth.Feedback, Signer{}, s.Wraps, s.Bell), Objections: truth.Objections,
	}
}

// Current fills routing.Tables.
func (s *Steps) Current() *routing.Table { return s.Table }

// Standings fills permit.Register with the actors as they are now.
func (s *Steps) Standings(_ context.Context, pairs []permit.Pair) ([]permit.Standing, error) {
	standings := make([]permit.Standing, len(pairs))
	for i, p := range pairs {
		p.Municipality = cmp.Or(s.Reorganised[p.Municipality], p.Municipality)
		for _, m := range s.Municipalities() {
			if m.Municipality == p.Municipality {
				standings[i].Municipality = m
			}
		}
		for _, a := range s.Agreements {
			if a.Creditor == p.Creditor && a.Municipality == p.Municipality {
				standings[i].Agreements = append(standings[i].Agreements, a)
			}
		}
	}
	return standings, nil
}

// Submission is a paper as it comes in through a door, from its creditor.
func (s *Steps) Submission(from gateway.Party, p Paper) intake.Submission {
	peer := gateway.Authenticated(from, strings.Repeat("ab", 32))
	return intake.Submission{Peer: peer, ID: p.ID, Token: Letter(from.OIN, p.Payload()), At: Now(), Trace: gateway.NewTrace()}
}

// Deposits takes submissions through the real steps up to the commit, because
// nothing else can make a deposit. All must pass.
func (s *Steps) Deposits(t testing.TB, batch ...intake.Submission) []mailbox.Deposit {
	t.Helper()
	opened, refused := intake.Open(t.Context(), Opener{}, batch)
	return s.deposits(t, opened, refused)
}

func (s *Steps) deposits(t testing.TB, opened []intake.Opened, refused []gateway.Refused) []mailbox.Deposit {
	t.Helper()
	ctx := t.Context()
	accepted, misread := intake.Read(opened)
	addressed, unrouted := routing.Route(s.Table, accepted)
	permitted, unpermitted, err := permit.Judge(ctx, s, s.Policy, addressed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(append(append(refused, misread...), unrouted...), unpermitted...) {
		t.Fatalf("refused: %v", r.Err)
	}
	blinded, err := pseudonym.Blind(ctx, Keyer{1}, permitted)
	if err != nil {
		t.Fatal(err)
	}
	cleared, objected, err := objection.Clear(ctx, NoObjections{}, blinded)
	if err != nil || len(objected) > 0 {
		t.Fatal(len(objected), err)
	}
	sealed, err := seal.Seal(ctx, Sealer{}, s.Wraps, cleared)
	if err != nil {
		t.Fatal(err)
	}
	deposits := make([]mailbox.Deposit, len(sealed))
	for i, d := range sealed {
		deposits[i] = mailbox.NewDeposit(d, gateway.Compact(fmt.Sprintf("receipt.%s.%s", d.Slip().ReportID, d.Slip().Digest)))
	}
	return deposits
}
