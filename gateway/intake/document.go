// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// Limits of a document, checked before and while it is read.
const (
	MaxPayload = 64 << 10 // bytes
	maxDepth   = 6        // the deepest member of a report lies at 3
)

// Field is one member that an object may have. Read puts the raw JSON value
// into the target and answers "" or the code of what is wrong with it.
type Field[T any] struct {
	Name     string
	Required bool
	Read     func(d *Document, into *T, raw jsontext.Value) gateway.Code
}

// Document reads one closed JSON document and collects every finding instead
// of stopping at the first. Other steps that accept signed JSON (withdrawal,
// feedback) use it as well, so that there is one strict door (invariant I12).
type Document struct {
	pointer  []string
	findings []gateway.Finding
	broken   bool // the text is no JSON: reading on makes no sense
}

// ReadDocument decodes payload into a T by its fields. A payload that is no
// JSON to its end gives the zero T.
func ReadDocument[T any](payload []byte, fields []Field[T]) (T, []gateway.Finding) {
	var into T
	d := &Document{}
	if len(payload) > MaxPayload {
		d.Find(gateway.CodeTooLarge, "bericht boven 64 KiB")
		return into, d.findings
	}
	ReadObject(d, &into, jsontext.Value(payload), fields)
	if d.broken { // half a document is not judged: what was not reached is not missing
		var none T
		return none, d.findings
	}
	return into, d.findings
}

// ReadObject reads a (nested) object by its fields: unknown, missing,
// duplicate and ill-typed members all become findings. It is the Read of a
// field that holds an object.
func ReadObject[T any](d *Document, into *T, raw jsontext.Value, fields []Field[T]) gateway.Code {
	if len(d.pointer) >= maxDepth {
		return gateway.CodeTooDeep
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	t, err := dec.ReadToken()
	if err != nil {
		return d.syntax(err)
	}
	if t.Kind() != '{' {
		return d.wrongType()
	}
	seen := make([]bool, len(fields))
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return d.syntax(err)
		}
		readMember(d, dec, into, name.String(), fields, seen)
		if d.broken {
			return ""
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return d.syntax(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return d.syntax(err)
	}
	for i, f := range fields {
		if f.Required && !seen[i] {
			d.at(f.Name, func() { d.Find(gateway.CodeMissingField, "") })
		}
	}
	return ""
}

func readMember[T any](d *Document, dec *jsontext.Decoder, into *T, name string, fields []Field[T], seen []bool) {
	if dec.PeekKind() == 0 { // let the decoder say what is wrong
		_, err := dec.ReadToken()
		d.syntax(err)
		return
	}
	if depth(dec) {
		d.Find(gateway.CodeTooDeep, "")
		d.broken = true
		return
	}
	raw, err := dec.ReadValue()
	if err != nil {
		d.syntax(err)
		return
	}
	for i, f := range fields {
		if f.Name != name {
			continue
		}
		seen[i] = true
		d.at(name, func() {
			if code := f.Read(d, into, raw); code != "" {
				d.Find(code, "")
			}
		})
		return
	}
	// The name itself is input and is not echoed: the parent is pointed at.
	d.Find(gateway.CodeUnknownField, "")
}

// depth looks ahead, without recursion, whether the next value nests deeper
// than any member of a report; the decoder's own bound is far higher.
func depth(dec *jsontext.Decoder) bool {
	deep, level := false, 0
	inText, escaped := false, false
	for _, c := range dec.UnreadBuffer() {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped = c == '\\'
			inText = c != '"'
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			level++
			deep = deep || level > maxDepth
		case c == '}' || c == ']':
			level--
		}
		if deep || level < 0 || level == 0 && !inText && c == ',' {
			break
		}
	}
	return deep
}

// Find adds a finding at the place that is being read.
func (d *Document) Find(code gateway.Code, text string) {
	pointer := ""
	if len(d.pointer) > 0 {
		pointer = "/" + strings.Join(d.pointer, "/")
	}
	d.findings = append(d.findings, finding(code, pointer, text))
}

func (d *Document) at(name string, do func()) {
	d.pointer = append(d.pointer, name)
	do()
	d.pointer = d.pointer[:len(d.pointer)-1]
}

// At runs do with the pointer one array element deeper.
func (d *Document) At(i int, do func()) { d.at(strconv.Itoa(i), do) }

func (d *Document) wrongType() gateway.Code {
	if len(d.pointer) == 0 {
		d.broken = true
		d.Find(gateway.CodeWrongType, "")
		return ""
	}
	return gateway.CodeWrongType
}

// syntax turns a decoder's error into one finding and stops the reading.
func (d *Document) syntax(err error) gateway.Code {
	d.broken = true
	code := gateway.CodeNotJSON
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		code = gateway.CodeDuplicateField
	case err != nil && (strings.Contains(err.Error(), "UTF-8") || strings.Contains(err.Error(), "surrogate")):
		code = gateway.CodeEncoding
	}
	d.Find(code, "")
	return ""
}
