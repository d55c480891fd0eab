// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

type mailboxSuite struct{ ledgerSuite }

// Mailbox is the contract of [mailbox.Store]. open gives an empty store, a new
// one at each call.
func Mailbox(t *testing.T, open func(t *testing.T) Truth) {
	s := mailboxSuite{ledgerSuite{NewSteps(t), open}}
	t.Run("list", s.list)
	t.Run("list leaves out what is confirmed or erased", s.listOpen)
	t.Run("each at its own place", s.places)
	t.Run("forward only, with the first moment", s.forward)
	t.Run("rollback leaves nothing", s.mailboxRollback)
}

// fill files n signals for Nijmegen and one for Leiden; it gives the ids of
// those for Nijmegen.
func (s mailboxSuite) fill(t *testing.T, truth Truth, n int) []gateway.SignalID {
	t.Helper()
	deposits := []mailbox.Deposit{s.deposit(t, s.Energy, s.Leiden, 1)}
	var ids []gateway.SignalID
	for i := range n {
		d := s.deposit(t, s.Energy, s.Nijmegen, i)
		deposits, ids = append(deposits, d), append(ids, d.Sealed().Body().ID)
	}
	File(t, truth, deposits...)
	return ids
}

func (s mailboxSuite) advance(t *testing.T, truth Truth, moves ...mailbox.Move) []time.Time {
	t.Helper()
	var moments []time.Time
	err := truth.Mailbox.Write(t.Context(), func(tx mailbox.Tx) (err error) {
		if _, err = tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		moments, err = tx.Advance(moves)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return moments
}

func (s mailboxSuite) list(t *testing.T) {
	truth := s.open(t)
	ids := s.fill(t, truth, 5)
	for _, c := range []struct{ after, limit, from, to int }{{0, 10, 0, 5}, {0, 2, 0, 2}, {2, 2, 2, 4}, {4, 9, 4, 5}, {5, 9, 5, 5}} {
		got, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, int64(c.after), c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(idsOf(got), ids[c.from:c.to]) {
			t.Errorf("after %d, limit %d: %d signals, or not those in order", c.after, c.limit, len(got))
		}
	}
	if got, err := truth.Mailbox.List(t.Context(), "GM0363", 0, 10); err != nil || len(got) != 0 {
		t.Errorf("an empty mailbox lists %d signals, %v", len(got), err)
	}
}

func idsOf(signals []gateway.Signal) []gateway.SignalID {
	ids := make([]gateway.SignalID, len(signals))
	for i, s := range signals {
		ids[i] = s.ID
	}
	return ids
}

func (s mailboxSuite) listOpen(t *testing.T) {
	truth := s.open(t)
	ids := s.fill(t, truth, 5)
	s.advance(t, truth, mailbox.Move{ID: ids[0], To: gateway.SignalConfirmed, At: Now()}, mailbox.Move{ID: ids[1], To: gateway.SignalErased, At: Now()},
		mailbox.Move{ID: ids[2], To: gateway.SignalOffered, At: Now()}, mailbox.Move{ID: ids[3], To: gateway.SignalRead, At: Now()})
	got, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || !slices.Equal(idsOf(got), ids[2:]) {
		t.Fatalf("%d signals, %v", len(got), err)
	}
	for i, want := range []gateway.SignalState{gateway.SignalOffered, gateway.SignalRead, gateway.SignalWaiting} {
		if got[i].State != want {
			t.Errorf("signal %d is %s, want %s", i, got[i].State, want)
		}
	}
	all, err := truth.Mailbox.Signals(t.Context(), ids[:2])
	if err != nil || all[0].State != gateway.SignalConfirmed || all[1].State != gateway.SignalErased {
		t.Errorf("signals of any state: %+v, %v", all, err)
	}
	// A number is not given out again after the signal that had it left the list.
	d := s.deposit(t, s.Energy, s.Nijmegen, 20)
	File(t, truth, d)
	if got, err = truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 5, 10); err != nil || len(got) != 1 || got[0].Sequence != 6 {
		t.Errorf("the next signal: %+v, %v", got, err)
	}
}

func (s mailboxSuite) places(t *testing.T) {
	truth := s.open(t)
	ids := s.fill(t, truth, 2)
	none := gateway.SignalID(gateway.NewUUID(Now(), nil))
	asked := []gateway.SignalID{ids[1], none, ids[0], "", ids[1]}
	signals, err := truth.Mailbox.Signals(t.Context(), asked)
	rest, err2 := truth.Mailbox.Bodies(t.Context(), asked)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for i, id := range asked {
		known := id != none && id != ""
		if known && signals[i].ID != id || !known && signals[i].ID != "" || known != (rest[i].Wrapped != nil) {
			t.Errorf("place %d: signal %q, body of %d bytes", i, signals[i].ID, len(rest[i].Wrapped))
		}
	}
	moments := s.advance(t, truth, mailbox.Move{ID: none, To: gateway.SignalRead, At: Now()}, mailbox.Move{ID: ids[0], To: gateway.SignalRead, At: Now()})
	if !moments[0].IsZero() || !moments[1].Equal(Now()) {
		t.Errorf("moments: %v", moments)
	}
}

func (s mailboxSuite) forward(t *testing.T) {
	truth := s.open(t)
	id := s.fill(t, truth, 1)[0]
	at := func(minutes int) time.Time { return Now().Add(time.Duration(minutes) * time.Minute) }
	for i, step := range []struct {
		to     gateway.SignalState
		at     int
		moment int // minutes after Now
		state  gateway.SignalState
	}{
		{gateway.SignalWaiting, 1, 0, gateway.SignalWaiting},
		{gateway.SignalOffered, 2, 2, gateway.SignalOffered},
		{gateway.SignalOffered, 3, 2, gateway.SignalOffered},
		{gateway.SignalConfirmed, 4, 4, gateway.SignalConfirmed},
		{gateway.SignalRead, 5, 4, gateway.SignalConfirmed}, // passed over: reached when it was confirmed
		{gateway.SignalOffered, 6, 2, gateway.SignalConfirmed},
		{gateway.SignalConfirmed, 7, 4, gateway.SignalConfirmed},
		{gateway.SignalErased, 8, 8, gateway.SignalErased},
		{gateway.SignalConfirmed, 9, 4, gateway.SignalErased},
	} {
		got := s.advance(t, truth, mailbox.Move{ID: id, To: step.to, At: at(step.at)})
		signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{id})
		if err != nil || !got[0].Equal(at(step.moment)) || signals[0].State != step.state {
			t.Errorf("step %d to %s: %v, %s, %v", i, step.to, got[0], signals[0].State, err)
		}
	}
	// Two that move one signal in one transaction both get the first moment.
	id = gateway.SignalID("")
	d := s.deposit(t, s.Water, s.Nijmegen, 3)
	File(t, truth, d)
	id = d.Sealed().Body().ID
	got := s.advance(t, truth, mailbox.Move{ID: id, To: gateway.SignalConfirmed, At: at(1)}, mailbox.Move{ID: id, To: gateway.SignalConfirmed, At: at(2)})
	if !got[0].Equal(at(1)) || !got[1].Equal(at(1)) {
		t.Errorf("two at once: %v", got)
	}
}

func (s mailboxSuite) mailboxRollback(t *testing.T) {
	truth := s.open(t)
	id := s.fill(t, truth, 1)[0]
	rows, err := truth.Rows.Leaves(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	err = truth.Mailbox.Write(t.Context(), func(tx mailbox.Tx) error {
		if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		if _, err := tx.Advance([]mailbox.Move{{ID: id, To: gateway.SignalConfirmed, At: Now()}}); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Errorf("%v", err)
	}
	signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{id})
	after, err2 := truth.Rows.Leaves(t.Context(), 0, 10)
	if err != nil || err2 != nil || signals[0].State != gateway.SignalWaiting || len(after) != len(rows) {
		t.Errorf("%s, %d rows, %v, %v", signals[0].State, len(after), err, err2)
	}
}
