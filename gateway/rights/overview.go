// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

// Overview (overzicht) is what a controller needs to answer a request for
// access (AVG art. 15): what was processed, by whom, why, from whom, to whom,
// when, and how long it is kept. It holds metadata only and no word of the
// person: the controller adds for whom it is. docs/formats.md describes it.
type Overview struct {
	Version      int                  `json:"versie"`
	MadeAt       time.Time            `json:"gemaaktOp"`
	Instruction  gateway.UUID         `json:"opdracht"`
	Controller   Organisation         `json:"verantwoordelijke"`
	Municipality gateway.Municipality `json:"gemeente"`
	Purpose      string               `json:"doel"`
	Content      string               `json:"inhoud"`
	Categories   []string             `json:"soortenGegevens"`
	Reports      []ReportView         `json:"meldingen"`
	LeftOut      int                  `json:"nietOpgenomen"` // found, but perhaps about somebody else
}

// Organisation is a party by number and name.
type Organisation struct {
	OIN  gateway.OIN `json:"oin"`
	Name string      `json:"naam,omitzero"`
}

// ReportView is what is kept of one report.
type ReportView struct {
	SignalID     gateway.SignalID      `json:"signaalId"`
	ReportID     gateway.ReportID      `json:"meldingId"`
	From         Organisation          `json:"meldendePartij"`
	To           gateway.Municipality  `json:"gemeente"`
	Kind         gateway.ReportKind    `json:"soort"`
	Policy       *gateway.PolicyRef    `json:"beleid,omitzero"` // under which it was allowed, with the legal basis of each rule
	FoundBy      []Match               `json:"gevondenOp"`
	SubjectID    string                `json:"betrokkeneId,omitzero"` // in the controller's own processing log
	ReceivedAt   time.Time             `json:"ontvangenOp"`
	WithdrawnAt  time.Time             `json:"ingetrokkenOp,omitzero"`
	ErasedAt     time.Time             `json:"gewistOp,omitzero"`
	Mailbox      *MailboxView          `json:"brievenbus,omitzero"` // only for the municipality
	Coincidences []gateway.Coincidence `json:"samenloop,omitzero"`  // only for the municipality
	Messages     []MessageView         `json:"latereBerichten,omitzero"`
	Feedback     []FeedbackView        `json:"terugkoppelingen,omitzero"` // only for the municipality
	Notices      []NoticeView          `json:"berichten,omitzero"`
	Kept         TermsView             `json:"bewaardTot"`
}

// Match is a pseudonym that a report shares with the subject. The constant is
// the value of gevondenOp; tokens have words of their own, which no reader sees.
type Match string

const (
	MatchPerson   Match = "persoon" // name and date of birth
	MatchResident Match = "bewoner" // name at the address
	MatchAddress  Match = "adres"
)

// matches says by which pseudonyms a hit was found.
func matches(by []pseudonym.TokenKind) []Match {
	found := []Match{}
	for _, kind := range by {
		switch kind {
		case pseudonym.TokenPerson:
			found = append(found, MatchPerson)
		case pseudonym.TokenResident:
			found = append(found, MatchResident)
		case pseudonym.TokenAddress:
			found = append(found, MatchAddress)
		case pseudonym.TokenClaim: // nobody is looked for by a claim
		}
	}
	return found
}

// MailboxView is how far the municipality came with a signal.
type MailboxView struct {
	State       gateway.SignalState `json:"toestand"`
	Urgency     gateway.Urgency     `json:"urgentie"`
	OfferedAt   time.Time           `json:"aangebodenOp,omitzero"`
	ReadAt      time.Time           `json:"gelezenOp,omitzero"`
	ConfirmedAt time.Time           `json:"bevestigdOp,omitzero"`
}

// MessageView is a later message of the creditor about its report.
type MessageView struct {
	SignalID   gateway.SignalID     `json:"signaalId"`
	Nature     gateway.SignalNature `json:"aard"`
	ReceivedAt time.Time            `json:"ontvangenOp"`
	Until      gateway.Date         `json:"inhoudTot,omitzero"`
}

// FeedbackView is that the municipality gave feedback.
type FeedbackView struct {
	ID         gateway.FeedbackID `json:"terugkoppelingId"`
	ReceivedAt time.Time          `json:"ontvangenOp"`
	Until      gateway.Date       `json:"bewaardTot"`
}

