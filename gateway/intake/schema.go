// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// The closed schema of a report. docs/openapi.yaml says the same to the
// outside; a test of adapters/httpapi compares the two.
var reportFields = []Field[gateway.Report]{
	{"meldingId", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.ID, c = ID[gateway.ReportID](v)
		return c
	}},
	{"soort", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.Kind, c = Choice(v, gateway.ReportKinds()...)
		return c
	}},
	{"grondslag", false, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.Basis, c = Choice(v, gateway.BasisWgs, gateway.BasisConsent)
		return c
	}},
	{"toestemmingsdatum", false, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.ConsentDate, c = Day(v)
		return c
	}},
	{"regeling", false, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.Pilot, c = Choice(v, "gemeentebelastingen")
		return c
	}},
	{"kenmerk", false, func(_ *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
		s, c := Text(v, 40) // the BSN check needs the party's number format: see check.go
		r.Reference = gateway.NewPersonal(s)
		return c
	}},
	{"signaaldatum", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.SignalDate, c = Day(v)
		return c
	}},
	{"ontstaansdatum", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.ArrearsSince, c = Day(v)
		return c
	}},
	{"bedragInCenten", true, readAmount},
	{"crisissignaal", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.Crisis, c = Bool(v)
		return c
	}},
	{"warmeOverdracht", true, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.WarmHandover, c = Bool(v)
		return c
	}},
	{"eindeLevering", false, func(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
		r.EndOfSupply, c = Day(v)
		return c
	}},
	{"inspanningen", true, func(d *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
		return ReadObject(d, &r.Efforts, v, effortFields)
	}},
	{"persoon", true, func(d *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
		return ReadObject(d, &r.Person, v, personFields)
	}},
	{"adres", true, func(d *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
		return ReadObject(d, &r.Address, v, addressFields)
	}},
	{"contact", false, func(d *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
		return ReadObject(d, &r.Contact, v, contactFields)
	}},
	{"zout", false, readSalt},
}

var effortFields = []Field[gateway.Efforts]{
	{"persoonlijkContact", false, effortDay(func(e *gateway.Efforts) *gateway.Date { return &e.PersonalContact })},
	{"gewezenOpHulp", false, effortDay(func(e *gateway.Efforts) *gateway.Date { return &e.PointedToHelp })},
	{"herinneringen", false, readReminders},
	{"aanbod", false, effortDay(func(e *gateway.Efforts) *gateway.Date { return &e.OfferMade })},
	{"betalingsregeling", false, effortDay(func(e *gateway.Efforts) *gateway.Date { return &e.PaymentPlan })},
	{"bezwaar", true, func(_ *Document, e *gateway.Efforts, v jsontext.Value) (c gateway.Code) {
		e.Objection, c = Bool(v)
		return c
	}},
}

var personFields = []Field[gateway.Person]{
	{"voorletters", false, personal(20, func(p *gateway.Person) *gateway.Personal { return &p.Initials })},
	{"voorvoegsel", false, personal(20, func(p *gateway.Person) *gateway.Personal { return &p.Prefix })},
	{"achternaam", true, personal(200, func(p *gateway.Person) *gateway.Personal { return &p.Surname })},
	{"geboortedatum", false, func(_ *Document, p *gateway.Person, v jsontext.Value) gateway.Code {
		d, c := Day(v)
		p.BirthDate = gateway.NewPersonal(d.String())
		return c
	}},
}

var addressFields = []Field[gateway.Address]{
	{"postcode", true, readPostcode},
	{"huisnummer", true, func(_ *Document, a *gateway.Address, v jsontext.Value) gateway.Code {
		n, c := Whole(v)
		if c != "" {
			return c
		}
		var err error
		if a.Number, err = gateway.NewHouseNumber(int(n)); err != nil {
			return gateway.CodeBadForm
		}
		return ""
	}},
	{"huisletter", false, personal(1, func(a *gateway.Address) *gateway.Personal { return &a.Letter })},
	{"huisnummertoevoeging", false, personal(4, func(a *gateway.Address) *gateway.Personal { return &a.Addition })},
	{"straat", false, personal(80, func(a *gateway.Address) *gateway.Personal { return &a.Street })},
	{"plaats", false, personal(80, func(a *gateway.Address) *gateway.Personal { return &a.Place })},
}

var contactFields = []Field[gateway.Contact]{
	{"telefoon", false, readPhone},
	{"email", false, readEmail},
}

func effortDay(of func(*gateway.Efforts) *gateway.Date) func(*Document, *gateway.Efforts, jsontext.Value) gateway.Code {
	return func(_ *Document, e *gateway.Efforts, v jsontext.Value) (c gateway.Code) {
		*of(e), c = Day(v)
		return c
	}
}

func personal[T any](max int, of func(*T) *gateway.Personal) func(*Document, *T, jsontext.Value) gateway.Code {
	return func(_ *Document, into *T, v jsontext.Value) (c gateway.Code) {
		*of(into), c = Personal(v, max)
		return c
	}
}
