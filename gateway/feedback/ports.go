// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/keys"
)

// Verifier verifies bare signed letters (compact JWS) of peers; otherwise as
// intake.Opener. Filled by adapters/jose.
type Verifier interface {
	Verify(ctx context.Context, letters []intake.Letter) []intake.Content
}

// Signer signs notices or receipts, each at its own place; all or nothing.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Wrapper wraps notices at rest and unwraps them again.
type Wrapper interface {
	Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
	Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
}

// Key names feedback: the id is the municipality's own.
type Key struct {
	Municipality gateway.Municipality
	ID           gateway.FeedbackID
}

// Record is feedback that has a receipt. The zero Record stands for none.
type Record struct {
	Key
	Signal  gateway.SignalID
	Also    []gateway.SignalID // the related signals that it answers as well; given on writing only
	Digest  gateway.Digest
	Receipt gateway.Compact
	At      time.Time
	Pauses  []gateway.PauseStart // that begin with it; given on writing only
}

// Exists reports whether there is such feedback.
func (r Record) Exists() bool { return r.ID != "" }

// Case is what truth knows about a signal that feedback may be about. The zero
// Case stands for no such signal.
type Case struct {
	Signal       gateway.SignalID
	Municipality gateway.Municipality
	Creditor     gateway.Party // that holds the claim now
	ReportID     gateway.ReportID
	Nature       gateway.SignalNature
	DepositedOn  gateway.Date
	PauseDays    int  // longest pause that the agreement allows; 0 means 30
	Paused       bool // a pause was given for this report before
	Withdrawn    bool // the creditor took the report back
	Related      []gateway.SignalID
}

// Store is the truth store as feedback and notices need it.
type Store interface {
	// Feedback finds earlier feedback, each at its own place.
	Feedback(ctx context.Context, keys []Key) ([]Record, error)
	// Cases finds signals, each at its own place.
	Cases(ctx context.Context, ids []gateway.SignalID) ([]Case, error)
	// Notices gives the notices of one party with a sequence above after, in
	// order, at most limit.
	Notices(ctx context.Context, party gateway.OIN, after int64, limit int) ([]Waiting, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Waiting is a notice in a party's list. Sequence counts per party, so that it
// tells nothing about others (invariant I8).
type Waiting struct {
	Sequence int64
	Notice   gateway.PostedNotice
	Progress gateway.NoticeProgress
	At       time.Time // when it was posted
	Offered  bool      // it was in a list before
}

// Confirmation is a party's word on a notice. Told names the agents of a
// creditor that heard of the pause; the first list that came stands.
type Confirmation struct {
	ID       gateway.NoticeID
	Party    gateway.OIN
	Progress gateway.NoticeProgress
	Told     []gateway.Agent
	At       time.Time
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Feedback finds earlier feedback as of this transaction.
	Feedback(keys []Key) ([]Record, error)
	// Cases finds signals as of this transaction, each at its own place.
	Cases(ids []gateway.SignalID) ([]Case, error)
	// Post stores feedback records with the pauses that begin with them, marks
	// their signals as answered, and stores notices.
	Post(records []Record, notices []gateway.PostedNotice) error
	// Confirm moves notices of their own party forward and returns, each at its
	// own place, the first moment of that progress; the zero time where that
	// party has no such notice.
	Confirm(confirmations []Confirmation) ([]time.Time, error)
	// Offer marks notices of a party as having been in a list, and gives those
	// that were in none before.
	Offer(party gateway.OIN, ids []gateway.NoticeID, at time.Time) ([]gateway.NoticeID, error)
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}
