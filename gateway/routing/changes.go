// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	_ "embed" // for knownChanges
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
)

// ErrChanges says that a text is no table of municipal changes.
var ErrChanges = errors.New("no table of municipal changes")

// ChangeKind is what became of a municipality.
type ChangeKind string

const (
	// ChangeMerged: together with others it became a new municipality.
	ChangeMerged ChangeKind = "samengevoegd"
	// ChangeAbsorbed: it went into a municipality that stayed.
	ChangeAbsorbed ChangeKind = "opgegaan"
	// ChangeSplit: its parts went to several; one Change for each of them.
	ChangeSplit ChangeKind = "gesplitst"
)

// Change is the end of one municipality, or of a part of it.
type Change struct {
	Date     gateway.Date // first day of the new division
	Old, New gateway.Municipality
	Kind     ChangeKind
	Planned  bool // not law yet; used only when the caller says so
}

//go:embed data/gemeentewijzigingen.csv
var knownChanges string

// KnownChanges lists the changes since 2021 as they were known when this
// version of Seinhuis was made, those that are not law yet as Planned. An
// installation that knows better reads its own file with ReadChanges.
func KnownChanges() ([]Change, error) { return ReadChanges(strings.NewReader(knownChanges)) }

// ReadChanges reads a table of changes. Its own layout is
//
//	ingangsdatum;oude_code;oude_naam;nieuwe_code;nieuwe_naam;soort;status;opmerking
//	2023-01-01;GM0501;Brielle;GM1992;Voorne aan Zee;samengevoegd;geldend;
//
// with soort samengevoegd, opgegaan or gesplitst (one row for each part) and
// status geldend or gepland; the names and the remark may be left out. The
// English layout effective_date, old_code, new_code, kind (merged-into-new,
// absorbed, split) and status (in-force, planned) is read as well. All findings
// come at once, by line.
func ReadChanges(r io.Reader) ([]Change, error) {
	rows, err := readLines(r, smallFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChanges, err)
	}
	columns := [5]int{
		rows.column("ingangsdatum", "effectivedate"), rows.column("oudecode", "oldcode"),
		rows.column("nieuwecode", "newcode"), rows.column("soort", "kind"), rows.column("status"),
	}
	if slices.Contains(columns[:], -1) {
		return nil, fmt.Errorf("%w: a column is missing", ErrChanges)
	}
	var changes []Change
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
		var cells [5]string
		for i, c := range columns {
			cells[i] = string(fields[c])
		}
		changes = append(changes, parseChange(cells, rows.number, &wrong))
	}
	if err := errors.Join(rows.err(), wrong.err()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChanges, err)
	}
	return changes, nil
}

func parseChange(cells [5]string, line int, wrong *findings) Change {
	kinds := map[string]ChangeKind{
		"samengevoegd": ChangeMerged, "opgegaan": ChangeAbsorbed, "gesplitst": ChangeSplit,
		"merged-into-new": ChangeMerged, "absorbed": ChangeAbsorbed, "split": ChangeSplit,
	}
	planned := map[string]bool{"geldend": false, "in-force": false, "gepland": true, "planned": true}
	var c Change
	var err error
	var ok bool
	if c.Date, err = gateway.ParseDate(cells[0]); err != nil {
		wrong.add(line, "date")
	}
	if c.Old, err = gateway.ParseMunicipality(cells[1]); err != nil {
		wrong.add(line, "old code")
	}
	if c.New, err = gateway.ParseMunicipality(cells[2]); err != nil {
		wrong.add(line, "new code")
	}
	if c.Old == c.New {
		wrong.add(line, "old and new code are the same")
	}
	if c.Kind, ok = kinds[cells[3]]; !ok {
		wrong.add(line, "kind")
	}
	if c.Planned, ok = planned[cells[4]]; !ok {
		wrong.add(line, "status")
	}
	return c
}
