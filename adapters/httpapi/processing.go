// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// The path is that of the extension "lezen" of Logboek Dataverwerkingen, under
// a base of our own, and so are the names in question and answer: a client of
// the standard is given the base and needs to know no more. It is the one
// English name in a Dutch API (NLGov API Design Rules, core/interface-language).

// processingRow is a row of the processing log as the extension writes it.
type processingRow struct {
	Trace      string             `json:"traceId"`
	Span       string             `json:"spanId"`
	Status     logbook.Status     `json:"status"`
	Name       string             `json:"name"`
	Start      int64              `json:"startTime"` // milliseconds since 1970
	End        int64              `json:"endTime"`
	Parent     string             `json:"parentSpanId,omitzero"`
	Resource   processingResource `json:"resource"`
	Attributes processingObject   `json:"attributes"`
}

type processingResource struct {
	Attributes processingObject `json:"attributes"`
}

type processingList struct {
	Rows []processingRow `json:"processingActivities"`
}

func processingOf(r logbook.Row) processingRow {
	return processingRow{Trace: r.Trace, Span: r.Span, Status: r.Status, Name: r.Name, Start: r.Start.UnixMilli(), End: r.End.UnixMilli(), Parent: r.Parent,
		Resource: processingResource{processingObject{{Key: "service.name", Text: r.Service}, {Key: "service.version", Text: r.Version}}}, Attributes: r.Attributes}
}

// processingObject is attributes as one object, in their own order.
type processingObject []logbook.Attribute

// MarshalJSONTo is that of the JSON library.
func (o processingObject) MarshalJSONTo(to *jsontext.Encoder) error {
	err := to.WriteToken(jsontext.BeginObject)
	for _, a := range o {
		err = errors.Join(err, to.WriteToken(jsontext.String(a.Key)))
		switch {
		case a.List != nil:
			err = errors.Join(err, json.MarshalEncode(to, a.List))
		case a.Text != "":
			err = errors.Join(err, to.WriteToken(jsontext.String(a.Text)))
		default:
			err = errors.Join(err, to.WriteToken(jsontext.Int(a.Number)))
		}
	}
	return errors.Join(err, to.WriteToken(jsontext.EndObject))
}

// questionFields are how the door reads a question: closed, as all JSON here.
func questionFields() []intake.Field[logbook.Question] {
	text := func(most int, into func(*logbook.Question) *string) func(*intake.Document, *logbook.Question, jsontext.Value) gateway.Code {
		return func(_ *intake.Document, q *logbook.Question, v jsontext.Value) (code gateway.Code) {
			*into(q), code = intake.Text(v, most)
			return code
		}
	}
	moment := func(into func(*logbook.Question) *time.Time) func(*intake.Document, *logbook.Question, jsontext.Value) gateway.Code {
		return func(_ *intake.Document, q *logbook.Question, v jsontext.Value) gateway.Code {
			n, code := intake.Whole(v)
			switch {
			case code != "":
				return code
			case n < 0 || n > maxMoment:
				return gateway.CodeBadForm
			}
			*into(q) = time.UnixMilli(n).UTC()
			return ""
		}
	}
	return []intake.Field[logbook.Question]{
		{Name: "traceId", Read: text(36, func(q *logbook.Question) *string { return &q.Trace })},
		{Name: "dpl.core.processing_activity_id", Read: text(2048, func(q *logbook.Question) *string { return &q.Activity })},
		{Name: "dpl.core.data_subject_id", Read: text(64, func(q *logbook.Question) *string { return &q.Subject })},
		{Name: "dpl.core.data_subject_id_type", Read: text(2048, func(q *logbook.Question) *string { return &q.SubjectType })},
		{Name: "startTime", Read: moment(func(q *logbook.Question) *time.Time { return &q.From })},
		{Name: "endTime", Read: moment(func(q *logbook.Question) *time.Time { return &q.Until })},
		{Name: "seinhuis.na", Read: func(_ *intake.Document, q *logbook.Question, v jsontext.Value) (code gateway.Code) {
			if q.After, code = intake.Whole(v); code == "" && q.After < 0 {
				return gateway.CodeBadForm
			}
			return code
		}},
	}
}

// maxMoment is the end of the year 9999 in milliseconds.
const maxMoment = 253402300799999

func (d *door) processing(v *visit) *gateway.Error {
	b, fail := body(v, plainJSON)
	if fail != nil {
		return fail
	}
	q, findings := intake.ReadDocument(b, questionFields())
	if len(findings) > 0 {
		return gateway.Refuse(gateway.KindInvalid, findings...)
	}
	rows, err := d.Logbook.Read(v.ctx, v.forParty(), q)
	if err != nil {
		return gateway.AsError(err)
	}
	list := processingList{Rows: make([]processingRow, len(rows))}
	for i, r := range rows {
		list.Rows[i] = processingOf(r)
	}
	return answer(v, http.StatusOK, list)
}

// activity tells everyone what a row refers to; nothing in it is of a party.
func (d *door) activity(v *visit) *gateway.Error {
	described, known := d.Logbook.Describe(logbook.Activity(v.Param("activiteit")))
	if !known {
		return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownActivity, Rule: "AVG art. 30 lid 2",
			Text: "Deze verwerkingsactiviteit bestaat hier niet."})
	}
	return answer(v, http.StatusOK, described)
}
