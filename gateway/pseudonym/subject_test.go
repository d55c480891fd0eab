// SPDX-License-Identifier: EUPL-1.2

package pseudonym_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

// subject is a person as an official types it.
func subject(t testing.TB, initials, surname, born, postcode string, number int) pseudonym.Subject {
	t.Helper()
	p := gateway.NewPersonal
	s := pseudonym.Subject{Person: gateway.Person{Initials: p(initials), Surname: p(surname), BirthDate: p(born)},
		Address: gateway.Address{Postcode: p(postcode)}}
	if number > 0 {
		var err error
		if s.Address.Number, err = gateway.NewHouseNumber(number); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// found lists which tokens of a report a subject shares, and whether they name
// it surely.
func found(traits []pseudonym.Trait, b pseudonym.Blinded) (shared []string) {
	for _, token := range b.Tokens() {
		for _, trait := range traits {
			if trait.Kind != token.Kind || !trait.Has(token.Tags[0]) {
				continue
			}
			how := string(token.Kind)
			if trait.Surely {
				how += "!"
			}
			shared = append(shared, how)
		}
	}
	slices.Sort(shared)
	return shared
}

// TestTraitsAreTheTokensOfReports: what an official types finds the reports
// about that person, however a creditor wrote them, and tells those that may
// be about a housemate apart.
func TestTraitsAreTheTokensOfReports(t *testing.T) {
	w := newWorld(t)
	home := w.Paper(w.Energy, w.Nijmegen, 1).Home
	base := facts{"achternaam": "Müller", "voorvoegsel": "van der", "voorletters": "J.P.", "geboortedatum": "1980-02-03"}
	asked := subject(t, "j", "van der Muller", "1980-02-03", home.Postcode, home.Number)
	for name, c := range map[string]struct {
		change facts
		want   []string
	}{
		"as typed":                {facts{}, []string{"address", "person!", "resident!"}},
		"without a birth date":    {facts{"geboortedatum": nil}, []string{"address", "resident!"}},
		"without initials":        {facts{"voorletters": nil}, []string{"address", "person!", "resident"}},
		"only surname":            {facts{"voorletters": nil, "geboortedatum": nil}, []string{"address", "resident"}},
		"moved":                   {facts{"huisnummer": 90_777}, []string{"person!"}},
		"a housemate":             {facts{"voorletters": "K."}, []string{"address"}},
		"another family":          {facts{"achternaam": "Fictie"}, []string{"address"}},
		"another home and family": {facts{"achternaam": "Fictie", "huisnummer": 90_777}, nil},
	} {
		changed := facts{}
		for _, f := range []facts{base, c.change} {
			for k, v := range f {
				changed[k] = v
			}
		}
		traits, err := pseudonym.Traits(t.Context(), gatewaytest.Keyer{Versions: 1}, []gateway.Municipality{w.Nijmegen.Municipality}, asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := found(traits, w.blinded(t, gatewaytest.Keyer{Versions: 1}, w.Energy, w.Nijmegen, changed)[0]); !slices.Equal(got, c.want) {
			t.Errorf("%s: shared %v, want %v", name, got, c.want)
		}
		elsewhere, err := pseudonym.Traits(t.Context(), gatewaytest.Keyer{Versions: 1}, []gateway.Municipality{w.Leiden.Municipality}, asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := found(elsewhere, w.blinded(t, gatewaytest.Keyer{Versions: 1}, w.Energy, w.Nijmegen, changed)[0]); got != nil {
			t.Errorf("%s: found in another municipality by %v", name, got)
		}
	}
}

func TestTooLittleIsKnown(t *testing.T) {
	for name, s := range map[string]pseudonym.Subject{
		"nothing":         {},
		"only a surname":  subject(t, "J.", "Voorbeeld", "", "", 0),
		"half an address": subject(t, "J.", "Voorbeeld", "", "6511AA", 0),
		"no surname":      subject(t, "J.", "", "1980-02-03", "", 0),
	} {
		traits, err := pseudonym.Traits(t.Context(), gatewaytest.Keyer{Versions: 1}, []gateway.Municipality{"GM0268"}, s)
		if err != nil || traits != nil {
			t.Errorf("%s: %d traits, %v", name, len(traits), err)
		}
	}
	broken := errors.New("broken")
	if _, err := pseudonym.Traits(t.Context(), &watched{err: broken}, []gateway.Municipality{"GM0268"}, subject(t, "J.", "Voorbeeld", "", "6511AA", 1)); !errors.Is(err, broken) {
		t.Errorf("a key store that fails: %v", err)
	}
}
