// SPDX-License-Identifier: EUPL-1.2

package pseudonym

import (
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/permit"
)

type tokenInput struct {
	kind TokenKind
	text string
}

// domain is one municipality's pseudonyms: every text that is hashed is tagged
// with version, municipality, purpose and kind, so that no text can stand for
// two things.
type domain gateway.Municipality

func (d domain) input(kind TokenKind, parts ...string) tokenInput {
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "|", "")
	}
	return tokenInput{kind, "v1|" + string(d) + "|" + Purpose + "|" + string(kind) + "|" + strings.Join(parts, "|")}
}

// The normalised texts of a home, a resident and a person. They are the same
// for a report that comes in and for a person who asks what is kept of it:
// whatever differs here makes a right empty.

func (d domain) address(a gateway.Address) tokenInput {
	return d.input(TokenAddress, a.Postcode.Reveal(), strconv.Itoa(a.Number.Reveal()), Fold(a.Letter.Reveal()), Fold(a.Addition.Reveal()))
}

func (d domain) resident(surname, initial string, a gateway.Address) tokenInput {
	return d.input(TokenResident, surname, initial, a.Postcode.Reveal(), strconv.Itoa(a.Number.Reveal()))
}

func (d domain) person(surname, initial string, p gateway.Person) tokenInput {
	return d.input(TokenPerson, surname, initial, p.BirthDate.Reveal())
}

// reportInputs are the texts of a report in one municipality's domain: those above, its claim, and the
// secret under which the amount of the claim is remembered.
func reportInputs(p permit.Permitted, d domain) []tokenInput {
	r := p.Report()
	surname, initial := Surname(r.Person), Initial(r.Person)
	inputs := []tokenInput{d.address(r.Address), d.resident(surname, initial, r.Address)}
	if !r.Person.BirthDate.IsZero() {
		inputs = append(inputs, d.person(surname, initial, r.Person))
	}
	reference := Fold(r.Reference.Reveal())
	claim := []string{string(p.Slip().Peer.OIN()), string(r.Kind), reference}
	if reference == "" { // none, or "-": then who and where tell claims apart
		claim = []string{claim[0], claim[1], "", surname, initial, r.Address.Postcode.Reveal(), strconv.Itoa(r.Address.Number.Reveal())}
	}
	return append(inputs, d.input(TokenClaim, claim...), d.input(claimSecret, claim...))
}
