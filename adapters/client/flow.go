// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// errStalled says that nothing flowed for longer than Config.Timeout.
var errStalled = errors.New("nothing was sent or received for too long")

// flow ends an attempt when nothing flows. A file takes as long as it takes;
// silence does not.
type flow struct {
	timer *time.Timer
	wait  time.Duration
}

// flowing bounds an attempt by its flow instead of its length.
func (c *Client) flowing(ctx context.Context) (context.Context, context.CancelFunc, *flow) {
	ctx, cancel := context.WithCancelCause(ctx)
	f := &flow{time.AfterFunc(c.config.Timeout, func() { cancel(errStalled) }), c.config.Timeout}
	return ctx, func() { f.timer.Stop(); cancel(nil) }, f
}

func (f *flow) moved() { f.timer.Reset(f.wait) }

// upload is a file to send, the same bytes at every attempt.
type upload struct {
	content  io.ReaderAt
	size     int64
	progress func(sent, total int64) // may be nil
}

// attach makes the file the body of the request. The gateway is asked first
// whether it wants it (Expect), so that a refusal does not cost a gigabyte.
// settle is how long the answer may take after the last byte. The function
// that it gives ends the reports of progress.
func (u *upload) attach(r *http.Request, f *flow, settle time.Duration) (done func()) {
	s := &sending{Reader: io.NewSectionReader(u.content, 0, u.size), upload: u, flow: f, settle: settle}
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(s), u.size, nil
	r.Header.Set("Expect", "100-continue")
	return func() { s.ended.Store(true) }
}

// sending is the body of one attempt.
type sending struct {
	io.Reader
	*upload
	flow   *flow
	settle time.Duration
	sent   int64
	ended  atomic.Bool // the transport may go on reading after its answer
}

func (s *sending) Read(p []byte) (int, error) {
	if s.ended.Load() {
		return 0, io.ErrClosedPipe
	}
	n, err := s.Reader.Read(p)
	if n > 0 {
		s.sent += int64(n)
		s.flow.moved()
		if s.progress != nil {
			s.progress(s.sent, s.size)
		}
	}
	if s.sent == s.size {
		s.flow.timer.Reset(s.settle)
	}
	return n, err
}

// receiving reads an answer that may be long.
type receiving struct {
	io.Reader
	flow *flow
}

func (r receiving) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.flow.moved()
	}
	return n, err
}
