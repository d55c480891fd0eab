// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// What a real edition has at least; every one since 2016 has more.
const (
	NationalPairs     = 7_500_000
	NationalPostcodes = 460_000
)

// Division years that are read and compiled.
const (
	firstYear = 2016
	lastYear  = 2099
)

// Why Compile refuses; an error of Compile wraps every one that applies.
var (
	ErrTooFewPairs       = errors.New("fewer addresses than the country has")
	ErrTooFewPostcodes   = errors.New("fewer postcodes than the country has")
	ErrNoExpected        = errors.New("the list of municipalities to expect is missing")
	ErrMunicipalitySet   = errors.New("the file does not name exactly the expected municipalities")
	ErrEndedMunicipality = errors.New("the file names a municipality that had ended before its year")
	ErrChangeTable       = errors.New("the table of changes contradicts itself")
	ErrUnexplained       = errors.New("more postcodes changed municipality than the table of changes explains")
	ErrLetterCode        = errors.New("a house letter lies in a municipality that the file does not name")
	ErrTooBig            = errors.New("more split postcodes than the format holds")
)

// CompileOptions say what the result must be held against. The zero value
// refuses everything, for want of Expected.
type CompileOptions struct {
	Expected       Municipalities // of 1 January of the file's year; gives the names too
	MinPairs       int            // 0 means NationalPairs
	MinPostcodes   int            // 0 means NationalPostcodes
	Sample         bool           // a small sample: no minimums, and Expected need not be complete or given
	IncludePlanned bool           // also apply changes that are not law yet
	Previous       *Table         // to compare with; nil the first time
	MaxUnexplained int            // postcodes per thousand of Previous that may move without a change; 0 means 10
	AcceptMoves    bool           // an operator has read the Diff and accepts unexplained moves
}

// Compile makes a table of an edition, the changes after its 1 January, and
// the letters for numbers in two municipalities. It refuses what cannot be the
// country, with all reasons at once. The Diff tells what would change, also
// when the table is refused for its contents; it is empty when no table could
// be built at all.
func Compile(imp *Import, changes []Change, letters []Letter, options CompileOptions) (*Table, Diff, error) {
	changes = inForce(changes, options.IncludePlanned)
	refused := errors.Join(options.check(imp), checkEnded(imp, changes))
	b := &builder{year: imp.year, index: make(map[gateway.Municipality]uint16)}
	t, err := b.build(imp, changes, letters, options.Expected)
	if err != nil {
		return nil, Diff{}, fmt.Errorf("compile: %w", errors.Join(refused, err))
	}
	diff := compare(options.Previous, t, changes)
	diff.LettersUnused = b.lettersUnused
	if err := errors.Join(refused, diff.check(options)); err != nil {
		return nil, diff, fmt.Errorf("compile: %w", err)
	}
	return t, diff, nil
}

func inForce(changes []Change, planned bool) []Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Planned && !planned })
}

func (o CompileOptions) check(imp *Import) error {
	postcodes, pairs := imp.count()
	var refusals []error
	if least := orDefault(o.MinPairs, NationalPairs); !o.Sample && pairs < least {
		refusals = append(refusals, fmt.Errorf("%w: %d, at least %d", ErrTooFewPairs, pairs, least))
	}
	if least := orDefault(o.MinPostcodes, NationalPostcodes); !o.Sample && postcodes < least {
		refusals = append(refusals, fmt.Errorf("%w: %d, at least %d", ErrTooFewPostcodes, postcodes, least))
	}
	return errors.Join(append(refusals, o.checkSet(imp))...)
}

func (o CompileOptions) checkSet(imp *Import) error {
	if len(o.Expected) == 0 {
		if o.Sample {
			return nil
		}
		return ErrNoExpected
	}
	var extra, missing []gateway.Municipality
	named := imp.Municipalities()
	for _, m := range named {
		if _, ok := o.Expected[m]; !ok {
			extra = append(extra, m)
		}
	}
	for m := range o.Expected {
		if _, ok := slices.BinarySearch(named, m); !ok && !o.Sample {
			missing = append(missing, m)
		}
	}
	if len(extra)+len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("%w: not expected %v, missing %v", ErrMunicipalitySet, extra, missing)
}

// checkEnded refuses a file of mixed years: a code that ended on or before its
// 1 January cannot be in it.
func checkEnded(imp *Import, changes []Change) error {
	start := startOf(imp.year)
	named := imp.Municipalities()
	var refusals []error
	for _, c := range changes {
		if _, in := slices.BinarySearch(named, c.Old); in && !c.Date.After(start) {
			refusals = append(refusals, fmt.Errorf("%w: %s on %s", ErrEndedMunicipality, c.Old, c.Date))
		}
	}
	return errors.Join(refusals...)
}

// checkOrder refuses a merger into a municipality that was gone before it.
func checkOrder(later, changes []Change) error {
	var refusals []error
	for _, c := range later {
		for _, earlier := range changes {
			if earlier.Old == c.New && c.Date.After(earlier.Date) && c.Kind != ChangeSplit {
				refusals = append(refusals, fmt.Errorf("%w: %s goes into %s, which ended on %s", ErrChangeTable, c.Old, c.New, earlier.Date))
			}
		}
	}
	return errors.Join(refusals...)
}

func orDefault(n, other int) int {
	if n == 0 {
		return other
	}
	return n
}

// startOf is 1 January: the day whose division the file of a year has.
func startOf(year int) gateway.Date {
	d, _ := gateway.ParseDate(fmt.Sprintf("%04d-01-01", year)) // years are checked before
	return d
}
