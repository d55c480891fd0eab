// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// Subject is a person, a home or both, as an official types it to carry out a
// right: the words of a report and nothing else of it.
type Subject struct {
	Person  gateway.Person
	Address gateway.Address
}

var subjectFields = []Field[Subject]{
	{"persoon", false, func(d *Document, s *Subject, v jsontext.Value) gateway.Code {
		return ReadObject(d, &s.Person, v, personFields)
	}},
	{"adres", false, func(d *Document, s *Subject, v jsontext.Value) gateway.Code {
		return ReadObject(d, &s.Address, v, addressFields)
	}},
}

// ReadSubject reads what an official typed through the same strict door as
// reports: a BSN is refused, and no finding holds a value.
func ReadSubject(payload []byte) (Subject, error) {
	s, findings := ReadDocument(payload, subjectFields)
	if len(findings) > 0 {
		return Subject{}, gateway.Refuse(gateway.KindInvalid, findings...)
	}
	return s, nil
}
