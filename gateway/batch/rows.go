// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// form is how a cell becomes a JSON value.
type form int

const (
	formText form = iota
	formDay
	formBool
	formWhole
	formDays
)

// column is a member of a report by its flattened name.
type column struct {
	name     string // members joined by a dot
	form     form
	required bool
}

// columns has every column in the order of the canonical JSON; an immutable
// table.
var columns = []column{
	{"meldingId", formText, true},
	{"soort", formText, true},
	{"grondslag", formText, false},
	{"toestemmingsdatum", formDay, false},
	{"regeling", formText, false},
	{"kenmerk", formText, false},
	{"signaaldatum", formDay, true},
	{"ontstaansdatum", formDay, true},
	{"bedragInCenten", formWhole, true},
	{"crisissignaal", formBool, true},
	{"warmeOverdracht", formBool, true},
	{"eindeLevering", formDay, false},
	{"inspanningen.persoonlijkContact", formDay, false},
	{"inspanningen.gewezenOpHulp", formDay, false},
	{"inspanningen.herinneringen", formDays, false},
	{"inspanningen.aanbod", formDay, false},
	{"inspanningen.betalingsregeling", formDay, false},
	{"inspanningen.bezwaar", formBool, true},
	{"persoon.voorletters", formText, false},
	{"persoon.voorvoegsel", formText, false},
	{"persoon.achternaam", formText, true},
	{"persoon.geboortedatum", formDay, false},
	{"adres.postcode", formText, true},
	{"adres.huisnummer", formWhole, true},
	{"adres.huisletter", formText, false},
	{"adres.huisnummertoevoeging", formText, false},
	{"adres.straat", formText, false},
	{"adres.plaats", formText, false},
	{"contact.telefoon", formText, false},
	{"contact.email", formText, false},
	{"zout", formText, false},
}

// Columns lists the names that a CSV file may have, in canonical order, and
// those that it must have.
func Columns() (all, required []string) {
	for _, c := range columns {
		all = append(all, c.name)
		if c.required {
			required = append(required, c.name)
		}
	}
	return all, required
}

// Rows turns the rows under one header into reports.
type Rows struct {
	columns []int // per column of the header, its place in columns
	cellOf  []int // the inverse; -1 for a column that is not there
}

// NewRows takes the names of a header, in any order. Unknown, missing and
// double names are all found at once: unknown and double ones by their place
// in the header, from 1, because the name itself is input.
func NewRows(header []string) (*Rows, []gateway.Finding) {
	r := &Rows{cellOf: slices.Repeat([]int{-1}, len(columns))}
	var findings []gateway.Finding
	for i, name := range header {
		at := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		r.columns = append(r.columns, at)
		switch pointer := "/kolommen/" + strconv.Itoa(i+1); {
		case at < 0:
			findings = append(findings, found(CodeUnknownColumn, pointer))
		case r.cellOf[at] >= 0:
			findings = append(findings, found(CodeDoubleColumn, pointer))
		default:
			r.cellOf[at] = i
		}
	}
	for i, c := range columns {
		if c.required && r.cellOf[i] < 0 {
			findings = append(findings, found(CodeMissingColumn, c.pointer()))
		}
	}
	return r, findings
}

func (c column) pointer() string { return "/" + strings.ReplaceAll(c.name, ".", "/") }

// RowJSON is [Rows.JSON] for one row under a header without faults.
func RowJSON(header, cells []string) ([]byte, []gateway.Finding) {
	r, findings := NewRows(header)
	if len(findings) > 0 || len(cells) != len(header) {
		return nil, append(findings, found(CodeCells, ""))
	}
	return r.JSON(cells)
}

