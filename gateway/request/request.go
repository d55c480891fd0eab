// SPDX-License-Identifier: EUPL-1.2

// Package request keeps that a data subject's request came in, at which
// controller, and when it must be answered (AVG art. 12(3)).
//
// It holds no personal data: a request is a number of ours beside the
// controller's own number, and only the controller knows whose it is. It does
// not carry a request out (gateway/rights and gateway/objection do) and answers
// nobody. Called by cmd/seinhuis for an official.
package request

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Kind is which right is asked for.
type Kind string

const (
	Access        Kind = "inzage"       // AVG art. 15
	Rectification Kind = "rectificatie" // art. 16
	Erasure       Kind = "wissing"      // art. 17
	Restriction   Kind = "beperking"    // art. 18
	Objection     Kind = "bezwaar"      // art. 21
)

// Kinds lists the closed set.
func Kinds() []Kind { return []Kind{Access, Rectification, Erasure, Restriction, Objection} }

// Extension is why more time is needed: the two reasons of AVG art. 12(3).
type Extension string

const (
	Complex Extension = "complexiteit"
	Many    Extension = "aantal-verzoeken"
)

// Extensions lists the closed set.
func Extensions() []Extension { return []Extension{Complex, Many} }

// Outcome is how a request ended.
type Outcome string

const (
	Granted   Outcome = "voldaan"
	Partly    Outcome = "deels-voldaan"
	Refused   Outcome = "afgewezen"
	Withdrawn Outcome = "ingetrokken"
)

// Outcomes lists the closed set.
func Outcomes() []Outcome { return []Outcome{Granted, Partly, Refused, Withdrawn} }

// KeepDays is how long a closed request is kept: three years, in which a
// supervisor may still ask how it was handled.
const KeepDays = 1096

// Request is one request. The zero Request stands for "no such request".
type Request struct {
	ID          gateway.UUID
	Kind        Kind
	Controller  gateway.OIN  // who answers it
	Instruction gateway.UUID // the controller's own number
	Received    gateway.Date // by the first party that it reached: handing on does not stop the clock
	Extended    Extension    // "" when it was not
	HandedFrom  gateway.OIN  // whom it was handed on by, last
	HandedOn    gateway.Date
	Outcome     Outcome // "" while it is open
	Closed      gateway.Date
}

// Exists reports whether there is such a request.
func (r Request) Exists() bool { return r.ID != "" }

// Open reports whether it must still be answered.
func (r Request) Open() bool { return r.Outcome == "" }

// Due is the last day on which to answer: one month after it was received,
// three when it was extended. A month ends on the day with the same number, or
// on its last day (Regulation 1182/71 art. 3(2)(c)); that a last day on a
// Sunday or holiday moves on is left out, so that the clock is never late.
func (r Request) Due() gateway.Date {
	if r.Extended != "" {
		return months(r.Received, 3)
	}
	return months(r.Received, 1)
}

// DaysLeft is how many days remain; negative when it is late.
func (r Request) DaysLeft(today gateway.Date) int { return r.Due().DaysSince(today) }

// Late reports whether an open request is past its last day.
func (r Request) Late(today gateway.Date) bool { return r.Open() && today.After(r.Due()) }

func months(d gateway.Date, n int) gateway.Date {
	year, month, day := d.Time().Date()
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return gateway.DateOf(last).AddDays(min(day, last.Day()) - last.Day())
}

func known[T comparable](set []T, v T) bool { return slices.Contains(set, v) }
