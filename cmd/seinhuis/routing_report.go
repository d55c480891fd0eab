// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/routing"
)

// importView is the outcome of routing import for machines.
type importView struct {
	File          string                 `json:"file"`
	SHA256        string                 `json:"sha256"`
	Year          int                    `json:"year"`
	Rows          int                    `json:"rows"`
	Rejected      map[routing.Reason]int `json:"rejected"`
	Postcodes     int                    `json:"postcodes"`
	Pairs         int                    `json:"pairs"`
	Table         *versionView           `json:"table,omitempty"`
	Previous      *versionView           `json:"previous,omitempty"`
	Added         int                    `json:"added"`
	Removed       int                    `json:"removed"`
	Changed       int                    `json:"changed"`
	Unexplained   int                    `json:"unexplained"`
	Straddling    int                    `json:"straddling"`
	Unsettled     int                    `json:"unsettled"`
	LettersUnused int                    `json:"lettersUnused"`
	Moves         []moveView             `json:"moves"`
	InPlace       bool                   `json:"inPlace"`
	Unchanged     bool                   `json:"unchanged"`
	Refused       string                 `json:"refused,omitempty"`
}

type moveView struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Postcodes int    `json:"postcodes"`
	Explained bool   `json:"explained"`
}

func (v imported) view() importView {
	r, d := v.Report, v.Diff
	out := importView{File: r.Entry, SHA256: hex.EncodeToString(r.SHA256[:]), Year: r.Year, Rows: r.Rows, Rejected: r.Reasons,
		Postcodes: r.Postcodes, Pairs: r.Pairs, Added: d.Added, Removed: d.Removed, Changed: d.Changed, Unexplained: d.Unexplained,
		Straddling: d.Straddling, Unsettled: d.Unsettled, LettersUnused: d.LettersUnused, Moves: []moveView{}, InPlace: v.InPlace, Unchanged: v.Unchanged}
	if v.table != nil {
		t := viewVersion(v.table.Version())
		out.Table = &t
	}
	if d.Previous.Year != 0 {
		p := viewVersion(d.Previous)
		out.Previous = &p
	}
	for _, m := range d.Moves {
		out.Moves = append(out.Moves, moveView{m.Old, m.New, m.Postcodes, m.Explained})
	}
	if v.refused != nil {
		out.Refused = v.refused.Error()
	}
	return out
}

func showImport(cmd *cobra.Command, g *globals, v imported) error {
	view := v.view()
	return show(cmd, g, view, func(w io.Writer) { view.print(w, v.Report) })
}

func (v importView) print(w io.Writer, r routing.Report) {
	fmt.Fprintf(w, "file\t%s, division of %d\n", v.File, v.Year)
	fmt.Fprintf(w, "sha256\t%s\n", v.SHA256)
	fmt.Fprintf(w, "read\t%d rows, %d postcodes, %d house numbers\n", v.Rows, v.Postcodes, v.Pairs)
	for _, reason := range slices.Sorted(maps.Keys(v.Rejected)) {
		fmt.Fprintf(w, "rejected\t%d rows for %s\n", v.Rejected[reason], reason)
	}
	for _, first := range r.First[:min(len(r.First), 5)] {
		fmt.Fprintf(w, "\tline %d: %s\n", first.Line, first.Reason)
	}
	v.printChange(w)
	switch {
	case v.InPlace:
		fmt.Fprintf(w, "in place\t%s\n", v.Table.SHA256)
	case v.Unchanged:
		fmt.Fprintln(w, "unchanged\tthis very table is in place already")
	default:
		fmt.Fprintln(w, "not in place\tnothing was changed")
	}
}

func (v importView) printChange(w io.Writer) {
	if v.Previous != nil {
		fmt.Fprintf(w, "before\t%s, division of %d\n", v.Previous.Source, v.Previous.Year)
		fmt.Fprintf(w, "changes\t%d postcodes new, %d gone, %d in another municipality, %d of those unexplained\n", v.Added, v.Removed, v.Changed, v.Unexplained)
	}
	for _, m := range v.Moves[:min(len(v.Moves), 20)] {
		fmt.Fprintf(w, "\t%s to %s\t%d postcodes%s\n", m.From, m.To, m.Postcodes, map[bool]string{false: ", unexplained"}[m.Explained])
	}
	if len(v.Moves) > 20 {
		fmt.Fprintf(w, "\tand %d more; see --json\n", len(v.Moves)-20)
	}
	fmt.Fprintf(w, "border\t%d postcodes in more than one municipality, %d numbers that need a letter\n", v.Straddling, v.Unsettled)
	if v.LettersUnused > 0 {
		fmt.Fprintf(w, "letters\t%d are of postcodes that the file does not have\n", v.LettersUnused)
	}
}
