// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
)

// Diff is what an operator reads before a new table is switched in.
type Diff struct {
	Previous, Next Version // Previous is zero when there was none
	Added, Removed int     // postcodes
	Changed        int     // postcodes in other municipalities than before
	Unexplained    int     // of Changed, those that no change in the table of changes explains
	Moves          []Move  // Changed by from and to, most postcodes first
	Straddling     int     // postcodes in more than one municipality
	Unsettled      int     // of their numbers, those that need a letter
	LettersUnused  int     // letters of postcodes that the file does not have
}

// Move is a number of postcodes that went from one municipality to another; a
// postcode in two has both codes with a + between.
type Move struct {
	Old, New  string
	Postcodes int
	Explained bool
}

// compare takes both tables by the division of their own years.
func compare(previous, next *Table, changes []Change) Diff {
	d := Diff{Next: next.version, Straddling: len(next.groups) - 1, Unsettled: next.unsettled()}
	if previous == nil {
		return d
	}
	d.Previous = previous.version
	moves := make(map[[2]string]*Move)
	kept := 0
	next.each(func(p postcode, value uint16) {
		before, ok := previous.find(p)
		if !ok {
			d.Added++
			return
		}
		kept++
		old, now := previous.codes(before), next.codes(value)
		if slices.Equal(old, now) {
			return
		}
		d.Changed++
		explained := explains(changes, old, now)
		if !explained {
			d.Unexplained++
		}
		key := [2]string{join(old), join(now)}
		if moves[key] == nil {
			moves[key] = &Move{Old: key[0], New: key[1], Explained: explained}
		}
		moves[key].Postcodes++
	})
	d.Removed = previous.version.Postcodes - kept
	for _, m := range moves {
		d.Moves = append(d.Moves, *m)
	}
	slices.SortFunc(d.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Postcodes, a.Postcodes), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	return d
}

func (d Diff) check(o CompileOptions) error {
	share := orDefault(o.MaxUnexplained, 10)
	if o.AcceptMoves || d.Unexplained*1000 <= d.Previous.Postcodes*share {
		return nil
	}
	return fmt.Errorf("%w: %d of %d", ErrUnexplained, d.Unexplained, d.Previous.Postcodes)
}

// codes lists the municipalities of a value, ascending.
func (t *Table) codes(value uint16) []gateway.Municipality {
	if value&exceptional == 0 {
		return []gateway.Municipality{t.municipalities[value].code}
	}
	var list []gateway.Municipality
	for _, r := range t.group(value) {
		list = append(list, t.municipalities[r.municipality].code)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// unsettled counts the numbers that lie in more than one municipality.
func (t *Table) unsettled() int {
	n := 0
	for g := range len(t.groups) - 1 {
		rows := t.rows[t.groups[g]:t.groups[g+1]]
		for len(rows) > 0 {
			same := ofNumber(rows, rows[0].number)
			if len(ofLetter(same, anyLetter)) > 1 {
				n++
			}
			rows = rows[len(same):]
		}
	}
	return n
}

// explains tells whether the changes lead from old to every new code, and
// leave no old code that is gone without having ended.
func explains(changes []Change, old, now []gateway.Municipality) bool {
	reach := slices.Clone(old)
	for i := 0; i < len(reach); i++ {
		for _, c := range changes {
			if c.Old == reach[i] && !slices.Contains(reach, c.New) {
				reach = append(reach, c.New)
			}
		}
	}
	for _, m := range now {
		if !slices.Contains(reach, m) {
			return false
		}
	}
	for _, m := range old {
		ended := slices.ContainsFunc(changes, func(c Change) bool { return c.Old == m })
		if !ended && !slices.Contains(now, m) {
			return false
		}
	}
	return true
}

func join(list []gateway.Municipality) string {
	var b strings.Builder
	for i, m := range list {
		if i > 0 {
			b.WriteByte('+')
		}
		b.WriteString(string(m))
	}
	return b.String()
}
