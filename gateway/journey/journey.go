// SPDX-License-Identifier: EUPL-1.2

// Package journey walks a report from the door to the mailbox. Report is the
// first function to read in this module: it calls the steps in their one
// order, and each step takes only what the step before it made.
//
// It holds the order of writes: the receipt is signed, then body, truth, log
// and receipt go in one commit, then the answer. Concurrent batches share a
// commit (gateway/commit). It may not decide what a step decides. Called by
// the doors.
package journey

import (
	"context"
	"errors"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// maxGroup bounds one transaction: beyond it, waiting longer gains nothing.
const maxGroup = 512

// Journey is safe for concurrent use.
type Journey struct {
	ports       Ports
	commit      *commit.Group[member, verdict]
	withdrawals *commit.Group[withdrawing, verdict]
	corrections *commit.Group[correcting, verdict]
}

// New makes a journey over its ports.
func New(p Ports) *Journey {
	j := &Journey{ports: p}
	j.commit = commit.NewGroup(maxGroup, j.write)
	j.withdrawals = commit.NewGroup(maxGroup, j.writeWithdrawals)
	j.corrections = commit.NewGroup(maxGroup, j.writeCorrections)
	return j
}

// Answer is what one member of a batch gets: a receipt, or the reasons why
// not.
type Answer struct {
	ReportID gateway.ReportID // empty when it was never learned
	Receipt  gateway.Compact
	Replayed bool           // the receipt of an earlier, equal request
	Warnings []gateway.Code // of a check; a receipt names its own
	Err      *gateway.Error
}

// Report takes a batch of reports to their mailboxes and answers each at its
// own place. When it returns, every receipt in the answers is durable, and
// every refusal is in the audit log. An error means that the batch as a whole
// could not be handled and that nothing of it may be answered.
func (j *Journey) Report(ctx context.Context, batch []intake.Submission) ([]Answer, error) {
	desk := newDesk(len(batch))

	opened, refused := intake.Open(ctx, j.ports.Opener, batch)
	desk.refuse(refused)

	// Before the steps that rules and maps decide: a repeated question gets
	// the first answer even when those have changed (invariant I3).
	fresh, known, err := replay(ctx, j.ports.Ledger, opened)
	if err != nil {
		return nil, err
	}
	desk.add(known)

	accepted, refused := intake.Read(fresh)
	desk.refuseJudged(refused)

	sealed, refused, err := j.prepare(ctx, accepted)
	if err != nil {
		return nil, err
	}
	desk.refuseJudged(refused)

	deposits, err := j.deposits(ctx, sealed)
	if err != nil {
		return nil, err
	}
	desk.deposit(deposits)

	verdicts, err := j.commit.Do(ctx, desk.members...)
	if err != nil {
		return nil, err
	}
	return desk.answers(verdicts), nil
}

// prepare is the middle of the journey, in which nothing is written: from a
// well-formed report to sealed content.
func (j *Journey) prepare(ctx context.Context, accepted []intake.Accepted) ([]seal.Sealed, []gateway.Refused, error) {
	addressed, unrouted := routing.Route(j.ports.Tables.Current(), accepted)
	permitted, unpermitted, err := permit.Judge(ctx, j.ports.Register, j.ports.Policy(), addressed)
	if err != nil {
		return nil, nil, err
	}
	blinded, err := pseudonym.Blind(ctx, j.ports.Keyer, permitted)
	if err != nil {
		return nil, nil, err
	}
	cleared, objected, err := objection.Clear(ctx, j.ports.Objections, blinded)
	if err != nil {
		return nil, nil, err
	}
	sealed, unsealed, err := j.seal(ctx, cleared)
	if err != nil {
		return nil, nil, err
	}
	return sealed, slices.Concat(unrouted, unpermitted, objected, unsealed), nil
}

// seal refuses what a municipality's unsound key keeps from being sealed: all
// that was to go to that key, so that each key fails only once.
func (j *Journey) seal(ctx context.Context, cleared []objection.Cleared) ([]seal.Sealed, []gateway.Refused, error) {
	var refused []gateway.Refused
	for {
		sealed, err := seal.Seal(ctx, j.ports.Sealer, j.ports.Wrapper, cleared)
		var letter seal.LetterError
		if err == nil || !errors.As(err, &letter) || letter.Index < 0 || letter.Index >= len(cleared) {
			return sealed, refused, err
		}
		to := cleared[letter.Index].Municipality().OIN
		var rest []objection.Cleared
		for _, b := range cleared {
			if b.Municipality().OIN != to {
				rest = append(rest, b)
				continue
			}
			refused = append(refused, gateway.Refused{Slip: b.Slip(), Err: gateway.Refuse(gateway.KindRefused, gateway.Finding{
				Code: gateway.CodeMunicipalityWithoutKey, Pointer: "/adres", Rule: "AVG art. 32",
				Text: "De gemeente heeft geen geldige sleutel om voor te versleutelen."})})
		}
		cleared = rest
	}
}

// deposits signs the receipts. They leave the house only after the commit.
func (j *Journey) deposits(ctx context.Context, sealed []seal.Sealed) ([]mailbox.Deposit, error) {
	statements := make([]gateway.Statement, len(sealed))
	for i, s := range sealed {
		statements[i] = receiptFor(j.ports.Issuer, s)
	}
	receipts, err := j.ports.Receipts.Sign(ctx, statements)
	if err != nil {
		return nil, err
	}
	deposits := make([]mailbox.Deposit, len(sealed))
	for i, s := range sealed {
		deposits[i] = mailbox.NewDeposit(s, receipts[i])
	}
	return deposits, nil
}

// Check is Report without its end: the same answer to whether and why not,
// but nothing is stored and no receipt is given. The log says only that a
// check was made.
func (j *Journey) Check(ctx context.Context, batch []intake.Submission) ([]Answer, error) {
	desk := newDesk(len(batch))
	opened, refused := intake.Open(ctx, j.ports.Opener, batch)
	desk.check(nil, refused)
	// Read first: a check has no id in its path, only inside.
	accepted, refused := intake.Read(opened)
	desk.check(nil, refused)
	fresh, known, err := replay(ctx, j.ports.Ledger, accepted)
	if err != nil {
		return nil, err
	}
	desk.checkKnown(known)
	sealed, refused, err := j.prepare(ctx, fresh)
	if err != nil {
		return nil, err
	}
	desk.check(sealed, refused)
	verdicts, err := j.commit.Do(ctx, desk.members...)
	if err != nil {
		return nil, err
	}
	return desk.answers(verdicts), nil
}
