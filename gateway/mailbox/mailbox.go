// SPDX-License-Identifier: EUPL-1.2

// Package mailbox is where sealed signals wait for their municipality:
// waiting, offered, read, confirmed, erased. One state machine serves every
// door.
//
// It cannot read what it keeps, and it decides nothing about what comes in.
// Every look is written into the log before anything is shown (invariant I5).
// Called by the doors.
package mailbox

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/keys"
)

// MaxList is the longest list of one answer.
const MaxList = 500

// Mailbox is safe for concurrent use.
type Mailbox struct {
	store     Store
	unwrapper Unwrapper
	commit    *commit.Group[act, []time.Time]
}

// New makes the mailbox over its store and key port.
func New(store Store, unwrapper Unwrapper) *Mailbox {
	m := &Mailbox{store: store, unwrapper: unwrapper}
	m.commit = commit.NewGroup(MaxList, m.write)
	return m
}

// act is one look or move with what goes into the log for it.
type act struct {
	entries []audit.Entry
	moves   []Move
}

// write is the one transaction of many acts.
func (m *Mailbox) write(ctx context.Context, acts []act) ([][]time.Time, error) {
	var moments [][]time.Time
	err := m.store.Write(ctx, func(tx Tx) error {
		var entries []audit.Entry
		var moves []Move
		for _, a := range acts {
			entries, moves = append(entries, a.entries...), append(moves, a.moves...)
		}
		if _, err := tx.Append(entries); err != nil {
			return err
		}
		all, err := tx.Advance(moves)
		if err != nil {
			return err
		}
		moments = make([][]time.Time, len(acts))
		for i, a := range acts {
			moments[i], all = all[:len(a.moves):len(a.moves)], all[len(a.moves):]
		}
		return nil
	})
	return moments, err
}

// List shows what waits for the peer's municipality after the cursor, oldest
// first, and marks it offered. limit 0 means MaxList.
func (m *Mailbox) List(ctx context.Context, v gateway.Visit, after int64, limit int) ([]gateway.Signal, error) {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	signals, err := m.store.List(ctx, v.Peer.Party().Municipality, after, limit)
	if err != nil {
		return nil, err
	}
	by := audit.ByPeer(v.Peer, v.Trace)
	looked, err := audit.New(audit.SignalsListed, by, audit.Object(audit.KindParty, string(v.Peer.OIN())), v.At, audit.Count(len(signals)))
	if err != nil {
		return nil, err
	}
	a := act{entries: []audit.Entry{looked}}
	for i, s := range signals {
		if s.State != gateway.SignalWaiting {
			continue
		}
		e, err := audit.New(audit.SignalOffered, by, object(s.ID), v.At)
		if err != nil {
			return nil, err
		}
		a.entries = append(a.entries, e)
		a.moves = append(a.moves, Move{s.ID, gateway.SignalOffered, v.At})
		signals[i].State = gateway.SignalOffered
	}
	if _, err := m.commit.Do(ctx, a); err != nil {
		return nil, err
	}
	return signals, nil
}

// Fetch gives the sealed body of one signal. That it was handed out is in the
// log before the first byte leaves; when every byte has left, the door calls
// Delivered.
func (m *Mailbox) Fetch(ctx context.Context, v gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error) {
	s, err := m.own(ctx, v, id)
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	rest, err := m.store.Bodies(ctx, []gateway.SignalID{id})
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	if rest[0].Wrapped == nil {
		return gateway.Signal{}, nil, erased()
	}
	bodies, err := m.unwrapper.Unwrap(ctx, []keys.WrapItem{{Scope: rest[0].Scope, ID: string(id), Data: rest[0].Wrapped}})
	if errors.Is(err, keys.ErrDestroyed) { // the sweep of the row comes after the key
		return gateway.Signal{}, nil, erased()
	}
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	e, err := audit.New(audit.SignalHanded, audit.ByPeer(v.Peer, v.Trace), object(id), v.At, audit.Digest(s.Digest))
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	if _, err := m.commit.Do(ctx, act{entries: []audit.Entry{e}}); err != nil {
		return gateway.Signal{}, nil, err
	}
	return s, bodies[0], nil
}

// Delivered records that every byte of the body was sent.
func (m *Mailbox) Delivered(ctx context.Context, v gateway.Visit, id gateway.SignalID) error {
	if _, err := m.own(ctx, v, id); err != nil {
		return err
	}
	e, err := audit.New(audit.SignalRead, audit.ByPeer(v.Peer, v.Trace), object(id), v.At)
	if err != nil {
		return err
	}
	_, err = m.commit.Do(ctx, act{[]audit.Entry{e}, []Move{{id, gateway.SignalRead, v.At}}})
	return err
}

// Confirm records that the municipality has the signal safely. Confirming
// again gives the first moment again (invariant I3).
func (m *Mailbox) Confirm(ctx context.Context, v gateway.Visit, id gateway.SignalID) (time.Time, error) {
	if _, err := m.own(ctx, v, id); err != nil {
		return time.Time{}, err
	}
	e, err := audit.New(audit.SignalConfirmed, audit.ByPeer(v.Peer, v.Trace), object(id), v.At)
	if err != nil {
		return time.Time{}, err
	}
	moments, err := m.commit.Do(ctx, act{[]audit.Entry{e}, []Move{{id, gateway.SignalConfirmed, v.At}}})
	if err != nil {
		return time.Time{}, err
	}
	return moments[0][0], nil
}

// own finds a signal of the peer's own municipality. Another's looks the same
// as none.
func (m *Mailbox) own(ctx context.Context, v gateway.Visit, id gateway.SignalID) (gateway.Signal, error) {
	signals, err := m.store.Signals(ctx, []gateway.SignalID{id})
	if err != nil {
		return gateway.Signal{}, err
	}
	if signals[0].ID == "" || signals[0].Municipality != v.Peer.Party().Municipality || v.Peer.Party().Municipality == "" {
		return gateway.Signal{}, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownSignal,
			Rule: "Seinhuis formats", Text: "Dit signaal is niet bekend."})
	}
	return signals[0], nil
}

func erased() *gateway.Error {
	return gateway.Refuse(gateway.KindGone, gateway.Finding{Code: gateway.CodeErased,
		Rule: "AVG art. 5 lid 1 onder e", Text: "De inhoud van dit signaal is gewist."})
}

func object(id gateway.SignalID) string { return audit.Object(audit.KindSignal, string(id)) }
