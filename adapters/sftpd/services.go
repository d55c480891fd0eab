// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Register answers from memory who a party is; it is asked at login and then
// once a second while there are requests. Filled by gateway/register.
type Register interface {
	Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error)
}

// Mailbox gives a municipality its signals. Delivered is called once every
// byte of a body was handed to the connection and the client closed the file.
// Filled by gateway/mailbox.
type Mailbox interface {
	List(ctx context.Context, v gateway.Visit, after int64, limit int) ([]gateway.Signal, error)
	Fetch(ctx context.Context, v gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error)
	Delivered(ctx context.Context, v gateway.Visit, id gateway.SignalID) error
	Confirm(ctx context.Context, v gateway.Visit, id gateway.SignalID) (time.Time, error)
}

// Feedback takes what municipalities say about signals. Answers are durable
// when they come. Filled by gateway/feedback.
type Feedback interface {
	Accept(ctx context.Context, batch []feedback.Submission) ([]feedback.Answer, error)
}

// Notices gives a party its notices. Filled by gateway/feedback.
type Notices interface {
	List(ctx context.Context, v gateway.Visit, after int64, limit int, wait time.Duration) ([]feedback.Delivered, error)
	Confirm(ctx context.Context, v gateway.Visit, id gateway.NoticeID, p gateway.NoticeProgress, told []gateway.Agent) (time.Time, error)
}

// Pauses tells how a pause stands, as a signed statement that the log knows of
// when it comes, and takes signed changes; otherwise as Feedback. Filled by
// gateway/pause.
type Pauses interface {
	State(ctx context.Context, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error)
	Accept(ctx context.Context, batch []pause.Submission) ([]pause.Answer, error)
}

// Batches takes whole files; a file is durable when Receive returns. Outcomes
// writes one JSON line per line of the file. Filled by gateway/batch.
type Batches interface {
	Receive(ctx context.Context, s batch.Submission, body io.Reader) (r batch.Record, replayed bool, err error)
	Status(ctx context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error)
	Outcomes(ctx context.Context, v gateway.Visit, id gateway.BatchID, to io.Writer) error
}

// Refused writes the audit entry toegang-geweigerd. fingerprint is the SHA-256
// of the offered public key in hexadecimal, or empty.
type Refused func(ctx context.Context, code gateway.Code, fingerprint string, at time.Time, trace gateway.Trace) error

// Services is all that the door calls. Every field is required.
type Services struct {
	Register      Register
	Mailbox       Mailbox
	Feedback      Feedback
	Notices       Notices
	Pauses        Pauses
	Batches       Batches
	AccessRefused Refused
	Clock         gateway.Clock
}

var errServices = errors.New("sftpd: every service is needed")

func (s Services) check() error {
	if s.Register == nil || s.Mailbox == nil || s.Feedback == nil || s.Notices == nil || s.Pauses == nil ||
		s.Batches == nil || s.AccessRefused == nil || s.Clock == nil {
		return errServices
	}
	return nil
}
