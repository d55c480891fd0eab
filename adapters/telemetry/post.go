// SPDX-License-Identifier: EUPL-1.2

package telemetry

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	mediaType = "application/x-protobuf"
	maxAnswer = 64 << 10
	scope     = "seinhuis"
	sampled   = 1 // the W3C flag: the choice was made here
)

var errAnswer = errors.New("telemetry: not an answer of OTLP")

// poster writes spans as OTLP and posts them to one collector.
type poster struct {
	url      string
	http     *http.Client
	resource *resource.Resource
}

// newPoster talks TLS only, to the address and nowhere else: no redirect, no
// proxy of the environment.
func newPoster(c Config) (poster, error) {
	u, err := url.Parse(c.Address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return poster{}, ErrAddress
	}
	transport := &http.Transport{
		Proxy:                  nil,
		DialContext:            (&net.Dialer{Timeout: patience / 2}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots, Certificates: c.Certificates},
		TLSHandshakeTimeout:    patience / 2,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
	return poster{strings.TrimRight(c.Address, "/") + "/v1/traces",
		&http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		&resource.Resource{Attributes: []*common.KeyValue{text("service.name", c.Service), text("service.version", c.Version), text("service.instance.id", c.Instance)}}}, nil
}

// spans posts a batch and says how many of it the collector took.
func (p poster) spans(ctx context.Context, batch []span) (took int, err error) {
	body, err := proto.Marshal(p.request(batch))
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("User-Agent", "seinhuis")
	got, err := p.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer+1))
	if err != nil {
		return 0, err
	}
	var answer collector.ExportTraceServiceResponse
	if got.StatusCode != http.StatusOK || len(data) > maxAnswer || proto.Unmarshal(data, &answer) != nil {
		return 0, errAnswer
	}
	rejected := answer.GetPartialSuccess().GetRejectedSpans()
	return len(batch) - int(min(max(rejected, 0), int64(len(batch)))), nil
}

func (p poster) request(batch []span) *collector.ExportTraceServiceRequest {
	out := make([]*trace.Span, len(batch))
	for i, s := range batch {
		out[i] = written(s)
	}
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{Resource: p.resource,
		ScopeSpans: []*trace.ScopeSpans{{Scope: &common.InstrumentationScope{Name: scope}, Spans: out}}}}}
}

// written is the one place where a span gets its texts. Names are those of the
// semantic conventions of OpenTelemetry where they have one.
func written(s span) *trace.Span {
	out := &trace.Span{TraceId: octets(s.trace), SpanId: octets(s.id), ParentSpanId: octets(s.parent), Flags: sampled,
		StartTimeUnixNano: nano(s.began), EndTimeUnixNano: nano(s.ended), Status: &trace.Status{}}
	if s.step != "" {
		out.Name, out.Kind = string(s.step), trace.Span_SPAN_KIND_INTERNAL
		out.Attributes = append(out.Attributes, number("seinhuis.members", s.members))
	} else {
		out.Name, out.Kind = strings.TrimSpace(s.method+" "+s.route), trace.Span_SPAN_KIND_SERVER
		out.Attributes = append(out.Attributes, text("http.request.method", s.method), number("http.response.status_code", s.status))
		if s.route != "" {
			out.Attributes = append(out.Attributes, text("http.route", s.route))
		}
	}
	if s.outcome != "" {
		out.Attributes = append(out.Attributes, text("error.type", s.outcome))
	}
	if s.failed {
		out.Status.Code = trace.Status_STATUS_CODE_ERROR
	}
	return out
}

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(value)}}}
}

// octets are the bytes of an id that this program or gateway.Trace checked; none
// when there is no id.
func octets(id string) []byte {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}

func nano(at time.Time) uint64 { return uint64(max(at.UnixNano(), 0)) }
