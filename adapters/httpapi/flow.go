// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// leastFlow is how many bytes must pass in each Options.FlowTimeout. It is
// counted, so that one byte now and then does not hold a place for days: 1 GiB
// takes at most 17 hours.
const leastFlow = 512 << 10

// inflow is the body of a large request. Its time is not that of other
// requests: it may take as long as bytes flow.
type inflow struct {
	body    io.Reader
	control *http.ResponseController
	options Options
	left    int64 // that may still come
	since   int64 // bytes since the deadline was set
	fail    *gateway.Error
}

func newInflow(v *visit, most int64, o Options) *inflow {
	f := &inflow{body: v.Request.Body, control: http.NewResponseController(v.Writer), options: o, left: most}
	f.extend()
	return f
}

// extend gives the next piece its time. The answer gets time to be made and
// written after the last piece. Not every writer has deadlines (a recorder of
// a test has none); the server's own then hold.
func (f *inflow) extend() {
	now := time.Now()
	f.since = 0
	_ = f.control.SetReadDeadline(now.Add(f.options.FlowTimeout))
	_ = f.control.SetWriteDeadline(now.Add(f.options.FlowTimeout + f.options.SettleTimeout))
}

func (f *inflow) Read(p []byte) (int, error) {
	if f.fail != nil {
		return 0, f.fail
	}
	n, err := f.body.Read(p)
	f.left -= int64(n)
	f.since += int64(n)
	switch {
	case f.left < 0:
		f.fail = gateway.Refuse(gateway.KindTooLarge, fileTooLarge)
		return 0, f.fail
	case errors.Is(err, io.EOF):
		f.extend() // the clock of the answer starts here
		_ = f.control.SetReadDeadline(time.Time{})
		return n, io.EOF
	case err != nil: // the client went away or was too slow
		f.fail = gateway.Fail(gateway.KindUnavailable, io.ErrUnexpectedEOF)
		return 0, f.fail
	case f.since >= leastFlow:
		f.extend()
	}
	return n, nil
}

// outflow is the body of a large answer. Nothing is sent before the first
// byte, so that what fails before it is still answered with a problem.
type outflow struct {
	v       *visit
	media   string
	control *http.ResponseController
	options Options
	buffer  *bufio.Writer
}

func newOutflow(v *visit, media string, o Options) *outflow {
	f := &outflow{v: v, media: media, control: http.NewResponseController(v.Writer), options: o}
	f.buffer = bufio.NewWriterSize(paced{f}, leastFlow)
	return f
}

func (f *outflow) Write(p []byte) (int, error) { return f.buffer.Write(p) }

func (f *outflow) close() error {
	if !f.v.Writer.Written() && f.buffer.Buffered() == 0 {
		send(f.v.Context, http.StatusOK, f.media, nil)
		return nil
	}
	return f.buffer.Flush()
}

// paced writes a piece within its time.
type paced struct{ *outflow }

func (p paced) Write(b []byte) (int, error) {
	if !p.v.Writer.Written() {
		p.v.Header("Content-Type", p.media)
		p.v.Status(http.StatusOK)
	}
	_ = p.control.SetWriteDeadline(time.Now().Add(p.options.FlowTimeout))
	return p.v.Writer.Write(b)
}
