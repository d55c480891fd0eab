// SPDX-License-Identifier: EUPL-1.2

package pseudonym

import (
	"context"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// Subject is a person or a home as an official typed it, to find what is kept
// or to object to what may come. What is not known stays empty.
type Subject struct {
	Person  gateway.Person
	Address gateway.Address
}

// Trait is one pseudonym of a subject. Surely says that a report which carries
// it names the subject; without it the report names no initial, or only the
// home, and may be about somebody else who lives there.
type Trait struct {
	Token
	Surely bool
}

// Traits are the pseudonyms under which a report about the subject may be known
// in one municipality, made as [Blind] makes them, in one call to the key
// store. A creditor may leave initials out, so a subject with an initial is
// looked for without one as well. No trait means that too little is known of
// the subject: a surname needs a birth date or a postcode and house number
// beside it. The codes are that of the municipality and behind it those of
// municipalities that went into it: reports from before stand under those. The
// subject is not kept.
func Traits(ctx context.Context, keyer Keyer, codes []gateway.Municipality, s Subject) ([]Trait, error) {
	var texts [][]byte
	var inputs []tokenInput
	var sure []bool
	for _, code := range codes {
		inputs, sure = subjectInputs(domain(code), s)
		for _, in := range inputs {
			texts = append(texts, []byte(in.text))
		}
	}
	if len(inputs) == 0 {
		return nil, nil
	}
	tags, err := keyer.MAC(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("traits of a subject: %w", err)
	}
	traits := make([]Trait, len(inputs))
	for i, in := range inputs {
		traits[i] = Trait{Token{in.kind, nil}, sure[i]}
		for at := i; at < len(tags); at += len(inputs) { // the municipality's own code first
			traits[i].Tags = append(traits[i].Tags, tags[at]...)
		}
	}
	return traits, nil
}

func subjectInputs(d domain, s Subject) (inputs []tokenInput, sure []bool) {
	add := func(surely bool, in tokenInput) { inputs, sure = append(inputs, in), append(sure, surely) }
	surname, initial := Surname(s.Person), Initial(s.Person)
	home := !s.Address.Postcode.IsZero() && !s.Address.Number.IsZero()
	initials := []string{initial}
	if initial != "" {
		initials = append(initials, "")
	}
	for _, i := range initials {
		if surname == "" {
			break
		}
		if !s.Person.BirthDate.IsZero() {
			add(true, d.person(surname, i, s.Person)) // the birth date tells housemates apart
		}
		if home {
			add(i != "", d.resident(surname, i, s.Address))
		}
	}
	if home {
		add(false, d.address(s.Address))
	}
	return inputs, sure
}

// Has reports whether the trait is known under the tag.
func (t Trait) Has(tag keys.Tag) bool {
	for _, own := range t.Tags {
		if own == tag {
			return true
		}
	}
	return false
}
