// SPDX-License-Identifier: EUPL-1.2

package gateway

import "time"

// Notice (bericht) is the claim set of a message from the gateway to a party:
// to a creditor about its own report, to a municipality about a signal in its
// own mailbox. NoticeHelpAccepted with a Pause is the acceptance
// acknowledgement (acceptatiebericht).
type Notice struct {
	Issuer       OIN          `json:"iss"`
	Audience     OIN          `json:"aud"`
	ID           NoticeID     `json:"berichtId"`
	Kind         NoticeKind   `json:"soort"`
	ReportID     ReportID     `json:"meldingId,omitzero"` // to a creditor
	SignalID     SignalID     `json:"signaalId,omitzero"` // to a municipality
	Municipality Municipality `json:"gemeente"`
	Date         Date         `json:"datum"`
	IssuedAt     time.Time    `json:"uitgegevenOp"`
	Pause        *Pause       `json:"pauze,omitzero"`
	Reason       PauseReason  `json:"reden,omitzero"`            // of a change of a pause
	AnswerBy     Date         `json:"antwoordVoor,omitzero"`     // last day to answer a contest
	Term         ClockTerm    `json:"termijn,omitzero"`          // of an alarm or reminder: which clock ran out
	EarlierID    ReportID     `json:"eerdereMeldingId,omitzero"` // with NoticeOwnDuplicate
}

// NoticeProgress is how far the party came with a notice; it only moves
// forward.
type NoticeProgress string

const (
	NoticeReady    NoticeProgress = "klaar"
	NoticeReceived NoticeProgress = "ontvangen"
	NoticeApplied  NoticeProgress = "toegepast" // what it says of the pause is in force at the creditor
)

// NoticeDraft is a notice and the party it is for, not yet signed.
type NoticeDraft struct {
	To     Party
	Signal SignalID // the signal behind it, whoever it is for
	Notice Notice
}

// PostedNotice is a notice as truth keeps it: signed, then wrapped under a key that
// can be destroyed, because "this report led to help" says something about a
// person to whoever holds the creditor's books.
type PostedNotice struct {
	ID       NoticeID
	To       OIN
	Signal   SignalID
	ReportID ReportID // of a creditor's notice; empty for a municipality
	Kind     NoticeKind
	Pause    *Pause
	Scope    string
	Wrapped  []byte
	Digest   Digest // of the compact JWS
}

// Agent (uitvoerder) is whoever collects for a creditor and was told of a
// pause: a kind and a trade register number, never a name.
type Agent struct {
	Kind AgentKind `json:"soort"`
	KvK  string    `json:"kvk"` // eight digits
}

// AgentKind is what an agent is.
type AgentKind string

const (
	AgentBailiff AgentKind = "gerechtsdeurwaarder"
	AgentAgency  AgentKind = "incassobureau"
	AgentLawyer  AgentKind = "advocaat"
	AgentOther   AgentKind = "overig"
)

// AgentKinds lists the closed set, for the contract.
func AgentKinds() []AgentKind {
	return []AgentKind{AgentBailiff, AgentAgency, AgentLawyer, AgentOther}
}

// ParseKvK takes a number of the trade register: exactly eight digits.
func ParseKvK(s string) (string, bool) {
	if len(s) != 8 {
		return "", false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return s, true
}
