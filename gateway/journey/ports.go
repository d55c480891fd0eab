// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/policies"
)

// Key names a report: the id is the creditor's own, so it is unique only with
// its creditor.
type Key struct {
	Creditor gateway.OIN
	ReportID gateway.ReportID
}

// Record is what truth keeps about a report that has a receipt. The zero
// Record stands for "no such report".
type Record struct {
	Key
	Digest       gateway.Digest
	Receipt      gateway.Compact
	Signal       gateway.SignalID
	Municipality gateway.Municipality
	Kind         gateway.ReportKind
	Entry        int64           // number of its audit row, from 1
	Batch        gateway.BatchID // the file that brought it, or empty
	Line         int64           // its line there
	Withdrawal   Withdrawn
	Corrections  []Corrected // in order of arrival, at most MaxCorrections
}

// Withdrawn is the later message that took a report back, if any.
type Withdrawn struct {
	Digest  gateway.Digest
	Receipt gateway.Compact
	Entry   int64
}

// Corrected is a later message that put a report right. Its id is unique for
// its report.
type Corrected struct {
	ID      gateway.CorrectionID
	Digest  gateway.Digest
	Receipt gateway.Compact
	Entry   int64
}

// Exists reports whether there is such a report.
func (r Record) Exists() bool { return r.ReportID != "" }

// Filed is a deposit as the commit writes it, with what was learned inside the
// transaction.
type Filed struct {
	Deposit   mailbox.Deposit
	Candidate match.Candidate
	Relations []gateway.Relation
	Entry     int64
	Notice    *gateway.PostedNotice // to the creditor about its own duplicate
}

// Withdrawal takes a report back: its receipt, and the sealed message for the
// mailbox. Without a body (no id) the municipality has left or has no key:
// the signal is marked and no message is filed.
type Withdrawal struct {
	Record  Record // with Withdrawal filled
	Slip    gateway.Slip
	Body    seal.Body
	Urgency gateway.Urgency
}

// Correction puts a report right: the sealed report anew, with its receipt. The
// candidate is the first signal, with the tokens of the corrected report.
type Correction struct {
	Record    Record // of the report, as found in this transaction
	Deposit   mailbox.Deposit
	Candidate match.Candidate
	Entry     int64
}

// Ledger is the truth store as the journey needs it.
type Ledger interface {
	// Records finds reports, each at its own place. It may lag behind commits
	// of this moment: the commit looks again.
	Records(ctx context.Context, keys []Key) ([]Record, error)
	// Write runs fn in one transaction. When it returns nil, everything fn
	// wrote is on disk and survives a power cut; otherwise nothing of it is
	// there. bodies are what fn may file: a store that keeps them elsewhere
	// puts them there first, under their ids, and sweeps those that were not
	// filed; a store that keeps them beside truth may ignore the argument.
	// Transactions that write run one after another.
	Write(ctx context.Context, bodies []seal.Body, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Ledger. It has six methods, because what a
// report, its correction and its withdrawal leave differs. Slices go in whole, so that a remote
// store needs one round trip per call. A municipality that has passed to a
// successor (reorganisation.Tx) counts as the successor in Earlier and File: a
// report may be prepared before the day and committed after it.
type Tx interface {
	// Records finds reports as of this transaction.
	Records(keys []Key) ([]Record, error)
	// Earlier finds, per candidate, the stored trails of the same municipality
	// that share a tag with it, on or after match.Since of its day: of each tag
	// the newest match.MaxTrails, oldest first. Trails of reports that were
	// withdrawn are left out.
	Earlier(candidates []match.Candidate) ([][]match.Trail, error)
	// Append adds rows to the audit log and returns the number of the first.
	Append(entries []audit.Entry) (first int64, err error)
	// File stores deposits with their bodies, trails, relations and notices, and
	// adds the facts of each to those of its month, without a tie to the rest.
	File(filed []Filed) error
	// Withdraw marks reports as withdrawn and puts the messages in the
	// mailboxes.
	Withdraw(withdrawals []Withdrawal) error
	// Correct marks the signals of reports as corrected and puts the messages in
	// the mailboxes. Bodies have the term of their own policy, the messages that
	// of the first signal. The trails of the first signal are replaced, and keep
	// its day and last day; where they are gone, none come back. A report that
	// is not there, was withdrawn or has this correction fails the transaction.
	Correct(corrections []Correction) error
}

// Signer signs statements, each at its own place; all or nothing. One value
// per key use. Filled by adapters/jose.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Notifier prepares notices for creditors: signed and wrapped, ready to be
// stored. Filled by gateway/feedback.
type Notifier interface {
	Prepare(ctx context.Context, notices []gateway.NoticeDraft) ([]gateway.PostedNotice, error)
}

// Ports is everything outside that the journey needs. All are required.
type Ports struct {
	Issuer     gateway.OIN // the gateway's own OIN
	Opener     intake.Opener
	Tables     routing.Tables
	Register   permit.Register
	Policy     func() *policies.Bundle
	Keyer      pseudonym.Keyer
	Objections objection.Lookup
	Sealer     seal.Sealer
	Wrapper    seal.Wrapper
	Receipts   Signer
	Notices    Notifier
	Ledger     Ledger
	Bell       Bell
}

// Bell wakes those who wait for notices of a creditor. Ringing in vain is
// harmless.
type Bell interface {
	Ring(creditors ...gateway.OIN)
}
