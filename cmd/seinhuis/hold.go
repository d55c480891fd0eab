// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

func newHold(g *globals) *cobra.Command {
	return group("hold", "Keep one claim from being erased, on the word of two officers", `A hold (opschorting) keeps a report and all that belongs to it beyond its term,
through a last day. One officer proposes it and another confirms it within 24 hours;
until then it keeps nothing.`,
		newHoldPlace(g), newHoldStep(g, "confirm", "Confirm a proposal, as another officer than who made it", (*retention.Holds).Confirm),
		newHoldStep(g, "lift", "End a hold, or take a proposal back", (*retention.Holds).Lift), newHoldList(g))
}

func newHoldPlace(g *globals) *cobra.Command {
	var report, until, reason, officer string
	c := &cobra.Command{
		Use: "place --report OIN/UUID --until DATE --reason CODE --officer UUID", Short: "Propose a hold", Args: exactly(0),
		Long: `Proposes a hold of the claim that a creditor (OIN) reported under an id (UUID), with
its signals, bodies, tokens, relations, feedback, notices and pause, through a last
day at most 366 days from now. Receipts for changes of the pause stay anyway, as long
as the signal; alarms go after 366 days. Place it before the term of what it must keep has ended: what was
erased stays erased.`,
		Example: `  seinhuis hold place --report 00000099000000110001/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11 \
    --until 2027-06-30 --reason rechtsvordering --officer 5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10`,
	}
	flags := c.Flags()
	flags.StringVar(&report, "report", "", "OIN of the creditor and id of its report, joined by a slash")
	flags.StringVar(&until, "until", "", "last day of the hold (yyyy-mm-dd)")
	flags.StringVar(&reason, "reason", "", "why: "+join(retention.HoldReasons(), ", "))
	flags.StringVar(&officer, "officer", "", "account number (UUID) of the officer who proposes")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		var wrong wrongFlags
		claim, err := parseClaim(report)
		wrong.add("report", err)
		wrong.need("until", until)
		day := wrong.date("until", until)
		if !slices.Contains(retention.HoldReasons(), retention.HoldReason(reason)) {
			wrong.add("reason", fmt.Errorf("must be one of: %s", join(retention.HoldReasons(), ", ")))
		}
		_, err = gateway.ParseUUID(officer)
		wrong.add("officer", err)
		if err := wrong.err(); err != nil {
			return err
		}
		return withBooks(cmd.Context(), g, func(b *books) error {
			h, err := b.holds().Propose(cmd.Context(), gateway.UUID(officer), claim, retention.HoldReason(reason), day)
			if err != nil {
				return holdError(err)
			}
			return showHolds(cmd, g, b.now, h)
		})
	}
	return c
}

func parseClaim(text string) (retention.Claim, error) {
	creditor, id, _ := strings.Cut(text, "/")
	oin, err := gateway.ParseOIN(creditor)
	uuid, err2 := gateway.ParseUUID(id)
	if err != nil || err2 != nil {
		return retention.Claim{}, errors.New("is an OIN and the id of a report, such as 00000099000000110001/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11")
	}
	return retention.Claim{Creditor: oin, ReportID: gateway.ReportID(uuid)}, nil
}

func (b *books) holds() *retention.Holds {
	return retention.NewHolds(b.truth.Holds, func() time.Time { return b.now })
}

// newHoldStep is a command that an officer gives about one hold.
func newHoldStep(g *globals, verb, short string, do func(*retention.Holds, context.Context, gateway.UUID, gateway.UUID) (retention.Hold, error)) *cobra.Command {
	var officer string
	c := &cobra.Command{
		Use: verb + " ID --officer UUID", Short: short, Args: exactly(1),
		Example: "  seinhuis hold " + verb + " 0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22 --officer 8a1c2b3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
		RunE: func(cmd *cobra.Command, args []string) error {
			var wrong wrongFlags
			id, err := gateway.ParseUUID(args[0])
			wrong.add("ID", err)
			_, err = gateway.ParseUUID(officer)
			wrong.add("officer", err)
			if err := wrong.err(); err != nil {
				return err
			}
			return withBooks(cmd.Context(), g, func(b *books) error {
				h, err := do(b.holds(), cmd.Context(), gateway.UUID(officer), id)
				if err != nil {
					return holdError(err)
				}
				return showHolds(cmd, g, b.now, h)
			})
		},
	}
	c.Flags().StringVar(&officer, "officer", "", "account number (UUID) of the officer")
	return c
}

// holdError says in the operator's language what a refusal means.
func holdError(err error) error {
	texts := map[gateway.Code]string{
		gateway.CodeUnknownReport: "nothing is known of this report: it never came, or was erased",
		retention.CodeUnknownHold: "there is no such hold; see: seinhuis hold list",
		retention.CodeHoldTerm:    "the last day must be after today, and at most 366 days from the proposal",
		retention.CodeHoldState:   "this hold does not wait for that (any more); see: seinhuis hold list",
		retention.CodeHoldOfficer: "the officer who proposed a hold cannot confirm it; another must",
	}
	for _, code := range gateway.AsError(err).Codes() {
		if text := texts[code]; text != "" {
			return errors.New(text)
		}
	}
	return err
}

// holdView is one hold as the commands print it.
type holdView struct {
	ID        gateway.UUID         `json:"id"`
	Report    string               `json:"report"`
	Reason    retention.HoldReason `json:"reason"`
	Until     gateway.Date         `json:"until"`
	State     retention.HoldState  `json:"state"`
	Proposed  string               `json:"proposed"`
	By        gateway.UUID         `json:"proposedBy"`
	Confirmed gateway.UUID         `json:"confirmedBy,omitempty"`
	Lifted    gateway.UUID         `json:"liftedBy,omitempty"`
}

func showHolds(cmd *cobra.Command, g *globals, now time.Time, holds ...retention.Hold) error {
	views := []holdView{}
	for _, h := range holds {
		views = append(views, holdView{h.ID, string(h.Claim.Creditor) + "/" + string(h.Claim.ReportID), h.Reason, h.Until, h.State(now),
			moment(h.ProposedAt), h.ProposedBy, h.ConfirmedBy, h.LiftedBy})
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s\t%s\t%s\tuntil %s\t%s\n", v.ID, v.State, v.Report, v.Until, v.Reason)
		}
	})
}

func newHoldList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the holds, past ones too", Example: "  seinhuis hold list --json", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				holds, err := b.holds().List(cmd.Context())
				if err != nil {
					return err
				}
				return showHolds(cmd, g, b.now, holds...)
			})
		},
	}
}
