// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"
	"errors"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/parallel"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// lineGroup is how many lines of a file share a transaction: small enough that
// a single report never waits long behind it.
const lineGroup = 256

// maxFindings is how many findings one line gets: a line of two bytes may not
// make kilobytes.
const maxFindings = 20

var errPanic = errors.New("journey: preparing lines panicked")

// Lines is Report, or Check, for lines of a verified file, answered in order.
// While one group is being written the next is made ready. After an error some
// groups may have been written: the same lines may be given again, and a line
// that finds its own report (same file, same number) is answered as new.
func (j *Journey) Lines(ctx context.Context, lines []intake.Line, check bool) ([]Answer, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers := make([]Answer, 0, len(lines))
	for ready := range j.ahead(ctx, lines, check) {
		if ready.err != nil {
			return nil, ready.err
		}
		verdicts := verdictsOf(ready.desk.members)
		if !check { // a check writes nothing; the log has one entry per file, from batch
			var err error
			if verdicts, err = j.commit.Do(ctx, ready.desk.members...); err != nil {
				return nil, err
			}
		}
		answers = append(answers, ready.desk.answers(verdicts)...)
	}
	if len(answers) < len(lines) { // stopped on the way
		return nil, gateway.Fail(gateway.KindUnavailable, ctx.Err())
	}
	return answers, nil
}

type readyLines struct {
	desk *desk
	err  error
}

// ahead makes groups ready, one before it is asked for. Without a reader it
// ends with the context.
func (j *Journey) ahead(ctx context.Context, lines []intake.Line, check bool) <-chan readyLines {
	groups := make(chan readyLines)
	go func() {
		defer close(groups)
		for group := range slices.Chunk(lines, lineGroup) {
			if ctx.Err() != nil {
				return
			}
			desk, err := j.readyLines(ctx, group, check)
			select {
			case groups <- readyLines{desk, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return groups
}

// readyLines takes a group up to the commit. Reading comes before the look at
// what is known, because the id of a line is inside.
func (j *Journey) readyLines(ctx context.Context, lines []intake.Line, check bool) (d *desk, err error) {
	defer func() {
		if recover() != nil {
			d, err = nil, errPanic
		}
	}()
	d = newDesk(len(lines))
	opened, refused := intake.OfFile(lines)
	accepted, misread := intake.Read(opened)
	refused = append(refused, misread...)
	fresh, known, err := replay(ctx, j.ports.Ledger, accepted)
	if err != nil {
		return nil, err
	}
	ready, err := parallel.Map(fresh, func(part []intake.Accepted) ([]preparedLine, error) {
		return j.preparedLines(ctx, part, check)
	})
	if err != nil {
		return nil, err
	}
	var judged []gateway.Refused
	var deposits []mailbox.Deposit
	var sealed []seal.Sealed
	for _, p := range ready {
		switch {
		case p.refused != nil:
			judged = append(judged, *p.refused)
		case check:
			sealed = append(sealed, p.sealed)
		default:
			deposits = append(deposits, p.deposit)
		}
	}
	shorten(refused)
	shorten(judged)
	if check {
		d.check(sealed, append(refused, judged...))
		d.checkKnown(known)
		return d, nil
	}
	d.refuse(refused)
	d.refuseJudged(judged)
	d.add(known)
	d.deposit(deposits)
	return d, nil
}

func shorten(refused []gateway.Refused) {
	for i, r := range refused {
		if len(r.Err.Findings) > maxFindings {
			refused[i].Err = gateway.Refuse(r.Err.Kind, r.Err.Findings[:maxFindings]...)
		}
	}
}

// preparedLine is one of three.
type preparedLine struct {
	refused *gateway.Refused
	sealed  seal.Sealed
	deposit mailbox.Deposit
}

func (j *Journey) preparedLines(ctx context.Context, part []intake.Accepted, check bool) ([]preparedLine, error) {
	sealed, refused, err := j.prepare(ctx, part)
	if err != nil {
		return nil, err
	}
	var ready []preparedLine
	for _, r := range refused {
		ready = append(ready, preparedLine{refused: &r})
	}
	if check {
		for _, s := range sealed {
			ready = append(ready, preparedLine{sealed: s})
		}
		return ready, nil
	}
	deposits, err := j.deposits(ctx, sealed)
	if err != nil {
		return nil, err
	}
	for _, p := range deposits {
		ready = append(ready, preparedLine{deposit: p})
	}
	return ready, nil
}
