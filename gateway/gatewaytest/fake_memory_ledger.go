// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

type memoryLedger struct{ m *Memory }

// Records fills journey.Ledger.
func (l memoryLedger) Records(_ context.Context, keys []journey.Key) ([]journey.Record, error) {
	s, err := l.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Records(keys)
}

// Write fills journey.Ledger.
func (l memoryLedger) Write(ctx context.Context, _ []seal.Body, fn func(journey.Tx) error) error {
	return l.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Records fills journey.Tx.
func (t *memoryTx) Records(keys []journey.Key) ([]journey.Record, error) {
	found := make([]journey.Record, len(keys))
	for i, k := range keys {
		found[i] = t.s.reports[k]
	}
	return found, nil
}

// Earlier fills journey.Tx.
func (t *memoryTx) Earlier(candidates []match.Candidate) ([][]match.Trail, error) {
	found := make([][]match.Trail, len(candidates))
	for i, c := range candidates {
		for _, token := range c.Tokens {
			for _, tag := range token.Tags {
				found[i] = append(found[i], t.s.newest(c, tag)...)
			}
		}
	}
	return found, nil
}

// newest gives the trails of one tag that count for a candidate.
func (s *state) newest(c match.Candidate, tag keys.Tag) (trails []match.Trail) {
	for _, trail := range s.trails[s.holder(c.Municipality)] {
		if trail.Tag == tag && !match.Since(c.On).After(trail.On) && !s.signals[s.places[trail.Signal]].Withdrawn {
			trails = append(trails, trail)
		}
	}
	return trails[max(0, len(trails)-match.MaxTrails):]
}

// File fills journey.Tx.
func (t *memoryTx) File(filed []journey.Filed) error {
	for _, f := range filed {
		sealed, slip := f.Deposit.Sealed(), f.Deposit.Slip()
		key := journey.Key{Creditor: slip.Peer.OIN(), ReportID: slip.ReportID}
		if t.s.reports[key].Exists() {
			return fault("this report is filed already")
		}
		into := t.s.holder(sealed.Municipality())
		terms, on := sealed.Decision().Retain, gateway.Today(slip.At)
		if err := t.addSignal(sealed.Body(), slip, gateway.Signal{Municipality: into,
			Nature: gateway.NatureReport, Kind: sealed.Kind(), Urgency: sealed.Urgency()},
			terms.Body, on.AddDays(max(terms.Receipt, terms.Body, terms.Tokens))); err != nil {
			return err
		}
		one := &t.s.signals[t.s.places[sealed.Body().ID]]
		one.limits, one.keep = sealed.PauseLimits(), sealed.Decision().Retain
		t.s.reports[key] = journey.Record{Key: key, Digest: slip.Digest, Receipt: f.Deposit.Receipt(), Signal: sealed.Body().ID,
			Municipality: into, Kind: sealed.Kind(), Entry: f.Entry,
			Batch: slip.Batch, Line: slip.Line}
		t.s.trails[into] = append(t.s.trails[into], f.Candidate.Trails()...)
		t.s.keepReport(key, sealed.Body().ID, on.AddDays(terms.Receipt))
		t.s.keepTokens(sealed.Body().ID, on.AddDays(terms.Tokens))
		if err := t.s.keepFacts(sealed.Facts(), on); err != nil {
			return err
		}
	}
	for _, f := range filed {
		for _, r := range f.Relations {
			if err := t.relate(r); err != nil {
				return err
			}
			t.s.keepRelation(r, gateway.Today(f.Deposit.Slip().At).AddDays(f.Deposit.Sealed().Decision().Retain.Tokens))
		}
		if f.Notice != nil {
			if err := t.post(*f.Notice); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *memoryTx) addSignal(body seal.Body, slip gateway.Slip, s gateway.Signal, keepDays int, expires gateway.Date) error {
	if _, known := t.s.places[body.ID]; known {
		return fault("this signal exists already")
	}
	t.s.sequences[s.Municipality]++
	s.ID, s.Sequence, s.State = body.ID, t.s.sequences[s.Municipality], gateway.SignalWaiting
	s.DepositedAt, s.Format, s.KeyID, s.Size, s.Digest = millis(slip.At), body.Format, body.KeyID, body.Size, body.Digest
	t.s.places[s.ID] = len(t.s.signals)
	t.s.signals = append(t.s.signals, memorySignal{Signal: s, creditor: slip.Peer.OIN(), report: slip.ReportID, on: gateway.Today(slip.At),
		keepDays: keepDays, expires: expires})
	t.s.bodies[s.ID] = mailbox.Rest{Scope: body.Scope, Wrapped: body.Wrapped}
	t.s.keepSignal(s.ID)
	return nil
}

func (t *memoryTx) relate(r gateway.Relation) error {
	one, known := t.s.places[r.Signal]
	other, both := t.s.places[r.Other]
	if !known || !both || t.s.signals[one].Municipality != t.s.signals[other].Municipality {
		return fault("a relation needs two signals of one municipality")
	}
	for _, way := range []gateway.Relation{r, {Signal: r.Other, Other: r.Signal, Coincidence: r.Coincidence}} {
		s := &t.s.signals[t.s.places[way.Signal]]
		s.Relations = append(slices.DeleteFunc(slices.Clone(s.Relations), func(old gateway.Relation) bool {
			return old.Other == way.Other
		}), way)
	}
	return nil
}

// Withdraw fills journey.Tx.
func (t *memoryTx) Withdraw(withdrawals []journey.Withdrawal) error {
	for _, w := range withdrawals {
		r := t.s.reports[w.Record.Key]
		if !r.Exists() || r.Withdrawal.Receipt != nil {
			return fault("this report is not there, or was withdrawn before")
		}
		r.Withdrawal = w.Record.Withdrawal
		t.s.reports[w.Record.Key] = r
		s := &t.s.signals[t.s.places[r.Signal]]
		s.Withdrawn, s.withdrawnAt = true, millis(w.Slip.At)
		if w.Body.ID == "" {
			continue
		}
		urgency := w.Urgency
		if urgency == "" {
			urgency = s.Urgency
		}
		if err := t.addSignal(w.Body, w.Slip, gateway.Signal{Municipality: s.Municipality, Nature: gateway.NatureWithdrawal,
			Concerns: r.Signal, Kind: s.Kind, Urgency: urgency}, s.keepDays, s.expires); err != nil {
			return err
		}
		t.s.signals[len(t.s.signals)-1].keep = t.s.signals[t.s.places[r.Signal]].keep
	}
	return nil
}
