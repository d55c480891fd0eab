// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/policies"
)

func newPolicy(g *globals) *cobra.Command {
	return group("policy", "Read, test, explain and adopt the policy",
		`The policy says which report may pass, what is dropped from it and how long it is
kept. It is a set of YAML documents with test cases; docs/policies.md tells how to
read, write and approve them. Until officers adopt one, the folder in the configuration
counts, or the built-in documents; from then on only what two officers approved.`,
		newPolicyTest(g), newPolicyShow(g), newPolicyExplain(g), newPolicyHistory(g), newPolicyDiff(g), newPolicyExport(g), newPolicySimulate(g),
		newPolicyPropose(g), newPolicyApprove(g), newPolicyReject(g))
}

type policyRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

func viewPolicy(b *policies.Bundle) policyRef { return viewRef(b.Ref()) }

func viewRef(r policies.Ref) policyRef {
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
