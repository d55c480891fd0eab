// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Peers says who is at the other end of a connection; it is asked at every
// request that needs a peer. Filled by adapters/mtls.
type Peers interface {
	Peer(ctx context.Context, s *tls.ConnectionState) (gateway.Peer, *gateway.Error)
}

// Journey takes reports, corrections and withdrawals. Answers come at the place of their
// submission and are durable when they come. Filled by gateway/journey.
type Journey interface {
	Report(ctx context.Context, batch []intake.Submission) ([]journey.Answer, error)
	Check(ctx context.Context, batch []intake.Submission) ([]journey.Answer, error)
	Withdraw(ctx context.Context, batch []intake.Submission) ([]journey.Answer, error)
	Correct(ctx context.Context, batch []journey.CorrectionSubmission) ([]journey.Answer, error)
	Evidence(ctx context.Context, v gateway.Visit, id gateway.ReportID, withdrawal bool) (journey.Evidence, error)
}

// Batches takes files of reports and tells what became of them. Receive reads
// body to its end and is durable when it answers; replayed says that the file
// was there already. Outcomes writes one JSON document per line, in order; what
// it cannot finish is an error. Filled by gateway/batch.
type Batches interface {
	Receive(ctx context.Context, s batch.Submission, body io.Reader) (r batch.Record, replayed bool, err error)
	Status(ctx context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error)
	Outcomes(ctx context.Context, v gateway.Visit, id gateway.BatchID, w io.Writer) error
}

// Mailbox gives a municipality its signals. Delivered is called once every
// byte of a body was handed to the connection. Filled by gateway/mailbox.
type Mailbox interface {
	List(ctx context.Context, v gateway.Visit, after int64, limit int) ([]gateway.Signal, error)
	Fetch(ctx context.Context, v gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error)
	Delivered(ctx context.Context, v gateway.Visit, id gateway.SignalID) error
	Confirm(ctx context.Context, v gateway.Visit, id gateway.SignalID) (time.Time, error)
}

// Feedback takes what municipalities say about signals; otherwise as Journey.
// Filled by gateway/feedback.
type Feedback interface {
	Accept(ctx context.Context, batch []feedback.Submission) ([]feedback.Answer, error)
}

// Notices gives a party its notices. Await returns when there is one after
// the cursor, the time is up or ctx ends, and shows nothing; List never waits
// when its own wait is 0. Filled by gateway/feedback.
type Notices interface {
	Await(ctx context.Context, party gateway.OIN, after int64, patience time.Duration)
	List(ctx context.Context, v gateway.Visit, after int64, limit int, wait time.Duration) ([]feedback.Delivered, error)
	Confirm(ctx context.Context, v gateway.Visit, id gateway.NoticeID, p gateway.NoticeProgress, told []gateway.Agent) (time.Time, error)
}

// Pauses gives a party the list of its own pauses, tells how one stands, as a
// signed statement, and takes signed changes; otherwise as Feedback. Filled by
// gateway/pause.
type Pauses interface {
	List(ctx context.Context, v gateway.Visit, after gateway.PauseID, limit int) ([]pause.Listed, error)
	State(ctx context.Context, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error)
	Accept(ctx context.Context, batch []pause.Submission) ([]pause.Answer, error)
}

// Ageing tells how old the signals without feedback of the peer's municipality
// are; that is in the log when it answers. Filled by gateway/clocks.
type Ageing interface {
	Ageing(ctx context.Context, v gateway.Visit) (clocks.Ageing, error)
}

// Deletions gives a party the receipts of what was erased of its records.
// Filled by gateway/retention.
type Deletions interface {
	List(ctx context.Context, v gateway.Visit, after int64, limit int) ([]retention.Filed, error)
	Receipt(ctx context.Context, v gateway.Visit, id gateway.UUID) (retention.Filed, error)
}

// Logbook answers a party about its own processing log, oldest row first; the
// look is in the log when it answers. Describe tells what rows refer to. Filled
// by gateway/logbook.
type Logbook interface {
	Read(ctx context.Context, v gateway.Visit, q logbook.Question) ([]logbook.Row, error)
	Describe(a logbook.Activity) (logbook.Described, bool)
}

// Log proves that an entry is in the audit log; index counts from 0. It fails
// with audit.ErrNotYetPublished while the entry is not under a checkpoint.
// Filled by gateway/audit.
type Log interface {
	Prove(ctx context.Context, index int64) (proofText, leaf []byte, err error)
}

// Keys gives the public keys of the gateway: as a JWKS, and the OpenPGP ones
// as binary transferable public keys (RFC 9580, 10.1) one after another, which
// may be none. Filled by adapters/jose and adapters/openpgp over keys.
type Keys interface {
	JWKS(ctx context.Context) ([]byte, error)
	OpenPGP(ctx context.Context) ([]byte, error)
}

// Refused writes the audit entry toegang-geweigerd: a request was turned away
// before its content was read. fingerprint is the SHA-256 of the client
// certificate in hexadecimal, or empty.
type Refused func(ctx context.Context, code gateway.Code, fingerprint string, at time.Time, trace gateway.Trace) error

// Services is all that the door calls. Every field is required.
type Services struct {
	Peers         Peers
	Journey       Journey
	Batches       Batches
	Mailbox       Mailbox
	Feedback      Feedback
	Notices       Notices
	Pauses        Pauses
	Ageing        Ageing
	Deletions     Deletions
	Logbook       Logbook
	Log           Log
	Keys          Keys
	AccessRefused Refused
	Health        func(ctx context.Context) error
	Clock         gateway.Clock
}

var errServices = errors.New("httpapi: every service is needed")

func (s Services) check() error {
	if s.Peers == nil || s.Journey == nil || s.Batches == nil || s.Mailbox == nil || s.Feedback == nil || s.Notices == nil || s.Pauses == nil ||
		s.Ageing == nil || s.Deletions == nil || s.Logbook == nil || s.Log == nil || s.Keys == nil || s.AccessRefused == nil || s.Health == nil || s.Clock == nil {
		return errServices
	}
	return nil
}
