// SPDX-License-Identifier: EUPL-1.2

package gateway

// Result (resultaat) is how a case stands or ended; the values are those of
// DDAS v1.2 (EnumEindresultaat, and "Opgepakt" of EnumSignaalstatus), verbatim.
type Result string

const (
	ResultTakenUp           Result = "Opgepakt"
	ResultRepeated          Result = "Niet opgepakt: herhaalde melding"
	ResultUnfounded         Result = "Niet opgepakt: onterecht signaal"
	ResultOtherReason       Result = "Niet opgepakt: andere reden"
	ResultDeceased          Result = "Inwoner is overleden"
	ResultNoResident        Result = "Persoon is geen inwoner (meer) in de gemeente"
	ResultKnownToDebtHelp   Result = "Inwoner al bekend bij schuldhulpverlening"
	ResultOtherTrajectory   Result = "Inwoner heeft al een ander lopend traject"
	ResultNoContact         Result = "Definitief geen contact kunnen krijgen"
	ResultContactLost       Result = "Geen reactie na eerder contact"
	ResultNoHelpNeeded      Result = "Inwoner regelt het zelf/hoeft geen hulp vanuit vroegsignalering"
	ResultPaid              Result = "Inwoner heeft zelf al betaald/betalingsregeling getroffen"
	ResultQuickFix          Result = "(Budget)advies en/of quick fix"
	ResultFollowUpFinancial Result = "Vervolghulp en/of verwijzing financieel"
	ResultFollowUpOther     Result = "Vervolghulp en/of verwijzing niet financieel"
	ResultFollowUp          Result = "Vervolghulp en/of verwijzing"
	ResultReferred          Result = "Verwijzing zonder tussenkomst inwoner"
)

// NoticeKind is what a notice tells. Of a result it is what the creditor may
// know: reasons that the municipality must withhold have no value of their own
// here. The kinds about pauses stand in pause.go.
type NoticeKind string

const (
	NoticeHelpAccepted    NoticeKind = "hulp-geaccepteerd" // the acknowledgement: pauses collection
	NoticeTakenUp         NoticeKind = "in-behandeling"
	NoticeKnownToDebtHelp NoticeKind = "bekend-bij-schuldhulp"
	NoticeRepeated        NoticeKind = "niet-opgepakt-herhaald"
	NoticeUnfounded       NoticeKind = "niet-opgepakt-onterecht"
	NoticeNotTakenUp      NoticeKind = "niet-opgepakt" // no reason, ever
	NoticeNoResident      NoticeKind = "geen-inwoner"
	NoticeDeceased        NoticeKind = "overleden"
	NoticeClosed          NoticeKind = "afgesloten"        // without detail: collection may go on
	NoticeOwnDuplicate    NoticeKind = "herhaalde-melding" // told at once about the creditor's own earlier report
	NoticeUnread          NoticeKind = "niet-opgehaald"    // the signal expired and the municipality never read it
)

// NoticeOf says what a creditor may know of a result; an unknown result gives
// the empty kind and must be refused (invariant I6).
func NoticeOf(r Result) NoticeKind {
	switch r {
	case ResultTakenUp:
		return NoticeTakenUp
	case ResultQuickFix, ResultFollowUpFinancial, ResultFollowUpOther, ResultFollowUp:
		return NoticeHelpAccepted
	case ResultKnownToDebtHelp:
		return NoticeKnownToDebtHelp
	case ResultRepeated:
		return NoticeRepeated
	case ResultUnfounded:
		return NoticeUnfounded
	case ResultOtherReason:
		return NoticeNotTakenUp
	case ResultNoResident:
		return NoticeNoResident
	case ResultDeceased:
		return NoticeDeceased
	case ResultOtherTrajectory, ResultNoContact, ResultContactLost, ResultNoHelpNeeded, ResultPaid, ResultReferred:
		return NoticeClosed
	}
	return ""
}

// Results lists every result in DDAS order, for the contract and its tests.
func Results() []Result {
	return []Result{ResultTakenUp, ResultRepeated, ResultUnfounded, ResultOtherReason, ResultDeceased,
		ResultNoResident, ResultKnownToDebtHelp, ResultOtherTrajectory, ResultNoContact, ResultContactLost,
		ResultNoHelpNeeded, ResultPaid, ResultQuickFix, ResultFollowUpFinancial, ResultFollowUpOther,
		ResultFollowUp, ResultReferred}
}

// Feedback (terugkoppeling) is what a municipality signs about a signal. It
// has no room for personal data or free text.
type Feedback struct {
	ID       FeedbackID `json:"terugkoppelingId"`
	SignalID SignalID   `json:"signaalId"`
	Also     []SignalID `json:"ookVoor,omitzero"` // related signals that it holds for as well
	Result   Result     `json:"resultaat"`
	Date     Date       `json:"datum"`               // of the result
	PauseEnd Date       `json:"pauzeTot,omitzero"`   // last day of the pause; the longest that policy allows when absent
	Review   Date       `json:"toetsdatum,omitzero"` // with a pause: when the municipality looks again; a week before its end when absent
}
