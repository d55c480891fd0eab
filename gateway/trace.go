// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
)

// Trace is by what one processing is followed across organisations: the trace
// id of W3C Trace Context (32 lower-case hexadecimal digits), the span of
// whoever called us, and the id of the exchange that brought the call. It is
// comparable, and written it is its trace id only: what receipts name (spoor).
// The zero Trace has no id.
type Trace struct {
	id       string
	parent   string
	exchange UUID
}

var (
	// ErrTrace says that a text is no trace id; it never quotes the text.
	ErrTrace = errors.New("no trace id of 32 lower-case hexadecimal digits")
	// ErrExchange says that a text is no transaction id of FSC; it never quotes the text.
	ErrExchange = errors.New("no transaction id: a version 7 UUID in lower-case canonical form")
)

// NewTrace begins a trace under a random id, without parent and exchange.
func NewTrace() Trace {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return Trace{id: hex.EncodeToString(b[:])}
}

// ParseTrace reads a trace id that this gateway wrote before: in a row, a
// receipt, a question about its log.
func ParseTrace(id string) (Trace, error) {
	if !isHex(id, 32) || strings.Trim(id, "0") == "" {
		return Trace{}, ErrTrace
	}
	return Trace{id: id}, nil
}

// ParseTraceparent takes trace id and parent span out of a W3C traceparent
// header. An unusable id gives the zero Trace, and the door then makes its own;
// an unusable span gives none. Flags are not looked at: what is not sampled is
// logged like the rest (Logboek Dataverwerkingen 1.0, part 3).
func ParseTraceparent(h string) Trace {
	if len(h) < 55 || h[2] != '-' || h[35] != '-' || h[52] != '-' || !isRandom(h[3:35], 8) {
		return Trace{}
	}
	t := Trace{id: h[3:35]}
	// A span has half the digits, so fewer are different; that it has a letter
	// tells it from a number of a person or a customer.
	if span := h[36:52]; isRandom(span, 5) && strings.ContainsAny(span, "abcdef") {
		t.parent = span
	}
	return t
}

// ParseExchange reads the Fsc-Transaction-Id of a request. Only a version 7 UUID
// is one (Digikoppeling profile of FSC Logging 1.1).
func ParseExchange(s string) (UUID, error) {
	id, err := ParseUUID(s)
	if err != nil || s[14] != '7' {
		return "", ErrExchange
	}
	return id, nil
}

// StoredTrace reads a trace that this gateway wrote before, in its parts.
func StoredTrace(id, parent string, exchange UUID) (Trace, error) {
	t, err := ParseTrace(id)
	if err != nil || parent != "" && !isHex(parent, 16) {
		return Trace{}, ErrTrace
	}
	t.parent, t.exchange = parent, exchange
	return t, nil
}

// Within is the trace as part of an exchange; [ParseExchange] makes the id.
func (t Trace) Within(exchange UUID) Trace {
	t.exchange = exchange
	return t
}

// ID is the trace id, empty of the zero Trace.
func (t Trace) ID() string { return t.id }

// Parent is the span that called us, 16 hexadecimal digits; empty when nobody
// named one.
func (t Trace) Parent() string { return t.parent }

// Exchange is the transaction id of FSC, empty when the call came without one.
func (t Trace) Exchange() UUID { return t.exchange }

// IsZero reports whether there is no trace id.
func (t Trace) IsZero() bool { return t.id == "" }

// String is the trace id.
func (t Trace) String() string { return t.id }

// MarshalText writes the trace id.
func (t Trace) MarshalText() ([]byte, error) { return []byte(t.id), nil }

// UnmarshalText reads a trace id; no text at all gives the zero Trace.
func (t *Trace) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*t = Trace{}
		return nil
	}
	*t, err = ParseTrace(string(text))
	return err
}

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

// isRandom reports whether id is lower-case hexadecimal that looks drawn at
// random: with at least so many different digits and no five equal ones in a
// row. A citizen or customer number padded to an id fails; of true trace ids
// one in some thousand does, and of spans one in some thousand too.
func isRandom(id string, atLeast int) bool {
	var seen [16]bool
	different, row := 0, 0
	for i := range len(id) {
		at := strings.IndexByte("0123456789abcdef", id[i])
		if at < 0 {
			return false
		}
		if !seen[at] {
			seen[at] = true
			different++
		}
		row++
		if i > 0 && id[i] != id[i-1] {
			row = 1
		}
		if row >= 5 {
			return false
		}
	}
	return different >= atLeast
}
