// SPDX-License-Identifier: EUPL-1.2

package gateway

import "time"

// SignalState is how far a signal in a mailbox is. It only moves forward.
type SignalState string

const (
	SignalWaiting   SignalState = "klaar"
	SignalOffered   SignalState = "aangeboden" // its id was in a list that was answered
	SignalRead      SignalState = "gelezen"    // every byte was sent
	SignalConfirmed SignalState = "bevestigd"
	SignalErased    SignalState = "gewist"
)

// SignalNature tells what kind of message lies in the mailbox.
type SignalNature string

const (
	// NatureReport: an arrears report.
	NatureReport SignalNature = "melding"
	// NatureWithdrawal: an earlier signal no longer holds.
	NatureWithdrawal SignalNature = "intrekking"
	// NatureCorrection: the creditor put an earlier signal right; it holds the
	// whole report anew.
	NatureCorrection SignalNature = "correctie"
)

// Urgency decides the clocks of the municipality: three days in a threatening
// situation, otherwise four weeks (Wgs art. 4).
type Urgency string

const (
	UrgencyCrisis  Urgency = "crisis"
	UrgencyRegular Urgency = "regulier"
)

// Coincidence (samenloop) is the hint that other signals concern the same
// home or person in the same municipality. Only the municipality sees it.
type Coincidence string

const (
	// Single (enkelvoudig): no other signal.
	Single Coincidence = "enkelvoudig"
	// Multiple (meervoudig): another kind of creditor in the same month.
	Multiple Coincidence = "meervoudig"
	// Consecutive (opeenvolgend): an earlier one within six months.
	Consecutive Coincidence = "opeenvolgend"
	// Repeated (herhaald): same creditor, same claim, amount not higher.
	Repeated Coincidence = "herhaald"
)

// Relation ties two signals of one municipality.
type Relation struct {
	Signal, Other SignalID
	Coincidence   Coincidence
}

// Signal is what the mailbox tells about a message without opening it: no
// personal data.
type Signal struct {
	ID           SignalID
	Sequence     int64 // per municipality, from 1: the cursor of its list
	Municipality Municipality
	Nature       SignalNature
	Concerns     SignalID // the signal that a withdrawal or correction is about
	Kind         ReportKind
	Urgency      Urgency
	State        SignalState
	DepositedAt  time.Time
	Withdrawn    bool
	Corrected    bool   // a correction of it lies in the mailbox, or lay there
	Format       string // jose
	KeyID        string // the key of the municipality that it is sealed to
	Size         int
	Digest       Digest // of the sealed body as it is sent
	Relations    []Relation
}
