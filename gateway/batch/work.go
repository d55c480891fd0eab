// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

var (
	errMoved   = errors.New("batch: another worker has taken this batch further")
	errChanged = errors.New("batch: a spooled file changed after it was verified")
	errAnswers = errors.New("batch: the journey did not answer every line")
)

// sweep erases files that no pending batch names: what a crash left behind
// between the file and its record, or between the end and its erasure.
func (d *Desk) sweep(ctx context.Context) error {
	// In this order: a file that is received meanwhile is seen held or pending.
	names, err := d.ports.Spool.Names(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	keep := map[string]bool{}
	for name := range d.receiving {
		keep[name] = true
	}
	d.mu.Unlock()
	pending, err := d.ports.Store.Pending(ctx)
	if err != nil {
		return err
	}
	for _, r := range pending {
		keep[r.Spool] = true
	}
	for _, name := range names {
		if !keep[name] && !d.fresh(name) {
			err = errors.Join(err, d.ports.Spool.Erase(ctx, name))
		}
	}
	return err
}

// fresh reports whether a file may still be on its way in at another process.
// Its name tells when it began (see spoolName); one that does not, is old.
func (d *Desk) fresh(name string) bool {
	if d.ports.Leave == 0 {
		return false
	}
	_, id, _ := strings.Cut(name, "-")
	began, err := gateway.UUID(id).Time()
	return err == nil && d.ports.Clock().Sub(began) < d.ports.Leave
}

// take processes one batch from where it is.
func (d *Desk) take(ctx context.Context, r Record) error {
	party, known, err := d.ports.Directory.Party(ctx, r.Creditor)
	if err != nil {
		return err
	}
	if !known || party.State != gateway.PartyActive {
		return d.give(ctx, r, verified{lines: r.Lines, payload: r.Payload}, []gateway.Finding{found(gateway.CodePartyInactive, "")})
	}
	if r.State == Received {
		r.State = Verifying
		if err := d.progress(ctx, r, nil); err != nil {
			return err
		}
	}
	v, err := d.verify(ctx, party, r)
	if err != nil {
		findings, final := verdictOn(err)
		if !final {
			return err
		}
		return d.give(ctx, r, verified{lines: r.Lines, payload: r.Payload}, findings)
	}
	if len(v.faults) > 0 {
		return d.give(ctx, r, v, v.faults)
	}
	if r.State == Processing && v.payload != r.Payload { // not the file that was verified
		return d.give(ctx, r, v, []gateway.Finding{found(gateway.CodeInternal, "")})
	}
	r.State, r.Lines, r.Payload = Processing, v.lines, v.payload
	if err := d.progress(ctx, r, nil); err != nil {
		return err
	}
	if r, err = d.process(ctx, party, r, v); err != nil {
		return err
	}
	return d.finish(ctx, r)
}

// give ends a batch that cannot be taken further. Before its first line that
// rejects it whole; later, what was answered stays and the rest is refused.
func (d *Desk) give(ctx context.Context, r Record, v verified, findings []gateway.Finding) error {
	if r.State != Processing || r.Next == 1 {
		r.Findings, r.Lines, r.Payload, r.State = findings, v.lines, v.payload, Rejected
		return d.finish(ctx, r)
	}
	for r.Next <= r.Lines {
		outcomes := make([]Outcome, min(chunkLines, r.Lines-r.Next+1))
		for i := range outcomes {
			outcomes[i] = Outcome{Line: r.Next + int64(i), Kind: LineRefused, Findings: findings}
		}
		var err error
		if r, err = d.settle(ctx, r, outcomes); err != nil {
			return err
		}
	}
	return d.finish(ctx, r)
}

// process is the second pass.
func (d *Desk) process(ctx context.Context, from gateway.Party, r Record, v verified) (Record, error) {
	plain, err := d.open(ctx, from, r)
	if err != nil {
		return r, err
	}
	defer plain.Close()
	at := 0
	err = chunks(ctx, NewReader(r.Layout, plain), func(lines []Line) error {
		if at == len(v.marks) || digestOf(lines) != v.marks[at] {
			return errChanged
		}
		at++
		lines = lines[min(max(r.Next-lines[0].Number, 0), int64(len(lines))):]
		if len(lines) == 0 {
			return nil
		}
		outcomes, err := d.answered(ctx, r, lines)
		if err != nil {
			return err
		}
		r, err = d.settle(ctx, r, outcomes)
		return err
	})
	if err == nil && at != len(v.marks) {
		err = errChanged
	}
	return r, err
}

// journey sends lines on their way, as the party that their sender is now.
func (d *Desk) journey(ctx context.Context, r Record, lines []Line) ([]Outcome, error) {
	party, known, err := d.ports.Directory.Party(ctx, r.Creditor)
	if err != nil {
		return nil, err
	}
	peer, now := gateway.Authenticated(party, r.Origin), d.ports.Clock()
	batch := make([]intake.Line, len(lines))
	for i, l := range lines {
		batch[i] = intake.Line{Peer: peer, Batch: r.ID, Number: l.Number, Payload: l.Payload, Findings: l.Findings, At: now, Trace: r.Trace}
		if !known || party.State != gateway.PartyActive {
			batch[i].Peer = gateway.Authenticated(gateway.Party{OIN: r.Creditor, Kind: gateway.KindCreditor}, r.Origin)
			batch[i].Findings = []gateway.Finding{found(gateway.CodePartyInactive, "")}
		}
	}
	answers, err := d.ports.Journey.Lines(ctx, batch, r.Check)
	if err != nil {
		return nil, err
	}
	if len(answers) != len(lines) {
		return nil, errAnswers
	}
	outcomes := make([]Outcome, len(lines))
	for i, a := range answers {
		if outcomes[i], err = outcomeOf(lines[i].Number, a); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// outcomeOf reads one answer. A failure that is ours is no outcome: the chunk
// is tried again.
func outcomeOf(line int64, a journey.Answer) (Outcome, error) {
	o := Outcome{Line: line, Kind: LineAccepted, ReportID: a.ReportID}
	switch {
	case a.Err != nil && (a.Err.Kind == gateway.KindUnavailable || a.Err.Kind == gateway.KindInternal):
		return o, a.Err
	case a.Err != nil:
		o.Kind, o.Findings = LineRefused, slices.Clone(a.Err.Findings)
	case a.Replayed:
		o.Kind = LineDuplicate
	}
	return o, nil
}

// settle writes outcomes and progress together.
func (d *Desk) settle(ctx context.Context, r Record, outcomes []Outcome) (Record, error) {
	next := r
	next.Next += int64(len(outcomes))
	for _, o := range outcomes {
		switch o.Kind {
		case LineAccepted:
			next.Accepted++
		case LineDuplicate:
			next.Duplicate++
		default:
			next.Refused++
		}
	}
	if err := d.progress(ctx, next, outcomes); err != nil {
		return r, err
	}
	return next, nil
}

// progress stores a record with the outcomes that it counts, unless another
// worker was first.
func (d *Desk) progress(ctx context.Context, r Record, outcomes []Outcome) error {
	return d.ports.Store.Write(ctx, func(tx Tx) error {
		now, err := tx.Batches([]Key{r.Key})
		if err != nil {
			return err
		}
		if now[0].Next != r.Next-int64(len(outcomes)) || now[0].State == Done || now[0].State == Rejected {
			return errMoved
		}
		if err := tx.Put(r); err != nil || len(outcomes) == 0 {
			return err
		}
		return tx.Add(r.Key, outcomes)
	})
}
