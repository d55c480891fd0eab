// SPDX-License-Identifier: EUPL-1.2

// Package gatewaytest holds the contract of every store port as a suite that
// each adapter runs, and what tests need to run without keys, files or
// networks: actors, papers, steps and stores in memory that work, with faults
// on request.
//
// Nothing in it keeps a secret or names a real person or home. It may be
// imported by tests only.
package gatewaytest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// Now is the moment at which stories begin: a Monday morning on which the
// dates of a Paper are in every window of the policies.
func Now() time.Time { return time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC) }

// Issuer is the OIN of the gateway in tests. The numbers of all actors are
// synthetic: Logius keeps prefix 99 for tests.
const Issuer gateway.OIN = "00000099000000000001"

// Actors are a small world: three creditors, two municipalities of the sample
// routing table, and an agreement between each pair. Keys are made anew for
// each world.
type Actors struct {
	Energy, Water, Housing gateway.Party
	Nijmegen, Leiden       gateway.Party
	Agreements             []gateway.Agreement
}

// NewActors makes the world.
func NewActors(t testing.TB) Actors {
	t.Helper()
	a := Actors{
		Energy:   creditor(t, "00000099000000110001", "Voorbeeld Energie"),
		Water:    creditor(t, "00000099000000110002", "Voorbeeld Water"),
		Housing:  creditor(t, "00000099000000110003", "Woonstichting Voorbeeld"),
		Nijmegen: municipality(t, "00000099000000220001", "Nijmegen", "GM0268"),
		Leiden:   municipality(t, "00000099000000220002", "Leiden", "GM0546"),
	}
	for i, c := range a.Creditors() {
		for j, m := range a.Municipalities() {
			a.Agreements = append(a.Agreements, gateway.Agreement{
				ID: fmt.Sprintf("00000000-0000-4000-8000-0000000000%d%d", i+1, j+1), Creditor: c.OIN, Municipality: m.Municipality,
				Kinds: []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater, gateway.ReportRent},
				Bases: []gateway.Basis{gateway.BasisWgs}, From: gateway.DateOf(Now().AddDate(-2, 0, 0)), PauseDays: 10 + 10*j, Prolongations: 1,
			})
		}
	}
	return a
}

// Creditors lists them.
func (a Actors) Creditors() []gateway.Party { return []gateway.Party{a.Energy, a.Water, a.Housing} }

// Municipalities lists them.
func (a Actors) Municipalities() []gateway.Party { return []gateway.Party{a.Nijmegen, a.Leiden} }

// Parties lists everybody, by OIN.
func (a Actors) Parties() []gateway.Party { return append(a.Creditors(), a.Municipalities()...) }

func creditor(t testing.TB, oin gateway.OIN, name string) gateway.Party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Party{OIN: oin, Kind: gateway.KindCreditor, Name: name, State: gateway.PartyActive,
		Keys: []gateway.PartyKey{partyKey(t, gateway.KeySign, "ES256", &key.PublicKey)}}
}

func municipality(t testing.TB, oin gateway.OIN, name string, code gateway.Municipality) gateway.Party {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Party{OIN: oin, Kind: gateway.KindMunicipality, Name: name, State: gateway.PartyActive, Municipality: code,
		Keys: []gateway.PartyKey{partyKey(t, gateway.KeyEncrypt, "ECDH-ES+A256KW", key.PublicKey())}}
}

func partyKey(t testing.TB, use gateway.KeyUse, algorithm string, public any) gateway.PartyKey {
	t.Helper()
	id, err := keys.Thumbprint(public)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.PartyKey{ID: id, Use: use, Algorithm: algorithm, Public: public, From: Now().AddDate(-1, 0, 0)}
}

// Resident is a synthetic person.
type Resident struct {
	Initials string `json:"voorletters"`
	Surname  string `json:"achternaam"`
}

// Home is an address that exists nowhere: a house number from 90000 in a
// postcode of the sample table.
type Home struct {
	Postcode string `json:"postcode"`
	Number   int    `json:"huisnummer"`
}

// Efforts is what a creditor did first.
type Efforts struct {
	PersonalContact string   `json:"persoonlijkContact"`
	PointedToHelp   string   `json:"gewezenOpHulp"`
	Reminders       []string `json:"herinneringen"`
	OfferMade       string   `json:"aanbod"`
	Objection       bool     `json:"bezwaar"`
}

// Paper is a report as a creditor's own system holds it: plain, because
// gateway.Report redacts itself when it is written down.
type Paper struct {
	ID        gateway.ReportID   `json:"meldingId"`
	Kind      gateway.ReportKind `json:"soort"`
	Reference string             `json:"kenmerk"`
	Day       string             `json:"signaaldatum"`
	Since     string             `json:"ontstaansdatum"`
	Cents     int64              `json:"bedragInCenten"`
	Crisis    bool               `json:"crisissignaal"`
	Handover  bool               `json:"warmeOverdracht"`
	Efforts   Efforts            `json:"inspanningen"`
	Resident  Resident           `json:"persoon"`
	Home      Home               `json:"adres"`
}

// Payload is the content that the creditor signs.
func (p Paper) Payload() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // every field can be marshalled
	}
	return b
}

// Paper writes a report of a creditor about resident n of a municipality. The
// same n is the same person at the same address with the same customer number;
// the id is new each time.
func (s *Steps) Paper(from, to gateway.Party, n int) Paper {
	surnames := []string{"Voorbeeld", "Proefpersoon", "Testman", "Fictie", "Verzonnen", "Denkbeeld"}
	postcodes := s.Table.Postcodes(to.Municipality)
	kind := gateway.ReportEnergy
	switch from.OIN {
	case s.Water.OIN:
		kind = gateway.ReportWater
	case s.Housing.OIN:
		kind = gateway.ReportRent
	}
	today := gateway.Today(Now())
	return Paper{
		ID: gateway.ReportID(gateway.NewUUID(Now(), nil)), Kind: kind, Reference: fmt.Sprintf("K%06d", n),
		Day: today.String(), Since: today.AddDays(-45).String(), Cents: 45_000,
		Efforts: Efforts{PersonalContact: today.AddDays(-5).String(), PointedToHelp: today.AddDays(-12).String(),
			Reminders: []string{today.AddDays(-25).String(), today.AddDays(-12).String()}, OfferMade: today.AddDays(-12).String()},
		Resident: Resident{Initials: string(rune('A'+n%26)) + ".", Surname: surnames[n%len(surnames)] + string(rune('a'+n/6%26))},
		Home:     Home{Postcode: postcodes[n%len(postcodes)], Number: 90_000 + n%9_999},
	}
}
