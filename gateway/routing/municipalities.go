// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"fmt"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
)

// ErrMunicipalities says that a text is no list of municipalities.
var ErrMunicipalities = errors.New("no list of municipalities")

// Municipalities is the set that a division should have, with names.
type Municipalities map[gateway.Municipality]string

// ReadMunicipalities reads the CBS list "gemeenten alfabetisch" as CSV, a file
// of names out of a CBS zip, or any CSV with a column of codes (gemeentecode,
// gm_code, code) and one of names (gemeentenaam, naam, name). All findings come
// at once, by line.
func ReadMunicipalities(r io.Reader) (Municipalities, error) {
	rows, err := readLines(r, smallFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMunicipalities, err)
	}
	code := rows.column("gemeentecodegm", "gemeentecode", "gemcode", "gmcode", "gwbcode", "gemeente", "gem", "code")
	name := rows.column("gemeentenaam", "gemnaam", "gmnaam", "gwblabel", "naam", "name")
	if code < 0 || name < 0 {
		return nil, fmt.Errorf("%w: no column of codes or of names", ErrMunicipalities)
	}
	list := make(Municipalities)
	var wrong findings
	for {
		fields, more := rows.next()
		if !more {
			break
		}
		if len(fields) != len(rows.header) {
			wrong.add(rows.number, "columns")
			continue
		}
		c, ok := parseCode(fields[code])
		if !ok {
			wrong.add(rows.number, "municipality code")
			continue
		}
		m := municipalityOf(c)
		if _, twice := list[m]; twice {
			wrong.add(rows.number, "municipality occurs twice")
		}
		list[m] = string(fields[name])
	}
	if err := errors.Join(rows.err(), wrong.err(), noneOf(len(list))); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMunicipalities, err)
	}
	return list, nil
}

// smallFile bounds the lists that people keep: municipalities, changes,
// letters.
const smallFile = 64 << 20

// findings gathers what is wrong with a list that people keep. One wrong line
// refuses the whole list: such lists are short and are mended by hand.
type findings struct{ list []error }

func (f *findings) add(line int, what string) {
	const most = 50
	if len(f.list) < most {
		f.list = append(f.list, fmt.Errorf("line %d: %s", line, what))
	}
}

func (f *findings) err() error { return errors.Join(f.list...) }

func noneOf(n int) error {
	if n == 0 {
		return errors.New("no rows")
	}
	return nil
}
