// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

func TestFullReportIsAccepted(t *testing.T) {
	accepted, refused := intake.Read(open(t, "", encode(full())))
	if len(refused) > 0 {
		t.Fatal(refused[0].Err)
	}
	r := accepted[0].Report()
	got := []string{string(r.ID), string(r.Kind), string(r.Basis), r.ConsentDate.String(), r.Pilot, r.Reference.Reveal(),
		r.SignalDate.String(), r.ArrearsSince.String(), r.EndOfSupply.String(), r.Efforts.PersonalContact.String(),
		r.Efforts.PointedToHelp.String(), r.Efforts.Reminders[1].String(), r.Efforts.OfferMade.String(), r.Efforts.PaymentPlan.String(),
		r.Person.Initials.Reveal(), r.Person.Prefix.Reveal(), r.Person.Surname.Reveal(), r.Person.BirthDate.Reveal(),
		r.Address.Postcode.Reveal(), r.Address.Letter.Reveal(), r.Address.Addition.Reveal(), r.Address.Street.Reveal(),
		r.Address.Place.Reveal(), r.Contact.Phone.Reveal(), r.Contact.Email.Reveal(), r.Salt.Reveal()}
	want := []string{string(reportID), "Energie", "toestemming", "2026-10-01", "gemeentebelastingen", "K-2026-0001",
		"2026-11-02", "2026-09-15", "2026-12-15", "2026-10-20", "2026-10-21", "2026-10-14", "2026-10-22", "2026-10-23",
		"V.", "van der", "Voorbeeld", "1969-12-31", "6511AA", "b", "bis", "Verzonnenstraat", "Nijmegen",
		"+31 (0)20 555 12 34", "voorbeeld@voorbeeld.example", "AAAAAAAAAAAAAAAAAAAAAA"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if r.AmountInCents != 45000 || !r.Crisis || !r.WarmHandover || r.Efforts.Objection || r.Address.Number.Reveal() != 90001 {
		t.Error("a number or a yes was lost")
	}
	if accepted[0].Slip().Digest != gateway.DigestOf(encode(full())) {
		t.Error("the digest is not that of the payload")
	}
}

func TestSmallestReportIsAccepted(t *testing.T) {
	o := full()
	for _, pointer := range []string{"/grondslag", "/toestemmingsdatum", "/regeling", "/kenmerk", "/eindeLevering", "/contact", "/zout"} {
		put(o, pointer, nil)
	}
	put(o, "/inspanningen", object{"bezwaar": true})
	put(o, "/persoon", object{"achternaam": "V"})
	put(o, "/adres", object{"postcode": "6511AA", "huisnummer": 1})
	accepted, refused := intake.Read(open(t, "", encode(o)))
	if len(refused) > 0 {
		t.Fatal(refused[0].Err)
	}
	if r := accepted[0].Report(); r.Basis != gateway.BasisWgs || !r.Efforts.Objection {
		t.Errorf("basis %q", r.Basis)
	}
}

func TestCheckLearnsItsID(t *testing.T) {
	batch := []intake.Submission{{Peer: peer(""), Token: encode(full()), At: now}}
	opened, _ := intake.Open(t.Context(), plain{}, batch)
	accepted, _ := intake.Read(opened)
	if len(accepted) != 1 || accepted[0].Slip().ReportID != reportID {
		t.Error("a check without an id in its path does not take the id of the content")
	}
}

func TestMissingFields(t *testing.T) {
	for _, pointer := range []string{"/meldingId", "/soort", "/signaaldatum", "/ontstaansdatum", "/bedragInCenten", "/crisissignaal",
		"/warmeOverdracht", "/inspanningen", "/persoon", "/adres", "/inspanningen/bezwaar", "/persoon/achternaam", "/adres/postcode",
		"/adres/huisnummer", "/toestemmingsdatum"} {
		if got, want := findings(t, encode(with(pointer, nil))), "veld-ontbreekt@"+pointer; !slices.Equal(got, []string{want}) {
			t.Errorf("without %s: %v", pointer, got)
		}
	}
}

func TestEightFaultsAtOnce(t *testing.T) {
	o := full()
	put(o, "/meldingId", "0190f5d4-9c3e-7b2a-8f00-000000000002")
	put(o, "/soort", "Krant")
	put(o, "/bedragInCenten", 1.5)
	put(o, "/ontstaansdatum", "2026-11-31")
	put(o, "/persoon/achternaam", nil)
	put(o, "/persoon/bsn", "x")
	put(o, "/adres/postcode", "0123AB")
	put(o, "/contact/email", "geen adres")
	want := []string{"id-ongelijk@/meldingId", "waarde-onbekend@/soort", "verkeerde-vorm@/bedragInCenten", "verkeerde-vorm@/ontstaansdatum",
		"veld-ontbreekt@/persoon/achternaam", "veld-onbekend@/persoon", "verkeerde-vorm@/adres/postcode", "verkeerde-vorm@/contact/email"}
	got := findings(t, encode(o))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestDates(t *testing.T) {
	tomorrow := "2026-11-03"
	for _, c := range []struct {
		pointer, value, want string
	}{
		{"/signaaldatum", tomorrow, "datum-in-toekomst@/signaaldatum"},
		{"/ontstaansdatum", tomorrow, "datum-in-toekomst@/ontstaansdatum datumvolgorde@/ontstaansdatum"},
		{"/toestemmingsdatum", tomorrow, "datum-in-toekomst@/toestemmingsdatum"},
		{"/inspanningen/persoonlijkContact", tomorrow, "datum-in-toekomst@/inspanningen/persoonlijkContact"},
		{"/inspanningen/gewezenOpHulp", tomorrow, "datum-in-toekomst@/inspanningen/gewezenOpHulp"},
		{"/inspanningen/aanbod", tomorrow, "datum-in-toekomst@/inspanningen/aanbod"},
		{"/inspanningen/betalingsregeling", tomorrow, "datum-in-toekomst@/inspanningen/betalingsregeling"},
		{"/persoon/geboortedatum", tomorrow, "datum-in-toekomst@/persoon/geboortedatum"},
		{"/persoon/geboortedatum", "1-1-1970", "verkeerde-vorm@/persoon/geboortedatum"},
		{"/ontstaansdatum", "2026-11-02", ""}, // the same day is in order
		{"/signaaldatum", "2026-09-14", "datumvolgorde@/ontstaansdatum"},
		{"/eindeLevering", "2026-11-01", "datumvolgorde@/eindeLevering"},
		{"/eindeLevering", "2026-11-02", ""},
		{"/signaaldatum", "2026-02-29", "verkeerde-vorm@/signaaldatum"},
		{"/signaaldatum", "2026-11-02T00:00:00Z", "verkeerde-vorm@/signaaldatum"},
	} {
		if got := strings.Join(findings(t, encode(with(c.pointer, c.value))), " "); got != c.want {
			t.Errorf("%s = %s: got %q, want %q", c.pointer, c.value, got, c.want)
		}
	}
	got := findings(t, encode(with("/inspanningen/herinneringen", []any{"2026-10-01", tomorrow, "2026-13-01", tomorrow})))
	want := []string{"verkeerde-vorm@/inspanningen/herinneringen/2", "datum-in-toekomst@/inspanningen/herinneringen"}
	if !slices.Equal(got, want) {
		t.Errorf("reminders: got %v, want %v", got, want)
	}
}

func TestBatchKeepsItsPlaces(t *testing.T) {
	accepted, refused := intake.Read(open(t, "", encode(full()), []byte("{"), encode(full()), []byte("x")))
	if len(accepted) != 2 || accepted[0].Slip().Place != 0 || accepted[1].Slip().Place != 2 ||
		len(refused) != 2 || refused[0].Slip.Place != 1 || refused[1].Slip.Place != 3 {
		t.Error("members of a batch changed places")
	}
}
