// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// persons are synthetic: the first two share a home, the last lives in Leiden.
const persons = 3

var homes = []struct {
	surname, postcode string
	number            int
}{{"Voorbeeld", "6511HG", 90001}, {"Proefpersoon", "6511HG", 90001}, {"Fictie", "2311HA", 90003}}

func townOf(person int) role {
	if person == persons-1 {
		return townL
	}
	return townN
}

// faults are the variants of a report that are refused, each in another way.
var faults = []func(r object){
	func(r object) { r["inspanningen"].(object)["bezwaar"] = true },
	func(r object) { r["bedragInCenten"] = 2500 },
	func(r object) { r["bedragInCenten"] = -1 },
	func(r object) { r["adres"].(object)["postcode"] = "6511ZZ" },
	func(r object) { r["adres"].(object)["postcode"] = "3011HS" }, // has not joined
	func(r object) { r["soort"] = "Zorg" },                        // not agreed
	func(r object) { r["burgerservicenummer"] = "1" },
	func(r object) { r["persoon"].(object)["achternaam"] = "Jansen 999990019" },
	func(r object) { r["signaaldatum"] = "morgen" },
	func(r object) { delete(r, "adres") },
}

// variants of a report. Most are good, of three amounts, some of another kind;
// then come the faults; the last two are faults of the letter.
const (
	goodVariants = 18
	variants     = goodVariants + 12
)

// paper is the content of a report on the day of a step.
func paper(s step, l line) []byte {
	ago := func(days int) string { return s.day().AddDays(-days).String() }
	kinds := []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater}
	home := homes[l.person]
	r := object{"meldingId": idOf(reportIDs, l.slot), "soort": kinds[l.variant%6/5],
		"kenmerk": fmt.Sprintf("K%06d", l.person), "signaaldatum": ago(0), "ontstaansdatum": ago(45),
		"bedragInCenten": 40_000 + 5_000*(l.variant%3), "crisissignaal": l.variant == 4, "warmeOverdracht": false,
		"inspanningen": object{"persoonlijkContact": ago(20), "gewezenOpHulp": ago(18), "herinneringen": []string{ago(25), ago(16), ago(8)},
			"aanbod": ago(8), "betalingsregeling": ago(7), "bezwaar": false},
		"persoon": object{"voorletters": "A.", "achternaam": home.surname},
		"adres":   object{"postcode": home.postcode, "huisnummer": home.number}}
	if fault := l.variant - goodVariants; fault >= 0 && fault < len(faults) {
		faults[fault](r)
	}
	return marshal(r)
}

// letter is a report as it is sent.
func (p *play) letter(s step, l line) []byte {
	switch l.variant {
	case variants - 1:
		other := creditors()[(slices.Index(creditors(), s.by)+1)%3]
		token, err := p.mould.once("forged"+string(other)+string(paper(s, l)), func() ([]byte, error) {
			return jose.Wrap(paper(s, l), p.mould.signers[other], p.mould.recipient)
		})
		if err != nil {
			p.t.Fatal(err)
		}
		return token
	case variants - 2:
		return bytes.Replace(p.seal(s.by, paper(s, l), 0), []byte("."), []byte(".A"), 1)
	}
	return p.seal(s.by, paper(s, l), 0)
}

func (p *play) seal(by role, payload []byte, edition int) []byte {
	token, err := p.mould.sealed(by, payload, edition)
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}
