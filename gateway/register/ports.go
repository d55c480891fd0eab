// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Store is the truth store as the register needs it.
type Store interface {
	// Version is a number that grows with every change to parties,
	// agreements or reorganisations, by whichever process.
	Version(ctx context.Context) (int64, error)
	// Parties gives all parties with their keys, ordered by OIN.
	Parties(ctx context.Context) ([]gateway.Party, error)
	// Agreements gives all agreements, past ones too, ordered by id.
	Agreements(ctx context.Context) ([]gateway.Agreement, error)
	// Reorganisations gives all of them, of any state, by day and then by id.
	Reorganisations(ctx context.Context) (gateway.Reorganisations, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// PutParties stores parties whole, replacing those with the same OIN, and
	// raises the version. Two active municipalities with one code are refused.
	PutParties(parties []gateway.Party) error
	// PutAgreements stores agreements whole, replacing those with the same id,
	// and raises the version.
	PutAgreements(agreements []gateway.Agreement) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}
