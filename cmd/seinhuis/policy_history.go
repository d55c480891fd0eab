// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// proposalView is one proposal or version as the commands print it.
type proposalView struct {
	ID        gateway.UUID    `json:"id"`
	State     adoption.State  `json:"state"`
	Source    adoption.Source `json:"source"`
	InForce   bool            `json:"inForce"`
	Policy    policyRef       `json:"policy"`
	From      gateway.Date    `json:"from"`
	Urgent    bool            `json:"urgent"`
	Cause     adoption.Cause  `json:"cause,omitempty"`
	Ticket    string          `json:"ticket,omitempty"`
	By        gateway.UUID    `json:"proposedBy,omitempty"`
	At        string          `json:"proposed"`
	Approvals []approvalView  `json:"approvals"`
	Adopted   string          `json:"adopted,omitempty"`
	Ended     string          `json:"ended,omitempty"`
	EndedBy   gateway.UUID    `json:"endedBy,omitempty"`
}

type approvalView struct {
	Officer   gateway.UUID  `json:"officer"`
	At        string        `json:"at"`
	Origin    string        `json:"origin"`
	Way       oversight.Way `json:"way,omitempty"` // how the officer came in
	Statement string        `json:"statement"`
}

func viewProposal(p adoption.Proposal, inForce gateway.UUID) proposalView {
	v := proposalView{ID: p.ID, State: p.State, Source: p.Source, InForce: p.ID == inForce, Policy: viewRef(p.Policy), From: p.From, Urgent: p.Urgent,
		Cause: p.Cause, Ticket: p.Ticket, By: p.By, At: moment(p.At), Approvals: []approvalView{}, Adopted: moment(p.AdoptedAt), Ended: moment(p.EndedAt), EndedBy: p.EndedBy}
	for _, a := range p.Approvals {
		v.Approvals = append(v.Approvals, approvalView{a.Officer, moment(a.At), a.Origin, a.Way(), string(a.Statement)})
	}
	return v
}

func (v proposalView) print(w io.Writer) {
	state := string(v.State)
	if v.InForce {
		state += ", in werking"
	}
	fmt.Fprintf(w, "%s\t%s %s\t%s\tfrom %s\t%s\n", v.ID, v.Policy.Name, v.Policy.Version, state, v.From, orDash(v.Ticket))
	for _, a := range v.Approvals {
		fmt.Fprintf(w, "  approved by %s\t%s\t%s\t%s\n", a.Officer, a.At, a.Origin, a.Way)
	}
	if v.State == adoption.Proposed {
		fmt.Fprintf(w, "  waits for %d more of two different officers\n", adoption.Needed-len(v.Approvals))
	}
}

func showProposals(cmd *cobra.Command, g *globals, h adoption.History, b *books) error {
	all, err := b.truth.Adoptions.History(cmd.Context())
	if err != nil {
		return err
	}
	views := []proposalView{}
	for _, p := range h {
		views = append(views, viewProposal(p, all.InForce(b.now).ID))
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			v.print(w)
		}
	})
}

func newPolicyHistory(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "history", Short: "List every version and proposal, with who approved it", Args: exactly(0),
		Example: "  seinhuis policy history --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				h, err := b.truth.Adoptions.History(cmd.Context())
				if err != nil {
					return err
				}
				return showProposals(cmd, g, h, b)
			})
		},
	}
}

// setOf reads a policy by the id of a version, or from a folder.
func (b *books) setOf(ctx context.Context, name string) (policies.Set, error) {
	if _, err := gateway.ParseUUID(name); err != nil {
		return policies.ReadSet(os.DirFS(name))
	}
	files, err := b.truth.Adoptions.Documents(ctx, gateway.UUID(name))
	if err == nil && len(files.Documents) == 0 {
		err = errors.New("there is no such version; see: seinhuis policy history")
	}
	return files, err
}

func newPolicyDiff(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "diff A B", Short: "Show, rule by rule, what B has other than A", Args: exactly(2),
		Long: `A and B are ids of versions or proposals, or folders. Comments, layout and order are
no difference; the digests tell whether the bytes are the same.`,
		Example: "  seinhuis policy diff 0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22 beleid",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				var sets [2]policies.Set
				var bundles [2]*policies.Bundle
				for i, name := range args {
					var err error
					if sets[i], err = b.setOf(cmd.Context(), name); err != nil {
						return err
					}
					if bundles[i], err = sets[i].Load(); err != nil {
						return err
					}
				}
				d, err := sets[0].Differ(bundles[0], sets[1], bundles[1])
				if err != nil {
					return err
				}
				return show(cmd, g, viewDifference(d), func(w io.Writer) { fmt.Fprint(w, d.Text()) })
			})
		},
	}
}

// differenceView is a difference for machines.
type differenceView struct {
	Old       policyRef    `json:"old"`
	New       policyRef    `json:"new"`
	Documents []changeView `json:"documents"`
	Rules     []changeView `json:"rules"`
	Cases     []changeView `json:"cases"`
}

type changeView struct {
	Name   string               `json:"name"`
	Change policies.Change      `json:"change"`
	Fields map[string][2]string `json:"fields"` // old, new
}

func viewDifference(d policies.Difference) differenceView {
	changes := func(parts []policies.PartChange) []changeView {
		all := []changeView{}
		for _, p := range parts {
			c := changeView{p.Name, p.Change, map[string][2]string{}}
			for _, f := range p.Fields {
				c.Fields[f.Field] = [2]string{f.Old, f.New}
			}
			all = append(all, c)
		}
		return all
	}
	return differenceView{viewRef(d.Old), viewRef(d.New), changes(d.Documents), changes(d.Rules), changes(d.Cases)}
}

func newPolicyExport(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "export [ID] DIR", Short: "Write the files of a version, or of the policy in force, into a new folder", Args: between(1, 2),
		Example: "  seinhuis policy export beleid-2027",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				if len(args) == 1 {
					files, _, err := b.policySet(cmd.Context())
					if err != nil {
						return err
					}
					return writeSet(args[0], files)
				}
				if _, err := gateway.ParseUUID(args[0]); err != nil {
					return usage(err)
				}
				files, err := b.setOf(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return writeSet(args[1], files)
			})
		},
	}
}

// writeSet writes a set as ReadSet reads it. The folder must not exist yet.
func writeSet(dir string, files policies.Set) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "cases"), 0o755); err != nil {
		return err
	}
	for folder, all := range map[string]map[string][]byte{dir: files.Documents, filepath.Join(dir, "cases"): files.Cases} {
		for name, data := range all {
			if err := writeNew(filepath.Join(folder, filepath.Base(name)), data, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
