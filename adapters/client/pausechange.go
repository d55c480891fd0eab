// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// PauseChangeKind is what a party asks of a running pause.
type PauseChangeKind string

// The kinds are a closed set.
const (
	ChangeProlong  PauseChangeKind = "verlengen"  // municipality
	ChangeEnd      PauseChangeKind = "beeindigen" // municipality
	ChangeCorrect  PauseChangeKind = "corrigeren" // municipality
	ChangeUphold   PauseChangeKind = "handhaven"  // municipality: its answer to a contest
	ChangeContest  PauseChangeKind = "betwisten"  // creditor
	ChangeTransfer PauseChangeKind = "overdragen" // creditor: it sold the claim
)

// PauseChangeKinds lists the closed set.
func PauseChangeKinds() []PauseChangeKind {
	return []PauseChangeKind{ChangeProlong, ChangeEnd, ChangeCorrect, ChangeUphold, ChangeContest, ChangeTransfer}
}

// Reasons lists which reasons fit a kind of change, the usual one first.
func (k PauseChangeKind) Reasons() []gateway.PauseReason {
	switch k {
	case ChangeProlong:
		return []gateway.PauseReason{gateway.ReasonStillHelping}
	case ChangeEnd:
		return []gateway.PauseReason{gateway.ReasonHelpStopped, gateway.ReasonArranged, gateway.ReasonNoContact, gateway.ReasonMistake, gateway.ReasonDead}
	case ChangeCorrect:
		return []gateway.PauseReason{gateway.ReasonMistake}
	case ChangeUphold:
		return []gateway.PauseReason{gateway.ReasonStillHelping, gateway.ReasonArranged}
	case ChangeContest:
		return []gateway.PauseReason{gateway.ReasonNoClaim, gateway.ReasonWrongPerson, gateway.ReasonProcedure, gateway.ReasonTooLong, gateway.ReasonDead}
	case ChangeTransfer:
		return []gateway.PauseReason{gateway.ReasonSold}
	}
	return nil
}

// PauseChange (pauzewijziging) is what a party signs about a pause. Make one
// with ProlongPause, EndPause, CorrectPause, UpholdPause, ContestPause or
// TransferClaim; they give it an id. Keep it with its id, to send it again after
// a crash of your own.
type PauseChange struct {
	ID      gateway.ChangeID    `json:"wijzigingId"`
	PauseID gateway.PauseID     `json:"pauzeId"`
	Kind    PauseChangeKind     `json:"soort"`
	Reason  gateway.PauseReason `json:"reden"`
	Until   gateway.Date        `json:"einddatum,omitzero"`  // the new last day; must with ChangeProlong and ChangeCorrect, may with ChangeEnd
	Review  gateway.Date        `json:"toetsdatum,omitzero"` // may with ChangeProlong and ChangeCorrect
	Taker   gateway.OIN         `json:"overnemer,omitzero"`  // with ChangeTransfer
}

func newChange(pause gateway.PauseID, kind PauseChangeKind) PauseChange {
	return PauseChange{ID: gateway.ChangeID(gateway.NewUUID(time.Now(), nil)), PauseID: pause, Kind: kind, Reason: kind.Reasons()[0]}
}

// ProlongPause lets a pause hold until a later last day, at most 30 days from
// today or fewer by agreement.
func ProlongPause(pause gateway.PauseID, until gateway.Date) PauseChange {
	c := newChange(pause, ChangeProlong)
	c.Until = until
	return c
}

// EndPause lets a pause end today, or on Until once that is set: never in the past.
func EndPause(pause gateway.PauseID, why gateway.PauseReason) PauseChange {
	c := newChange(pause, ChangeEnd)
	c.Reason = why
	return c
}

// CorrectPause repairs a last day that was given by mistake.
func CorrectPause(pause gateway.PauseID, until gateway.Date) PauseChange {
	c := newChange(pause, ChangeCorrect)
	c.Until = until
	return c
}

// UpholdPause answers a creditor that contests: the pause stays.
func UpholdPause(pause gateway.PauseID, why gateway.PauseReason) PauseChange {
	c := newChange(pause, ChangeUphold)
	c.Reason = why
	return c
}

// ContestPause asks the municipality to look again, until the fifth working
// day after you were told. The pause holds meanwhile.
func ContestPause(pause gateway.PauseID, why gateway.PauseReason) PauseChange {
	c := newChange(pause, ChangeContest)
	c.Reason = why
	return c
}

// TransferClaim passes a claim that was sold, with its pause, to a creditor that
// takes part. Once there is a receipt, the pause is the taker's to observe.
func TransferClaim(pause gateway.PauseID, taker gateway.OIN) PauseChange {
	c := newChange(pause, ChangeTransfer)
	c.Taker = taker
	return c
}

// check finds what the gateway would refuse by its form alone.
func (p PauseChange) check() error {
	_, errID := gateway.ParseUUID(string(p.ID))
	_, errPause := gateway.ParseUUID(string(p.PauseID))
	_, errTaker := gateway.ParseOIN(string(p.Taker))
	switch {
	case errID != nil:
		return fmt.Errorf("%w: wijzigingId: %w", ErrInput, errID)
	case errPause != nil:
		return fmt.Errorf("%w: pauzeId: %w", ErrInput, errPause)
	case !slices.Contains(p.Kind.Reasons(), p.Reason):
		return fmt.Errorf("%w: a change needs a kind of the closed set and a reason that fits it", ErrInput)
	case (p.Kind == ChangeProlong || p.Kind == ChangeCorrect) && p.Until.IsZero():
		return fmt.Errorf("%w: this change needs a last day", ErrInput)
	case (p.Kind == ChangeTransfer) != (errTaker == nil):
		return fmt.Errorf("%w: a transfer needs the OIN of who takes the claim, and nothing else has one", ErrInput)
	}
	return nil
}

// ChangePause signs and sends a change and gives its receipt, with the pause
// as it stands after it. The same change again gives the same receipt.
func (c *Client) ChangePause(ctx context.Context, p PauseChange) (Receipt, error) {
	if err := p.check(); err != nil {
		return Receipt{}, err
	}
	payload, err := json.Marshal(p)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: change of a pause", ErrInput)
	}
	token, err := jose.SignPayload(payload, c.config.Signing, "JOSE")
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodPut, contentType: mediaJOSE, body: token, accept: mediaJOSE, limit: maxAnswer,
		path: "/v1/pauzes/" + string(p.PauseID) + "/wijzigingen/" + string(p.ID)})
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(ctx, a, expected{typ: gateway.TypeChangeReceipt, about: AboutChange, pause: p.PauseID, change: p.ID,
		digest: gateway.DigestOf(payload).String()})
}
