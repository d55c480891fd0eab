// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Kind is what sort of record is erased. The constant is the value of soort in a deletion receipt.
type Kind string

const (
	KindBody      Kind = "inhoud"              // sealed content of a signal
	KindTokens    Kind = "pseudoniemen"        // all match tokens of a signal
	KindRelation  Kind = "verband"             // one signal's relation to another
	KindNotice    Kind = "bericht"             // a notice at rest
	KindPause     Kind = "pauze"               // a pause with its steps
	KindChange    Kind = "pauzewijziging"      // the record of a change of a pause, with its receipt
	KindAlarm     Kind = "alarm"               // a clock that ran out
	KindObjection Kind = "bezwaar"             // an objection with its tags
	KindRequest   Kind = "verzoek"             // the clock of a data subject's request
	KindEvent     Kind = "webhookbericht"      // an event to a party
	KindFacts     Kind = "beslisfeiten"        // facts of a month's decisions, without persons and parties
	KindBreach    Kind = "datalek"             // a case of a breach, about organisations
	KindFeedback  Kind = "terugkoppeling"      // the record of feedback, with its receipt
	KindReport    Kind = "melding"             // the record of a report, with its receipt
	KindSignal    Kind = "signaal"             // what the mailbox knows of a signal
	KindOutcomes  Kind = "uitkomsten"          // a thousand outcomes of a file of reports
	KindBatch     Kind = "aanlevering"         // the record of a file of reports
	KindHold      Kind = "opschorting"         // the record of a hold
	KindDeletion  Kind = "verwijderingsbewijs" // a deletion receipt itself
	KindKey       Kind = "sleutel"             // a wrapping key, and so whatever copies still hold under it
)

// Reason is why records were erased. The constant is the value of reden in a deletion receipt.
type Reason string

const (
	ReasonTerm      Reason = "termijn"   // the term of retention is over
	ReasonConfirmed Reason = "bevestigd" // the municipality has it safely, and the grace is over
	ReasonRequest   Reason = "verzoek"   // a controller asked, for a data subject (AVG art. 17)
	ReasonKey       Reason = "sleutel"   // the last key that opened it was destroyed
)

// Reasons lists every reason.
func Reasons() []Reason { return []Reason{ReasonTerm, ReasonConfirmed, ReasonRequest, ReasonKey} }

// Grace is how many days a body stays after its municipality confirmed it: time to find out that a disk failed.
const Grace = 7

// KeepReceipts is how many days a deletion receipt, or the record of a hold after its end, stays: 7 years, as the receipts of
// reports.
const KeepReceipts = 2557

// Step is one kind of record that a sweep looks for, with why and how many at once.
type Step struct {
	Kind   Kind
	Reason Reason
	Limit  int // records per transaction, so that doors are not held up
}

// Steps is the order of a sweep: a body goes before its signal, tokens and relations before what they point to, outcomes
// before their file. A new kind of record gets a row here and one in each store.
func Steps() []Step {
	return []Step{
		{KindBody, ReasonConfirmed, 200},
		{KindBody, ReasonTerm, 200},
		{KindTokens, ReasonTerm, 100},
		{KindRelation, ReasonTerm, 200},
		{KindNotice, ReasonTerm, 200},
		{KindPause, ReasonTerm, 200},
		{KindChange, ReasonTerm, 200},
		{KindAlarm, ReasonTerm, 200},
		{KindObjection, ReasonTerm, 50},
		{KindRequest, ReasonTerm, 50},
		{KindEvent, ReasonTerm, 200},
		{KindFacts, ReasonTerm, 200},
		{KindBreach, ReasonTerm, 50},
		{KindFeedback, ReasonTerm, 200},
		{KindReport, ReasonTerm, 200},
		{KindSignal, ReasonTerm, 200},
		{KindOutcomes, ReasonTerm, 2},
		{KindBatch, ReasonTerm, 50},
		{KindHold, ReasonTerm, 50},
		{KindDeletion, ReasonTerm, 200},
	}
}

// receipted reports whether erasing this kind gives a receipt. Receipts of erased receipts would never end; they hold
// hashes of random numbers, and the log still tells that they went. Events to parties, facts of decisions and cases of breaches are about no person.
func (k Kind) receipted() bool {
	return k != KindDeletion && k != KindEvent && k != KindFacts && k != KindBreach
}

// Controller is whose records they are: the code of a municipality or the OIN of a creditor, the words that scopes of
// wrapping keys begin with. A code and no OIN for municipalities, because a mailbox outlives who holds it.
type Controller string

// ControllerOf is the controller that a party stands for.
func ControllerOf(p gateway.Party) Controller { return Controller(p.Domain()) }

// municipality is the code, or empty for a creditor.
func (c Controller) municipality() gateway.Municipality {
	if strings.HasPrefix(string(c), "GM") {
		return gateway.Municipality(c)
	}
	return ""
}

// Cutoff says what is due. A record is kept through its last day, in the Netherlands.
type Cutoff struct {
	At        time.Time    // now
	Today     gateway.Date // whose last day is before it is due
	Confirmed time.Time    // what was confirmed before it is past its grace
}

// CutoffAt is the cutoff of a moment.
func CutoffAt(now time.Time) Cutoff {
	today := gateway.Today(now)
	return Cutoff{At: now, Today: today, Confirmed: today.AddDays(-Grace).Begins()}
}
