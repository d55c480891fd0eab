// SPDX-License-Identifier: EUPL-1.2

package reorganisation

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Snapshot is what is decided on, as of one transaction.
type Snapshot struct {
	Parties         []gateway.Party
	Agreements      []gateway.Agreement // past ones too
	Reorganisations gateway.Reorganisations
}

// Store is the truth store as reorganisations need it.
type Store interface {
	// Reorganisations gives all of them, of any state, by day and then by id.
	// It may lag behind commits of this moment: the transaction looks again.
	Reorganisations(ctx context.Context) (gateway.Reorganisations, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Snapshot gives the whole register as of this transaction.
	Snapshot() (Snapshot, error)
	// PutReorganisation stores one whole, replacing that with the same id, and
	// raises the version of the register.
	PutReorganisation(r gateway.Reorganisation) error
	// Pass gives everything of the old municipalities to the successor and
	// tells, each at its own place, how many signals that were. Signals, of any
	// state, keep id, state, moments and body, and get new numbers behind all
	// that the successor's list has given out, in the order of their deposit.
	// Trails go along. Feedback is found by the successor under its own id; of
	// two with one id, which only a fault or ill will makes, one.
	//
	// From then on, for good, what was on its way when the day began is filed
	// with who reads it: journey's File and Earlier and feedback's Post and
	// Feedback that name an old municipality act on the successor. The list of
	// an old municipality is empty.
	Pass(from []gateway.Municipality, into gateway.Municipality) ([]int, error)
	// PutParties stores parties whole, as register.Tx does.
	PutParties(parties []gateway.Party) error
	// PutAgreements stores agreements whole, as register.Tx does.
	PutAgreements(agreements []gateway.Agreement) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}
