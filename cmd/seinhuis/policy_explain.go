// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// explainFlags are the command line of policy explain.
type explainFlags struct {
	municipality, creditor, agreement, today string
}

func newPolicyExplain(g *globals) *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use: "explain QUESTION.yaml|REPORT.json", Short: "Show what every rule says about a report", Args: exactly(1),
		Long: `Decides a question as the gateway would, and shows every rule with its answer.

A question (.yaml) is written as in the policy's cases. A report (.json) is read
as strictly as the gateway reads it, and only the facts that rules look at are
used: dates, amounts and which fields are filled; nothing of it is stored or
printed. A report needs --creditor, and --municipality
unless the routing table of the installation knows its address. The agreement
is that of the question, or is looked up in the register of the installation.`,
		Example: `  seinhuis policy explain vraag.yaml
  seinhuis policy explain melding.json --creditor 00000099000000110001 --municipality GM0268`,
	}
	flags := c.Flags()
	flags.StringVar(&f.creditor, "creditor", "", "OIN of the meldende-partij")
	flags.StringVar(&f.municipality, "municipality", "", "code of the gemeente, such as GM0268")
	flags.StringVar(&f.agreement, "agreement", "", "id of an agreement in the register; default the one that the gateway would take")
	flags.StringVar(&f.today, "today", "", "day of receipt (yyyy-mm-dd); default today")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		q, err := f.question(cmd.Context(), g, args[0])
		if err != nil {
			return err
		}
		b, err := policyOf(cmd.Context(), g)
		if err != nil {
			return err
		}
		return showDecision(cmd, g, b, q)
	}
	return c
}

// question reads the file and fills in what the flags and the installation say.
func (f explainFlags) question(ctx context.Context, g *globals, path string) (policies.Question, error) {
	read, err := readFacts(path)
	if err != nil {
		return policies.Question{}, err
	}
	q := &read.question
	var wrong wrongFlags
	if f.creditor != "" {
		_, err := gateway.ParseOIN(f.creditor)
		wrong.add("creditor", err)
	}
	if f.municipality != "" {
		_, err := gateway.ParseMunicipality(f.municipality)
		wrong.add("municipality", err)
	}
	switch {
	case f.today != "":
		q.Today = wrong.date("today", f.today).Time()
	case q.Today.IsZero():
		q.Today = gateway.Today(time.Now()).Time()
	}
	q.Creditor, q.Municipality = cmp.Or(f.creditor, q.Creditor), cmp.Or(f.municipality, q.Municipality)
	if q.Municipality == "" && read.report != nil {
		q.Municipality = route(g, read.report.Address, gateway.DateOf(q.Today))
	}
	wrong.need("creditor", q.Creditor)
	if q.Municipality == "" {
		wrong.add("municipality", errors.New("is needed: no routing table here is sure of it"))
	}
	if err := wrong.err(); err != nil {
		return *q, err
	}
	agreements, err := f.agreements(ctx, g, *q)
	if f.agreement != "" { // it goes before the one in the file
		q.Agreement = nil
	}
	return read.ask(agreements), err
}

// agreements are those of the register between the two, or the one that is
// named. Looking something up in the register is no access to a person's data.
// Without an installation there is none, and the policy says so.
func (f explainFlags) agreements(ctx context.Context, g *globals, q policies.Question) ([]gateway.Agreement, error) {
	if q.Agreement != nil && f.agreement == "" {
		return nil, nil
	}
	b, err := openBooks(ctx, g)
	if err != nil {
		if f.agreement == "" {
			return nil, nil
		}
		return nil, err
	}
	list, err := b.truth.Register.Agreements(ctx)
	if err := errors.Join(err, b.truth.Close()); err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(a gateway.Agreement) bool {
		return string(a.Creditor) != q.Creditor || string(a.Municipality) != q.Municipality || f.agreement != "" && a.ID != f.agreement
	})
	if f.agreement != "" && len(list) == 0 {
		return nil, errors.New("this agreement is not in the register for this creditor and municipality; see: seinhuis agreement list")
	}
	return list, nil
}

// decisionView is the outcome of policy explain for machines.
type decisionView struct {
	Policy       policyRef  `json:"policy"`
	Municipality string     `json:"municipality"`
	Permit       bool       `json:"permit"`
	Agreement    string     `json:"agreement,omitempty"`
	Drop         []string   `json:"drop"`
	Retain       retainView `json:"retainDays"`
	Rules        []ruleView `json:"rules"`
}

type retainView struct {
	Body    int `json:"body"`
	Tokens  int `json:"tokens"`
	Receipt int `json:"receipt"`
}

// showDecision prints the decision and exits as a check: a refusal is exit 1.
func showDecision(cmd *cobra.Command, g *globals, b *policies.Bundle, q policies.Question) error {
	d := b.Decide(q)
	v := decisionView{Policy: viewPolicy(b), Municipality: q.Municipality, Permit: d.Permit, Drop: append([]string{}, d.Drop...),
		Retain: retainView{d.Retain.Body, d.Retain.Tokens, d.Retain.Receipt}, Rules: []ruleView{}}
	if q.Agreement != nil {
		v.Agreement = q.Agreement.ID
	}
	for _, a := range b.Explain(q) {
		v.Rules = append(v.Rules, viewRule(a))
	}
	if err := show(cmd, g, v, v.print); err != nil {
		return err
	}
	if !d.Permit {
		return fmt.Errorf("refused for %d reasons", len(d.Refusals))
	}
	return nil
}

func (v decisionView) print(w io.Writer) {
	v.Policy.print(w)
	for _, r := range v.Rules {
		if r.Outcome != policies.OutcomeOtherScope {
			r.print(w)
		}
	}
	fmt.Fprintf(w, "municipality\t%s\n", v.Municipality)
	fmt.Fprintf(w, "agreement\t%s\n", orDash(v.Agreement))
	if !v.Permit {
		fmt.Fprintln(w, "decision\trefused")
		return
	}
	fmt.Fprintln(w, "decision\tpermitted")
	fmt.Fprintf(w, "dropped\t%s\n", orDash(strings.Join(v.Drop, ", ")))
	fmt.Fprintf(w, "kept\tbody %d, tokens %d, receipt %d days\n", v.Retain.Body, v.Retain.Tokens, v.Retain.Receipt)
}
