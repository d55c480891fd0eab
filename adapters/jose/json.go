// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errForm says that JSON is not of the wanted form. It stays inside: findings
// say the rest, and no value may travel in an error.
var errForm = errors.New("not of the expected form")

// eachMember reads one object and calls read after each name; read must
// consume the value. The decoder itself refuses a name that comes twice (after
// unescaping) and bytes that are not UTF-8.
func eachMember(d *jsontext.Decoder, read func(name string) error) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != '{' {
		return errForm
	}
	for {
		t, err := d.ReadToken()
		if err != nil {
			return err
		}
		if t.Kind() == '}' {
			return nil
		}
		if err := read(t.String()); err != nil {
			return err
		}
	}
}

// readText reads a string that is not empty.
func readText(d *jsontext.Decoder, into *string) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != '"' {
		return errForm
	}
	if *into = t.String(); *into == "" {
		return errForm
	}
	return nil
}

// coordinate decodes 32 bytes of a curve point, with leading zeros.
func coordinate(text string) ([]byte, error) {
	raw, err := octets(text)
	if err != nil || len(raw) != 32 {
		return nil, errForm
	}
	return raw, nil
}

// octets decodes canonical base64url.
func octets(text string) ([]byte, error) {
	raw, ok := decode64(nil, []byte(text))
	if !ok || len(raw) == 0 {
		return nil, errForm
	}
	return raw, nil
}

// object writes JSON objects member by member in a fixed order, so that the same
// key or header always gives the same bytes.
type object struct{ b []byte }

func (o *object) name(name string) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

// text adds a string; an empty one is left out.
func (o *object) text(name, value string) {
	if value == "" {
		return
	}
	o.name(name)
	// AppendQuote fails on bad UTF-8 alone, and then writes replacement characters.
	o.b, _ = jsontext.AppendQuote(o.b, value)
}

// octets adds bytes as base64url.
func (o *object) octets(name string, value []byte) {
	o.name(name)
	o.b = append(strict64.AppendEncode(append(o.b, '"'), value), '"')
}

// raw adds a value that is JSON already.
func (o *object) raw(name string, value []byte) {
	o.name(name)
	o.b = append(o.b, value...)
}

func (o *object) close() []byte { return append(o.b, '}') }