// NoticeView is a notice about the report, to the creditor or the municipality.
type NoticeView struct {
	ID         gateway.NoticeID   `json:"berichtId"`
	Kind       gateway.NoticeKind `json:"soort"`
	PostedAt   time.Time          `json:"klaargezetOp"`
	ReceivedAt time.Time          `json:"ontvangenOp,omitzero"`
	AppliedAt  time.Time          `json:"toegepastOp,omitzero"`
	Pause      *gateway.Pause     `json:"pauze,omitzero"`
	Until      gateway.Date       `json:"bewaardTot"`
}

// TermsView is the last day of each kind of what is kept; absent when it is
// gone.
type TermsView struct {
	Body    gateway.Date `json:"inhoud,omitzero"`
	Tokens  gateway.Date `json:"pseudoniemen,omitzero"`
	Receipt gateway.Date `json:"bewijs,omitzero"`
	Signal  gateway.Date `json:"kenmerken"`
}

// Overview makes the overview for the controller of the instruction and logs
// it. Hits that may be about a housemate are counted and left out, because an
// overview may not harm the rights of others (AVG art. 15(4)), unless the
// search names them. A creditor gets what the gateway keeps of its own reports
// and notices, not how the municipality went about it: that is for the
// municipality to tell (invariant I8).
func (d *Desk) Overview(ctx context.Context, s Search) (Overview, error) {
	hits, err := d.look(ctx, s, audit.OverviewMade)
	if err != nil {
		return Overview{}, err
	}
	i := s.Instruction
	hits = shown(hits, i)
	o := Overview{Version: 1, MadeAt: i.At.UTC(), Instruction: i.ID, Controller: Organisation{i.Controller.OIN, i.Controller.Name},
		Municipality: i.Municipality, Reports: []ReportView{},
		Purpose: "vroegsignalering van schulden (Wgs art. 3 lid 1 onder b): de gemeente biedt hulp aan bij betalingsachterstanden",
		Content: "versleuteld voor de gemeente; alleen de gemeente kan de inhoud openen en er inzage in geven",
		Categories: []string{"versleutelde inhoud van de melding", "pseudoniemen om meldingen te verbinden", "kenmerken zonder inhoud: partijen, soort, momenten", "bewijs van ontvangst zonder inhoud",
			"terugkoppelingen: nummer, moment en bewijs", "berichten aan partijen: soort en momenten, de tekst versleuteld", "incassopauzes: dagen, stappen en bewijs van wijzigingen"}}
	counted := counting(hits)
	o.LeftOut = len(hits) - len(counted)
	for _, h := range counted {
		o.Reports = append(o.Reports, view(h, i.Controller))
	}
	return o, nil
}

func view(h Hit, controller gateway.Party) ReportView {
	v := ReportView{SubjectID: logbook.SubjectID(controller.OIN, h.Subject), SignalID: h.Signal.ID, ReportID: h.ReportID, From: Organisation{h.Creditor, h.CreditorName}, To: h.Signal.Municipality,
		Kind: h.Signal.Kind, Policy: policyOf(h.Receipt), FoundBy: matches(h.By), ReceivedAt: h.Moments.Deposited, WithdrawnAt: h.Moments.Withdrawn,
		ErasedAt: h.Moments.Erased, Kept: TermsView{h.BodyUntil, h.TokensUntil, h.ReceiptUntil, h.SignalUntil}}
	for _, m := range h.Messages {
		v.Messages = append(v.Messages, MessageView{m.Signal.ID, m.Signal.Nature, m.Moments.Deposited, m.BodyUntil})
	}
	for _, n := range h.Notices {
		v.Notices = append(v.Notices, NoticeView{n.ID, n.Kind, n.Posted, n.Received, n.Applied, n.Pause, n.Until})
	}
	if controller.Kind != gateway.KindMunicipality {
		return v
	}
	v.Mailbox = &MailboxView{h.Signal.State, h.Signal.Urgency, h.Moments.Offered, h.Moments.Read, h.Moments.Confirmed}
	for _, r := range h.Signal.Relations { // not with whom: the other may be a housemate
		if !slices.Contains(v.Coincidences, r.Coincidence) {
			v.Coincidences = append(v.Coincidences, r.Coincidence)
		}
	}
	for _, f := range h.Feedback {
		v.Feedback = append(v.Feedback, FeedbackView{f.ID, f.At, f.Until})
	}
	return v
}

// policyOf reads the policy out of a stored receipt, which we signed ourselves;
// nil when it cannot be read.
func policyOf(receipt gateway.Compact) *gateway.PolicyRef {
	parts := strings.Split(string(receipt), ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct {
		Policy *gateway.PolicyRef `json:"beleid"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims.Policy
}
