// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// Limits of answers, in bytes; a longer one is ErrUnexpected.
const (
	maxAnswer = 1 << 20  // receipts, problems, confirmations, keys
	maxList   = 16 << 20 // 500 signals or notices
	maxBody   = 4 << 20  // one sealed signal
)

// longestRetryAfter is how long one call will wait for the gateway at its
// asking; asked for longer, it gives the Problem back instead.
const longestRetryAfter = time.Minute

const (
	mediaJOSE = "application/jose"
	mediaJSON = "application/json"
	mediaJWKS = "application/jwk-set+json"
)

// call is one question to the gateway. All questions of the contract are
// idempotent, so each may be asked again.
type call struct {
	method, path string
	query        url.Values
	contentType  string
	body         []byte
	accept       string        // media type that the answer must have
	limit        int64         // of the answer
	patience     time.Duration // on top of Timeout, for a long poll
	upload       *upload       // instead of body
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// do asks until there is an answer, the attempts are used up or ctx ends.
// Every attempt carries the same trace id.
func (c *Client) do(ctx context.Context, q call) (answer, error) {
	trace := gateway.NewTrace()
	for attempt := 1; ; attempt++ {
		a, err := c.once(ctx, q, trace)
		if err == nil || ctx.Err() != nil || attempt >= c.config.Attempts {
			return a, err
		}
		wait, again := c.pause(attempt, err)
		if !again {
			return a, err
		}
		if err := sleep(ctx, wait); err != nil {
			return answer{}, err
		}
	}
}

// pause says whether to ask again after an error, and after how long: twice
// as long each time, drawn at random so that all clients do not come back at once.
func (c *Client) pause(attempt int, err error) (time.Duration, bool) {
	var p *Problem
	if errors.As(err, &p) {
		if !p.Temporary() || p.RetryAfter > longestRetryAfter {
			return 0, false
		}
	} else if !errors.Is(err, ErrUnreachable) {
		return 0, false
	}
	most := c.config.MaxWait
	if shift := attempt - 1; shift < 16 {
		most = min(most, c.config.MinWait<<shift)
	}
	wait := most/2 + mrand.N(most/2+1)
	if p != nil {
		wait = max(wait, p.RetryAfter)
	}
	return wait, true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once is one attempt.
func (c *Client) once(ctx context.Context, q call, trace gateway.Trace) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout+q.patience)
	var attempt *flow
	if q.upload != nil {
		cancel()
		limited, cancel, attempt = c.flowing(ctx)
	}
	defer cancel()
	r, err := c.request(limited, q, trace)
	if err != nil {
		return answer{}, err
	}
	if q.upload != nil {
		defer q.upload.attach(r, attempt, c.config.Timeout+q.patience)()
	}
	response, err := c.http.Do(r)
	if err != nil {
		return answer{}, failure(ctx, q, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, q.limit+1))
	if err != nil {
		return answer{}, failure(ctx, q, err)
	}
	if int64(len(body)) > q.limit {
		return answer{}, unexpected("longer than is allowed")
	}
	return q.judge(answer{response.StatusCode, response.Header, body}, c.config.Clock())
}

// request is what stands in every question.
func (c *Client) request(ctx context.Context, q call, trace gateway.Trace) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("%w: request", ErrInput)
	}
	r.URL.RawQuery = q.query.Encode()
	r.Header.Set("Accept", q.accept+", application/problem+json")
	r.Header.Set("User-Agent", "seinhuis-client")
	r.Header.Set("Traceparent", traceparent(trace))
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	return r, nil
}

// judge lets through an answer of the contract only.
func (q call) judge(a answer, now time.Time) (answer, error) {
	if a.status >= 400 {
		return answer{}, problemOf(a, now)
	}
	if a.status != http.StatusOK && a.status != http.StatusCreated && (a.status != http.StatusAccepted || q.upload == nil) {
		return answer{}, unexpected(fmt.Sprintf("status %d", a.status))
	}
	if media, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err != nil || media != q.accept {
		return answer{}, unexpected("another media type than " + q.accept)
	}
	return a, nil
}

// failure tells an unreachable gateway from one that is not trusted, and both
// from a caller that gave up.
func failure(ctx context.Context, q call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", q.method, q.path, ctx.Err())
	}
	var verification *tls.CertificateVerificationError
	var op *net.OpError // crypto/tls names an alert of the other side "remote error"
	if errors.As(err, &verification) || errors.Is(err, errOtherGateway) || errors.As(err, &op) && op.Op == "remote error" {
		return fmt.Errorf("%s %s: %w: %w", q.method, q.path, ErrUntrusted, cause(err))
	}
	return fmt.Errorf("%s %s: %w: %w", q.method, q.path, ErrUnreachable, cause(err))
}

// cause leaves out the URL, which the text names already.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// decode reads a JSON answer: no doubled names and valid UTF-8; unknown
// members are passed over, so that the gateway may add some.
func decode(a answer, into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return unexpected("not the JSON of the contract")
	}
	return nil
}

func traceparent(t gateway.Trace) string {
	var span [8]byte
	_, _ = rand.Read(span[:])
	span[7] |= 1 // never all zero
	return "00-" + t.ID() + "-" + hex.EncodeToString(span[:]) + "-01"
}
