// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// plainly writes a report with what it hides, by the names of the wire.
func plainly(r gateway.Report) []byte {
	o := object{"meldingId": r.ID, "soort": r.Kind, "grondslag": r.Basis, "signaaldatum": r.SignalDate, "ontstaansdatum": r.ArrearsSince,
		"bedragInCenten": r.AmountInCents, "crisissignaal": r.Crisis, "warmeOverdracht": r.WarmHandover}
	days := object{"bezwaar": r.Efforts.Objection}
	if len(r.Efforts.Reminders) > 0 {
		days["herinneringen"] = r.Efforts.Reminders
	}
	person, address, contact := object{}, object{"huisnummer": r.Address.Number.Reveal()}, object{}
	for _, m := range []struct {
		into  object
		name  string
		value string
	}{
		{o, "toestemmingsdatum", r.ConsentDate.String()}, {o, "regeling", r.Pilot}, {o, "kenmerk", r.Reference.Reveal()},
		{o, "eindeLevering", r.EndOfSupply.String()}, {o, "zout", r.Salt.Reveal()},
		{days, "persoonlijkContact", r.Efforts.PersonalContact.String()}, {days, "gewezenOpHulp", r.Efforts.PointedToHelp.String()},
		{days, "aanbod", r.Efforts.OfferMade.String()}, {days, "betalingsregeling", r.Efforts.PaymentPlan.String()},
		{person, "voorletters", r.Person.Initials.Reveal()}, {person, "voorvoegsel", r.Person.Prefix.Reveal()},
		{person, "achternaam", r.Person.Surname.Reveal()}, {person, "geboortedatum", r.Person.BirthDate.Reveal()},
		{address, "postcode", r.Address.Postcode.Reveal()}, {address, "huisletter", r.Address.Letter.Reveal()},
		{address, "huisnummertoevoeging", r.Address.Addition.Reveal()}, {address, "straat", r.Address.Street.Reveal()},
		{address, "plaats", r.Address.Place.Reveal()}, {contact, "telefoon", r.Contact.Phone.Reveal()}, {contact, "email", r.Contact.Email.Reveal()},
	} {
		if m.value != "" {
			m.into[m.name] = m.value
		}
	}
	o["inspanningen"], o["persoon"], o["adres"], o["contact"] = days, person, address, contact
	return encode(o)
}

// FuzzRead: whatever comes in, reading ends; what is accepted is JSON for any
// reader, and says the same when it is written and read again.
func FuzzRead(f *testing.F) {
	f.Add(encode(full()))
	f.Add([]byte(`{"meldingId":"0190f5d4-9c3e-7b2a-8f00-000000000001","inspanningen":{"herinneringen":[[]]}}`))
	f.Add([]byte(strings.Repeat(`{"persoon":`, 40)))
	f.Add([]byte(`{"a":"\ud800"}`))
	f.Add([]byte("{\"kenmerk\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		accepted, refused := intake.Read(open(t, "", payload))
		if len(accepted) == 0 {
			if len(refused) != 1 || len(refused[0].Err.Findings) == 0 {
				t.Fatal("refused without a reason")
			}
			return
		}
		if !utf8.Valid(payload) || !json.Valid(payload) || len(payload) > intake.MaxPayload {
			t.Fatal("accepted what is no JSON")
		}
		report := accepted[0].Report()
		again, refused := intake.Read(open(t, "", plainly(report)))
		if len(refused) > 0 {
			t.Fatalf("refused its own words: %v", refused[0].Err)
		}
		if !reflect.DeepEqual(again[0].Report(), report) {
			t.Fatal("a report changed in writing and reading")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	payload := encode(full())
	b.Run("accepted", func(b *testing.B) { read(b, open(b, "", payload)) })
	b.Run("refused", func(b *testing.B) { read(b, open(b, "", encode(with("/persoon/bsn", bsn)))) })
	b.Run("deep", func(b *testing.B) { read(b, open(b, "", []byte(strings.Repeat(`{"a":`, intake.MaxPayload/5)))) })
}

func read(b *testing.B, opened []intake.Opened) {
	b.ReportAllocs()
	b.SetBytes(int64(len(opened[0].Payload())))
	for b.Loop() {
		intake.Read(opened)
	}
}
