// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"context"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Question is what a controller asks of its own logbook (extension "lezen" of
// Logboek Dataverwerkingen, 0.9). At least one of trace, activity and subject
// must be there.
type Question struct {
	Trace    string // 32 hexadecimal digits, or the same as a UUID
	Activity string // URI
	Subject  string
	// SubjectType names how Subject was made; with it only rows of that type.
	SubjectType string
	From        time.Time // zero for no bound; both bounds are included
	Until       time.Time
	// After asks on: only entries of the log with a number above it (attribute
	// seinhuis.regel of a row). 0 begins at the first.
	After int64
}

// Reader answers controllers about their own logbook. Safe for concurrent use.
type Reader struct {
	source  Source
	book    Book
	profile Profile
}

// NewReader makes a Reader.
func NewReader(s Source, b Book, p Profile) *Reader { return &Reader{s, b, p} }

// Read gives the rows of the first MaxFound entries that hold to the question, in
// the order of the log: when there are that many rows, ask on after the number of
// the last. A moment would not do: more entries than that can share one. The look is in the log before anything is answered; nothing of it is in the
// logbook itself, which would record its own reading without end.
func (r *Reader) Read(ctx context.Context, v gateway.Visit, q Question) ([]Row, error) {
	controller := v.Peer.OIN()
	f, err := r.filter(controller, q)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if !f.nothing() {
		records, err := r.source.Find(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			row, ok := r.profile.Row(controller, record)
			if ok && (q.SubjectType == "" || row.Text(keySubjectType) == q.SubjectType) {
				rows = append(rows, row)
			}
		}
	}
	e, err := audit.New(audit.ProcessingRead, audit.ByPeer(v.Peer, v.Trace), audit.Object(audit.KindParty, string(controller)), v.At, audit.Count(len(rows)))
	if err != nil {
		return nil, err
	}
	if err := r.book.Write(ctx, []audit.Entry{e}); err != nil {
		return nil, err
	}
	return rows, nil
}

// Describe gives the activity that rows name.
func (r *Reader) Describe(a Activity) (Described, bool) { return r.profile.Describe(a) }

// filter holds a question to its form. What has the form and can be nothing of
// ours is no mistake: it finds nothing.
func (r *Reader) filter(controller gateway.OIN, q Question) (Filter, error) {
	f := Filter{Controller: controller, From: q.From, Until: q.Until, After: q.After, Limit: MaxFound}
	var found []gateway.Finding
	if q.Trace == "" && q.Activity == "" && q.Subject == "" {
		found = append(found, gateway.Finding{Code: gateway.CodeQuestionTooOpen, Rule: "Logboek Dataverwerkingen, lezen 0.9",
			Text: "Noem ten minste een spoor, een verwerkingsactiviteit of een betrokkene."})
	}
	if q.Trace != "" {
		trace, err := gateway.ParseTrace(strings.ReplaceAll(q.Trace, "-", ""))
		if err != nil {
			found = append(found, badField("/traceId", "is geen spoor van 32 hexadecimale tekens of een UUID."))
		}
		f.Trace = trace.ID()
	}
	if q.Activity != "" {
		activity, ours := r.profile.activityAt(q.Activity)
		if f.Activity = activity; !ours {
			f.Activity = unknown
		}
	}
	if f.Subject = q.Subject; q.Subject != "" && !isSubjectID(q.Subject) {
		found = append(found, badField("/dpl.core.data_subject_id", "heeft geen 64 hexadecimale tekens in kleine letters."))
	}
	if q.SubjectType != "" && q.Subject == "" {
		found = append(found, badField("/dpl.core.data_subject_id_type", "hoort bij dpl.core.data_subject_id."))
	}
	if !q.From.IsZero() && !q.Until.IsZero() && q.Until.Before(q.From) {
		found = append(found, badField("/endTime", "ligt voor startTime."))
	}
	if len(found) > 0 {
		return Filter{}, gateway.Refuse(gateway.KindInvalid, found...)
	}
	return f, nil
}

// unknown is no activity of ours.
const unknown Activity = "?"

func (f Filter) nothing() bool { return f.Activity == unknown }

func badField(pointer, text string) gateway.Finding {
	return gateway.Finding{Code: gateway.CodeBadForm, Pointer: pointer, Rule: "Logboek Dataverwerkingen, lezen 0.9", Text: "Dit veld " + text}
}

func isSubjectID(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }
