// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"

	"github.com/seinhuis/seinhuis/adapters/telemetry"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// journey puts a span around each port that the journey waits for. The steps in
// between only compute. A commit serves many requests at once (gateway/commit):
// its span hangs under the request that led it.
func (t tracing) journey(p journey.Ports) journey.Ports {
	if t.spans == nil {
		return p
	}
	e := t.spans
	p.Opener = tracedOpener{e, p.Opener}
	p.Register = tracedRegister{e, p.Register}
	p.Keyer = tracedKeyer{e, p.Keyer}
	p.Objections = tracedObjections{e, p.Objections}
	p.Sealer = tracedSealer{e, p.Sealer}
	p.Wrapper = tracedWrapper{e, p.Wrapper}
	p.Receipts = tracedSigner{e, p.Receipts}
	p.Notices = tracedNotifier{e, p.Notices}
	p.Ledger = tracedLedger{e, p.Ledger}
	return p
}

// lines puts a span around each group of lines of a file, in the trace of the
// file.
func (t tracing) lines(j batch.Journey) batch.Journey {
	if t.spans == nil {
		return j
	}
	return tracedLines{t.spans, j}
}

// traced runs one call as a step.
func traced[T any](ctx context.Context, e *telemetry.Exporter, step telemetry.Step, members int, call func(ctx context.Context) (T, error)) (T, error) {
	ctx, end := e.Begin(ctx, step, members)
	out, err := call(ctx)
	end(err)
	return out, err
}

type tracedOpener struct {
	spans *telemetry.Exporter
	inner intake.Opener
}

func (t tracedOpener) Open(ctx context.Context, letters []intake.Letter) []intake.Content {
	out, _ := traced(ctx, t.spans, telemetry.StepOpen, len(letters), func(ctx context.Context) ([]intake.Content, error) { return t.inner.Open(ctx, letters), nil })
	return out
}

type tracedRegister struct {
	spans *telemetry.Exporter
	inner permit.Register
}

func (t tracedRegister) Standings(ctx context.Context, pairs []permit.Pair) ([]permit.Standing, error) {
	return traced(ctx, t.spans, telemetry.StepStandings, len(pairs), func(ctx context.Context) ([]permit.Standing, error) { return t.inner.Standings(ctx, pairs) })
}

type tracedKeyer struct {
	spans *telemetry.Exporter
	inner pseudonym.Keyer
}

func (t tracedKeyer) MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error) {
	return traced(ctx, t.spans, telemetry.StepBlind, len(inputs), func(ctx context.Context) ([][]keys.Tag, error) { return t.inner.MAC(ctx, inputs) })
}

type tracedObjections struct {
	spans *telemetry.Exporter
	inner objection.Lookup
}

func (t tracedObjections) Objected(ctx context.Context, questions []objection.Question) ([]bool, error) {
	return traced(ctx, t.spans, telemetry.StepObjections, len(questions), func(ctx context.Context) ([]bool, error) { return t.inner.Objected(ctx, questions) })
}

type tracedSealer struct {
	spans *telemetry.Exporter
	inner seal.Sealer
}

func (t tracedSealer) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	return traced(ctx, t.spans, telemetry.StepSeal, len(letters), func(ctx context.Context) ([][]byte, error) { return t.inner.Seal(ctx, letters) })
}

type tracedWrapper struct {
	spans *telemetry.Exporter
	inner seal.Wrapper
}

func (t tracedWrapper) Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error) {
	return traced(ctx, t.spans, telemetry.StepWrap, len(items), func(ctx context.Context) ([][]byte, error) { return t.inner.Wrap(ctx, items) })
}

type tracedSigner struct {
	spans *telemetry.Exporter
	inner journey.Signer
}

func (t tracedSigner) Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error) {
	return traced(ctx, t.spans, telemetry.StepSign, len(statements), func(ctx context.Context) ([]gateway.Compact, error) { return t.inner.Sign(ctx, statements) })
}

type tracedNotifier struct {
	spans *telemetry.Exporter
	inner journey.Notifier
}

func (t tracedNotifier) Prepare(ctx context.Context, notices []gateway.NoticeDraft) ([]gateway.PostedNotice, error) {
	return traced(ctx, t.spans, telemetry.StepNotice, len(notices), func(ctx context.Context) ([]gateway.PostedNotice, error) { return t.inner.Prepare(ctx, notices) })
}

type tracedLedger struct {
	spans *telemetry.Exporter
	inner journey.Ledger
}

func (t tracedLedger) Records(ctx context.Context, of []journey.Key) ([]journey.Record, error) {
	return traced(ctx, t.spans, telemetry.StepSeen, len(of), func(ctx context.Context) ([]journey.Record, error) { return t.inner.Records(ctx, of) })
}

func (t tracedLedger) Write(ctx context.Context, bodies []seal.Body, fn func(tx journey.Tx) error) error {
	_, err := traced(ctx, t.spans, telemetry.StepCommit, len(bodies), func(ctx context.Context) (struct{}, error) { return struct{}{}, t.inner.Write(ctx, bodies, fn) })
	return err
}

type tracedLines struct {
	spans *telemetry.Exporter
	inner batch.Journey
}

func (t tracedLines) Lines(ctx context.Context, lines []intake.Line, check bool) ([]journey.Answer, error) {
	var of gateway.Trace
	if len(lines) > 0 {
		of = lines[0].Trace
	}
	ctx, end := t.spans.Root(ctx, of, telemetry.StepLines, len(lines))
	answers, err := t.inner.Lines(ctx, lines, check)
	end(err)
	return answers, err
}
