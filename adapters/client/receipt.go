// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// What a receipt is about (claim betreft).
const (
	AboutReport     = "melding"
	AboutWithdrawal = "intrekking"
	AboutFeedback   = "terugkoppeling"
)

// Receipt (ontvangstbewijs) is the verified evidence that the gateway stored a
// message durably. Keep Compact: it is what a court or auditor can verify.
type Receipt struct {
	Issuer       gateway.OIN          `json:"iss"`
	Audience     gateway.OIN          `json:"aud"`
	ID           gateway.UUID         `json:"jti"`
	About        string               `json:"betreft"`
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"`
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"`
	FeedbackID   gateway.FeedbackID   `json:"terugkoppelingId,omitzero"`
	ReceivedAt   time.Time            `json:"ontvangenOp"`
	Digest       string               `json:"sha256"` // of the payload as it was signed, hexadecimal
	Municipality gateway.Municipality `json:"gemeente,omitzero"`
	Status       string               `json:"status"`
	Policy       *gateway.PolicyRef   `json:"beleid,omitzero"`
	Warnings     []gateway.Code       `json:"waarschuwingen,omitzero"`
	Trace        gateway.Trace        `json:"spoor"`

	Compact  string `json:"-"` // the compact JWS, byte for byte
	Replayed bool   `json:"-"` // the gateway had it already; this is the first receipt again
}

// expected is what a receipt must say, known before it comes; an empty digest
// is not compared.
type expected struct {
	typ      gateway.StatementType
	about    string
	report   gateway.ReportID
	signal   gateway.SignalID
	feedback gateway.FeedbackID
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
		{"signaalId", r.SignalID == e.signal},
		{"terugkoppelingId", r.FeedbackID == e.feedback},
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
