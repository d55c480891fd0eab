// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// Verifier verifies bare signed letters (compact JWS) of peers; otherwise as
// intake.Opener. Filled by adapters/jose.
type Verifier interface {
	Verify(ctx context.Context, letters []intake.Letter) []intake.Content
}

// Signer signs receipts and statements, each at its own place; all or nothing.
// Filled by adapters/jose.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Notifier prepares notices: signed and wrapped, ready to be stored. Filled by
// gateway/feedback.
type Notifier interface {
	Prepare(ctx context.Context, notices []gateway.NoticeDraft) ([]gateway.PostedNotice, error)
}

// Bell wakes those who wait for notices. Ringing in vain is harmless.
type Bell interface {
	Ring(parties ...gateway.OIN)
}

// Parties finds a party in the register; false when there is none. It may lag
// at most a second. Filled by gateway/register.
type Parties interface {
	Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error)
}

// Key names a change: the id is the party's own.
type Key struct {
	Party gateway.OIN
	ID    gateway.ChangeID
}

// Record is a change that has a receipt. The zero Record stands for none.
type Record struct {
	Key
	Pause   gateway.PauseID
	Digest  gateway.Digest
	Receipt gateway.Compact
	At      time.Time
}

// Exists reports whether there is such a change.
func (r Record) Exists() bool { return r.ID != "" }

// Standing is a pause as truth has it now. The zero Standing stands for none.
type Standing struct {
	Pause        gateway.Pause // Step is the number of the last step
	Signal       gateway.SignalID
	ReportID     gateway.ReportID
	Municipality gateway.Party // whose signal it is
	Holder       gateway.Party // the creditor that must observe it
	Limits       gateway.PauseLimits
	State        gateway.PauseState
	Prolonged    int
	Contested    bool         // and not answered
	AnswerBy     gateway.Date // last day to answer the contest
	SettledOn    gateway.Date // day of the last step that the creditor may contest
	GivenOn      gateway.Date // day of the last message that gave time: the start, or a prolongation
	Transfers    int          // how often its claim was sold
}

// Exists reports whether there is such a pause.
func (s Standing) Exists() bool { return s.Pause.ID != "" }

// Changed is one step with all that is stored for it: the pause as it stands
// after it, the notices, and the receipt of the message behind it (none when
// the pause ran to its date).
type Changed struct {
	After   Standing
	Step    gateway.PauseStep
	Record  Record
	Notices []gateway.PostedNotice
}

// Store is the truth store as pauses need it.
type Store interface {
	// Changes finds earlier changes, each at its own place.
	Changes(ctx context.Context, keys []Key) ([]Record, error)
	// Pauses finds pauses, each at its own place.
	Pauses(ctx context.Context, ids []gateway.PauseID) ([]Standing, error)
	// Own finds the pauses of a reader with an id after one, in the order of their
	// ids, at most limit: all that are kept, also those that are over. Alarms whose
	// cause is gone are left out, whether or not they were settled.
	Own(ctx context.Context, r Reader, after gateway.PauseID, limit int) ([]Listed, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store. It has five methods because a statement
// must see pause and steps as of one moment.
type Tx interface {
	// Changes finds earlier changes as of this transaction.
	Changes(keys []Key) ([]Record, error)
	// Pauses finds pauses as of this transaction.
	Pauses(ids []gateway.PauseID) ([]Standing, error)
	// Steps gives the life of one pause in order, with how far the creditor
	// came with each document.
	Steps(id gateway.PauseID) ([]gateway.PauseStep, error)
	// Change stores steps with their notices and receipts, in order. A step
	// whose number does not follow the last one fails the transaction.
	Change(changes []Changed) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}
