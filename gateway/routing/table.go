// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// Table answers which municipality an address is in, on a date. It is
// immutable and safe for concurrent use; the whole country takes a few
// megabytes and a lookup makes no garbage. Compile or Load makes one.
type Table struct {
	version        Version
	municipalities []municipality // by code
	starts         [lastPC4 - firstPC4 + 2]uint32
	suffixes       []uint16 // of PC4 n: suffixes[starts[n-1000]:starts[n-999]], ascending
	values         []uint16 // beside suffixes: a municipality, or exceptional and a group
	groups         []uint32 // group g: rows[groups[g]:groups[g+1]]
	rows           []row
}

type municipality struct {
	code      gateway.Municipality
	name      string
	ends      gateway.Date // first day on which it is no more; zero: it stays
	successor uint16       // into municipalities; divided when it was split
}

// row says where a house number of an exceptional postcode lies. Rows of one
// number with anyLetter name every municipality that the number occurs in.
type row struct {
	number       uint32
	letter       byte
	municipality uint16
}

const (
	exceptional uint16 = 0x8000 // the postcode lies in more than one municipality
	divided     uint16 = 0xffff // as successor: needs the next yearly file
)

// Version tells which table this is.
func (t *Table) Version() Version { return t.version }

// Name is the name of a municipality, empty when the table knows none.
func (t *Table) Name(m gateway.Municipality) string {
	i, ok := t.index(m)
	if !ok {
		return ""
	}
	return t.municipalities[i].name
}

// Successor is the municipality that m has gone into by the day, m itself while
// it stays. False when the table does not know m, or m was split.
func (t *Table) Successor(m gateway.Municipality, on gateway.Date) (gateway.Municipality, bool) {
	i, ok := t.index(m)
	if !ok {
		return "", false
	}
	j, ok := t.successor(uint16(i), on)
	if !ok {
		return "", false
	}
	return t.municipalities[j].code, true
}

func (t *Table) index(m gateway.Municipality) (int, bool) {
	return slices.BinarySearchFunc(t.municipalities, m, func(a municipality, m gateway.Municipality) int {
		switch {
		case a.code < m:
			return -1
		case a.code > m:
			return 1
		}
		return 0
	})
}

// Postcodes lists, in order, the postcodes that lie wholly in a municipality
// by the division of the table's own year. For demonstrations and reports.
func (t *Table) Postcodes(m gateway.Municipality) []string {
	i, ok := t.index(m)
	if !ok {
		return nil
	}
	var list []string
	t.each(func(p postcode, value uint16) {
		if value == uint16(i) {
			list = append(list, p.String())
		}
	})
	return list
}

func (t *Table) each(visit func(postcode, uint16)) {
	for n := range len(t.starts) - 1 {
		for i := t.starts[n]; i < t.starts[n+1]; i++ {
			visit(postcode{uint16(n) + firstPC4, t.suffixes[i]}, t.values[i])
		}
	}
}

func (t *Table) find(p postcode) (uint16, bool) {
	n := p.pc4 - firstPC4
	from, to := t.starts[n], t.starts[n+1]
	i, ok := slices.BinarySearch(t.suffixes[from:to], p.suffix)
	if !ok {
		return 0, false
	}
	return t.values[from+uint32(i)], true
}

func (t *Table) group(value uint16) []row {
	g := value &^ exceptional
	return t.rows[t.groups[g]:t.groups[g+1]]
}

func (t *Table) hasPC4(n int) bool {
	n -= firstPC4
	return n >= 0 && n < len(t.starts)-1 && t.starts[n] < t.starts[n+1]
}

func (t *Table) hasAnyPC4(from, to int) bool {
	for n := from; n <= to; n++ {
		if t.hasPC4(n) {
			return true
		}
	}
	return false
}
