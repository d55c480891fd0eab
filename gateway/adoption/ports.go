// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Store keeps the history. Filled by the truth store.
type Store interface {
	// History gives all, in the order in which they came. It may lag behind
	// commits of this moment: a transaction looks again.
	History(ctx context.Context) (History, error)
	// Documents gives the files of one; empty when there is no such proposal.
	Documents(ctx context.Context, id gateway.UUID) (policies.Set, error)
	// WriteAdoption runs fn in one durable transaction, as journey.Ledger does.
	WriteAdoption(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// PolicyHistory is Store.History as of this transaction.
	PolicyHistory() (History, error)
	// AddProposal keeps a new proposal with its files, which never change.
	AddProposal(p Proposal, files policies.Set) error
	// PutProposal replaces state, approvals and moments of a proposal that is
	// there.
	PutProposal(p Proposal) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Signer signs statements, each at its own place; all or nothing. Filled by
// adapters/jose with the receipt-signing key.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Opener checks that statements of type gateway.TypeDecision were signed by a
// receipt-signing key of this gateway, old ones too, and gives their payloads,
// each at its own place; all or nothing. Filled by cmd with the verifier that
// outsiders use.
type Opener interface {
	Open(ctx context.Context, statements []gateway.Compact) ([][]byte, error)
}

// Facts is what is kept of permitted reports, without persons. Filled by the
// truth store.
type Facts interface {
	// Facts calls yield with all facts of a month (2026-11) and how many
	// decisions they are of, until it returns an error, which it returns.
	Facts(ctx context.Context, month string, yield func(f policies.Facts, count int) error) error
}

// Refusals tells how often reports were refused, within the scope of who asks;
// the look is logged. Filled by oversight.Desk.
type Refusals interface {
	Volumes(ctx context.Context, v oversight.Visit, party gateway.OIN, from, through gateway.Date) ([]oversight.Volume, error)
}

// Ports is everything outside that the desk needs. All are required but
// Refusals.
type Ports struct {
	Issuer   gateway.OIN
	Store    Store
	Signer   Signer
	Opener   Opener
	Facts    Facts
	Refusals Refusals
}
