// SPDX-License-Identifier: EUPL-1.2

package clocks

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Alarm is a clock that ran out, with what its notices need to know. Kind,
// Term and Subject together are raised once and never again.
type Alarm struct {
	Kind         gateway.NoticeKind
	Term         gateway.ClockTerm
	Subject      gateway.UUID // the notice, pause or signal that waits
	Signal       gateway.SignalID
	ReportID     gateway.ReportID
	Municipality gateway.Party
	Holder       gateway.Party
	Pause        *gateway.Pause // of an alarm about a pause
	RaisedAt     time.Time      // zero until it was raised
	Notices      []gateway.PostedNotice
}

// Cutoffs are the moments and days before which something is too late, all
// from one "now".
type Cutoffs struct {
	Today     gateway.Date
	Received  time.Time    // a pause told before this should be confirmed as received
	Applied   gateway.Date // a pause told on or before this day should be applied
	ThreeDays gateway.Date // signals of this day or before, and so on
	TwoWeeks  gateway.Date
	FourWeeks gateway.Date
}

// Due is what has to be done now.
type Due struct {
	Over   []pause.Standing // pauses whose last day is over
	Alarms []Alarm          // clocks that ran out and were not raised before
}

// Unanswered is what one municipality gave no feedback on: reports that were
// not withdrawn. What was collected counts also when it was erased since; what
// was erased before that counts no more.
type Unanswered struct {
	Days   []UnansweredDay    // one for each day and kind that has any, in any order
	Oldest []UnansweredSignal // by day, then in order of deposit
}

// UnansweredDay counts the signals of one day of deposit, in the Netherlands,
// and one kind. Uncollected are those of them that were not confirmed.
type UnansweredDay struct {
	On          gateway.Date
	Kind        gateway.ReportKind
	Count       int
	Uncollected int
}

// UnansweredSignal is one signal, with its day of deposit.
type UnansweredSignal struct {
	ID   gateway.SignalID
	Kind gateway.ReportKind
	On   gateway.Date
}

// Store is the truth store as the clocks need it.
type Store interface {
	// Due finds at most limit pauses, and at most limit alarms of each kind and
	// term.
	Due(ctx context.Context, c Cutoffs, limit int) (Due, error)
	// Open lists alarms that were raised and whose cause is still there, the
	// oldest first, at most limit.
	Open(ctx context.Context, limit int) ([]Alarm, error)
	// Unanswered counts what one municipality gave no feedback on and got on or
	// after a day, and gives at most limit of it, the oldest first. An empty
	// municipality has none.
	Unanswered(ctx context.Context, of gateway.Municipality, since gateway.Date, limit int) (Unanswered, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store. A clock may end a pause, so it can do
// all that package pause does.
type Tx interface {
	pause.Tx
	// Due finds the same as of this transaction.
	Due(c Cutoffs, limit int) (Due, error)
	// Raise stores alarms with their notices. One that only reminds has no
	// cause that can go away, and is settled at once.
	Raise(alarms []Alarm) error
	// Settle marks open alarms whose cause is gone, at most limit in all, and
	// gives them. Fewer than limit means that there are no more.
	Settle(at time.Time, limit int) ([]Alarm, error)
}
