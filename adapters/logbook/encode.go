// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"encoding/hex"
	"errors"
	"time"

	collectorlogs "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	collectortrace "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	logs "go.opentelemetry.io/proto/slim/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// What the scope of the spans and the records is called.
const (
	scopeRows      = "logboek-dataverwerkingen"
	scopeDecisions = "authorization-decision-log"
	scopeVersion   = "1.0.0" // of both standards
)

// sampled is the W3C flag on every span and record: a collector that thins out
// what is not sampled may not thin these.
const sampled = 1

var errID = errors.New("logbook: a trace or span id is no hexadecimal text of the right length")

// spans writes rows as the request that /v1/traces takes.
func spans(controller gateway.OIN, rows []logbook.Row) (*collectortrace.ExportTraceServiceRequest, error) {
	out := make([]*trace.Span, len(rows))
	for i, r := range rows {
		traceID, spanID, parentID, err := ids(r.Trace, r.Span, r.Parent)
		if err != nil {
			return nil, err
		}
		out[i] = &trace.Span{TraceId: traceID, SpanId: spanID, ParentSpanId: parentID, Flags: sampled, Name: r.Name,
			Kind: trace.Span_SPAN_KIND_SERVER, StartTimeUnixNano: nano(r.Start), EndTimeUnixNano: nano(r.End),
			Attributes: attributes(r.Attributes), Status: &trace.Status{Code: status(r.Status)}}
	}
	of := resourceOf(controller, rows[0].Service, rows[0].Version)
	return &collectortrace.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{Resource: of,
		ScopeSpans: []*trace.ScopeSpans{{Scope: &common.InstrumentationScope{Name: scopeRows, Version: scopeVersion}, Spans: out}}}}}, nil
}

// records writes decisions as the request that /v1/logs takes. What Authorization
// Decision Log calls a reference is an attribute; the response is given whole and
// so stands in the body.
func records(controller gateway.OIN, decisions []logbook.Decision) (*collectorlogs.ExportLogsServiceRequest, error) {
	out := make([]*logs.LogRecord, len(decisions))
	for i, d := range decisions {
		traceID, spanID, parent, err := ids(d.Trace, d.Span, d.Parent)
		if err != nil {
			return nil, err
		}
		of := []*common.KeyValue{text("adl.core.request", d.Request), text("adl.core.policies", d.Policy), text("status", string(d.Status))}
		if d.Exchange != "" {
			of = append(of, text("adl.fsc.transaction_id", d.Exchange))
		}
		if parent != nil { // a log record has no field for it
			of = append(of, text("parent_span_id", d.Parent))
		}
		out[i] = &logs.LogRecord{TraceId: traceID, SpanId: spanID, Flags: sampled, TimeUnixNano: nano(d.At), ObservedTimeUnixNano: nano(d.At),
			EventName: logbook.DecisionEvent, SeverityNumber: logs.SeverityNumber_SEVERITY_NUMBER_INFO, Attributes: of, Body: response(d)}
	}
	of := resourceOf(controller, decisions[0].Service, decisions[0].Version)
	return &collectorlogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{Resource: of,
		ScopeLogs: []*logs.ScopeLogs{{Scope: &common.InstrumentationScope{Name: scopeDecisions, Version: scopeVersion}, LogRecords: out}}}}}, nil
}

// response is what AuthZEN calls an evaluation response: the decision, and why.
func response(d logbook.Decision) *common.AnyValue {
	answer := []*common.KeyValue{{Key: "decision", Value: &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: d.Allowed}}}}
	if len(d.Codes) > 0 {
		answer = append(answer, &common.KeyValue{Key: "context", Value: fields(&common.KeyValue{Key: "codes", Value: list(d.Codes)})})
	}
	return fields(&common.KeyValue{Key: "adl.core.response", Value: fields(answer...)})
}

// resourceOf is one resource per controller: what the collector of a processor
// tells the logbooks apart by.
func resourceOf(controller gateway.OIN, service, version string) *resource.Resource {
	return &resource.Resource{Attributes: []*common.KeyValue{text("service.name", service), text("service.version", version),
		text("seinhuis.verantwoordelijke", string(controller))}}
}

func attributes(all []logbook.Attribute) []*common.KeyValue {
	out := make([]*common.KeyValue, len(all))
	for i, a := range all {
		switch {
		case a.List != nil:
			out[i] = &common.KeyValue{Key: a.Key, Value: list(a.List)}
		case a.Text != "":
			out[i] = text(a.Key, a.Text)
		default:
			out[i] = &common.KeyValue{Key: a.Key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: a.Number}}}
		}
	}
	return out
}

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func list(values []string) *common.AnyValue {
	out := make([]*common.AnyValue, len(values))
	for i, v := range values {
		out[i] = &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: v}}
	}
	return &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: out}}}
}

func fields(values ...*common.KeyValue) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: values}}}
}

func status(s logbook.Status) trace.Status_StatusCode {
	switch s {
	case logbook.StatusOk:
		return trace.Status_STATUS_CODE_OK
	case logbook.StatusError:
		return trace.Status_STATUS_CODE_ERROR
	case logbook.StatusUnset:
	}
	return trace.Status_STATUS_CODE_UNSET
}

func nano(at time.Time) uint64 { return uint64(max(at.UnixNano(), 0)) }

// ids gives the bytes of trace, span and parent; no parent is nil.
func ids(traceID, spanID, parentID string) (t, s, p []byte, err error) {
	t, one := hex.DecodeString(traceID)
	s, other := hex.DecodeString(spanID)
	if one != nil || other != nil || len(t) != 16 || len(s) != 8 {
		return nil, nil, nil, errID
	}
	if parentID == "" {
		return t, s, nil, nil
	}
	if p, err = hex.DecodeString(parentID); err != nil || len(p) != 8 {
		return nil, nil, nil, errID
	}
	return t, s, p, nil
}
