// SPDX-License-Identifier: EUPL-1.2

package routing

import "slices"

// sound tells whether a decoded table keeps the promises that Resolve builds
// on: every index in range, every list in order, every chain of successors
// with an end. The digest tells damage; this tells a table that was written
// wrong. It also counts the municipalities that the source names.
func (t *Table) sound() bool {
	if t.version.Year < firstYear || t.version.Year > lastYear {
		return false
	}
	return t.soundMunicipalities() && t.soundPostcodes() && t.soundRows()
}

func (t *Table) soundMunicipalities() bool {
	start := startOf(t.version.Year)
	for i, m := range t.municipalities {
		if i > 0 && m.code <= t.municipalities[i-1].code || m.code == "GM0000" {
			return false
		}
		if m.ends.IsZero() {
			continue
		}
		if !m.ends.After(start) || m.successor != divided && int(m.successor) >= len(t.municipalities) {
			return false
		}
	}
	for i := range t.municipalities {
		if !chainEnds(t.municipalities, i) {
			return false
		}
	}
	return len(t.municipalities) < int(exceptional)
}

// chainEnds tells whether following successors from i comes to an end.
func chainEnds(list []municipality, i int) bool {
	for range list {
		m := list[i]
		if m.ends.IsZero() || m.successor == divided {
			return true
		}
		i = int(m.successor)
	}
	return false
}

func (t *Table) soundPostcodes() bool {
	next := uint16(0) // groups are used in order, each once
	named := make([]bool, len(t.municipalities))
	for n := range len(t.starts) - 1 {
		block := t.suffixes[t.starts[n]:t.starts[n+1]]
		for i, s := range block {
			if s >= suffixes || i > 0 && s <= block[i-1] {
				return false
			}
		}
	}
	for _, v := range t.values {
		switch {
		case v == exceptional|next:
			next++
		case int(v) < len(t.municipalities):
			named[v] = true
		default:
			return false
		}
	}
	for _, r := range t.rows {
		if int(r.municipality) >= len(t.municipalities) {
			return false
		}
		named[r.municipality] = true
	}
	for _, yes := range named {
		if yes {
			t.version.Municipalities++
		}
	}
	return int(next) == len(t.groups)-1
}

func (t *Table) soundRows() bool {
	for g := range len(t.groups) - 1 {
		rows := t.rows[t.groups[g]:t.groups[g+1]]
		if len(rows) == 0 {
			return false
		}
		for i, r := range rows {
			if i > 0 && compareRows(rows[i-1], r) >= 0 || r.number < 1 || r.number > highestHouse {
				return false
			}
			if r.letter != anyLetter && r.letter != withoutLetter && (r.letter < 'A' || r.letter > 'Z') {
				return false
			}
			// A letter needs the row of its whole number before it.
			if r.letter != anyLetter && (i == 0 || rows[i-1].number != r.number) {
				return false
			}
		}
	}
	return slices.IsSorted(t.groups)
}
