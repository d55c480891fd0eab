// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// envelopes are the media types of a file, and what each may weigh.
var envelopes = []struct {
	media    string
	envelope batch.Envelope
	most     int64
}{
	{"application/jose", batch.EnvelopeJOSE, batch.MaxJOSE},
	{"application/pgp-encrypted", batch.EnvelopeOpenPGP, batch.MaxFile},
}

// fileTooLarge is not the finding of other bodies: it names other limits.
var fileTooLarge = gateway.Finding{Code: gateway.CodeTooLarge, Rule: "Seinhuis formats",
	Text: "Het bestand is groter dan toegestaan: 16 MiB in JOSE, 1 GiB in OpenPGP."}

// batchStatus is a batch as its creditor sees it.
type batchStatus struct {
	ID         gateway.BatchID   `json:"aanleveringId"`
	State      batch.State       `json:"toestand"`
	Layout     batch.Layout      `json:"indeling"`
	Envelope   batch.Envelope    `json:"verpakking"`
	Check      bool              `json:"controle"`
	Size       int64             `json:"omvang"`
	Lines      int64             `json:"regels"`
	Processed  int64             `json:"verwerkt"`
	Accepted   int64             `json:"geaccepteerd"`
	Refused    int64             `json:"geweigerd"`
	Duplicate  int64             `json:"dubbel"`
	ReceivedAt time.Time         `json:"ontvangenOp"`
	DoneAt     time.Time         `json:"gereedOp,omitzero"`
	Digest     gateway.Digest    `json:"sha256,omitzero"` // of the content, once verified
	Findings   []gateway.Finding `json:"bevindingen,omitzero"`
	Summary    string            `json:"samenvatting,omitzero"`
}

func statusOf(r batch.Record) batchStatus {
	s := batchStatus{ID: r.ID, State: r.State, Layout: r.Layout, Envelope: r.Envelope, Check: r.Check, Size: r.Size,
		Lines: r.Lines, Processed: r.Accepted + r.Refused + r.Duplicate, Accepted: r.Accepted, Refused: r.Refused,
		Duplicate: r.Duplicate, ReceivedAt: r.ReceivedAt.UTC(), Digest: r.Payload, Findings: r.Findings, Summary: string(r.Summary)}
	if !r.DoneAt.IsZero() {
		s.DoneAt = r.DoneAt.UTC()
	}
	return s
}

// deliver takes a file. It answers when the file is safe, before anything in
// it was looked at; a repeated one gets the status of the first.
func (d *door) deliver(v *visit) *gateway.Error {
	s, most, fail := submissionOf(v)
	if fail == nil && v.Request.ContentLength > most {
		fail = gateway.Refuse(gateway.KindTooLarge, fileTooLarge)
	}
	if fail != nil {
		drain(v.Request)
		return fail
	}
	in := newInflow(v, most, d.options)
	r, _, err := d.Batches.Receive(v.ctx, s, in)
	if in.fail != nil { // whatever the desk made of it, this is why
		if in.fail.Kind == gateway.KindTooLarge {
			drain(v.Request)
		}
		return in.fail
	}
	if err != nil {
		return gateway.AsError(err)
	}
	return answer(v, http.StatusAccepted, statusOf(r))
}

// submissionOf reads everything about a file but the file, with all findings
// at once.
func submissionOf(v *visit) (batch.Submission, int64, *gateway.Error) {
	s, most := batch.Submission{Visit: v.forParty()}, int64(0)
	for _, e := range envelopes {
		if mediaType(v.Request.Header, []string{e.media}) {
			s.Envelope, most = e.envelope, e.most
		}
	}
	if s.Envelope == "" {
		return s, 0, ownRefusal(kindMediaType, gateway.CodeMediaType)
	}
	var found []gateway.Finding
	ids, fail := pathID[gateway.BatchID](v, "aanleveringId")
	if fail != nil {
		found = append(found, fail.Findings...)
	} else {
		s.ID = ids[0]
	}
	query := v.Request.URL.Query()
	switch s.Layout = batch.Layout(query.Get("indeling")); s.Layout {
	case batch.LayoutNDJSON, batch.LayoutCSV:
	default:
		found = append(found, badParameter("indeling", "moet ndjson of csv zijn."))
	}
	switch {
	case !query.Has("controle") || query.Get("controle") == "false":
	case query.Get("controle") == "true":
		s.Check = true
	default:
		found = append(found, badParameter("controle", "moet true of false zijn."))
	}
	if len(found) > 0 {
		return s, 0, gateway.Refuse(gateway.KindInvalid, found...)
	}
	return s, most, nil
}

func (d *door) batchStatus(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.BatchID](v, "aanleveringId")
	if fail != nil {
		return fail
	}
	r, err := d.Batches.Status(v.ctx, v.forParty(), ids[0])
	if err != nil {
		return gateway.AsError(err)
	}
	return answer(v, http.StatusOK, statusOf(r))
}

// outcomes streams one line per line of the file. An error after the first
// byte breaks the answer off, so that no client takes a part for the whole.
func (d *door) outcomes(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.BatchID](v, "aanleveringId")
	if fail != nil {
		return fail
	}
	out := newOutflow(v, "application/x-ndjson", d.options)
	err := d.Batches.Outcomes(v.ctx, v.forParty(), ids[0], out)
	if err != nil {
		return gateway.AsError(err)
	}
	if err := out.close(); err != nil {
		return gateway.Fail(gateway.KindUnavailable, err) // the client left or is too slow
	}
	return nil
}
