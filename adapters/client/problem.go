// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	// ErrUnreachable says that no answer came, after every attempt. Whether the
	// gateway took the message is unknown: send the same message again.
	ErrUnreachable = errors.New("gateway not reachable")
	// ErrUntrusted says that the TLS handshake failed on a certificate, the
	// gateway's or ours. Trying again does not help.
	ErrUntrusted = errors.New("no trusted connection with the gateway")
	// ErrUnverified says that something came back that is no evidence: a wrong
	// signature, key, audience, id or digest. Treat it as an incident; the
	// message may be sent again.
	ErrUnverified = errors.New("answer of the gateway does not verify")
	// ErrUnexpected says that the answer is not one that the contract knows:
	// a redirect, another media type, too long, or no JSON.
	ErrUnexpected = errors.New("unexpected answer of the gateway")
	// ErrInput says that a message cannot be made of what was given; nothing
	// was sent. It never quotes the input.
	ErrInput = errors.New("message cannot be made")
)

// Problem is an answer of the gateway that says no (application/problem+json):
// all findings at once, none of them with an input value.
type Problem struct {
	Status     int               // HTTP status
	Kind       gateway.ErrorKind // empty when something else than the gateway answered
	Title      string
	Detail     string
	Findings   []gateway.Finding
	Trace      gateway.Trace // name it when you ask the gateway's operator
	RetryAfter time.Duration // zero when not given
}

// Error names status, kind, codes and trace.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gateway answered %d", p.Status)
	if p.Kind != "" {
		b.WriteString(" " + string(p.Kind))
	}
	for _, f := range p.Findings {
		b.WriteString(" " + string(f.Code))
		if f.Pointer != "" {
			b.WriteString("@" + f.Pointer)
		}
	}
	if !p.Trace.IsZero() {
		b.WriteString(" (spoor " + p.Trace.ID() + ")")
	}
	return b.String()
}

// Temporary reports whether the same message may succeed later.
func (p *Problem) Temporary() bool {
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// Has reports whether a finding has the code.
func (p *Problem) Has(code gateway.Code) bool {
	for _, f := range p.Findings {
		if f.Code == code {
			return true
		}
	}
	return false
}

// problemOf reads a refusal. A body that is no problem document leaves the
// status only: it came from something between us and the gateway.
func problemOf(a answer, now time.Time) *Problem {
	p := &Problem{Status: a.status, RetryAfter: retryAfter(a.header.Get("Retry-After"), now)}
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || media != "application/problem+json" {
		return p
	}
	var doc struct {
		Title    string            `json:"title"`
		Detail   string            `json:"detail"`
		Kind     gateway.ErrorKind `json:"soort"`
		Trace    gateway.Trace     `json:"spoor"`
		Findings []gateway.Finding `json:"bevindingen"`
	}
	if json.Unmarshal(a.body, &doc) != nil {
		return p
	}
	p.Title, p.Detail, p.Kind, p.Trace, p.Findings = doc.Title, doc.Detail, doc.Kind, doc.Trace, doc.Findings
	return p
}

// retryAfter reads delay-seconds or an HTTP date (RFC 9110, 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 86400 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

func unexpected(what string) error { return fmt.Errorf("%w: %s", ErrUnexpected, what) }

func unverified(what string) error { return fmt.Errorf("%w: %s", ErrUnverified, what) }
