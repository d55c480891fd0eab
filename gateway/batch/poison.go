// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	// attempts is how often lines are tried before the one that stands in the
	// way is looked for.
	attempts = 5
	// outage is how many single lines may fail before one got through: beyond
	// it the fault is not of a line, and the batch waits.
	outage = 16
)

// passes tells what does not answer now, or a stop, from a fault that lines
// may be the cause of.
func passes(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errMoved) || gateway.AsError(err).Kind == gateway.KindUnavailable
}

// answered is journey for lines of which one may hold up the others: that one
// is found and refused, as our fault.
func (d *Desk) answered(ctx context.Context, r Record, lines []Line) ([]Outcome, error) {
	pause := d.ports.Retry
	for try := 1; ; try++ {
		outcomes, err := d.journey(ctx, r, lines)
		if err == nil || passes(ctx, err) {
			return outcomes, err
		}
		d.ports.Trouble(err)
		if try == attempts {
			return d.search(ctx, r, lines, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
		pause *= 2
	}
}

// search halves lines until the failing ones stand alone, tries those once
// more (an outage may be over by now) and refuses what fails then.
func (d *Desk) search(ctx context.Context, r Record, lines []Line, err error) ([]Outcome, error) {
	s := search{desk: d, r: r}
	outcomes, err := s.among(ctx, lines, err)
	if err != nil {
		return nil, err
	}
	for i, o := range outcomes {
		if o.Kind != "" {
			continue
		}
		one, err := d.journey(ctx, r, lines[i:i+1])
		if err != nil && !passes(ctx, err) {
			bad := lines[i]
			bad.Findings = []gateway.Finding{lineFault()}
			one, err = d.journey(ctx, r, []Line{bad}) // refused and logged as any other
		}
		if err != nil {
			return nil, err
		}
		outcomes[i] = one[0]
	}
	return outcomes, nil
}

type search struct {
	desk    *Desk
	r       Record
	failed  int
	through bool // some line got an answer
}

// among gives the outcomes of lines that failed together with err; one that
// fails alone has no kind.
func (s *search) among(ctx context.Context, lines []Line, err error) ([]Outcome, error) {
	if len(lines) == 1 {
		if s.failed++; s.failed > outage && !s.through {
			return nil, err
		}
		return []Outcome{{Line: lines[0].Number}}, nil
	}
	var all []Outcome
	half := len(lines) / 2
	for _, part := range [][]Line{lines[:half], lines[half:]} {
		outcomes, err := s.desk.journey(ctx, s.r, part)
		switch {
		case err == nil:
			s.through = true
		case passes(ctx, err):
			return nil, err
		default:
			if outcomes, err = s.among(ctx, part, err); err != nil {
				return nil, err
			}
		}
		all = append(all, outcomes...)
	}
	return all, nil
}

func lineFault() gateway.Finding {
	f := found(gateway.CodeInternal, "")
	f.Text = "Deze regel kon bij ons niet worden verwerkt; lever hem opnieuw aan."
	return f
}
