// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// BatchStatus is how far the gateway is with a file.
type BatchStatus struct {
	ID         gateway.BatchID   `json:"aanleveringId"`
	State      batch.State       `json:"toestand"`
	Layout     batch.Layout      `json:"indeling"`
	Envelope   batch.Envelope    `json:"verpakking"`
	Check      bool              `json:"controle"`
	Size       int64             `json:"omvang"` // bytes, sealed
	Lines      int64             `json:"regels"` // zero until counted
	Processed  int64             `json:"verwerkt"`
	Accepted   int64             `json:"geaccepteerd"`
	Refused    int64             `json:"geweigerd"`
	Duplicate  int64             `json:"dubbel"`
	ReceivedAt time.Time         `json:"ontvangenOp"`
	DoneAt     time.Time         `json:"gereedOp,omitzero"`
	Digest     string            `json:"sha256,omitzero"`      // of the content, hexadecimal
	Findings   []gateway.Finding `json:"bevindingen,omitzero"` // why the whole file was refused
	// Summary is signed evidence of the end, verified; keep it byte for byte.
	Summary string `json:"samenvatting,omitzero"`
}

// Ended reports whether nothing will change any more.
func (s BatchStatus) Ended() bool { return s.State == batch.Done || s.State == batch.Rejected }

// Batch asks how far a file is.
func (c *Client) Batch(ctx context.Context, id gateway.BatchID) (BatchStatus, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return BatchStatus{}, fmt.Errorf("%w: aanleveringId: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/aanleveringen/" + string(id), accept: mediaJSON, limit: maxAnswer})
	if err != nil {
		return BatchStatus{}, err
	}
	return c.batchStatus(ctx, a, id)
}

// The pauses between two questions of WaitBatch.
const (
	leastPause = 200 * time.Millisecond
	mostPause  = 5 * time.Second
)

// WaitBatch asks until the file has ended. moved, when not nil, hears every
// status. A file that was refused as a whole is no error: look at State.
func (c *Client) WaitBatch(ctx context.Context, id gateway.BatchID, moved func(BatchStatus)) (BatchStatus, error) {
	return waitBatch(ctx, id, c.Batch, moved)
}

func waitBatch(ctx context.Context, id gateway.BatchID, ask func(context.Context, gateway.BatchID) (BatchStatus, error), moved func(BatchStatus)) (BatchStatus, error) {
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		s, err := ask(ctx, id)
		if err != nil {
			return BatchStatus{}, err
		}
		if moved != nil {
			moved(s)
		}
		if s.Ended() {
			return s, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return BatchStatus{}, err
		}
	}
}

func (c *Client) batchStatus(ctx context.Context, a answer, id gateway.BatchID) (BatchStatus, error) {
	var s BatchStatus
	if err := decode(a, &s); err != nil {
		return BatchStatus{}, err
	}
	if s.ID != id {
		return BatchStatus{}, unexpected("status of another file")
	}
	if s.Summary == "" {
		return s, nil
	}
	if _, err := c.summary(ctx, s); err != nil {
		return BatchStatus{}, err
	}
	return s, nil
}

// summary is the signed end of a file (claims of aanleveringsbewijs+jwt).
type summary struct {
	Issuer    gateway.OIN     `json:"iss"`
	Audience  gateway.OIN     `json:"aud"`
	ID        gateway.BatchID `json:"aanleveringId"`
	State     batch.State     `json:"toestand"`
	Check     bool            `json:"controle"`
	DoneAt    time.Time       `json:"gereedOp"`
	Sealed    string          `json:"sha256Ontvangen"` // of the file as received
	Digest    string          `json:"sha256"`
	Lines     int64           `json:"regels"`
	Accepted  int64           `json:"geaccepteerd"`
	Refused   int64           `json:"geweigerd"`
	Duplicate int64           `json:"dubbel"`
	Outcomes  string          `json:"sha256Uitkomsten"` // of the NDJSON, hexadecimal
}

// summary verifies the evidence, and that it says what the status says.
func (c *Client) summary(ctx context.Context, s BatchStatus) (summary, error) {
	payload, err := c.verify(ctx, []byte(s.Summary), batch.TypeSummary)
	if err != nil {
		return summary{}, err
	}
	var claims summary
	if json.Unmarshal(payload, &claims) != nil {
		return summary{}, unverified("summary is not the JSON of the contract")
	}
	for _, claim := range []struct {
		name string
		ok   bool
	}{
		{"iss", claims.Issuer == c.config.GatewayOIN},
		{"aud", claims.Audience == c.config.OIN},
		{"aanleveringId", claims.ID == s.ID},
		{"toestand", claims.State == s.State},
		{"controle", claims.Check == s.Check},
		{"sha256", claims.Digest == s.Digest},
		{"regels", claims.Lines == s.Lines},
		{"uitkomsten", claims.Accepted == s.Accepted && claims.Refused == s.Refused && claims.Duplicate == s.Duplicate},
	} {
		if !claim.ok {
			return summary{}, unverified("summary has another " + claim.name + " than was asked for")
		}
	}
	return claims, c.verifyMoment(ctx, []byte(s.Summary), batch.TypeSummary, claims.DoneAt)
}
