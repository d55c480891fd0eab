// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// ruleView is one rule as policy show and policy explain print it.
type ruleView struct {
	Rule    string           `json:"rule"`
	Law     string           `json:"law"`
	Effect  string           `json:"effect"`
	Code    string           `json:"code,omitempty"`
	Outcome policies.Outcome `json:"outcome,omitempty"`
	NL      string           `json:"nl"`
	EN      string           `json:"en"`
}

func viewRule(a policies.Answer) ruleView {
	return ruleView{a.Rule, a.Law, a.Effect, a.Code, a.Outcome, a.NL, a.EN}
}

func (r ruleView) print(w io.Writer) {
	head := strings.TrimSpace(r.Effect + " " + r.Code)
	if r.Outcome != "" {
		head = string(r.Outcome) + ": " + head
	}
	fmt.Fprintf(w, "%s  [%s; %s]\n    %s\n", head, r.Rule, r.Law, r.NL)
}

// rulesView is the outcome of policy show.
type rulesView struct {
	Policy policyRef  `json:"policy"`
	On     string     `json:"on"`
	Rules  []ruleView `json:"rules"`
}

func (v rulesView) print(w io.Writer) {
	v.Policy.print(w)
	fmt.Fprintf(w, "rules for a report with signal date %s: %d\n", v.On, len(v.Rules))
	for _, r := range v.Rules {
		r.print(w)
	}
}

func newPolicyShow(g *globals) *cobra.Command {
	var on string
	c := &cobra.Command{
		Use: "show [KIND]", Short: "Show the rules in force, for one kind of arrears or all", Args: between(0, 1),
		Example: "  seinhuis policy show Energie --on 2026-01-01",
		RunE: func(cmd *cobra.Command, args []string) error {
			var wrong wrongFlags
			date := wrong.date("on", on)
			list := gateway.ReportKinds()
			if len(args) == 1 {
				var err error
				list, err = choices(args, gateway.ReportKinds())
				wrong.add("KIND", err)
			}
			if err := wrong.err(); err != nil {
				return err
			}
			if date.IsZero() {
				date = gateway.Today(time.Now())
			}
			b, err := policyOf(cmd.Context(), g)
			if err != nil {
				return err
			}
			v := rulesView{viewPolicy(b), date.String(), rulesInForce(b, list, date)}
			return show(cmd, g, v, v.print)
		},
	}
	c.Flags().StringVar(&on, "on", "", "signal date of the report (yyyy-mm-dd); default today")
	return c
}

// policyOf is the policy in force in the installation; without an installation,
// the built-in one, so that anyone can read the rules.
func policyOf(ctx context.Context, g *globals) (b *policies.Bundle, err error) {
	if _, err := os.Stat(filepath.Join(g.dir, configFile)); errors.Is(err, os.ErrNotExist) {
		return policies.Embedded()
	}
	c, err := readConfig(g.dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(g.dir, databaseFile)); err != nil && !c.cluster() { // it was never started
		return openPolicy(g.dir, c)
	}
	err = withBooks(ctx, g, func(books *books) error {
		b, err = books.policy(ctx)
		return err
	})
	return b, err
}

// builtInRules begins the names of the engine's own refusals, which depend on
// the question and stand in no document.
const builtInRules = "ingebouwd/"

// rulesInForce lists, in document order, what applies to some report of the
// kinds on the day, on whichever basis.
func rulesInForce(b *policies.Bundle, kinds []gateway.ReportKind, on gateway.Date) []ruleView {
	var all []policies.Answer
	applies := map[string]bool{}
	for _, kind := range kinds {
		for _, basis := range []gateway.Basis{gateway.BasisWgs, gateway.BasisConsent} {
			for _, pilot := range []string{"", "gemeentebelastingen"} {
				q := policies.Question{Kind: string(kind), Basis: string(basis), SignalDate: on.Time(), Today: on.Time(), DocumentedPilot: pilot}
				all = slices.DeleteFunc(b.Explain(q), func(a policies.Answer) bool { return strings.HasPrefix(a.Rule, builtInRules) })
				for _, a := range all {
					applies[a.Rule] = applies[a.Rule] || a.Applies
				}
			}
		}
	}
	rules := []ruleView{}
	for _, a := range all {
		if a.Outcome = ""; applies[a.Rule] {
			rules = append(rules, viewRule(a))
		}
	}
	return rules
}
