// SPDX-License-Identifier: EUPL-1.2

package clocks

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// AgeClass (klasse) is how long a signal is without feedback. The bounds are
// those of the alarms: a signal in a class has passed the clock of the class
// before it.
type AgeClass string

const (
	UnderThreeDays AgeClass = "tot-3-dagen"
	UnderTwoWeeks  AgeClass = "tot-2-weken"
	UnderFourWeeks AgeClass = "tot-4-weken"
	Older          AgeClass = "ouder"
)

// AgeClasses lists the closed set, the youngest first.
func AgeClasses() []AgeClass {
	return []AgeClass{UnderThreeDays, UnderTwoWeeks, UnderFourWeeks, Older}
}

// Class is that of a signal by its day of deposit.
func (c Cutoffs) Class(deposited gateway.Date) AgeClass {
	switch {
	case deposited.After(c.ThreeDays):
		return UnderThreeDays
	case deposited.After(c.TwoWeeks):
		return UnderTwoWeeks
	case deposited.After(c.FourWeeks):
		return UnderFourWeeks
	}
	return Older
}

// Ageing (ouderdom) is what a municipality gave no feedback on.
type Ageing struct {
	Counts []AgeCount   // by class, the youngest first, then by kind; none of them 0
	Oldest []AgedSignal // the oldest first
}

// AgeCount counts the signals of one class and kind. Uncollected are those of
// them that the municipality did not confirm.
type AgeCount struct {
	Class       AgeClass
	Kind        gateway.ReportKind
	Count       int
	Uncollected int
}

// AgedSignal is one signal without feedback.
type AgedSignal struct {
	UnansweredSignal
	Class AgeClass
}

// MaxOldest is how many signals an Ageing names at most.
const MaxOldest = 500

// ageingDays is how far back ageing looks: a year. What waits longer than that
// gets no answer any more.
const ageingDays = 365

// AgeingOf tells how old the signals without feedback of one municipality are,
// and names at most limit of them. It logs nothing: the caller does, before it
// shows anything (invariant I5).
func AgeingOf(ctx context.Context, store Store, of gateway.Municipality, now time.Time, limit int) (Ageing, error) {
	cut := CutoffsAt(now)
	u, err := store.Unanswered(ctx, of, cut.Today.AddDays(-ageingDays), limit)
	if err != nil {
		return Ageing{}, err
	}
	var a Ageing
	for _, d := range u.Days {
		class := cut.Class(d.On)
		i := slices.IndexFunc(a.Counts, func(c AgeCount) bool { return c.Class == class && c.Kind == d.Kind })
		if i < 0 {
			i, a.Counts = len(a.Counts), append(a.Counts, AgeCount{Class: class, Kind: d.Kind})
		}
		a.Counts[i].Count += d.Count
		a.Counts[i].Uncollected += d.Uncollected
	}
	slices.SortFunc(a.Counts, func(x, y AgeCount) int {
		return cmp.Or(slices.Index(AgeClasses(), x.Class)-slices.Index(AgeClasses(), y.Class), cmp.Compare(x.Kind, y.Kind))
	})
	for _, s := range u.Oldest {
		a.Oldest = append(a.Oldest, AgedSignal{s, cut.Class(s.On)})
	}
	return a, nil
}

// Overview lets municipalities see how old their open signals are. Safe for
// concurrent use.
type Overview struct{ store Store }

// NewOverview makes an Overview over its store.
func NewOverview(store Store) *Overview { return &Overview{store} }

// Ageing is that of the peer's own municipality. It offers nothing: a signal
// that was never listed still waits. Called by the HTTP door.
func (o *Overview) Ageing(ctx context.Context, v gateway.Visit) (Ageing, error) {
	a, err := AgeingOf(ctx, o.store, v.Peer.Party().Municipality, v.At, MaxOldest)
	if err != nil {
		return Ageing{}, err
	}
	e, err := audit.New(audit.SignalsListed, audit.ByPeer(v.Peer, v.Trace), audit.Object(audit.KindParty, string(v.Peer.OIN())), v.At, audit.Count(len(a.Oldest)))
	if err != nil {
		return Ageing{}, err
	}
	err = o.store.Write(ctx, func(tx Tx) error {
		_, err := tx.Append([]audit.Entry{e})
		return err
	})
	if err != nil {
		return Ageing{}, err
	}
	return a, nil
}
