// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Facts are what is kept of a question whose report was permitted, so that a
// changed policy can be tried on last month's decisions. They are coarse on
// purpose (docs/decisions/0019-decision-facts.md): no day, no party, no
// municipality, no agreement; ages instead of dates; the amount rounded down.
// What such facts cannot say, a simulation cannot tell.
type Facts struct {
	Kind         string   `json:"soort"`
	Pilot        string   `json:"regeling,omitempty"`
	Basis        string   `json:"grondslag"`
	Age          int      `json:"dagen"`                // of the arrears, in days, at most 366; -1 when not known
	Amount       int64    `json:"bedrag"`               // in cents, rounded down to 25 euros, above 1000 to 100, above 5000 to 1000; at most 25000 euros
	Crisis       bool     `json:"crisis,omitempty"`     //
	WarmHandover bool     `json:"overdracht,omitempty"` //
	EndsIn       int      `json:"einde"`                // working days to the end of supply, at most 100; -1 when not given
	Consent      int      `json:"toestemming"`          // weeks before the signal date, at most 26; -1 when not given; so the five below
	Contact      int      `json:"contact"`              //
	Help         int      `json:"hulp"`                 //
	Reminder     int      `json:"herinnering"`          // the first
	Offer        int      `json:"aanbod"`               //
	Plan         int      `json:"regelingsaanbod"`      //
	Reminders    int      `json:"aantal"`               // at most 5
	BirthDate    bool     `json:"geboortedatum"`        // the agreement allowed it
	Present      []string `json:"ingevuld,omitempty"`   // names of filled fields, sorted
}

const (
	maxAge       = 366
	maxWeeks     = 26
	maxReminders = 5
)

// Coarse gives the facts that may be kept of a question. It is pure.
func Coarse(q Question) Facts {
	f := Facts{Kind: q.Kind, Pilot: q.DocumentedPilot, Basis: q.Basis, Age: -1, Amount: coarseAmount(q.AmountInCents),
		Crisis: q.Crisis, WarmHandover: q.WarmHandover, EndsIn: -1,
		Consent: weeksBefore(q.SignalDate, q.ConsentDate), Contact: weeksBefore(q.SignalDate, q.Efforts.PersonalContact),
		Help: weeksBefore(q.SignalDate, q.Efforts.PointedToHelp), Reminder: -1, Offer: weeksBefore(q.SignalDate, q.Efforts.OfferMade),
		Plan: weeksBefore(q.SignalDate, q.Efforts.PaymentPlanOffered), Reminders: min(int(reminders(&q)), maxReminders),
		BirthDate: q.agreement().BirthDateAllowed, Present: slices.Clone(q.Present)}
	if age := arrearsDays(&q); age >= 0 {
		f.Age = min(int(age), maxAge)
	}
	if !q.EndOfSupply.IsZero() {
		f.EndsIn = int(workingDays(q.SignalDate, q.EndOfSupply))
	}
	if first := firstReminder(&q); first != 0 {
		f.Reminder = weeksBefore(q.SignalDate, time.Unix(first*86400, 0).UTC())
	}
	slices.Sort(f.Present)
	return f
}

func coarseAmount(cents int64) int64 {
	const euro = 100
	switch {
	case cents >= 25_000*euro:
		return 25_000 * euro
	case cents >= 5_000*euro:
		return cents / (1_000 * euro) * (1_000 * euro)
	case cents >= 1_000*euro:
		return cents / (100 * euro) * (100 * euro)
	}
	return max(cents, 0) / (25 * euro) * (25 * euro)
}

func weeksBefore(day, past time.Time) int {
	if past.IsZero() {
		return -1
	}
	return min(max(int(dayNumber(day)-dayNumber(past)), 0)/7, maxWeeks)
}

// Question makes a question of the facts as if the report came on a day. The
// agreement allows what was permitted; party, municipality and threshold are
// unknown, and an amount under 25 euros counts as one cent.
func (f Facts) Question(on time.Time) Question {
	q := Question{Kind: f.Kind, DocumentedPilot: f.Pilot, Basis: f.Basis, SignalDate: on, Today: on, AmountInCents: max(f.Amount, 1),
		Crisis: f.Crisis, WarmHandover: f.WarmHandover, ConsentDate: before(on, f.Consent),
		Efforts: Efforts{PersonalContact: before(on, f.Contact), PointedToHelp: before(on, f.Help), OfferMade: before(on, f.Offer),
			PaymentPlanOffered: before(on, f.Plan)},
		Agreement: &Agreement{From: on.AddDate(-1, 0, 0), Kinds: []string{f.Kind}, Bases: []string{f.Basis}, BirthDateAllowed: f.BirthDate},
		Present:   f.Present}
	if f.Age >= 0 {
		q.ArrearsSince = on.AddDate(0, 0, -f.Age)
	}
	switch {
	case f.EndsIn == 0:
		q.EndOfSupply = on
	case f.EndsIn > 0:
		q.EndOfSupply = WorkingDay(on, f.EndsIn)
	}
	for range f.Reminders {
		q.Efforts.Reminders = append(q.Efforts.Reminders, before(on, max(f.Reminder, 0)))
	}
	return q
}

func before(day time.Time, weeks int) time.Time {
	if weeks < 0 {
		return time.Time{}
	}
	return day.AddDate(0, 0, -7*weeks)
}

// NotKept lists those names of conditions that no facts are kept of: a rule
// that looks at one of them cannot be simulated.
func NotKept() []string {
	return []string{"partij", "gemeente", "overeenkomstVan", "overeenkomstTot", "drempelInCenten"}
}

// Text is the one way to write the facts down: the same for the same facts.
func (f Facts) Text() (string, error) {
	b, err := json.Marshal(f)
	return string(b), err
}

var errFacts = errors.New("policies: kept facts cannot be read")

// ParseFacts is the inverse of Text.
func ParseFacts(text string) (Facts, error) {
	var f Facts
	if json.Unmarshal([]byte(text), &f) != nil {
		return Facts{}, errFacts
	}
	return f, nil
}
