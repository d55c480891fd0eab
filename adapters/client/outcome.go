// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

const (
	mediaNDJSON = "application/x-ndjson"
	maxOutcome  = 256 << 10 // one line of outcomes, in bytes
)

// Outcome is what became of one line of a file. It holds no content.
type Outcome struct {
	Line     int64             `json:"regel"` // from 1
	Kind     batch.OutcomeKind `json:"uitkomst"`
	ReportID gateway.ReportID  `json:"meldingId,omitzero"`
	Compact  string            `json:"ontvangstbewijs,omitzero"`
	Findings []gateway.Finding `json:"bevindingen,omitzero"`

	Receipt Receipt `json:"-"` // Compact, verified; the first receipt of a duplicate
	Raw     []byte  `json:"-"` // the line as it came, without its end; valid during the call only
}

// callerError is an error of the caller's own function; it is no reason to ask
// again.
type callerError struct{ error }

func (e callerError) Unwrap() error { return e.error }

// Outcomes gives the outcome of each line to fn, in order and each once, with
// its receipt verified. An error of fn ends it. It ends well only when
// every line that the gateway counted was given, so what it gave is whole; a
// connection that breaks is taken up again where it was.
func (c *Client) Outcomes(ctx context.Context, id gateway.BatchID, fn func(Outcome) error) error {
	s, err := c.Batch(ctx, id)
	if err != nil {
		return err
	}
	r := c.reader(s, fn)
	trace := gateway.NewTrace()
	for attempt := 1; ; attempt++ {
		before := r.last
		err := r.once(ctx, id, trace)
		if err == nil {
			return r.complete(ctx, s)
		}
		if c := (callerError{}); errors.As(err, &c) {
			return c.error
		}
		if r.last > before {
			attempt = 1
		}
		wait, again := c.pause(attempt, err)
		if !again || ctx.Err() != nil || attempt >= c.config.Attempts {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// reader reads outcomes over one or more attempts.
type reader struct {
	client *Client
	check  bool
	fn     func(Outcome) error
	last   int64 // line that was given
	counts map[batch.OutcomeKind]int64
	digest hash.Hash // of what was given
}

func (c *Client) reader(s BatchStatus, fn func(Outcome) error) *reader {
	return &reader{client: c, check: s.Check, fn: fn, counts: map[batch.OutcomeKind]int64{}, digest: sha256.New()}
}

// once reads from the start and passes over what was given.
func (r *reader) once(ctx context.Context, id gateway.BatchID, trace gateway.Trace) error {
	c := r.client
	q := call{method: http.MethodGet, path: "/v1/aanleveringen/" + string(id) + "/uitkomsten", accept: mediaNDJSON}
	limited, cancel, flow := c.flowing(ctx)
	defer cancel()
	request, err := c.request(limited, q, trace)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return failure(ctx, q, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 400 {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		return problemOf(answer{response.StatusCode, response.Header, body}, c.config.Clock())
	}
	if media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || media != mediaNDJSON || response.StatusCode != http.StatusOK {
		return unexpected("another answer than outcomes")
	}
	err = r.read(ctx, receiving{response.Body, flow})
	if errors.Is(err, errBroken) {
		return failure(ctx, q, err)
	}
	return err
}

// errBroken says that outcomes could not be read on.
var errBroken = errors.New("connection broke while reading outcomes")

// read gives every line that is new.
func (r *reader) read(ctx context.Context, from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxOutcome)
	lines.Split(whole)
	for previous := int64(0); lines.Scan(); {
		n, err := r.line(ctx, lines.Bytes(), previous)
		if err != nil {
			return err
		}
		previous = n
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong), errors.Is(err, ErrUnexpected):
		return unexpected("an outcome that is too long or not whole")
	case err != nil:
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}

// whole splits lines, and wants the end of the last one too.
func whole(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, ErrUnexpected
	}
	return 0, nil, nil
}

// line gives one outcome when it is new.
func (r *reader) line(ctx context.Context, raw []byte, previous int64) (int64, error) {
	var o Outcome
	if json.Unmarshal(raw, &o) != nil {
		return 0, unexpected("not the JSON of the contract")
	}
	if o.Line <= previous {
		return 0, unexpected("outcomes out of order")
	}
	if o.Line <= r.last {
		return o.Line, nil
	}
	if err := r.verify(ctx, &o); err != nil {
		return 0, err
	}
	_, _ = r.digest.Write(raw)
	_, _ = r.digest.Write([]byte{'\n'})
	o.Raw = raw
	if err := r.fn(o); err != nil {
		return 0, callerError{err}
	}
	r.last = o.Line
	r.counts[o.Kind]++
	return o.Line, nil
}

func (r *reader) verify(ctx context.Context, o *Outcome) (err error) {
	switch {
	case o.Kind != batch.LineAccepted && o.Kind != batch.LineDuplicate && o.Kind != batch.LineRefused:
		return unexpected("unknown outcome of a line")
	case o.Kind == batch.LineRefused && o.Compact == "", r.check && o.Compact == "":
		return nil
	case o.Kind == batch.LineRefused || r.check:
		return unverified(fmt.Sprintf("line %d has a receipt that it cannot have", o.Line))
	}
	o.Receipt, err = r.client.openReceipt(ctx, []byte(o.Compact), expected{typ: gateway.TypeReceipt, about: AboutReport, report: o.ReportID})
	if err != nil {
		return fmt.Errorf("line %d: %w", o.Line, err)
	}
	return nil
}

// complete compares with what the gateway counted before, and at the end with
// the digest that it signed; more may have come since when it was not done.
func (r *reader) complete(ctx context.Context, s BatchStatus) error {
	a, f, d := r.counts[batch.LineAccepted], r.counts[batch.LineRefused], r.counts[batch.LineDuplicate]
	if a < s.Accepted || f < s.Refused || d < s.Duplicate || s.Ended() && a+f+d != s.Processed {
		return unverified("outcomes are not those that the gateway counted")
	}
	if s.Summary == "" {
		return nil
	}
	claims, err := r.client.summary(ctx, s)
	if err == nil && claims.Outcomes != hex.EncodeToString(r.digest.Sum(nil)) {
		err = unverified("outcomes are not those that the gateway signed")
	}
	return err
}
