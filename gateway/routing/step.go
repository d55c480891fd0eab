// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// Addressed is an accepted report whose address is surely in one
// municipality. Only Route makes one.
type Addressed struct {
	accepted     intake.Accepted
	municipality gateway.Municipality
}

// Slip says whose member this is.
func (a Addressed) Slip() gateway.Slip { return a.accepted.Slip() }

// Report is the report as it was sent.
func (a Addressed) Report() gateway.Report { return a.accepted.Report() }

// Municipality is where the report goes.
func (a Addressed) Municipality() gateway.Municipality { return a.municipality }

// Route finds the municipality of each report by its address and today's
// division. What is not sure is refused (invariant I7).
func Route(t *Table, accepted []intake.Accepted) ([]Addressed, []gateway.Refused) {
	addressed := make([]Addressed, 0, len(accepted))
	var refused []gateway.Refused
	for _, a := range accepted {
		where := a.Report().Address
		answer, code := t.Resolve(where.Postcode.Reveal(), where.Number.Reveal(), where.Letter.Reveal(),
			where.Addition.Reveal(), gateway.Today(a.Slip().At))
		if code != "" {
			refused = append(refused, gateway.Refused{Slip: a.Slip(), Err: gateway.Refuse(gateway.KindRefused, explain(code))})
			continue
		}
		addressed = append(addressed, Addressed{a, answer.Municipality})
	}
	return addressed, refused
}

func explain(code gateway.Code) gateway.Finding {
	f := gateway.Finding{Code: code, Pointer: "/adres", Rule: "Wgs art. 3: de gemeente waar de inwoner woont"}
	switch code {
	case gateway.CodePostcodeUnknown:
		f.Pointer, f.Text = "/adres/postcode", "De postcode komt niet voor in de adrestabel."
	case gateway.CodePostbus:
		f.Pointer, f.Text = "/adres/postcode", "De postcode is van een postbus; meld het woonadres."
	case gateway.CodeAddressAmbiguous:
		f.Text = "Het adres kan in meer dan een gemeente liggen; er wordt niet gegokt."
	case gateway.CodeNumberUnknown:
		f.Pointer, f.Text = "/adres/huisnummer", "Deze postcode ligt in meer gemeenten en het huisnummer is niet bekend."
	case gateway.CodeMunicipalityEnded:
		f.Text = "De gemeente van dit adres is opgesplitst; een nieuwere adrestabel is nodig."
	}
	return f
}
