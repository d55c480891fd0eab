// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

func newRetention(g *globals) *cobra.Command {
	return group("retention", "See what is due to be erased, and erase it", `Everything about a person has a last day, and the gateway erases it by itself, within
minutes, with a signed deletion receipt to the controller.`,
		newRetentionStatus(g), newRetentionSweep(g), newRetentionCompact(g))
}

func newRetentionStatus(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show what is due, overdue, held, and next", Args: exactly(0),
		Long: `Shows per kind of record how many are due, how many are more than a day past their
term, how many a hold keeps, and the next last day. Exit code 1 when something is
overdue.`,
		Example: "  seinhuis retention status",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				backlog, err := b.truth.Overview.Backlog(cmd.Context(), retention.CutoffAt(b.now))
				if err != nil {
					return err
				}
				if err := show(cmd, g, backlog, func(w io.Writer) {
					fmt.Fprintf(w, "kind\tdue\toverdue\theld\tnext\n")
					for _, k := range backlog {
						fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", k.Kind, k.Due, k.Overdue, k.Held, orDash(k.Next.String()))
					}
				}); err != nil {
					return err
				}
				if late := overdue(backlog); late > 0 {
					return fmt.Errorf("%d records are more than a day past their term; start the gateway, or run: seinhuis retention sweep", late)
				}
				return nil
			})
		},
	}
}

func overdue(backlog []retention.Backlog) (late int64) {
	for _, k := range backlog {
		late += k.Overdue
	}
	return late
}

// sweepView is what a sweep by hand did.
type sweepView struct {
	Erased    map[retention.Kind]int `json:"erased"`
	Rewrapped int                    `json:"rewrapped"`
	Keys      int                    `json:"keysDestroyed"`
}

func newRetentionSweep(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "sweep", Short: "Erase now what is due, as the gateway does by itself", Args: exactly(0),
		Long: `Erases everything that is due, files the deletion receipts, and destroys the wrapping
keys that nothing rests under any more. The gateway may be running beside it.`,
		Example: "  seinhuis retention sweep",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				v, err := b.sweep(cmd.Context(), newSweeper(gateway.OIN(b.config.OIN), b.truth, ring))
				return errors.Join(err, show(cmd, g, v, func(w io.Writer) {
					for _, step := range retention.Steps() {
						if step.Reason == retention.ReasonTerm && v.Erased[step.Kind] > 0 {
							fmt.Fprintf(w, "%s\t%d erased\n", step.Kind, v.Erased[step.Kind])
						}
					}
					fmt.Fprintf(w, "held\t%d brought under keys of their own\nkeys\t%d destroyed\n", v.Rewrapped, v.Keys)
				}))
			})
		},
	}
}

func (b *books) sweep(ctx context.Context, sweeper *retention.Sweeper) (sweepView, error) {
	done, err := sweeper.Sweep(ctx)
	v := sweepView{Erased: done.Erased, Rewrapped: done.Rewrapped}
	if err != nil {
		return v, err
	}
	if v.Keys, err = sweeper.Destroy(ctx); err != nil {
		return v, err
	}
	if err := b.truth.emptied(ctx); err != nil {
		return v, fmt.Errorf("erased; the journal still holds it until readers are out of the way: %w", err)
	}
	return v, nil
}

// retention looks for what is past its term.
func (d *doctor) retention(ctx context.Context, b *books) {
	const check = "retention"
	backlog, err := b.truth.Overview.Backlog(ctx, retention.CutoffAt(d.now))
	if err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	var due, held int64
	for _, k := range backlog {
		due, held = due+k.Due, held+k.Held
	}
	if late := overdue(backlog); late > 0 {
		d.fail(check, fmt.Errorf("%d records are more than a day past their term", late), "start the gateway, or run: seinhuis retention sweep")
		return
	}
	d.ok(check, "nothing is overdue; %d records due now, %d held", due, held)
}
