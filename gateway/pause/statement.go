// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Statement (pauzeverklaring) is the claim set of the gateway's word on a whole
// pause at one moment: enough, by itself, to tell a court or a bailiff whether
// it was in force on a day (see gateway/audit/proof).
type Statement struct {
	Issuer       gateway.OIN          `json:"iss"`
	Audience     gateway.OIN          `json:"aud"`
	ID           gateway.UUID         `json:"jti"`
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"`
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"`
	Municipality gateway.Municipality `json:"gemeente"`
	IssuedAt     time.Time            `json:"uitgegevenOp"`
	State        gateway.PauseState   `json:"stand"`
	Contested    bool                 `json:"betwist"`
	AnswerBy     gateway.Date         `json:"antwoordVoor,omitzero"`
	Pause        gateway.Pause        `json:"pauze"`
	Steps        []StatementStep      `json:"stappen"`
}

// StatementStep is one step of a pause as its parties may see it.
type StatementStep struct {
	Number     int                   `json:"volgnummer"`
	Kind       gateway.PauseStepKind `json:"soort"`
	By         gateway.OIN           `json:"door"`
	At         time.Time             `json:"op"`
	From       gateway.Date          `json:"ingangsdatum"`
	Until      gateway.Date          `json:"einddatum"`
	Review     gateway.Date          `json:"toetsdatum,omitzero"`
	Reason     gateway.PauseReason   `json:"reden,omitzero"`
	Digest     gateway.Digest        `json:"sha256,omitzero"` // of the signed message behind it
	Notice     gateway.NoticeID      `json:"berichtId,omitzero"`
	ReceivedAt time.Time             `json:"ontvangenOp,omitzero"`
	AppliedAt  time.Time             `json:"toegepastOp,omitzero"`
	Told       []gateway.Agent       `json:"ingelicht,omitzero"`
}

// State gives the signed statement of a pause to one of its parties. The look
// is in the log before anything is shown (invariant I5).
func (d *Desk) State(ctx context.Context, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error) {
	found, err := d.ports.Store.Pauses(ctx, []gateway.PauseID{id})
	if err != nil {
		return nil, err
	}
	if !found[0].Exists() || !found[0].of(v.Peer) { // whoever guesses takes no turn of a writer
		return nil, unknown()
	}
	var signed gateway.Compact
	err = d.ports.Store.Write(ctx, func(tx Tx) error {
		signed, err = d.state(ctx, tx, v, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return signed, nil
}

// state makes the statement inside a transaction: a step between two looks
// would make it contradict itself.
func (d *Desk) state(ctx context.Context, tx Tx, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error) {
	found, err := tx.Pauses([]gateway.PauseID{id})
	if err != nil {
		return nil, err
	}
	if !found[0].Exists() || !found[0].of(v.Peer) {
		return nil, unknown()
	}
	steps, err := tx.Steps(id)
	if err != nil {
		return nil, err
	}
	v.At = d.ports.Clock() // as of this transaction
	payload, err := json.Marshal(d.statement(v, found[0], steps))
	if err != nil {
		return nil, fmt.Errorf("pause statement: %T", err)
	}
	signed, err := d.ports.Receipts.Sign(ctx, []gateway.Statement{{Type: gateway.TypePauseStatement,
		Algorithm: v.Peer.Party().ReceiptAlg, Payload: payload}})
	if err != nil {
		return nil, err
	}
	e, err := audit.New(audit.PauseRead, audit.ByPeer(v.Peer, v.Trace), object(id), v.At, audit.Receipt(string(signed[0])))
	if err != nil {
		return nil, err
	}
	_, err = tx.Append([]audit.Entry{e})
	return signed[0], err
}

// seenBy takes out of a step what another creditor, that held the claim before,
// said and did (invariant I8): its reason, how far it came, and whom it told.
func seenBy(p gateway.PauseStep, own gateway.OIN) gateway.PauseStep {
	if p.To != own {
		p.Notice, p.ReceivedAt, p.AppliedAt, p.Told = "", time.Time{}, time.Time{}, nil
	}
	contest := p.Kind == gateway.PauseContested || p.Kind == gateway.PauseTransferred
	if contest && p.By != own {
		p.Reason = ""
	}
	return p
}

func (d *Desk) statement(v gateway.Visit, now Standing, steps []gateway.PauseStep) Statement {
	kind := v.Peer.Party().Kind
	s := Statement{Issuer: d.ports.Issuer, Audience: v.Peer.OIN(), ID: gateway.NewUUID(v.At, nil), Municipality: now.Municipality.Municipality,
		IssuedAt: v.At.UTC(), State: now.State, Contested: now.Contested, AnswerBy: now.AnswerBy, Pause: now.Pause}
	if kind == gateway.KindMunicipality {
		s.SignalID = now.Signal
	} else {
		s.ReportID = now.ReportID
	}
	for _, p := range steps {
		if kind == gateway.KindCreditor {
			p = seenBy(p, v.Peer.OIN())
		}
		s.Steps = append(s.Steps, StatementStep{Number: p.Number, Kind: p.Kind, By: p.By, At: p.At, From: p.Pause.From, Until: p.Pause.Until,
			Review: p.Pause.Review, Reason: Shown(p.Reason, kind), Digest: p.Digest, Notice: p.Notice,
			ReceivedAt: p.ReceivedAt, AppliedAt: p.AppliedAt, Told: p.Told})
	}
	return s
}
