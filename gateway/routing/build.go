// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// builder makes the arrays of a table out of sorted pairs.
type builder struct {
	year          int
	list          []municipality
	index         map[gateway.Municipality]uint16
	table         *Table
	pairs         int
	lettersUnused int
}

// build gives out the table that the compiled file will hold: it reads back
// what it wrote, so that a loaded table cannot differ from a fresh one.
func (b *builder) build(imp *Import, changes []Change, letters []Letter, names Municipalities) (*Table, error) {
	err := errors.Join(b.addMunicipalities(imp, changes, names), b.addPairs(imp.pairs, letters))
	if err != nil {
		return nil, err
	}
	b.table.municipalities = b.list
	b.table.version = Version{Year: imp.year, Source: imp.source, Pairs: b.pairs}
	return decodeTable(b.table.encode())
}

// addMunicipalities lists what the file names and what it may turn into later.
func (b *builder) addMunicipalities(imp *Import, changes []Change, names Municipalities) error {
	later := slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return !c.Date.After(startOf(b.year)) })
	codes := imp.Municipalities()
	for i := 0; i < len(codes); i++ { // grows: successors may end too
		for _, c := range later {
			if c.Old == codes[i] && c.Kind != ChangeSplit && !slices.Contains(codes, c.New) {
				codes = append(codes, c.New)
			}
		}
	}
	slices.Sort(codes)
	for i, code := range codes {
		b.index[code] = uint16(i)
		b.list = append(b.list, municipality{code: code, name: cmp.Or(names[code], imp.names[code])})
	}
	refusals := []error{checkOrder(later, changes)}
	for _, c := range later {
		if i, ok := b.index[c.Old]; ok {
			refusals = append(refusals, b.end(&b.list[i], c))
		}
	}
	for i, m := range b.list {
		if !chainEnds(b.list, i) {
			refusals = append(refusals, fmt.Errorf("%w: %s is in a circle of successors", ErrChangeTable, m.code))
		}
	}
	return errors.Join(refusals...)
}

// end writes down how a municipality ends; it can end only once and in one way.
func (b *builder) end(m *municipality, c Change) error {
	successor := divided
	if c.Kind != ChangeSplit {
		successor = b.index[c.New]
	}
	if m.ends.IsZero() {
		m.ends, m.successor = c.Date, successor
		return nil
	}
	if m.ends != c.Date || m.successor != successor {
		return fmt.Errorf("%w: %s ends in two ways", ErrChangeTable, c.Old)
	}
	return nil
}

// addPairs walks pairs and letters postcode by postcode.
func (b *builder) addPairs(pairs []uint64, letters []Letter) error {
	letters = slices.Clone(letters)
	slices.SortFunc(letters, func(x, y Letter) int { return cmp.Compare(x.postcode.key(), y.postcode.key()) })
	b.table = &Table{groups: []uint32{0}}
	var refusals []error
	last := -1
	for len(pairs) > 0 {
		key := pairKey(pairs[0])
		n := slices.IndexFunc(pairs, func(p uint64) bool { return pairKey(p) != key })
		if n < 0 {
			n = len(pairs)
		}
		p := postcodeOfKey(key)
		own := b.lettersOf(&letters, key)
		value, err := b.value(pairs[:n], own)
		refusals = append(refusals, err)
		for ; last < int(p.pc4)-firstPC4; last++ {
			b.table.starts[last+1] = uint32(len(b.table.suffixes))
		}
		b.table.suffixes = append(b.table.suffixes, p.suffix)
		b.table.values = append(b.table.values, value)
		pairs = pairs[n:]
	}
	for ; last < len(b.table.starts)-1; last++ {
		b.table.starts[last+1] = uint32(len(b.table.suffixes))
	}
	b.lettersUnused += len(letters)
	return errors.Join(refusals...)
}

// lettersOf takes the letters of a postcode from the front of a sorted list,
// past those of postcodes that the file does not have.
func (b *builder) lettersOf(letters *[]Letter, key uint32) []Letter {
	list := *letters
	for len(list) > 0 && list[0].postcode.key() < key {
		list = list[1:]
		b.lettersUnused++
	}
	n := 0
	for n < len(list) && list[n].postcode.key() == key {
		n++
	}
	*letters = list[n:]
	return list[:n]
}

// value is what the table says of one postcode. Nearly always all pairs are in
// one municipality, and nothing more is kept.
func (b *builder) value(pairs []uint64, letters []Letter) (uint16, error) {
	for i, p := range pairs {
		if i == 0 || pairNumber(p) != pairNumber(pairs[i-1]) {
			b.pairs++
		}
	}
	var all []uint16
	for _, p := range pairs {
		all = with(all, b.index[municipalityOf(pairMunicipality(p))])
	}
	for _, l := range letters {
		i, ok := b.index[l.municipality]
		if !ok {
			return 0, fmt.Errorf("%w: %s", ErrLetterCode, l.municipality)
		}
		all = with(all, i)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	group := len(b.table.groups) - 1
	rows := b.exceptions(pairs, letters, all)
	if group >= int(exceptional) || len(rows) > 0xffff {
		return 0, ErrTooBig
	}
	b.table.rows = append(b.table.rows, rows...)
	b.table.groups = append(b.table.groups, uint32(len(b.table.rows)))
	return exceptional | uint16(group), nil
}

// exceptions lists the rows of a postcode in more than one municipality. What
// the letters say is added to what the file says of a number, never put in its
// place. A number that only the letters know has no complete list, so without
// its letter it may be anywhere in the postcode.
func (b *builder) exceptions(pairs []uint64, letters []Letter, all []uint16) []row {
	var rows []row
	whole := make(map[uint32][]uint16)
	for _, p := range pairs {
		whole[pairNumber(p)] = with(whole[pairNumber(p)], b.index[municipalityOf(pairMunicipality(p))])
	}
	for _, l := range letters {
		if whole[l.number] == nil {
			whole[l.number] = slices.Clone(all)
		}
		whole[l.number] = with(whole[l.number], b.index[l.municipality])
	}
	for number, list := range whole {
		for _, i := range list {
			rows = append(rows, row{number, anyLetter, i})
		}
	}
	for _, l := range letters {
		if len(whole[l.number]) > 1 {
			rows = append(rows, row{l.number, l.letter, b.index[l.municipality]})
		}
	}
	slices.SortFunc(rows, compareRows)
	return slices.Compact(rows)
}

func compareRows(x, y row) int {
	return cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.letter, y.letter), cmp.Compare(x.municipality, y.municipality))
}

func with(list []uint16, i uint16) []uint16 {
	if slices.Contains(list, i) {
		return list
	}
	return append(list, i)
}
