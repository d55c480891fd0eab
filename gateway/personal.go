// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/go-json-experiment/json/jsontext"
)

const redacted = "[afgeschermd]"

// Personal is a text about a person. However it is printed, logged or
// marshalled, it shows "[afgeschermd]": the value sits behind a pointer, so
// that even fmt's reflection over unexported fields cannot reach it.
// Reveal is the one way out; each call of it should be easy to defend.
type Personal struct{ text *string }

// NewPersonal wraps s. The empty text is the zero value.
func NewPersonal(s string) Personal {
	if s == "" {
		return Personal{}
	}
	return Personal{&s}
}

// Reveal returns the text itself. Callers: normalisation before a token is
// made, sealing to the municipality, and checks of intake.
func (p Personal) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// IsZero reports whether there is no text.
func (p Personal) IsZero() bool { return p.text == nil }

func (p Personal) String() string               { return redacted }
func (p Personal) GoString() string             { return redacted }
func (p Personal) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, redacted) }
func (p Personal) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (p Personal) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON redacts as well: sealed content is written by package seal,
// which reveals field by field.
func (p Personal) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// UnmarshalJSON takes a JSON string.
func (p *Personal) UnmarshalJSON(b []byte) error {
	s, err := jsontext.AppendUnquote(nil, b)
	if err != nil {
		return errNotText
	}
	*p = NewPersonal(string(s))
	return nil
}

var errNotText = fmt.Errorf("geen tekst")
