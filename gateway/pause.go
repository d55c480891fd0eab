// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"slices"
	"time"
)

// Pause (incassopauze) is the explicit promise that collection rests, as it
// stands after one document: the Step says which, so that whoever holds the
// documents sees whether one is missing.
type Pause struct {
	ID     PauseID `json:"pauzeId"`
	Step   int     `json:"volgnummer"`          // of the document in the life of the pause, from 1
	From   Date    `json:"ingangsdatum"`        // the first day that it holds
	Until  Date    `json:"einddatum"`           // the last day that it holds
	Review Date    `json:"toetsdatum,omitzero"` // the municipality looks again on this day
}

// The kinds of notices about a pause. Those to a creditor that change what it
// must do ask for the confirmation "toegepast", see AsksApplied.
const (
	NoticePauseProlonged  NoticeKind = "pauze-verlengd"
	NoticePauseEnded      NoticeKind = "pauze-beeindigd"
	NoticePauseCorrected  NoticeKind = "pauze-gecorrigeerd"
	NoticePauseUpheld     NoticeKind = "pauze-gehandhaafd"        // the municipality's answer to a contest
	NoticePauseContested  NoticeKind = "pauze-betwist"            // to the municipality
	NoticePauseExpired    NoticeKind = "pauze-verstreken"         // its last day is over; to both
	NoticeClaimPassed     NoticeKind = "vordering-overgedragen"   // to the creditor that sold it, and to the municipality
	NoticeClaimTaken      NoticeKind = "vordering-overgenomen"    // to the creditor that bought it, with the pause
	NoticePauseReview     NoticeKind = "pauze-toetsen"            // reminder to the municipality, on the review date
	NoticePauseNotFetched NoticeKind = "pauze-niet-ontvangen"     // alarm; to both
	NoticePauseNotApplied NoticeKind = "pauze-niet-toegepast"     // alarm; to both
	NoticeContestOpen     NoticeKind = "betwisting-onbeantwoord"  // alarm; to both
	NoticeNotCollected    NoticeKind = "signaal-niet-bevestigd"   // reminder to the municipality
	NoticeNoFeedback      NoticeKind = "terugkoppeling-ontbreekt" // reminder to the municipality
)

// AsksApplied reports whether a creditor must confirm that it applied what the
// notice says: the start of a pause and every change of what it must do.
func (k NoticeKind) AsksApplied() bool { return slices.Contains(KindsAskingApplied(), k) }

// KindsAskingApplied lists the kinds of notices that ask for "toegepast".
func KindsAskingApplied() []NoticeKind {
	return []NoticeKind{NoticeHelpAccepted, NoticePauseProlonged, NoticePauseCorrected, NoticeClaimTaken}
}

// PauseStepKind is what happened to a pause.
type PauseStepKind string

const (
	PauseBegun       PauseStepKind = "begonnen"
	PauseProlonged   PauseStepKind = "verlengd"
	PauseEnded       PauseStepKind = "beeindigd"
	PauseCorrected   PauseStepKind = "gecorrigeerd"
	PauseContested   PauseStepKind = "betwist"
	PauseUpheld      PauseStepKind = "gehandhaafd"
	PauseTransferred PauseStepKind = "overgedragen"
	PauseExpired     PauseStepKind = "verstreken"
)

// PauseState is whether a pause may still change.
type PauseState string

const (
	PauseRuns     PauseState = "loopt"
	PauseOver     PauseState = "verstreken" // by its date
	PauseFinished PauseState = "beeindigd"  // by a signed message; it holds to the end of its last day
)

// PauseReason says why a party changes or contests a pause.
type PauseReason string

const (
	// Of the municipality.
	ReasonStillHelping PauseReason = "hulp-loopt-nog"
	ReasonHelpStopped  PauseReason = "hulp-gestopt"
	ReasonArranged     PauseReason = "regeling-getroffen"
	ReasonNoContact    PauseReason = "geen-contact"
	ReasonMistake      PauseReason = "vergissing"
	ReasonDead         PauseReason = "overleden"
	// Of the creditor.
	ReasonNoClaim     PauseReason = "geen-vordering"
	ReasonWrongPerson PauseReason = "verkeerde-persoon"
	ReasonProcedure   PauseReason = "procedure-loopt"
	ReasonTooLong     PauseReason = "termijn-te-lang"
	ReasonSold        PauseReason = "vordering-verkocht"
)

// PauseLimits is what an agreement allows a pause.
type PauseLimits struct {
	Days          int // longest stretch that one message may give; 0 means what the covenant allows
	Prolongations int // how often it may be prolonged; 0 means never
}

// MaxPauseDays is the longest stretch of a pause that the national covenant
// allows.
const MaxPauseDays = 30

// Stretch is the longest stretch in days that one message may give.
func (l PauseLimits) Stretch() int {
	if l.Days <= 0 || l.Days > MaxPauseDays {
		return MaxPauseDays
	}
	return l.Days
}

// PauseStart is a pause that begins, as truth stores it with the feedback that
// asked for it.
type PauseStart struct {
	Pause  Pause
	Signal SignalID
	Holder OIN // the creditor that must observe it
	Notice NoticeID
	Digest Digest // of the municipality's signed feedback
	By     OIN    // the municipality
	At     time.Time
}

// PauseStep is one event in the life of a pause.
type PauseStep struct {
	Number int
	Kind   PauseStepKind
	By     OIN // who signed the message behind it; the gateway's own when its date passed
	At     time.Time
	Pause  Pause // as it stands after it
	Reason PauseReason
	Digest Digest   // of the signed message; zero when its date passed
	Notice NoticeID // the document that the creditor got, if any
	To     OIN      // whom the document was for; empty when it is no longer kept
	// How far the creditor came with that document.
	ReceivedAt, AppliedAt time.Time
	Told                  []Agent
}

// ClockTerm names the clock that ran out.
type ClockTerm string

const (
	Term24Hours     ClockTerm = "24-uur"
	TermThreeDays   ClockTerm = "3-dagen"
	TermWorkingDays ClockTerm = "3-werkdagen"
	TermFiveDays    ClockTerm = "5-werkdagen"
	TermTwoWeeks    ClockTerm = "2-weken"
	TermFourWeeks   ClockTerm = "4-weken"
)
