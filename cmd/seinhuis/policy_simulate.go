// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func newPolicySimulate(g *globals) *cobra.Command {
	var month, on, officer string
	c := officerFlag(&cobra.Command{
		Use: "simulate ID|DIR --officer UUID", Short: "Try a policy on the permitted reports of a month", Args: exactly(1),
		Long: `Decides last month's permitted reports by the policy that was adopted last and by
another, on facts that hold no person, party or municipality. Of refused reports nothing
is kept, so what a looser rule would let in cannot be counted.`,
		Example: "  seinhuis policy simulate beleid --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.Flags().StringVar(&month, "month", "", "of the decisions (yyyy-mm): this one or the last, which is the default")
	c.Flags().StringVar(&on, "on", "", "day that reports count as received on; default the first on which every changed rule holds")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		day := wrong.date("on", on)
		return withAdoption(cmd.Context(), g, officer, wrong, func(b *books, d *adoption.Desk, v oversight.Visit) error {
			if err := b.importPolicy(cmd.Context(), d); err != nil {
				return err
			}
			files, err := b.setOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := d.Simulate(cmd.Context(), v, adoption.Trial{Files: files, Month: month, On: day})
			if err != nil {
				return err
			}
			view := viewSimulation(s)
			return show(cmd, g, view, view.print)
		})
	}
	return c
}

// simulationView is a simulation as the command prints it.
type simulationView struct {
	Old       policyRef    `json:"old"`
	New       policyRef    `json:"new"`
	Month     string       `json:"month"`
	On        gateway.Date `json:"on"`
	TooFew    bool         `json:"tooFew"`
	Decisions int          `json:"decisions"`
	Same      int          `json:"same"`
	Refused   int          `json:"refused"`
	Differs   int          `json:"differs"`
	Lost      int          `json:"notReplayed"`
	Effects   []effectView `json:"effects"`
	Unseen    []string     `json:"rulesUncertain"`
}

type effectView struct {
	What  string `json:"what"`
	Name  string `json:"name,omitempty"`
	Code  string `json:"code,omitempty"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
	Count int    `json:"count"`
	Of    int    `json:"of,omitempty"`
}

func viewSimulation(s adoption.Simulation) simulationView {
	v := simulationView{viewRef(s.Old), viewRef(s.New), s.Month, s.On, s.TooFew, s.Decisions, s.Same, s.Refused, s.Differs, s.Lost, []effectView{}, append([]string{}, s.Unseen...)}
	for _, group := range []struct {
		what    string
		effects []adoption.Effect
	}{{"kind", s.Kinds}, {"rule", s.Rules}, {"term", s.Terms}, {"field", s.Drops}, {"warning", s.Warnings}} {
		for _, e := range group.effects {
			v.Effects = append(v.Effects, effectView{group.what, e.Name, e.Code, e.Old, e.New, e.Count, e.Of})
		}
	}
	return v
}

func (v simulationView) print(w io.Writer) {
	fmt.Fprintf(w, "permitted reports of %s, as if received on %s\n", v.Month, v.On)
	if v.TooFew {
		fmt.Fprintf(w, "fewer than %d: too few to show anything without pointing at a report\n", adoption.MinShown)
	} else {
		fmt.Fprintf(w, "decisions\t%d\nsame\t%d\nwould be refused\t%d\npermitted otherwise\t%d\n", v.Decisions, v.Same, v.Refused, v.Differs)
	}
	if v.Lost > 0 {
		fmt.Fprintf(w, "cannot be replayed\t%d\n", v.Lost)
	}
	for _, e := range v.Effects {
		change := ""
		if e.Old+e.New != "" {
			change = e.Old + " -> " + e.New
		}
		count := fmt.Sprint(e.Count)
		if e.Of > 0 {
			count += fmt.Sprintf(" of %d", e.Of)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.What, strings.TrimSpace(e.Name+" "+e.Code), change, count)
	}
	for _, name := range v.Unseen {
		fmt.Fprintf(w, "uncertain\t%s looks at what no facts are kept of\n", name)
	}
	fmt.Fprintln(w, "nothing is kept of refused reports: what a looser rule would let in cannot be counted")
}
