// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
)

// Correct fills journey.Tx.
func (t *memoryTx) Correct(corrections []journey.Correction) error {
	for _, c := range corrections {
		slip, sealed := c.Deposit.Slip(), c.Deposit.Sealed()
		r := t.s.reports[c.Record.Key]
		same := func(old journey.Corrected) bool { return old.ID == slip.Correction }
		if !r.Exists() || r.Withdrawal.Receipt != nil || slices.ContainsFunc(r.Corrections, same) {
			return fault("this report is not there, was withdrawn, or has this correction")
		}
		r.Corrections = append(slices.Clip(r.Corrections), journey.Corrected{ID: slip.Correction, Digest: slip.Digest,
			Receipt: c.Deposit.Receipt(), Entry: c.Entry})
		t.s.reports[c.Record.Key] = r
		first := &t.s.signals[t.s.places[r.Signal]]
		first.Corrected = true
		was := *first
		if err := t.addSignal(sealed.Body(), slip, gateway.Signal{Municipality: was.Municipality, Nature: gateway.NatureCorrection,
			Concerns: r.Signal, Kind: sealed.Kind(), Urgency: sealed.Urgency()}, sealed.Decision().Retain.Body, was.expires); err != nil {
			return err
		}
		own := &t.s.signals[len(t.s.signals)-1]
		own.keep, own.limits = sealed.Decision().Retain, sealed.PauseLimits()
		t.s.retrail(was, c.Candidate)
	}
	return nil
}

// retrail puts the trails of a correction in the place of the first signal's.
func (s *state) retrail(first memorySignal, c match.Candidate) {
	left := slices.DeleteFunc(slices.Clone(s.trails[first.Municipality]), func(r match.Trail) bool { return r.Signal == first.ID })
	if len(left) == len(s.trails[first.Municipality]) {
		return
	}
	for _, r := range c.Trails() {
		r.Signal, r.On = first.ID, first.on
		left = append(left, r)
	}
	s.trails[first.Municipality] = left
}
