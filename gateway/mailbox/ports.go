// SPDX-License-Identifier: EUPL-1.2

package mailbox

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// Rest is a body as it rests in the store.
type Rest struct {
	Scope   string
	Wrapped []byte
}

// Move takes a signal forward to a state.
type Move struct {
	ID gateway.SignalID
	To gateway.SignalState
	At time.Time
}

// Store is the truth store as the mailbox needs it.
type Store interface {
	// List gives the signals of one municipality with a sequence above after,
	// in order, at most limit, confirmed and erased ones left out. Each with
	// its relations.
	List(ctx context.Context, m gateway.Municipality, after int64, limit int) ([]gateway.Signal, error)
	// Signals finds signals of any state, each at its own place; a zero Signal
	// where there is none.
	Signals(ctx context.Context, ids []gateway.SignalID) ([]gateway.Signal, error)
	// Bodies finds bodies at rest, each at its own place; nil Wrapped where
	// there is none (any more).
	Bodies(ctx context.Context, ids []gateway.SignalID) ([]Rest, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Advance moves signals forward; a signal that is already at or past the
	// state stays as it is, with its first moment. It returns, each at its own
	// place, the moment at which the state was reached.
	Advance(moves []Move) ([]time.Time, error)
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Unwrapper takes off the wrapping of bodies at rest; keys.ErrDestroyed (as
// cause) when the key was destroyed. Filled by the key stores.
type Unwrapper interface {
	Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
}
