// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Subject is what may wait for a party.
type Subject string

const (
	// Notices: notices of the gateway, at GET /v1/berichten.
	Notices Subject = "berichten"
	// Signals: the municipality's mailbox, at GET /v1/signalen.
	Signals Subject = "signalen"
)

// SubjectsOf lists what a kind of party can be told about; nothing for a kind
// for which nothing waits.
func SubjectsOf(k gateway.PartyKind) []Subject {
	switch k {
	case gateway.KindCreditor:
		return []Subject{Notices}
	case gateway.KindMunicipality:
		return []Subject{Notices, Signals}
	}
	return nil
}

// State tells whether events go to a subscription.
type State string

const (
	Active State = "actief"
	// SwitchedOff: the receiver answered that the address is no more (410). The
	// operator sets it again.
	SwitchedOff State = "uitgezet"
)

// Cursor is how far a party was told about a subject.
type Cursor struct {
	Subject   Subject
	Announced int64 // sequence of the last event made; 0: none yet
}

// Subscription is where a party wants its events. A party has at most one; the
// zero Subscription stands for none.
type Subscription struct {
	Party   gateway.OIN
	Address Address
	State   State
	Since   time.Time // when it became as it is
	Cursors []Cursor  // by subject, in alphabetical order
}

// Exists reports whether there is such a subscription.
func (s Subscription) Exists() bool { return s.Party != "" }

// Subjects lists what the party is told about.
func (s Subscription) Subjects() []Subject {
	subjects := make([]Subject, len(s.Cursors))
	for i, c := range s.Cursors {
		subjects[i] = c.Subject
	}
	return subjects
}

// announced is how far the party was told; false when it does not want to know.
func (s Subscription) announced(about Subject) (int64, bool) {
	for _, c := range s.Cursors {
		if c.Subject == about {
			return c.Announced, true
		}
	}
	return 0, false
}

// advance gives the subscription with a cursor further on.
func (s Subscription) advance(about Subject, to int64) Subscription {
	s.Cursors = slices.Clone(s.Cursors)
	for i, c := range s.Cursors {
		if c.Subject == about {
			s.Cursors[i].Announced = to
		}
	}
	return s
}