// JSON is the canonical JSON of a row; its SHA-256 is the digest in the
// receipt. Whoever sent the row can make the same bytes:
//
//   - members in the order of [Columns], whatever the order in the file, no
//     white space; inspanningen, persoon and adres are always there, contact
//     only with a member in it; an empty cell gives no member;
//   - texts as they are, in UTF-8, with only quote, backslash and U+0000 to
//     U+001F escaped: \" \\ \b \f \n \r \t, otherwise \u00xx in lower case;
//   - dates d-m-yyyy (with or without leading zeros) become yyyy-mm-dd, any
//     other text stays as it is, a JSON string;
//   - ja, true and waar become true; nee, false and onwaar become false, in
//     any case; any other text stays a JSON string;
//   - whole numbers without leading zeros, with at most one minus, become that
//     number; any other text stays a JSON string;
//   - herinneringen is an array of the dates between vertical bars.
//
// Text that stays a string where another type belongs is refused by the
// schema. Cells that begin as a formula of a spreadsheet come back as
// findings: whoever opens the outcome in a spreadsheet must not run it. A
// telephone number may begin with a plus, a whole number with a minus.
func (r *Rows) JSON(cells []string) (payload []byte, findings []gateway.Finding) {
	b := make([]byte, 0, 768)
	b = append(b, '{')
	object := ""
	for i, c := range columns {
		parent, name, nested := strings.Cut(c.name, ".")
		if !nested {
			parent, name = "", c.name
		}
		cell := ""
		if at := r.cellOf[i]; at >= 0 {
			cell = cells[at]
		}
		if parent != object {
			b = leave(b, object)
			object = enter(&b, parent, cell)
		}
		if cell == "" {
			continue
		}
		if formula(c, cell) {
			findings = append(findings, found(CodeFormula, c.pointer()))
		}
		b = value(member(b, name), c.form, cell)
	}
	return append(leave(b, object), '}'), findings
}

// enter begins an object and tells in which one we are then: contact only
// begins with its first member.
func enter(b *[]byte, parent, cell string) string {
	if parent == "" || parent == "contact" && cell == "" {
		return ""
	}
	*b = append(member(*b, parent), '{')
	return parent
}

func leave(b []byte, object string) []byte {
	if object == "" {
		return b
	}
	return append(b, '}')
}

func member(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), '"', ':')
}

func value(b []byte, f form, cell string) []byte {
	switch f {
	case formDay:
		return text(b, day(cell))
	case formBool:
		switch strings.ToLower(cell) {
		case "ja", "true", "waar":
			return append(b, "true"...)
		case "nee", "false", "onwaar":
			return append(b, "false"...)
		}
	case formWhole:
		if whole(cell) {
			return append(b, cell...)
		}
	case formDays:
		b = append(b, '[')
		for i, d := range strings.Split(cell, "|") {
			if i > 0 {
				b = append(b, ',')
			}
			b = text(b, day(d))
		}
		return append(b, ']')
	}
	return text(b, cell)
}

func text(b []byte, s string) []byte {
	b, err := jsontext.AppendQuote(b, s)
	if err != nil { // not UTF-8, which was looked at before: only RowJSON's callers meet it
		return append(b, "null"...)
	}
	return b
}

// day turns d-m-yyyy, as Dutch spreadsheets write it, around.
func day(s string) string {
	parts := strings.Split(s, "-")
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 4 || !digits(parts[0]) || !digits(parts[1]) || !digits(parts[2]) {
		return s
	}
	two := func(s string) string { return "0"[len(s)-1:] + s }
	return parts[2] + "-" + two(parts[1]) + "-" + two(parts[0])
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func whole(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return digits(s) && (s == "0" || s[0] != '0')
}

func formula(c column, cell string) bool {
	first := []rune(cell[:min(len(cell), 4)])[0]
	switch {
	case !strings.ContainsRune("=+-@\t\r＝＋－＠", first):
		return false
	case c.form == formWhole && whole(cell):
		return false
	case c.name == "contact.telefoon" && len(cell) > 1 && cell[0] == '+':
		return cell[1] < '0' || cell[1] > '9' || strings.Trim(cell[1:], "0123456789 ()-") != ""
	}
	return true
}
