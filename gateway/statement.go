// SPDX-License-Identifier: EUPL-1.2

package gateway

import "time"

// StatementType is the typ header of what the gateway signs.
type StatementType string

const (
	TypeReceipt         StatementType = "ontvangstbewijs+jwt"
	TypeFeedbackReceipt StatementType = "terugkoppelingsbewijs+jwt"
	TypeNotice          StatementType = "bericht+jwt"
	TypeChangeReceipt   StatementType = "wijzigingsbewijs+jwt"
	TypePauseStatement  StatementType = "pauzeverklaring+jwt"
	TypeDeletion        StatementType = "verwijderingsbewijs+jwt"
	TypeDecision        StatementType = "besluit+jwt" // an officer's approval of a policy
	TypeBackup          StatementType = "reservekopie+jwt"
	TypeLoss            StatementType = "verliesverklaring+jwt" // what a restored gateway lacks
)

// Statement is a payload that the gateway is about to sign. Algorithm is
// ES256 unless the party asked for PS256.
type Statement struct {
	Type      StatementType
	Algorithm string
	Payload   []byte
}

// Compact is a compact JWS of the gateway, byte for byte as it was signed:
// replays give these bytes again.
type Compact []byte

// Receipt (ontvangstbewijs) is the claim set of the evidence that a report, a
// withdrawal or feedback was stored durably (invariant I2).
type Receipt struct {
	Issuer       OIN          `json:"iss"`
	Audience     OIN          `json:"aud"`
	ID           UUID         `json:"jti"`
	About        string       `json:"betreft"` // melding, correctie, intrekking, terugkoppeling, pauzewijziging
	ReportID     ReportID     `json:"meldingId,omitzero"`
	CorrectionID CorrectionID `json:"correctieId,omitzero"`
	SignalID     SignalID     `json:"signaalId,omitzero"`
	FeedbackID   FeedbackID   `json:"terugkoppelingId,omitzero"`
	PauseID      PauseID      `json:"pauzeId,omitzero"`
	ChangeID     ChangeID     `json:"wijzigingId,omitzero"`
	ReceivedAt   time.Time    `json:"ontvangenOp"`
	Digest       Digest       `json:"sha256"` // of the signed payload as received
	Municipality Municipality `json:"gemeente,omitzero"`
	Status       string       `json:"status"` // geaccepteerd
	Policy       *PolicyRef   `json:"beleid,omitzero"`
	Warnings     []Code       `json:"waarschuwingen,omitzero"`
	Trace        Trace        `json:"spoor"`
	Pauses       []GivenPause `json:"pauzes,omitzero"` // with feedback that started them, or the one that was changed

	Skipped []SkippedSignal `json:"overgeslagen,omitzero"` // with feedback: related signals that got no pause
}

// SkippedSignal tells a municipality that a related signal got nothing of its
// feedback, and why: CodeWithdrawn or CodePauseExists.
type SkippedSignal struct {
	SignalID SignalID `json:"signaalId"`
	Code     Code     `json:"code"`
}

// GivenPause tells a municipality which pause came of its message, so that it
// can change it.
type GivenPause struct {
	SignalID SignalID `json:"signaalId,omitzero"`
	ID       PauseID  `json:"pauzeId"`
	Step     int      `json:"volgnummer"`
	From     Date     `json:"ingangsdatum"`
	Until    Date     `json:"einddatum"`
	Review   Date     `json:"toetsdatum,omitzero"`
}

// Given is the pause of a signal as a receipt shows it.
func (p Pause) Given(of SignalID) GivenPause {
	return GivenPause{of, p.ID, p.Step, p.From, p.Until, p.Review}
}

// PolicyRef names the policy that decided, so that the decision can be made
// again later.
type PolicyRef struct {
	Name    string `json:"naam"`
	Version string `json:"versie"`
	Digest  string `json:"sha256"`
}
