// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Status is how an action ended (Logboek Dataverwerkingen 1.0, 3.2). The
// constant is the value on the wire.
type Status string

const (
	StatusUnset Status = "Unset" // ended without a fault of ours: what was asked was refused
	StatusOk    Status = "Ok"
	StatusError Status = "Error" // a fault of ours
)

func statusOf(e proof.Entry) Status {
	switch e.Result {
	case proof.ResultDone:
		return StatusOk
	case proof.ResultFailed:
		return StatusError
	}
	return StatusUnset
}

// Profile is what an installation says of itself in every row.
type Profile struct {
	Base    string      // of its URIs, without a slash at the end: https://<host>/v1
	Gateway gateway.OIN // the processor
	Version string      // of the program
}

// ServiceName is the resource of every row.
const ServiceName = "seinhuis"

// The attributes of LDV's own namespace (3.2).
const (
	keyActivity    = "dpl.core.processing_activity_id"
	keySubject     = "dpl.core.data_subject_id"
	keySubjectType = "dpl.core.data_subject_id_type"
	keyProcessor   = "dpl.core.foreign_operation.processor"
)

// Row is one line of the processing log of one controller: the core record of
// Logboek Dataverwerkingen 1.0 (3.2). It names organisations and never a member
// of staff; whom it is about it names by a pseudonym of that controller only.
type Row struct {
	Trace      string // 32 hexadecimal digits
	Span       string // 16
	Parent     string // 16, or empty
	Status     Status
	Name       string // a sentence
	Start      time.Time
	End        time.Time
	Service    string // the resource
	Version    string
	Attributes []Attribute
}

// Attribute is one attribute of a row. One of Text, List and Number counts.
type Attribute struct {
	Key    string
	Text   string
	List   []string
	Number int64
}

// Row makes the line of a record, or reports that it has none: it is no
// processing of a person's record (see [ActivityOf]).
func (p Profile) Row(controller gateway.OIN, r Record) (Row, bool) {
	activity := r.activity()
	if activity == "" {
		return Row{}, false
	}
	at := r.Entry.At()
	row := Row{Trace: r.Trace.ID(), Span: r.Span, Parent: r.Trace.Parent(), Status: statusOf(r.Entry), Name: nameOf(r.Entry),
		Start: at, End: at, Service: ServiceName, Version: p.Version}
	if r.EndedAt.After(at) {
		row.End = r.EndedAt
	}
	row.text(keyActivity, p.ActivityURI(activity))
	if !r.Subject.IsZero() {
		row.text(keySubject, SubjectID(controller, r.Subject))
		row.text(keySubjectType, subjectType(p.Base, r.Subject))
	}
	if proof.IsOIN(r.Entry.Actor) && r.Entry.Origin != proof.OriginLocal {
		row.text(keyProcessor, organisation(r.Entry.Actor))
	}
	row.own(p, activity, r)
	return row, true
}

// activity is the processing activity that the record belongs to.
func (r Record) activity() Activity {
	kind, _, _ := strings.Cut(r.Entry.Object, "/")
	return ActivityOf(audit.Event(r.Entry.Event), audit.Kind(kind))
}

// own adds our attributes, under a prefix of our own: LDV leaves its namespace to
// extensions that were adopted. They are what VNG's Verwerkingenlogging asks
// beside it, and what ties the row to the log that can be verified.
func (r *Row) own(p Profile, activity Activity, from Record) {
	r.number("seinhuis.regel", from.Number)
	r.text("seinhuis.gebeurtenis", from.Entry.Event)
	r.text("seinhuis.object", from.Entry.Object)
	r.text("seinhuis.resultaat", from.Entry.Result)
	r.list("seinhuis.codes", from.Entry.Codes)
	r.text("seinhuis.beleid", from.Entry.Policy)
	r.text("seinhuis.transactie", string(from.Trace.Exchange()))
	r.text("seinhuis.uitvoerder", string(p.performer(from.Entry)))
	r.list("seinhuis.gegevens", CategoriesOf(activity))
}

// performer is the organisation that acted: officers, operators and the gateway
// itself are the processor.
func (p Profile) performer(e proof.Entry) gateway.OIN {
	if proof.IsOIN(e.Actor) {
		return gateway.OIN(e.Actor)
	}
	return p.Gateway
}

// organisation names a party whose application called. We know it by its
// certificate and not by an address.
func organisation(oin string) string { return "urn:oin:" + oin }

// ActivityURI is how rows name an activity.
func (p Profile) ActivityURI(a Activity) string {
	return p.Base + "/verwerkingsactiviteiten/" + string(a)
}

// nameOf is the sentence of the catalogue; a row is never without a name.
func nameOf(e proof.Entry) string {
	if m, ok := audit.MeaningOf(audit.Event(e.Event)); ok {
		return m.Dutch
	}
	return e.Event
}

func (r *Row) text(key, value string) {
	if value != "" {
		r.Attributes = append(r.Attributes, Attribute{Key: key, Text: value})
	}
}

func (r *Row) list(key string, values []string) {
	if len(values) > 0 {
		r.Attributes = append(r.Attributes, Attribute{Key: key, List: values})
	}
}

func (r *Row) number(key string, value int64) {
	r.Attributes = append(r.Attributes, Attribute{Key: key, Number: value})
}

// Text gives the text of an attribute, empty when the row has none of that key.
func (r Row) Text(key string) string {
	for _, a := range r.Attributes {
		if a.Key == key {
			return a.Text
		}
	}
	return ""
}
