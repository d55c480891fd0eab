// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

// ageingView is what one municipality gave no feedback on, in counts.
type ageingView struct {
	Municipality gateway.Municipality    `json:"municipality"`
	Name         string                  `json:"name"`
	Counts       map[clocks.AgeClass]int `json:"counts"`      // every class
	Uncollected  int                     `json:"uncollected"` // of all of them
}

func newAgeing(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ageing", Short: "Count signals without feedback by municipality and age; that you did is logged", Args: exactly(0),
		Long: `Counts the reports of the last year that a municipality gave no feedback on, by how
long ago they came: less than 3 days, 2 weeks or 4 weeks, or longer. Withdrawn
reports do not count. It shows counts and no signal; a municipality sees its own
with GET /v1/signalen/_ouderdom.`,
		Example: "  seinhuis ageing\n  seinhuis ageing --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				views, err := b.ageing(cmd.Context())
				if err != nil {
					return err
				}
				if err := b.logged(cmd.Context(), nil, deed{event: audit.AlarmsRead, object: string(audit.KindService), count: len(views)}); err != nil {
					return err
				}
				return show(cmd, g, views, func(w io.Writer) { printAgeing(w, views) })
			})
		},
	}
}

// ageing asks for each municipality that is or was registered.
func (b *books) ageing(ctx context.Context) ([]ageingView, error) {
	parties, err := b.truth.Register.Parties(ctx)
	if err != nil {
		return nil, err
	}
	views := []ageingView{}
	for _, p := range parties {
		if p.Municipality == "" || slices.ContainsFunc(views, func(v ageingView) bool { return v.Municipality == p.Municipality }) {
			continue
		}
		a, err := clocks.AgeingOf(ctx, b.truth.Clocks, p.Municipality, b.now, 0)
		if err != nil {
			return nil, err
		}
		v := ageingView{Municipality: p.Municipality, Name: p.Name, Counts: map[clocks.AgeClass]int{}}
		for _, class := range clocks.AgeClasses() {
			v.Counts[class] = 0
		}
		for _, c := range a.Counts {
			v.Counts[c.Class] += c.Count
			v.Uncollected += c.Uncollected
		}
		views = append(views, v)
	}
	return views, nil
}

func printAgeing(w io.Writer, views []ageingView) {
	fmt.Fprint(w, "municipality\tname")
	for _, class := range clocks.AgeClasses() {
		fmt.Fprintf(w, "\t%s", class)
	}
	fmt.Fprintln(w, "\tnot collected")
	for _, v := range views {
		fmt.Fprintf(w, "%s\t%s", v.Municipality, v.Name)
		for _, class := range clocks.AgeClasses() {
			fmt.Fprintf(w, "\t%d", v.Counts[class])
		}
		fmt.Fprintf(w, "\t%d\n", v.Uncollected)
	}
}
