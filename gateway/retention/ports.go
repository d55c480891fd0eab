// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// Record is one record whose time has come.
type Record struct {
	Controller Controller
	Name       string // of the object, "signaal/<uuid>/inhoud": what its hash in the receipt is of
	Ref        string // how the store finds it again; opaque to others
}

// Wrapped is a body or a notice at rest that a hold keeps.
type Wrapped struct {
	Kind  Kind         // KindBody or KindNotice
	ID    string       // of the signal or the notice: what the wrapping is bound to
	Scope string       // of the key that it rests under
	Data  []byte       // as it rests
	Hold  gateway.UUID // the hold in force that keeps it
}

// Filed is a deletion receipt at rest. Sequence counts per controller, so that it tells nothing about others (invariant I8).
type Filed struct {
	Controller Controller
	Sequence   int64
	ID         gateway.UUID
	Kind       Kind
	Reason     Reason
	Count      int
	Receipt    gateway.Compact
	Entry      int64        // number of its audit row, from 1
	Scope      string       // of a destroyed key, otherwise empty
	Keep       gateway.Date // its own last day
}

// Exists reports whether there is such a receipt.
func (f Filed) Exists() bool { return f.ID != "" }

// Store is the truth store as the sweep needs it.
type Store interface {
	// Due finds records of a step that are due and that no hold keeps, those of one controller together where that is cheap,
	// at most step.Limit. It may lag behind commits of this moment: the transaction looks again. A signal waits for its body
	// and its report, a file for its outcomes.
	Due(ctx context.Context, s Step, c Cutoff) ([]Record, error)
	// Held finds bodies and notices of claims under a hold in force that rest under another key than that of such a hold of
	// their claim; at most limit.
	Held(ctx context.Context, today gateway.Date, limit int) ([]Wrapped, error)
	// Unused names those of the scopes that no body and no notice rests under and that are not of a hold that was in force on the
	// day since or later; one that is destroyed already, only when its destruction is not filed.
	Unused(ctx context.Context, scopes []keys.Scope, since gateway.Date) ([]string, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store. It has five methods because one transaction carries all that a sweep changes.
type Tx interface {
	// Erase erases those of the records that are still there, still due and still not held, and says how many that were.
	// A signal whose body goes keeps the moment as its tombstone; relations go with either of their signals.
	Erase(s Step, c Cutoff, refs []string) (int, error)
	// Rewrap puts bodies and notices under another key: now[i] replaces was[i] where that still rests under its old scope.
	// It says how many that were.
	Rewrap(was, now []Wrapped) (int, error)
	// Unused is Store.Unused as of this transaction.
	Unused(scopes []keys.Scope, since gateway.Date) ([]string, error)
	// File keeps deletion receipts and gives each the next sequence of its controller: of the municipality that holds the
	// code now, when it passed to another.
	File(receipts []Filed) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Signer signs statements, each at its own place; all or nothing. Filled by adapters/jose with the receipt-signing key.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Directory knows who takes part, past parties too, and which municipality holds what was another's. Filled by the truth
// store's register.
type Directory interface {
	Parties(ctx context.Context) ([]gateway.Party, error)
	Reorganisations(ctx context.Context) (gateway.Reorganisations, error)
}

// Keys is the key store: it names the scopes of body-wrapping and destroys one for ever. On return the destruction is
// durable; destroying twice is no error. Filled by the key stores.
type Keys interface {
	Scopes(ctx context.Context) ([]keys.Scope, error)
	Destroy(ctx context.Context, scope string) error
}

// Wrapper wraps bodies and notices at rest and unwraps them. Members that fail are nil in the result, and listed in a
// keys.BatchError. Filled by the key stores.
type Wrapper interface {
	Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
	Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
}

// Ports is everything outside that a sweep needs. All are required.
type Ports struct {
	Issuer    gateway.OIN // the gateway's own OIN
	Store     Store
	Directory Directory
	Signer    Signer
	Keys      Keys
	Wrapper   Wrapper
	Clock     gateway.Clock
}
