// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/keys"
)

const (
	// patience bounds one attempt as a whole; Standard Webhooks asks for 15 to 30 seconds.
	patience = 20 * time.Second
	// maxAnswer is how much of an answer is read, so that the receiver can finish writing a
	// usual one; nobody looks at it.
	maxAnswer = 4 << 10
	maxHeader = 16 << 10
	maxAfter  = 24 * time.Hour
)

// Keys signs with every key that may sign now. Filled by the key stores.
type Keys interface {
	Signers(ctx context.Context, use keys.Use, alg string) ([]crypto.Signer, error)
}

// Options are the choices of an installation.
type Options struct {
	Allow    Allowlist
	Roots    *x509.CertPool // authorities of receivers; nil for the system's
	Resolver *net.Resolver  // nil for the system's
	Patience time.Duration  // of one attempt; 20 seconds when zero
}

// Sender posts events. It fills [announce.Sender].
type Sender struct {
	keys    Keys
	options Options
	http    *http.Client
}

// NewSender makes a Sender.
func NewSender(k Keys, o Options) *Sender {
	if o.Patience <= 0 {
		o.Patience = patience
	}
	dialer := &net.Dialer{Timeout: o.Patience / 2, KeepAlive: -1, Resolver: o.Resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return o.Allow.control(network, address)
		}}
	transport := &http.Transport{
		Proxy:                  nil, // never what the environment says
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		TLSHandshakeTimeout:    o.Patience / 2,
		DisableKeepAlives:      true, // one connection serves one party once
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
	}
	return &Sender{k, o, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Send fills announce.Sender.
func (s *Sender) Send(ctx context.Context, to announce.Address, e announce.Event, at time.Time) (announce.Answer, error) {
	// The list may have changed since the address was registered.
	if s.options.Allow.Allows(to) != nil {
		return announce.Answer{Failure: announce.NotAllowed}, nil
	}
	body, err := e.Body()
	if err != nil {
		return announce.Answer{}, err
	}
	header, err := s.header(ctx, e, at, body)
	if err != nil {
		return announce.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Reveal(), bytes.NewReader(body))
	if err != nil {
		return announce.Answer{Failure: announce.NotAllowed}, nil
	}
	r.Header = header
	answer, err := s.http.Do(r)
	if err != nil {
		return announce.Answer{Failure: failureOf(err)}, nil // its text holds the address
	}
	defer answer.Body.Close()
	drain(answer.Body)
	return read(answer, at), nil
}

// drain reads what a polite receiver says, and no more: what came of the attempt is
// in the status.
func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, maxAnswer) }

func read(r *http.Response, at time.Time) announce.Answer {
	switch {
	case r.StatusCode >= 200 && r.StatusCode < 300:
		return announce.Answer{Delivered: true}
	case r.StatusCode == http.StatusGone:
		return announce.Answer{Gone: true}
	}
	return announce.Answer{Failure: announce.BadAnswer, NotBefore: retryAfter(r.Header.Get("Retry-After"), at)}
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3); what it cannot read is
// no wish.
func retryAfter(text string, at time.Time) time.Duration {
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, maxAfter)
	}
	then, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(then.Sub(at), 0), maxAfter)
}

// failureOf finds the class of an error, and lets go of its text.
func failureOf(err error) announce.Failure {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.Is(err, ErrNotPublic), errors.Is(err, ErrNotListed):
		return announce.NotAllowed
	case errors.As(err, &verification), errors.As(err, &unknown), errors.As(err, &name):
		return announce.Certificate
	}
	return announce.Unreachable
}
