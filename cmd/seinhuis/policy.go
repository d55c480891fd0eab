// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/hex"
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

func newPolicy(g *globals) *cobra.Command {
	return group("policy", "Read, test and explain the policy",
		`The policy says which report may pass, what is dropped from it and how long it is
kept. It is a set of YAML documents with test cases; docs/policies.md tells how to
read and write them.`,
		newPolicyTest(g), newPolicyShow(g), newPolicyExplain(g))
}

type policyRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

func viewPolicy(b *policies.Bundle) policyRef {
	r := b.Ref()
	return policyRef{r.Name, r.Version, hex.EncodeToString(r.Digest[:])}
}

func (r policyRef) print(w io.Writer) {
	fmt.Fprintf(w, "policy %s %s\t%s\n", r.Name, r.Version, r.SHA256)
}

// testView is the outcome of policy test for machines.
type testView struct {
	Policy policyRef  `json:"policy"`
	Cases  int        `json:"cases"`
	Failed []caseView `json:"failed"`
}

type caseView struct {
	Name    string   `json:"name"`
	Comment string   `json:"comment"`
	Differs []string `json:"differs"`
}

func newPolicyTest(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "test [DIR]", Short: "Run the cases of a policy; fails when one comes out differently", Args: between(0, 1),
		Long: `Runs the built-in cases on the built-in documents, or those of DIR/cases on the
documents of DIR. Run it before a changed policy is put in place.`,
		Example: "  seinhuis policy test\n  seinhuis policy test /etc/seinhuis/beleid",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, results, err := runPolicyCases(args)
			if err != nil {
				return err
			}
			v := testView{Policy: viewPolicy(b), Cases: len(results), Failed: []caseView{}}
			for _, r := range results {
				if !r.OK() {
					v.Failed = append(v.Failed, caseView{r.Name, r.Comment, r.Differs})
				}
			}
			if err := show(cmd, g, v, v.print); err != nil {
				return err
			}
			if len(v.Failed) > 0 {
				return fmt.Errorf("%d of %d cases failed", len(v.Failed), v.Cases)
			}
			return nil
		},
	}
}

func runPolicyCases(args []string) (*policies.Bundle, []policies.CaseResult, error) {
	if len(args) == 0 {
		b, err := policies.Embedded()
		if err != nil {
			return nil, nil, err
		}
		results, err := policies.RunCases(b, policies.EmbeddedCases())
		return b, results, err
	}
	b, err := policies.Load(os.DirFS(args[0]))
	if err != nil {
		return nil, nil, err
	}
	results, err := policies.RunCases(b, os.DirFS(filepath.Join(args[0], "cases")))
	return b, results, err
}

func (v testView) print(w io.Writer) {
	v.Policy.print(w)
	for _, c := range v.Failed {
		fmt.Fprintf(w, "FAILED %s: %s\n", c.Name, c.Comment)
		for _, d := range c.Differs {
			fmt.Fprintf(w, "  %s\n", d)
		}
	}
	fmt.Fprintf(w, "%d cases, %d failed\n", v.Cases, len(v.Failed))
}

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
			b, err := policyOf(g)
			if err != nil {
				return err
			}
			v := struct {
				Policy policyRef  `json:"policy"`
				On     string     `json:"on"`
				Rules  []ruleView `json:"rules"`
			}{viewPolicy(b), date.String(), rulesInForce(b, list, date)}
			return show(cmd, g, v, func(w io.Writer) {
				v.Policy.print(w)
				fmt.Fprintf(w, "rules for a report with signal date %s: %d\n", v.On, len(v.Rules))
				for _, r := range v.Rules {
					r.print(w)
				}
			})
		},
	}
	c.Flags().StringVar(&on, "on", "", "signal date of the report (yyyy-mm-dd); default today")
	return c
}

// policyOf is the policy of the installation; without an installation, the
// built-in one, so that anyone can read the rules.
func policyOf(g *globals) (*policies.Bundle, error) {
	if _, err := os.Stat(filepath.Join(g.dir, configFile)); errors.Is(err, os.ErrNotExist) {
		return policies.Embedded()
	}
	c, err := readConfig(g.dir)
	if err != nil {
		return nil, err
	}
	return openPolicy(g.dir, c)
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
