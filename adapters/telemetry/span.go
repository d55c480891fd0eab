// SPDX-License-Identifier: EUPL-1.2

package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Step is a step of the journey, or a call to a store or to the keys in it.
type Step string

const (
	StepOpen       Step = "openen"          // decrypt and verify letters
	StepSeen       Step = "eerder-gezien"   // ask truth for earlier receipts
	StepStandings  Step = "toelaten"        // ask the register for parties and agreements
	StepBlind      Step = "pseudonimiseren" // keyed tokens: the key store
	StepObjections Step = "bezwaren"        // hold tokens against objections
	StepSeal       Step = "verzegelen"      // encrypt to the municipality
	StepWrap       Step = "inpakken"        // wrap once more: the key store
	StepSign       Step = "ondertekenen"    // sign receipts: the key store
	StepCommit     Step = "vastleggen"      // the one transaction, bodies first
	StepNotice     Step = "bericht"         // prepare notices inside it
	StepLines      Step = "regels"          // a group of lines of a file
)

// Steps lists the closed set, in the order of the journey.
func Steps() []Step {
	return []Step{StepOpen, StepSeen, StepStandings, StepBlind, StepObjections, StepSeal, StepWrap, StepSign, StepCommit, StepNotice, StepLines}
}

// span is one that ended. The zero parent stands for none.
type span struct {
	trace, id, parent string // hexadecimal
	step              Step   // empty of a request
	method, route     string // of a request
	status            int    // of a request
	outcome           string // kind of error; empty when it went well
	failed            bool
	members           int // of a step
	began, ended      time.Time
}

// here is what the context of a request carries: where a step hangs under.
type here struct{ trace, span string }

type hereKey struct{}

// newSpanID draws the 8 bytes of a span.
func newSpanID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Request fills httpapi.Spans: it begins the span of a request, whose id the
// door gives, and returns the context that its steps hang under. End is called
// once. Route is the template of the route or empty, method one of a known few,
// kind that of the error or empty.
func (e *Exporter) Request(ctx context.Context, trace gateway.Trace, id string) (context.Context, func(method, route string, status int, kind string)) {
	if !e.samples(trace.ID()) {
		return ctx, func(string, string, int, string) {}
	}
	began := e.clock()
	return context.WithValue(ctx, hereKey{}, here{trace.ID(), id}), func(method, route string, status int, kind string) {
		e.add(span{trace: trace.ID(), id: id, parent: trace.Parent(), method: method, route: route, status: status, outcome: kind,
			failed: status >= 500, began: began, ended: e.clock()})
	}
}

// Begin begins a step of so many members, and returns the context that steps
// within it hang under, and what ends it. Outside a request that is followed
// nothing is begun.
func (e *Exporter) Begin(ctx context.Context, step Step, members int) (context.Context, func(err error)) {
	at, inside := ctx.Value(hereKey{}).(here)
	if !inside {
		return ctx, func(error) {}
	}
	return e.begin(ctx, at, step, members)
}

// Root begins a step that no request asked for, such as the lines of a file
// that is processed later, in the trace of whoever sent it.
func (e *Exporter) Root(ctx context.Context, trace gateway.Trace, step Step, members int) (context.Context, func(err error)) {
	if !e.samples(trace.ID()) {
		return ctx, func(error) {}
	}
	return e.begin(ctx, here{trace: trace.ID()}, step, members)
}

func (e *Exporter) begin(ctx context.Context, at here, step Step, members int) (context.Context, func(error)) {
	s := span{trace: at.trace, parent: at.span, id: newSpanID(), step: step, members: members, began: e.clock()}
	return context.WithValue(ctx, hereKey{}, here{at.trace, s.id}), func(err error) {
		s.ended = e.clock()
		if err != nil {
			s.outcome, s.failed = string(gateway.AsError(err).Kind), true
		}
		e.add(s)
	}
}
