// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// PauseStatement (pauzeverklaring) is the gateway's verified word on a whole
// pause at one moment. Keep Compact: it tells a court or a bailiff, without you and
// without the gateway, whether the pause was in force on a day (proof.VerifyPause).
type PauseStatement struct {
	Issuer       gateway.OIN          `json:"iss"`
	Audience     gateway.OIN          `json:"aud"`
	ID           gateway.UUID         `json:"jti"`
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"` // to a creditor
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"` // to a municipality
	Municipality gateway.Municipality `json:"gemeente"`
	IssuedAt     time.Time            `json:"uitgegevenOp"`
	State        gateway.PauseState   `json:"stand"`
	Contested    bool                 `json:"betwist"`
	AnswerBy     gateway.Date         `json:"antwoordVoor,omitzero"` // last day to answer the contest
	Pause        gateway.Pause        `json:"pauze"`
	Steps        []PauseStep          `json:"stappen"`

	Compact string `json:"-"` // the compact JWS, byte for byte
}

// PauseStep is one step in the life of a pause, as its parties may see it.
type PauseStep struct {
	Number     int                   `json:"volgnummer"`
	Kind       gateway.PauseStepKind `json:"soort"`
	By         gateway.OIN           `json:"door"`
	At         time.Time             `json:"op"`
	From       gateway.Date          `json:"ingangsdatum"`
	Until      gateway.Date          `json:"einddatum"`
	Review     gateway.Date          `json:"toetsdatum,omitzero"`
	Reason     gateway.PauseReason   `json:"reden,omitzero"`
	Digest     string                `json:"sha256,omitzero"` // of the signed message behind it, hexadecimal
	Notice     gateway.NoticeID      `json:"berichtId,omitzero"`
	ReceivedAt time.Time             `json:"ontvangenOp,omitzero"`
	AppliedAt  time.Time             `json:"toegepastOp,omitzero"`
	Told       []gateway.Agent       `json:"ingelicht,omitzero"`
}

// Pause fetches the statement of a pause of your own and verifies it: signed
// with a receipt key, made out to you, about this pause, and one that whoever gets
// it can verify offline.
func (c *Client) Pause(ctx context.Context, id gateway.PauseID) (PauseStatement, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return PauseStatement{}, fmt.Errorf("%w: pauzeId: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/pauzes/" + string(id), accept: mediaJOSE, limit: maxAnswer})
	if err != nil {
		return PauseStatement{}, err
	}
	payload, err := c.verify(ctx, a.body, gateway.TypePauseStatement)
	if err != nil {
		return PauseStatement{}, err
	}
	var s PauseStatement
	if json.Unmarshal(payload, &s) != nil {
		return PauseStatement{}, unverified("statement is not the JSON of the contract")
	}
	if err := c.checkStatement(s, id); err != nil {
		return PauseStatement{}, err
	}
	if err := c.verifyMoment(ctx, a.body, gateway.TypePauseStatement, s.IssuedAt); err != nil {
		return PauseStatement{}, err
	}
	s.Compact = string(a.body)
	return s, c.provable(ctx, s)
}

func (c *Client) checkStatement(s PauseStatement, id gateway.PauseID) error {
	for _, claim := range []struct {
		name string
		ok   bool
	}{
		{"iss", s.Issuer == c.config.GatewayOIN},
		{"aud", s.Audience == c.config.OIN},
		{"pauzeId", s.Pause.ID == id},
		{"gemeente", c.ours(s.Municipality)},
		{"signaalId", (s.SignalID != "") == (c.config.Municipality != "")},
		{"uitgegevenOp", !s.IssuedAt.IsZero()},
	} {
		if !claim.ok {
			return unverified("statement has another " + claim.name + " than was asked for")
		}
	}
	return nil
}

// provable holds a statement to what the offline verifier asks, so that what
// was kept today is not refused when it is needed.
func (c *Client) provable(ctx context.Context, s PauseStatement) error {
	set, err := c.published(ctx, keysFresh)
	if err != nil {
		return err
	}
	keys, err := proof.ParseKeySet(set.document)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	if _, err := keys.OpenPauseDocument(s.Compact); err != nil {
		return fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	return nil
}

// Keys gives the gateway's published keys (JWKS) as they are now. Kept beside
// receipts and statements, they let anyone verify those offline.
func (c *Client) Keys(ctx context.Context) ([]byte, error) {
	set, err := c.published(ctx, keysApart)
	return bytes.Clone(set.document), err
}
