// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

type signalRow struct {
	Sequence     int64                 `json:"volgnummer"`
	ID           gateway.SignalID      `json:"signaalId"`
	Nature       gateway.SignalNature  `json:"aard"`
	Concerns     gateway.SignalID      `json:"betreft,omitzero"`
	Kind         gateway.ReportKind    `json:"soort"`
	Urgency      gateway.Urgency       `json:"urgentie"`
	State        gateway.SignalState   `json:"toestand"`
	DepositedAt  time.Time             `json:"geplaatstOp"`
	Withdrawn    bool                  `json:"ingetrokken"`
	Corrected    bool                  `json:"gecorrigeerd"`
	Format       string                `json:"formaat"`
	KeyID        string                `json:"sleutelId"`
	Size         int                   `json:"omvang"`
	Digest       gateway.Digest        `json:"sha256"`
	Coincidences []gateway.Coincidence `json:"samenloop"`
	Related      []relatedRow          `json:"verwant"`
}

type relatedRow struct {
	ID          gateway.SignalID    `json:"signaalId"`
	Coincidence gateway.Coincidence `json:"samenloop"`
}

type signalList struct {
	Signals []signalRow `json:"signalen"`
	Next    int64       `json:"volgende"`
}

func rowOf(s gateway.Signal) signalRow {
	row := signalRow{Sequence: s.Sequence, ID: s.ID, Nature: s.Nature, Concerns: s.Concerns, Kind: s.Kind, Urgency: s.Urgency,
		State: s.State, DepositedAt: s.DepositedAt.UTC(), Withdrawn: s.Withdrawn, Corrected: s.Corrected, Format: s.Format, KeyID: s.KeyID, Size: s.Size, Digest: s.Digest}
	for _, r := range s.Relations {
		other := r.Other
		if other == s.ID {
			other = r.Signal
		}
		row.Related = append(row.Related, relatedRow{other, r.Coincidence})
		if !slices.Contains(row.Coincidences, r.Coincidence) {
			row.Coincidences = append(row.Coincidences, r.Coincidence)
		}
	}
	if len(row.Coincidences) == 0 {
		row.Coincidences = []gateway.Coincidence{gateway.Single}
	}
	slices.Sort(row.Coincidences)
	return row
}

func (d *door) signals(v *visit) *gateway.Error {
	q, fail := wholes(v, after, atMost)
	if fail != nil {
		return fail
	}
	found, err := d.Mailbox.List(v.ctx, v.forParty(), q[0], int(q[1]))
	if err != nil {
		return gateway.AsError(err)
	}
	list := signalList{Signals: make([]signalRow, len(found)), Next: q[0]}
	for i, s := range found {
		list.Signals[i] = rowOf(s)
		list.Next = max(list.Next, s.Sequence)
	}
	return answer(v, http.StatusOK, list)
}

var errBody = errors.New("httpapi: a sealed body does not have the digest of its signal")

// signal sends the sealed body, and only when every byte of it was handed to
// the connection does the mailbox hear that it was read.
func (d *door) signal(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.SignalID](v, "signaalId")
	if fail != nil {
		return fail
	}
	s, sealed, err := d.Mailbox.Fetch(v.ctx, v.forParty(), ids[0])
	if err != nil {
		return gateway.AsError(err)
	}
	digest := gateway.DigestOf(sealed)
	if digest != s.Digest {
		return gateway.Fail(gateway.KindInternal, errBody)
	}
	h := v.Writer.Header()
	h.Set("Content-Type", "application/jose")
	h.Set("Content-Length", strconv.Itoa(len(sealed)))
	h.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":")
	v.Status(http.StatusOK)
	if _, err := v.Writer.Write(sealed); err != nil {
		return nil // the client left; the signal was not read
	}
	if err := http.NewResponseController(v.Writer).Flush(); err != nil {
		return nil
	}
	d.delivered(v, ids[0])
	return nil
}

// delivered records that a body was read, also when the client is gone by now.
// When it cannot be recorded, the signal stays as it was: it was handed out,
// which the log says, but is not proven to be read.
func (d *door) delivered(v *visit, id gateway.SignalID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), d.options.RequestTimeout)
	defer cancel()
	if err := d.Mailbox.Delivered(ctx, v.forParty(), id); err != nil {
		d.options.Metrics.auditFailed()
		d.options.Logger.Error("", slog.String("gebeurtenis", "lezing-niet-vastgelegd"), slog.String("spoor", v.trace.ID()))
	}
}

type signalConfirmed struct {
	ID    gateway.SignalID    `json:"signaalId"`
	State gateway.SignalState `json:"toestand"`
	At    time.Time           `json:"op"`
}

func (d *door) confirmSignal(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.SignalID](v, "signaalId")
	if fail != nil {
		return fail
	}
	b, fail := optionalBody(v, plainJSON)
	if fail != nil {
		return fail
	}
	if len(b) > 0 {
		if _, findings := intake.ReadDocument[struct{}](b, nil); len(findings) > 0 {
			return gateway.Refuse(gateway.KindInvalid, findings...)
		}
	}
	at, err := d.Mailbox.Confirm(v.ctx, v.forParty(), ids[0])
	if err != nil {
		return gateway.AsError(err)
	}
	return answer(v, http.StatusOK, signalConfirmed{ids[0], gateway.SignalConfirmed, at.UTC()})
}

func (d *door) feedback(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.UUID](v, "signaalId", "terugkoppelingId")
	if fail != nil {
		return fail
	}
	token, fail := body(v, jose)
	if fail != nil {
		return fail
	}
	answers, err := d.Feedback.Accept(v.ctx, []feedback.Submission{{Peer: v.peer, Signal: gateway.SignalID(ids[0]),
		ID: gateway.FeedbackID(ids[1]), Token: token, At: v.at, Trace: v.trace}})
	switch {
	case err != nil:
		return gateway.AsError(err)
	case len(answers) != 1:
		return gateway.Fail(gateway.KindInternal, errAnswers)
	case answers[0].Err != nil:
		return answers[0].Err
	}
	sendReceipt(v, answers[0].Receipt, answers[0].Replayed)
	return nil
}
