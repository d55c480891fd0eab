// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"fmt"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
)

// ErrLetters says that a text is no supplement of house letters.
var ErrLetters = errors.New("no supplement of house letters")

// Letter says where one house letter lies, or, with an empty letter, the home
// that has none. The CBS file knows no letters; of 9354TB 4 it says two
// municipalities, and the letter tells them apart.
type Letter struct {
	postcode     postcode
	number       uint32
	letter       byte // 'A' to 'Z', or withoutLetter
	municipality gateway.Municipality
}

// ReadLetters reads a supplement for the few numbers that lie in more than one
// municipality (from BAG, which knows letters):
//
//	postcode;huisnummer;huisletter;gemeentecode
//	9354TB;4;;GM1969
//	9354TB;4;A;GM1699
//
// Rows that repeat another are fine; rows that contradict another leave the
// address unsettled. All findings come at once, by line.
func ReadLetters(r io.Reader) ([]Letter, error) {
	rows, err := readLines(r, smallFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLetters, err)
	}
	want := [4]string{"postcode", "huisnummer", "huisletter", "gemeentecode"}
	if len(rows.header) != 4 || [4]string(rows.header) != want {
		return nil, fmt.Errorf("%w: the columns must be postcode;huisnummer;huisletter;gemeentecode", ErrLetters)
	}
	var letters []Letter
	var wrong findings
	for {
		fields, more := rows.next()
		if !more {
			break
		}
		if len(fields) != 4 {
			wrong.add(rows.number, "columns")
			continue
		}
		letters = append(letters, parseLetter(fields, rows.number, &wrong))
	}
	if err := errors.Join(rows.err(), wrong.err()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLetters, err)
	}
	return letters, nil
}

func parseLetter(fields [][]byte, line int, wrong *findings) Letter {
	var l Letter
	var ok bool
	if l.postcode, ok = parsePostcode(fields[0]); !ok {
		wrong.add(line, "postcode")
	}
	if l.number, ok = parseNumber(fields[1]); !ok {
		wrong.add(line, "house number")
	}
	if l.letter = letterOf(string(fields[2]), ""); l.letter == unclearLetter {
		wrong.add(line, "house letter")
	}
	code, ok := parseCode(fields[3])
	if !ok {
		wrong.add(line, "municipality code")
	}
	l.municipality = municipalityOf(code)
	return l
}
