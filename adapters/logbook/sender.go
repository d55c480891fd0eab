// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	collectorlogs "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	collectortrace "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seinhuis/seinhuis/gateway/logbook"
)

const (
	patience  = 30 * time.Second // of one request
	maxAnswer = 64 << 10
	maxHeader = 16 << 10
	mediaType = "application/x-protobuf"
)

var (
	// ErrAddress says that an address is not one of a logbook: https, a host, and
	// no name, password, question or fragment.
	ErrAddress = errors.New("logbook: the address must be https://host[:port][/path]")
	// ErrRejected says that the logbook did not take all that it got.
	ErrRejected = errors.New("logbook: the logbook rejected rows")
	// ErrUnreachable says that no answer came.
	ErrUnreachable = errors.New("logbook: unreachable")
	// ErrUntrusted says that the certificate of the logbook is not one that we trust.
	ErrUntrusted = errors.New("logbook: its certificate is not trusted")
	// ErrAnswer says that the answer is not one of OTLP.
	ErrAnswer = errors.New("logbook: not an answer of OTLP")
)

// Config is one target as the operator wrote it.
type Config struct {
	Address      string            // to which /v1/traces and /v1/logs are added
	Roots        *x509.CertPool    // nil for the system's
	Certificates []tls.Certificate // ours; none when the logbook asks none
	Patience     time.Duration     // 30 seconds when zero
}

// Sender posts batches to one logbook. It fills [logbook.Sender].
type Sender struct {
	base string
	http *http.Client
}

// NewSender makes a Sender. It talks TLS only, to the address and nowhere else.
func NewSender(c Config) (*Sender, error) {
	u, err := url.Parse(c.Address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrAddress
	}
	if c.Patience <= 0 {
		c.Patience = patience
	}
	transport := &http.Transport{
		Proxy:                  nil, // never what the environment says
		DialContext:            (&net.Dialer{Timeout: c.Patience / 2}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots, Certificates: c.Certificates},
		TLSHandshakeTimeout:    c.Patience / 2,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
	}
	return &Sender{strings.TrimRight(c.Address, "/"), &http.Client{Transport: transport, Timeout: c.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Send fills logbook.Sender: nil means that the logbook confirmed every row and
// every decision.
func (s *Sender) Send(ctx context.Context, b logbook.Batch) error {
	if len(b.Rows) > 0 {
		request, err := spans(b.Controller, b.Rows)
		if err != nil {
			return err
		}
		var answer collectortrace.ExportTraceServiceResponse
		if err := s.post(ctx, "/v1/traces", request, &answer); err != nil {
			return err
		}
		if n := answer.GetPartialSuccess().GetRejectedSpans(); n != 0 {
			return fmt.Errorf("%w: %d of %d", ErrRejected, n, len(b.Rows))
		}
	}
	if len(b.Decisions) > 0 {
		request, err := records(b.Controller, b.Decisions)
		if err != nil {
			return err
		}
		var answer collectorlogs.ExportLogsServiceResponse
		if err := s.post(ctx, "/v1/logs", request, &answer); err != nil {
			return err
		}
		if n := answer.GetPartialSuccess().GetRejectedLogRecords(); n != 0 {
			return fmt.Errorf("%w: %d of %d", ErrRejected, n, len(b.Decisions))
		}
	}
	return nil
}

// post sends one request and reads the answer. No error holds a word of what the
// other side said.
func (s *Sender) post(ctx context.Context, path string, request, answer proto.Message) error {
	body, err := proto.Marshal(request)
	if err != nil {
		return fmt.Errorf("logbook: encode: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(body))
	if err != nil {
		return ErrAddress
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("User-Agent", "seinhuis")
	got, err := s.http.Do(r)
	if err != nil {
		return failure(ctx, err)
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer+1))
	if err != nil {
		return failure(ctx, err)
	}
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("logbook: status %d", got.StatusCode)
	}
	media, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if media != mediaType || len(data) > maxAnswer || proto.Unmarshal(data, answer) != nil {
		return ErrAnswer
	}
	return nil
}

// failure finds the class of an error, and lets go of its text, which holds the
// address.
func failure(ctx context.Context, err error) error {
	var verification *tls.CertificateVerificationError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &verification):
		return ErrUntrusted
	}
	return ErrUnreachable
}
