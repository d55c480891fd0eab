// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"sort"

	"github.com/seinhuis/seinhuis/gateway"
)

// Resolve answers in which municipality an address is on a day. Postcode is
// 1234AB or 1234 AB in either case, number 1 to 99999, letter one letter in
// either case or empty.
//
// The code is empty when the answer is sure; otherwise the Answer is empty and
// the code is one of
//
//   - CodePostcodeUnknown: no such postcode in the table, or no postcode;
//   - CodePostbus: the four digits are of the kind that only PO boxes have;
//   - CodeNumberUnknown: the postcode lies in more than one municipality and
//     the number is not in the table (or is no house number);
//   - CodeAddressAmbiguous: the number occurs in more than one municipality
//     and the letter does not settle it;
//   - CodeMunicipalityEnded: the municipality was split on or before the day,
//     and only a newer table knows the parts.
//
// A merger after 1 January of the table's year counts from its date. For a day
// before that 1 January (and for the zero date) the table's own division is
// answered: reports are young, and today's mailbox is what counts.
func (t *Table) Resolve(postcode string, number int, letter, addition string, on gateway.Date) (Answer, gateway.Code) {
	p, ok := parsePostcode(postcode)
	if !ok {
		return Answer{}, gateway.CodePostcodeUnknown
	}
	if number < 1 || number > highestHouse {
		return Answer{}, gateway.CodeNumberUnknown
	}
	value, ok := t.find(p)
	if !ok {
		return Answer{}, t.absent(int(p.pc4))
	}
	if value&exceptional == 0 {
		i, ok := t.successor(value, on)
		if !ok {
			return Answer{}, gateway.CodeMunicipalityEnded
		}
		return Answer{t.municipalities[i].code, StepPostcode}, ""
	}
	return t.resolveException(t.group(value), uint32(number), letterOf(letter, addition), on)
}

func (t *Table) resolveException(group []row, number uint32, letter byte, on gateway.Date) (Answer, gateway.Code) {
	rows := ofNumber(group, number)
	if len(rows) == 0 {
		return t.settle(group, StepPostcode, gateway.CodeNumberUnknown, on)
	}
	answer, code := t.settle(ofLetter(rows, anyLetter), StepNumber, gateway.CodeAddressAmbiguous, on)
	if code == "" {
		return answer, ""
	}
	if exact := ofLetter(rows, letter); len(exact) > 0 {
		return t.settle(exact, StepLetter, gateway.CodeAddressAmbiguous, on)
	}
	return Answer{}, code
}

// settle answers when all rows lead to one municipality on the day. When they
// differ the code is differ; when all have ended, that is what it says.
func (t *Table) settle(rows []row, step Step, differ gateway.Code, on gateway.Date) (Answer, gateway.Code) {
	var found uint16
	known, ended := 0, 0
	for _, r := range rows {
		i, ok := t.successor(r.municipality, on)
		if !ok {
			ended++
			continue
		}
		if known > 0 && i != found {
			return Answer{}, differ
		}
		found = i
		known++
	}
	switch {
	case known == 0 && ended > 0:
		return Answer{}, gateway.CodeMunicipalityEnded
	case known == 0 || ended > 0:
		return Answer{}, differ
	}
	return Answer{t.municipalities[found].code, step}, ""
}

// successor follows mergers up to the day; false after a split. Load made sure
// that the chain has an end.
func (t *Table) successor(i uint16, on gateway.Date) (uint16, bool) {
	for {
		m := &t.municipalities[i]
		if m.ends.IsZero() || m.ends.After(on) {
			return i, true
		}
		if m.successor == divided {
			return 0, false
		}
		i = m.successor
	}
}

// absent says why a postcode is not there. No public table holds the postcodes
// of PO boxes, so the pattern decides, and both codes refuse: of the 900 PC4
// that end in 0, three have homes; the others, and the decade xx00-xx09 of a
// town whose homes begin at xx10, are where PO boxes are (1000, 2300, 6503).
func (t *Table) absent(pc4 int) gateway.Code {
	if t.hasPC4(pc4) {
		return gateway.CodePostcodeUnknown
	}
	decade := pc4 - pc4%10
	if pc4 == decade && t.hasAnyPC4(decade+1, decade+19) {
		return gateway.CodePostbus
	}
	if decade%100 == 0 && !t.hasAnyPC4(decade, decade+9) && t.hasAnyPC4(decade+10, decade+19) {
		return gateway.CodePostbus
	}
	return gateway.CodePostcodeUnknown
}

// ofNumber and ofLetter find the run of rows in a sorted list.
func ofNumber(rows []row, number uint32) []row {
	from := sort.Search(len(rows), func(i int) bool { return rows[i].number >= number })
	to := from
	for to < len(rows) && rows[to].number == number {
		to++
	}
	return rows[from:to]
}

func ofLetter(rows []row, letter byte) []row {
	from := 0
	for from < len(rows) && rows[from].letter != letter {
		from++
	}
	to := from
	for to < len(rows) && rows[to].letter == letter {
		to++
	}
	return rows[from:to]
}
