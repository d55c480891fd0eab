// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// Trail is one stored token that matched.
type Trail struct {
	Signal gateway.SignalID
	Tag    keys.Tag
	Until  gateway.Date // the last day of the tokens of this signal
}

// Dossier is all that is kept of one report: metadata only, because the gateway
// can open no content. The zero Dossier stands for "no such signal".
type Dossier struct {
	Signal       gateway.Signal
	Creditor     gateway.OIN
	CreditorName string // "" when it left the register
	ReportID     gateway.ReportID
	Receipt      gateway.Compact
	Moments      Moments
	BodyUntil    gateway.Date // zero when the body is gone
	ReceiptUntil gateway.Date
	SignalUntil  gateway.Date
	Messages     []Message // what the creditor sent about it later
	Feedback     []FeedbackMark
	Notices      []NoticeMark
	Pause        gateway.PauseID // of which rows are kept, running or over
	PauseUntil   gateway.Date    // its last day as it stands now
	Subject      logbook.Subject // by which the logbook names the person; zero when the tokens are gone
	HeldUntil    gateway.Date    // the last day on which a hold of two officers keeps it; zero for none
}

// Moments are when something happened to a signal; zero when it did not.
type Moments struct {
	Deposited, Offered, Read, Confirmed, Erased, Withdrawn time.Time
}

// Message is a later message in the mailbox about the same report.
type Message struct {
	Signal    gateway.Signal
	Moments   Moments
	BodyUntil gateway.Date
}

// FeedbackMark is that there was feedback; its content is not kept readable.
type FeedbackMark struct {
	ID    gateway.FeedbackID
	At    time.Time
	Until gateway.Date
}

// NoticeMark is that there was a notice, of which kind, and how far it came.
type NoticeMark struct {
	ID                        gateway.NoticeID
	Controller                retention.Controller // whom it was for
	Kind                      gateway.NoticeKind
	Pause                     *gateway.Pause
	Posted, Received, Applied time.Time
	Until                     gateway.Date
}

// Erasure is what a store is to erase: of each signal, and of the messages
// about it, the body, tokens, relations and notices. The signals stay as erased
// ones, the report keeps id, digest and receipt.
type Erasure struct {
	Targets []Target
	At      time.Time
	Proofs  []retention.Filed // kept in the same transaction
}

// Target is one signal to erase. TokensUntil is the day that came with its
// trails: a store may find the other tokens of the signal by it.
type Target struct {
	Signal      gateway.SignalID
	TokensUntil gateway.Date
}

// Erased counts what was erased.
type Erased struct {
	Signals   int `json:"signalen"`
	Bodies    int `json:"inhoud"`
	Tokens    int `json:"pseudoniemen"`
	Relations int `json:"verbanden"` // both directions
	Notices   int `json:"berichten"`
	Pauses    int `json:"pauzes"` // that are over
}

// Store is the truth store as the rights of data subjects need it.
type Store interface {
	// WriteRights runs fn in one durable transaction, as journey.Ledger does.
	// Looking runs in one too, because looking is logged (invariant I5).
	WriteRights(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Trails finds the stored tokens of one municipality that have one of the
	// tags, of any age, those of withdrawn reports too, in order of deposit.
	// With a creditor, only of claims that it holds now: it never touches others',
	// and whoever sold a claim has no more say over it.
	Trails(m gateway.Municipality, creditor gateway.OIN, tags []keys.Tag) ([]Trail, error)
	// Dossiers finds all that is kept about reports by the signals that they
	// became, each at its own place.
	Dossiers(ids []gateway.SignalID) ([]Dossier, error)
	// EraseDossiers erases. A target that is not there fails the transaction.
	EraseDossiers(e Erasure) (Erased, error)
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Prover makes the signed deletion receipts of an erasure before it is
// committed, in the order of writes that receipts of reports have. What it
// claims is what the desk erases then: when something changed meanwhile,
// nothing is erased and it is asked again, so it may not store anything itself.
// An error stops the erasure. Filled by gateway/retention.
type Prover interface {
	Prove(ctx context.Context, reason retention.Reason, records map[retention.Kind][]retention.Record, now time.Time, trace gateway.Trace) ([]retention.Proof, error)
}
