// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// Limits of what an import reads, well above the 8 million rows (some 300 MB
// unpacked) of a real edition.
const (
	largestFile = 1 << 30
	mostRows    = 20_000_000
)

// What is wrong with a file as a whole.
var (
	ErrNoMainFile    = errors.New("the zip holds no file pc6hnrJJJJMMDD….csv, or more than one")
	ErrHeader        = errors.New("the header is not postcode, number, buurt, wijk, municipality")
	ErrYear          = errors.New("the year of the division is missing, or file name and columns name different years")
	ErrTooManyRows   = errors.New("the file has more rows than any edition can have")
	ErrTooManyBroken = errors.New("too many rows are broken")
	ErrNoRows        = errors.New("the file has no usable row")
)

// Import is one edition of the CBS file, read and not yet compiled.
type Import struct {
	year   int
	source string
	names  Municipalities
	pairs  []uint64 // distinct, ascending; see packPair
}

// Municipalities lists the codes that the rows name, ascending.
func (imp *Import) Municipalities() []gateway.Municipality {
	var seen [10000]bool
	for _, p := range imp.pairs {
		seen[pairMunicipality(p)] = true
	}
	var list []gateway.Municipality
	for code, yes := range seen {
		if yes {
			list = append(list, municipalityOf(uint16(code)))
		}
	}
	return list
}

// ReadOptions are what a caller knows better than the file. The zero value
// fits a real edition.
type ReadOptions struct {
	Year        int // of a CSV that shows no year; otherwise it must agree
	MaxRejected int // broken rows per thousand before the file is refused; 0 means 1
}

// Reason says why a row was rejected.
type Reason string

const (
	ReasonQuotes       Reason = "aanhalingstekens"
	ReasonColumns      Reason = "aantal-kolommen"
	ReasonPostcode     Reason = "postcode"
	ReasonNumber       Reason = "huisnummer"
	ReasonMunicipality Reason = "gemeente"
)

// Rejection is one row that was not used.
type Rejection struct {
	Line   int
	Reason Reason
}

// Report is what an operator reads after an import.
type Report struct {
	Entry      string // the file that was read, within the zip
	NamesEntry string // the file of names beside it, empty when there is none
	Year       int
	Separator  string
	SHA256     [32]byte // of the file as it was given
	Rows       int      // without the header
	Rejected   int
	Reasons    map[Reason]int
	First      []Rejection // the first hundred
	Repeated   int         // rows that say the same as another
	Pairs      int         // distinct postcode and number
	Postcodes  int
}

// ReadCBS reads an edition of the yearly CBS table "Buurt, wijk en gemeente
// voor postcode-huisnummer" as it is downloaded (zip), or its main file (CSV):
// every form of 2016 to 2025, and of 2026 when it keeps the pattern. Name is
// the name of the file, for the year and for Version.Source. Broken rows are
// counted and shown in the Report, which is filled as far as reading came
// also when an error is returned.
func ReadCBS(name string, r io.ReaderAt, size int64, options ReadOptions) (*Import, Report, error) {
	report := Report{Reasons: make(map[Reason]int)}
	e, err := openEdition(name, r, size)
	if err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	defer e.main.Close()
	report.Entry, report.NamesEntry, report.SHA256 = e.entry, e.namesEntry, e.sum
	rows, err := readLines(e.main, largestFile)
	if err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	report.Separator = string(rows.separator)
	if err := checkHeader(rows.header); err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	if report.Year, err = yearOf(e.entry, rows.titles, options.Year); err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	imp := &Import{year: report.Year, source: e.entry, names: e.names}
	imp.pairs = make([]uint64, 0, min(e.size/24, 9_000_000))
	if err := imp.readRows(rows, &report); err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	imp.sort(&report)
	if err := report.check(options.MaxRejected); err != nil {
		return nil, report, fmt.Errorf("read cbs file: %w", err)
	}
	return imp, report, nil
}

func (imp *Import) readRows(rows *lines, report *Report) error {
	for {
		fields, more := rows.next()
		if !more {
			return rows.err()
		}
		if report.Rows++; report.Rows > mostRows {
			return ErrTooManyRows
		}
		pair, reason := parsePair(fields)
		if reason != "" {
			report.reject(rows.number, reason)
			continue
		}
		imp.pairs = append(imp.pairs, pair)
	}
}

func (imp *Import) sort(report *Report) {
	slices.Sort(imp.pairs)
	imp.pairs = slices.Compact(imp.pairs)
	report.Repeated = report.Rows - report.Rejected - len(imp.pairs)
	report.Postcodes, report.Pairs = imp.count()
}

// count gives distinct postcodes and distinct postcode and number.
func (imp *Import) count() (postcodes, numbers int) {
	for i, p := range imp.pairs {
		if i == 0 || pairKey(p) != pairKey(imp.pairs[i-1]) {
			postcodes++
		}
		if i == 0 || p>>municipalityBits != imp.pairs[i-1]>>municipalityBits {
			numbers++
		}
	}
	return postcodes, numbers
}

func (r *Report) reject(line int, reason Reason) {
	r.Rejected++
	r.Reasons[reason]++
	if len(r.First) < 100 {
		r.First = append(r.First, Rejection{line, reason})
	}
}

func (r *Report) check(perThousand int) error {
	if perThousand == 0 {
		perThousand = 1
	}
	if r.Rejected*1000 > r.Rows*perThousand {
		return fmt.Errorf("%w: %d of %d, the first in line %d", ErrTooManyBroken, r.Rejected, r.Rows, r.First[0].Line)
	}
	if r.Pairs == 0 {
		return ErrNoRows
	}
	return nil
}
