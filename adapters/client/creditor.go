// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// Report sends one report and gives its receipt. It is Prepare and Send in
// one; a sender that must survive its own crash uses those two.
func (c *Client) Report(ctx context.Context, r Report) (Receipt, error) {
	m, err := Prepare(r)
	if err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, m)
}

// Send sends a prepared report. Sending the same message again gives the same
// receipt; another message under the same id is a Problem with status 409.
func (c *Client) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.id == "" {
		return Receipt{}, fmt.Errorf("%w: empty message", ErrInput)
	}
	a, err := c.letter(ctx, call{method: http.MethodPut, path: "/v1/meldingen/" + string(m.id), accept: mediaJOSE, limit: maxAnswer}, m.payload)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(ctx, a, expected{typ: gateway.TypeReceipt, about: AboutReport, report: m.id, digest: m.Digest()})
}

// Correct puts a report right (AVG art. 16): the message is the whole report
// anew, under the id of the report; id is the correction's own. The same again
// gives the same receipt; another message under the same id is a Problem with
// status 409.
func (c *Client) Correct(ctx context.Context, id gateway.CorrectionID, m Message) (Receipt, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil || m.id == "" {
		return Receipt{}, fmt.Errorf("%w: a correction needs an id of its own and a message", ErrInput)
	}
	a, err := c.letter(ctx, call{method: http.MethodPut, path: "/v1/meldingen/" + string(m.id) + "/correcties/" + string(id),
		accept: mediaJOSE, limit: maxAnswer}, m.payload)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(ctx, a, expected{typ: gateway.TypeReceipt, about: AboutCorrection, report: m.id, correct: id, digest: m.Digest()})
}

// letter signs and encrypts the payload to the gateway and sends it. When the
// gateway no longer knows the key that it was encrypted to, it is encrypted
// once more to a freshly fetched one.
func (c *Client) letter(ctx context.Context, q call, payload []byte) (answer, error) {
	q.contentType = mediaJOSE
	age := keysFresh
	for {
		to, err := c.recipient(ctx, age)
		if err != nil {
			return answer{}, err
		}
		if q.body, err = jose.Wrap(payload, c.config.Signing, to); err != nil {
			return answer{}, fmt.Errorf("%w: %w", ErrInput, err)
		}
		a, err := c.do(ctx, q)
		if age != keysFresh || !rotated(err) {
			return a, err
		}
		age = keysApart
	}
}

// rotated reports a refusal because of the key: it may be ours that the
// gateway does not know, so one more try decides.
func rotated(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Has(gateway.CodeKey)
}

// Verdict is what the gateway would do with a report now. It is no receipt and
// promises nothing.
type Verdict struct {
	Outcome  string         `json:"uitkomst"` // zou-worden-geaccepteerd
	Warnings []gateway.Code `json:"waarschuwingen,omitzero"`
}

// Check asks whether a report would be accepted; nothing is stored. A refusal is a
// Problem with every finding.
func (c *Client) Check(ctx context.Context, m Message) (Verdict, error) {
	a, err := c.letter(ctx, call{method: http.MethodPost, path: "/v1/meldingen/_controleren", accept: mediaJSON, limit: maxAnswer}, m.payload)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	if err := decode(a, &v); err != nil {
		return Verdict{}, err
	}
	if v.Outcome != "zou-worden-geaccepteerd" {
		return Verdict{}, unexpected("unknown outcome of the check")
	}
	return v, nil
}

// WithdrawalReason says why a report no longer holds.
type WithdrawalReason string

// The reasons are a closed set.
const (
	ReasonPaid      WithdrawalReason = "betaald"
	ReasonPlan      WithdrawalReason = "betalingsregeling"
	ReasonMistaken  WithdrawalReason = "onterecht-gemeld"
	ReasonObjection WithdrawalReason = "bezwaar"
	ReasonDeceased  WithdrawalReason = "overleden"
)

// WithdrawalReasons lists the closed set.
func WithdrawalReasons() []WithdrawalReason {
	return []WithdrawalReason{ReasonPaid, ReasonPlan, ReasonMistaken, ReasonObjection, ReasonDeceased}
}

// Withdrawal (intrekking) takes a report back.
type Withdrawal struct {
	ReportID gateway.ReportID `json:"meldingId"`
	Reason   WithdrawalReason `json:"reden"`
	Date     gateway.Date     `json:"datum"`
}

// Withdraw takes a report back and gives the receipt of that. The same
// withdrawal again gives the same receipt.
func (c *Client) Withdraw(ctx context.Context, w Withdrawal) (Receipt, error) {
	if _, err := gateway.ParseUUID(string(w.ReportID)); err != nil {
		return Receipt{}, fmt.Errorf("%w: meldingId: %w", ErrInput, err)
	}
	if !slices.Contains(WithdrawalReasons(), w.Reason) || w.Date.IsZero() {
		return Receipt{}, fmt.Errorf("%w: a withdrawal needs a reason of the closed set and a date", ErrInput)
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: withdrawal", ErrInput)
	}
	a, err := c.letter(ctx, call{method: http.MethodPut, path: "/v1/meldingen/" + string(w.ReportID) + "/intrekking",
		accept: mediaJOSE, limit: maxAnswer}, payload)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(ctx, a, expected{typ: gateway.TypeReceipt, about: AboutWithdrawal, report: w.ReportID,
		digest: gateway.DigestOf(payload).String()})
}
