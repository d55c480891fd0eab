// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"slices"
	"time"
)

// ReorganisationState is how far a reorganisation is.
type ReorganisationState string

const (
	ReorganisationPrepared  ReorganisationState = "voorbereid"
	ReorganisationDone      ReorganisationState = "uitgevoerd"
	ReorganisationCancelled ReorganisationState = "ingetrokken"
)

// Reorganisation (gemeentelijke herindeling): municipalities that go, whole,
// into one successor on a day, a new municipality or one that stays. The
// successor takes over their rights and duties (Wet arhi, art. 44). One that is
// split over several is none: nobody here can open a signal to see whose it is.
type Reorganisation struct {
	ID         UUID
	From       []Municipality // ascending, each once
	Into       Municipality
	On         Date // first day of the successor, in the Netherlands
	State      ReorganisationState
	PreparedAt time.Time
	EndedAt    time.Time // when it was carried out or cancelled; zero while prepared
}

// Reorganisations are those of an installation, of any state.
type Reorganisations []Reorganisation

// Holder is the municipality that holds now what was under this code: the
// successor, once what it succeeds has passed to it, else the code itself.
func (all Reorganisations) Holder(m Municipality) Municipality {
	for range all { // a chain is no longer than the list
		i := slices.IndexFunc(all, func(r Reorganisation) bool {
			return r.State == ReorganisationDone && slices.Contains(r.From, m)
		})
		if i < 0 {
			return m
		}
		m = all[i].Into
	}
	return m
}

// Formerly lists the codes, ascending, under which the municipality's signals
// were taken in on or after the day.
func (all Reorganisations) Formerly(m Municipality, since Date) []Municipality {
	var codes []Municipality
	for _, r := range all {
		if r.State == ReorganisationDone && !since.After(Today(r.EndedAt)) && all.Holder(r.Into) == m {
			codes = append(codes, r.From...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Due lists the codes that should have passed to the municipality by the day
// and have not yet: for moments, or for as long as the successor is not ready.
func (all Reorganisations) Due(into Municipality, on Date) []Municipality {
	var codes []Municipality
	for _, r := range all {
		if r.State == ReorganisationPrepared && r.Into == into && !r.On.After(on) {
			codes = append(codes, r.From...)
		}
	}
	return codes
}
