// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/routing"
)

// importFlags are the command line of routing import.
type importFlags struct {
	changes, letters, municipalities string
	year                             int
	planned, sample, moves           bool
	dryRun, yes                      bool
}

func newRoutingImport(g *globals) *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use: "import FILE.zip|FILE.csv --municipalities CSV", Short: "Compile a CBS file and put it in place", Args: exactly(1),
		Long: `Reads the yearly CBS file as it is downloaded, compiles it, and prints what was read
and what would change. With --yes it also puts the table in place; the one before
is kept for rollback. What cannot be the whole country is refused, with all
reasons.`,
		Example: `  seinhuis routing import 2025-cbs-pc6huisnr20250801_buurt.zip --municipalities gemeenten-2025.csv \
    --changes gemeentewijzigingen.csv --letters huisletters.csv --dry-run`,
	}
	flags := c.Flags()
	flags.StringVar(&f.municipalities, "municipalities", "", "CBS list of the year's municipalities (CSV)")
	flags.StringVar(&f.changes, "changes", "", "table of municipal changes (CSV)")
	flags.StringVar(&f.letters, "letters", "", "house letters of homes on a border (CSV)")
	flags.IntVar(&f.year, "year", 0, "year of a CSV that does not show one")
	flags.BoolVar(&f.planned, "planned", false, "also apply changes that are planned and not law yet")
	flags.BoolVar(&f.moves, "accept-moves", false, "accept postcodes that changed municipality without a change in the table")
	flags.BoolVar(&f.sample, "sample-size-ok", false, "accept less than the whole country (trial only)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only print; exit code 0 when nothing is wrong")
	flags.BoolVar(&f.yes, "yes", false, "put the table in place")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return withBooks(cmd.Context(), g, func(b *books) error { return b.importTable(cmd, g, args[0], f) })
	}
	return c
}

// imported is what routing import found and did.
type imported struct {
	Report    routing.Report
	Diff      routing.Diff
	Refusals  []string
	table     *routing.Table
	refused   error
	InPlace   bool
	Unchanged bool
}

func (b *books) importTable(cmd *cobra.Command, g *globals, file string, f importFlags) error {
	v, err := b.compileTable(file, f)
	if err != nil {
		return err
	}
	if v.refused == nil && f.yes && !f.dryRun {
		if err := b.putTable(cmd, v.table); err != nil {
			return err
		}
		v.InPlace = true
	}
	if err := showImport(cmd, g, v); err != nil {
		return err
	}
	if v.refused == nil && !v.InPlace && !v.Unchanged && !f.dryRun {
		return usage(errors.New("nothing was changed; read this, and put the table in place with --yes"))
	}
	return v.refused
}

// compileTable reads and compiles. A refusal for content comes inside the
// result, so that the report and the diff are still shown.
func (b *books) compileTable(file string, f importFlags) (imported, error) {
	var v imported
	options := routing.CompileOptions{Sample: f.sample, IncludePlanned: f.planned, AcceptMoves: f.moves}
	var changes []routing.Change
	var letters []routing.Letter
	err := errors.Join(
		readList(f.municipalities, routing.ReadMunicipalities, &options.Expected),
		readList(f.changes, routing.ReadChanges, &changes),
		readList(f.letters, routing.ReadLetters, &letters))
	if err != nil {
		return v, err
	}
	if _, err := os.Stat(in(b.dir, b.config.Routing)); err == nil {
		if options.Previous, err = openTable(in(b.dir, b.config.Routing)); err != nil {
			return v, fmt.Errorf("the table in place cannot be compared with; move it aside to import: %w", err)
		}
	}
	imp, err := v.read(file, f.year)
	if err != nil {
		return v, err
	}
	v.table, v.Diff, v.refused = routing.Compile(imp, changes, letters, options)
	switch {
	case errors.Is(v.refused, routing.ErrNoExpected):
		v.refused = fmt.Errorf("%w; give the CBS list of that year with --municipalities", v.refused)
	case errors.Is(v.refused, routing.ErrUnexplained):
		v.refused = fmt.Errorf("%w; add the missing changes with --changes, or accept them with --accept-moves", v.refused)
	}
	if v.table != nil && options.Previous != nil {
		v.Unchanged = v.table.Version().Digest == options.Previous.Version().Digest
	}
	return v, nil
}

func (v *imported) read(file string, year int) (*routing.Import, error) {
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	imp, report, err := routing.ReadCBS(filepath.Base(file), r, info.Size(), routing.ReadOptions{Year: year})
	v.Report = report
	if errors.Is(err, routing.ErrYear) {
		err = fmt.Errorf("%w; for a CSV without a year give it with --year", err)
	}
	return imp, err
}

// readList reads one of the small lists beside the CBS file; no name, no list.
func readList[T any](name string, read func(io.Reader) (T, error), into *T) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if *into, err = read(f); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}
