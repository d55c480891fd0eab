// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

type memoryMailbox struct{ m *Memory }

// signalStates are the states in the order in which they are reached.
func signalStates() []gateway.SignalState {
	return []gateway.SignalState{gateway.SignalWaiting, gateway.SignalOffered, gateway.SignalRead, gateway.SignalConfirmed, gateway.SignalErased}
}

// List fills mailbox.Store.
func (b memoryMailbox) List(_ context.Context, m gateway.Municipality, after int64, limit int) ([]gateway.Signal, error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	var signals []gateway.Signal
	for _, one := range s.signals {
		gone := one.State == gateway.SignalConfirmed || one.State == gateway.SignalErased
		if one.Municipality == m && one.Sequence > after && !gone {
			signals = append(signals, one.Signal)
		}
	}
	slices.SortFunc(signals, func(a, b gateway.Signal) int { return int(a.Sequence - b.Sequence) })
	return signals[:min(limit, len(signals))], nil
}

// Signals fills mailbox.Store.
func (b memoryMailbox) Signals(_ context.Context, ids []gateway.SignalID) ([]gateway.Signal, error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	signals := make([]gateway.Signal, len(ids))
	for i, id := range ids {
		if place, ok := s.places[id]; ok {
			signals[i] = s.signals[place].Signal
		}
	}
	return signals, nil
}

// Bodies fills mailbox.Store.
func (b memoryMailbox) Bodies(_ context.Context, ids []gateway.SignalID) ([]mailbox.Rest, error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	rest := make([]mailbox.Rest, len(ids))
	for i, id := range ids {
		rest[i] = s.bodies[id]
	}
	return rest, nil
}

// Write fills mailbox.Store.
func (b memoryMailbox) Write(ctx context.Context, fn func(mailbox.Tx) error) error {
	return b.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Advance fills mailbox.Tx.
func (t *memoryTx) Advance(moves []mailbox.Move) ([]time.Time, error) {
	moments := make([]time.Time, len(moves))
	for i, move := range moves {
		rank := slices.Index(signalStates(), move.To)
		if rank < 0 {
			return nil, fault("no such state")
		}
		place, known := t.s.places[move.ID]
		if !known {
			continue
		}
		s := &t.s.signals[place]
		s.reached[0] = s.DepositedAt
		if firstOf(s.reached[rank:]).IsZero() {
			s.State, s.reached[rank] = move.To, millis(move.At)
		}
		moments[i] = firstOf(s.reached[rank:])
	}
	return moments, nil
}

// firstOf is the first moment that is known: a step that was passed over was
// reached when a later one was.
func firstOf(moments []time.Time) time.Time {
	for _, m := range moments {
		if !m.IsZero() {
			return m
		}
	}
	return time.Time{}
}
