// SPDX-License-Identifier: EUPL-1.2

package permit

import (
	"cmp"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// Question turns a report into the facts that rules may look at: dates,
// amounts and which fields are filled, never what they say. agreements are
// those between the creditor and the municipality, past and present. Callers:
// Judge, and the operator who asks why (seinhuis policy explain).
func Question(r gateway.Report, creditor gateway.OIN, m gateway.Municipality, today gateway.Date, agreements []gateway.Agreement) policies.Question {
	q := policies.Question{
		Kind: string(r.Kind), Basis: string(r.Basis), DocumentedPilot: r.Pilot,
		Creditor: string(creditor), Municipality: string(m),
		SignalDate: r.SignalDate.Time(), ArrearsSince: r.ArrearsSince.Time(), Today: today.Time(),
		AmountInCents: r.AmountInCents, Crisis: r.Crisis, WarmHandover: r.WarmHandover,
		EndOfSupply: r.EndOfSupply.Time(), ConsentDate: r.ConsentDate.Time(),
		Efforts: policies.Efforts{
			PersonalContact: r.Efforts.PersonalContact.Time(), PointedToHelp: r.Efforts.PointedToHelp.Time(),
			OfferMade: r.Efforts.OfferMade.Time(), PaymentPlanOffered: r.Efforts.PaymentPlan.Time(),
			Objection: r.Efforts.Objection,
		},
		Present: present(r),
	}
	for _, day := range r.Efforts.Reminders {
		q.Efforts.Reminders = append(q.Efforts.Reminders, day.Time())
	}
	if len(agreements) > 0 {
		g := relevant(agreements, r, today)
		q.Agreement = &policies.Agreement{ID: g.ID, From: g.From.Time(), Until: g.Until.Time(),
			ThresholdInCents: g.ThresholdInCents, BirthDateAllowed: g.BirthDateAllowed}
		for _, k := range g.Kinds {
			q.Agreement.Kinds = append(q.Agreement.Kinds, string(k))
		}
		for _, b := range g.Bases {
			q.Agreement.Bases = append(q.Agreement.Bases, string(b))
		}
	}
	return q
}

// relevant picks the agreement that the report would fall under: in force on
// the signal date and today, for its kind and on its basis if there is one,
// else the nearest miss, so that policy can give the exact reason. Of two that
// fit as well, the stricter one counts.
func relevant(agreements []gateway.Agreement, r gateway.Report, today gateway.Date) gateway.Agreement {
	best, score := gateway.Agreement{}, -1
	for _, a := range agreements {
		n := 0
		if a.InForce(r.SignalDate) {
			n += 8
		}
		if a.InForce(today) {
			n += 4
		}
		if slices.Contains(a.Kinds, r.Kind) {
			n += 2
		}
		if slices.Contains(a.Bases, r.Basis) {
			n++
		}
		if n > score || n == score && Stricter(a, best) {
			best, score = a, n
		}
	}
	return best
}

// Stricter compares by threshold, then by the right to a birth date, then by
// the longest pause. Callers: relevant, and gateway/reorganisation, which lets
// the stricter of two agreements stand.
func Stricter(a, b gateway.Agreement) bool {
	if a.ThresholdInCents != b.ThresholdInCents {
		return a.ThresholdInCents > b.ThresholdInCents
	}
	if a.BirthDateAllowed != b.BirthDateAllowed {
		return b.BirthDateAllowed
	}
	days := func(g gateway.Agreement) int { return cmp.Or(g.PauseDays, 30) }
	return days(a) < days(b)
}

// optionalFields are the fields that policy may have dropped, by the dotted
// names that policy documents use.
var optionalFields = []struct {
	name   string
	filled func(gateway.Report) bool
	drop   func(*gateway.Report)
}{
	{"kenmerk", func(r gateway.Report) bool { return !r.Reference.IsZero() }, func(r *gateway.Report) { r.Reference = gateway.Personal{} }},
	{"persoon.voorletters", func(r gateway.Report) bool { return !r.Person.Initials.IsZero() }, func(r *gateway.Report) { r.Person.Initials = gateway.Personal{} }},
	{"persoon.voorvoegsel", func(r gateway.Report) bool { return !r.Person.Prefix.IsZero() }, func(r *gateway.Report) { r.Person.Prefix = gateway.Personal{} }},
	{"persoon.geboortedatum", func(r gateway.Report) bool { return !r.Person.BirthDate.IsZero() }, func(r *gateway.Report) { r.Person.BirthDate = gateway.Personal{} }},
	{"adres.straat", func(r gateway.Report) bool { return !r.Address.Street.IsZero() }, func(r *gateway.Report) { r.Address.Street = gateway.Personal{} }},
	{"adres.plaats", func(r gateway.Report) bool { return !r.Address.Place.IsZero() }, func(r *gateway.Report) { r.Address.Place = gateway.Personal{} }},
	{"contact.telefoon", func(r gateway.Report) bool { return !r.Contact.Phone.IsZero() }, func(r *gateway.Report) { r.Contact.Phone = gateway.Personal{} }},
	{"contact.email", func(r gateway.Report) bool { return !r.Contact.Email.IsZero() }, func(r *gateway.Report) { r.Contact.Email = gateway.Personal{} }},
	{"inspanningen", func(gateway.Report) bool { return true }, func(r *gateway.Report) { r.Efforts = gateway.Efforts{} }},
}

func present(r gateway.Report) []string {
	var names []string
	for _, f := range optionalFields {
		if f.filled(r) {
			names = append(names, f.name)
		}
	}
	return names
}

// minimise drops what the purpose does not need. The salt served its end in
// the digest and never travels on. A field that policy names but that cannot
// be dropped does not exist: policies/ checks its names when it loads.
func minimise(r gateway.Report, drop []string) gateway.Report {
	r.Salt = gateway.Personal{}
	for _, name := range drop {
		for _, f := range optionalFields {
			if f.name == name {
				f.drop(&r)
			}
		}
	}
	return r
}
