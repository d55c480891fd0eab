// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// What a receipt is about (claim betreft).
const (
	AboutReport     = "melding"
	AboutCorrection = "correctie"
	AboutWithdrawal = "intrekking"
	AboutFeedback   = "terugkoppeling"
	AboutChange     = "pauzewijziging"
)

// Receipt (ontvangstbewijs) is the verified evidence that the gateway stored a
// message durably. Keep Compact: it is what a court or auditor can verify.
type Receipt struct {
	Issuer       gateway.OIN          `json:"iss"`
	Audience     gateway.OIN          `json:"aud"`
	ID           gateway.UUID         `json:"jti"`
	About        string               `json:"betreft"`
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"`
	CorrectionID gateway.CorrectionID `json:"correctieId,omitzero"`
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"`
	FeedbackID   gateway.FeedbackID   `json:"terugkoppelingId,omitzero"`
	PauseID      gateway.PauseID      `json:"pauzeId,omitzero"`
	ChangeID     gateway.ChangeID     `json:"wijzigingId,omitzero"`
	ReceivedAt   time.Time            `json:"ontvangenOp"`
	Digest       string               `json:"sha256"` // of the payload as it was signed, hexadecimal
	Municipality gateway.Municipality `json:"gemeente,omitzero"`
	Status       string               `json:"status"`
	Policy       *gateway.PolicyRef   `json:"beleid,omitzero"`
	Warnings     []gateway.Code       `json:"waarschuwingen,omitzero"`
	Trace        gateway.Trace        `json:"spoor"`
	// Pauses are those that began with feedback, or the one that was changed as it stands after it.
	Pauses []gateway.GivenPause `json:"pauzes,omitzero"`
	// Skipped are related signals of feedback that got no pause: taken back, or they have had theirs.
	Skipped []gateway.SkippedSignal `json:"overgeslagen,omitzero"`

	Compact  string `json:"-"` // the compact JWS, byte for byte
	Replayed bool   `json:"-"` // the gateway had it already; this is the first receipt again
}

// expected is what a receipt must say, known before it comes; an empty digest
// is not compared.
type expected struct {
	typ      gateway.StatementType
	about    string
	report   gateway.ReportID
	correct  gateway.CorrectionID
	signal   gateway.SignalID
	feedback gateway.FeedbackID
	also     []gateway.SignalID // of the feedback
	pause    gateway.PauseID
	change   gateway.ChangeID
	digest   string
}

// receipt verifies the answer to a message.
func (c *Client) receipt(ctx context.Context, a answer, e expected) (Receipt, error) {
	r, err := c.openReceipt(ctx, a.body, e)
	r.Replayed = err == nil && a.status == http.StatusOK
	return r, err
}

// openReceipt verifies signature, key and claims; on an error there is no receipt.
func (c *Client) openReceipt(ctx context.Context, token []byte, e expected) (Receipt, error) {
	payload, err := c.verify(ctx, token, e.typ)
	if err != nil {
		return Receipt{}, err
	}
	var r Receipt
	if json.Unmarshal(payload, &r) != nil {
		return Receipt{}, unverified("receipt is not the JSON of the contract")
	}
	if err := c.checkReceipt(r, e); err != nil {
		return Receipt{}, err
	}
	if err := c.verifyMoment(ctx, token, e.typ, r.ReceivedAt); err != nil {
		return Receipt{}, err
	}
	r.Compact = string(token)
	return r, nil
}

func (c *Client) checkReceipt(r Receipt, e expected) error {
	_, err := gateway.ParseUUID(string(r.ID))
	for _, claim := range []struct {
		name string
		ok   bool
	}{
		{"iss", r.Issuer == c.config.GatewayOIN},
		{"aud", r.Audience == c.config.OIN},
		{"jti", err == nil},
		{"betreft", r.About == e.about},
		{"meldingId", r.ReportID == e.report},
		{"correctieId", r.CorrectionID == e.correct},
		{"signaalId", r.SignalID == e.signal},
		{"terugkoppelingId", r.FeedbackID == e.feedback},
		{"pauzeId", r.PauseID == e.pause},
		{"wijzigingId", r.ChangeID == e.change},
		{"pauzes", e.fits(r.Pauses)},
		{"overgeslagen", e.skips(r)},
		{"sha256", len(r.Digest) == 64 && (e.digest == "" || r.Digest == e.digest)},
		{"status", r.Status == "geaccepteerd"},
		{"ontvangenOp", !r.ReceivedAt.IsZero()},
	} {
		if !claim.ok {
			return unverified("receipt has another " + claim.name + " than was asked for")
		}
	}
	return nil
}

// fits reports whether the pauses of a receipt can come of the message: of a
// change its one pause, of feedback at most one for each of its signals.
func (e expected) fits(pauses []gateway.GivenPause) bool {
	switch {
	case e.pause != "":
		return len(pauses) == 1 && pauses[0].ID == e.pause && sound(pauses[0])
	case e.feedback == "":
		return len(pauses) == 0
	}
	open := append([]gateway.SignalID{e.signal}, e.also...)
	for _, p := range pauses {
		at := slices.Index(open, p.SignalID)
		if at < 0 || !sound(p) {
			return false
		}
		open = slices.Delete(open, at, at+1)
	}
	return true
}

// skips reports whether what a receipt left out can come of the message:
// related signals of feedback, each once and without a pause.
func (e expected) skips(r Receipt) bool {
	open := e.also
	for _, s := range r.Skipped {
		at := slices.Index(open, s.SignalID)
		paused := slices.ContainsFunc(r.Pauses, func(p gateway.GivenPause) bool { return p.SignalID == s.SignalID })
		if at < 0 || paused || s.Code != gateway.CodeWithdrawn && s.Code != gateway.CodePauseExists {
			return false
		}
		open = slices.Delete(slices.Clone(open), at, at+1)
	}
	return true
}

// sound reports whether a pause is one that can be observed.
func sound(p gateway.GivenPause) bool {
	_, err := gateway.ParseUUID(string(p.ID))
	return err == nil && p.Step > 0 && !p.From.IsZero() && !p.From.After(p.Until)
}
