// SPDX-License-Identifier: EUPL-1.2

package policies

import "time"

// Question holds the facts of one report that rules may look at; never
// personal data. Dates are civil dates at midnight UTC; the zero time means
// "not given".
type Question struct {
	Kind                            string    // soort: a DDAS v1.2 EnumSignaalpartner value, such as "Energie"
	Creditor, Municipality          string    // OIN (20 digits); code such as "GM0268"
	SignalDate, ArrearsSince, Today time.Time // Today is the date in the Netherlands at receipt
	AmountInCents                   int64
	Crisis, WarmHandover            bool
	EndOfSupply                     time.Time
	Efforts                         Efforts
	Basis                           string // "wgs" or "toestemming"; anything else is refused
	ConsentDate                     time.Time
	Agreement                       *Agreement // nil: none registered between the two on SignalDate
	Present                         []string   // dotted names of the optional personal fields that are filled (see Fields)
	DocumentedPilot                 string     // sub-kind, "gemeentebelastingen" when Kind is "Overige"; else ""
}

// Efforts is what the creditor declares to have done first. The gateway
// checks presence and order, not truth: the creditor stays controller for it.
type Efforts struct {
	PersonalContact, PointedToHelp time.Time
	Reminders                      []time.Time
	OfferMade, PaymentPlanOffered  time.Time
	Objection                      bool // the resident refused that data are passed on
}

// Agreement is what one creditor and one municipality agreed.
type Agreement struct {
	ID               string
	From, Until      time.Time // first and last day on which it holds (zero Until: open-ended)
	Kinds, Bases     []string  // empty allows nothing
	ThresholdInCents int64     // reports below it are refused; 0: no threshold
	BirthDateAllowed bool
}

// Fields lists the optional personal fields that a document may drop, by the
// dotted names used in [Question.Present] and [Decision.Drop].
func Fields() []string {
	return []string{
		"persoon.voorletters", "persoon.voorvoegsel", "persoon.geboortedatum",
		"adres.straat", "adres.plaats", "contact.telefoon", "contact.email", "kenmerk", "inspanningen",
	}
}
