// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// withAdoption runs a command of an officer at the desk where policy is adopted.
// Who has the command line says which officer acts: the log has its origin as
// lokaal, and so have the signed statements.
func withAdoption(ctx context.Context, g *globals, officer string, wrong wrongFlags, do func(*books, *adoption.Desk, oversight.Visit) error) error {
	account, err := gateway.ParseUUID(officer)
	wrong.add("officer", err)
	if err := wrong.err(); err != nil {
		return err
	}
	who, err := oversight.Admit(oversight.Claims{Account: account, Roles: []oversight.Role{oversight.RolePolicy}, Origin: audit.Local, Way: oversight.WayLocal})
	if err != nil {
		return withSentence(err)
	}
	return withBooks(ctx, g, func(b *books) (err error) {
		ring, err := openKeys(ctx, b.dir, b.config)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, ring.Close()) }()
		desk := newAdoption(gateway.OIN(b.config.OIN), b.truth, ring)
		return adoptionError(do(b, desk, oversight.Visit{Officer: who, At: b.now, Trace: gateway.NewTrace()}))
	})
}

// adoptionError adds what is wrong with a set to a refusal.
func adoptionError(err error) error {
	var unfit *adoption.Unfit
	if !errors.As(err, &unfit) {
		return withSentence(err)
	}
	all := []error{withSentence(gateway.Refuse(gateway.KindRefused, gateway.AsError(err).Findings...)), unfit.Findings}
	for _, c := range unfit.Cases {
		for _, d := range c.Differs {
			all = append(all, fmt.Errorf("%s: %s", c.Name, d))
		}
	}
	return errors.Join(all...)
}

func newPolicyPropose(g *globals) *cobra.Command {
	var cause, ticket, from, officer string
	var urgent bool
	c := officerFlag(&cobra.Command{
		Use: "propose DIR --cause CODE --ticket NUMBER --from DATE --officer UUID", Short: "Put a whole policy to the officers", Args: exactly(1),
		Long: `Proposes the documents (*.yaml) and cases (cases/*.txtar) of DIR. It changes nothing
until two different officers approve it; who proposes may be one of the two. All
cases must come out as expected: those of DIR, and the built-in ones that DIR does not
have in other words. It counts from the first moment of its day, at least tomorrow
unless it is urgent.`,
		Example: `  seinhuis policy propose beleid --cause wetswijziging --ticket Z-2026-00123 --from 2027-01-01 \
    --officer 01981e2c-7a10-7000-8000-0000000000aa`,
	}, &officer)
	flags := c.Flags()
	flags.StringVar(&cause, "cause", "", "one of: "+join(adoption.Causes(), ", "))
	flags.StringVar(&ticket, "ticket", "", "number of the file in your organisation: capitals, digits and - . /, no names")
	flags.StringVar(&from, "from", "", "first day (yyyy-mm-dd)")
	flags.BoolVar(&urgent, "urgent", false, "may count on the day of its adoption")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		causes, err := choices(words(cause), adoption.Causes())
		wrong.add("cause", err)
		_, fits := adoption.ParseTicket(ticket)
		if !fits {
			wrong.add("ticket", errors.New("is a number with at most 24 capitals, digits and - . /, such as Z-2026-00123"))
		}
		wrong.need("from", from)
		day := wrong.date("from", from)
		if len(wrong.list) > 0 {
			return wrong.err()
		}
		files, err := policies.ReadSet(os.DirFS(args[0]))
		if err != nil {
			return err
		}
		return withAdoption(cmd.Context(), g, officer, wrong, func(b *books, d *adoption.Desk, v oversight.Visit) error {
			if err := b.importPolicy(cmd.Context(), d); err != nil {
				return err
			}
			p, err := d.Propose(cmd.Context(), v, adoption.Draft{Files: files, Cause: causes[0], Ticket: ticket, From: day, Urgent: urgent})
			if err != nil {
				return err
			}
			return showProposals(cmd, g, adoption.History{p}, b)
		})
	}
	return c
}

// importPolicy begins the history as the gateway does when it starts, so that
// the first proposal has something to differ from.
func (b *books) importPolicy(ctx context.Context, d *adoption.Desk) error {
	files, policy, err := readPolicy(b.dir, b.config)
	if err != nil {
		return err
	}
	return d.Imported(ctx, files, policy, b.now)
}

// errConsole sends officers to where each signs in himself.
var errConsole = errors.New("officers of this installation sign in at their own organisation: they approve in the console, where nobody can act for two")

// atConsole refuses decisions at the command line when an identity provider can
// tell two officers apart.
func atConsole(c config) error {
	if c.Console != nil && c.Console.OIDC != nil {
		return errConsole
	}
	return nil
}

func newPolicyApprove(g *globals) *cobra.Command {
	var digest, officer string
	c := officerFlag(&cobra.Command{
		Use: "approve ID --officer UUID", Short: "Approve a proposal, as one of two different officers", Args: exactly(1),
		Long: `Read the difference first: seinhuis policy diff. The gateway signs what you approve,
with your account number. The second of two different officers adopts the policy; with
one officer alone none is ever adopted. Where the console has an identity provider and
no one-time codes, officers approve there: who has the command line could name two.`,
		Example: "  seinhuis policy approve 0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22 --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.Flags().StringVar(&digest, "digest", "", "SHA-256 of the policy that you read; default that of the proposal")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		id, err := gateway.ParseUUID(args[0])
		wrong.add("ID", err)
		var sum gateway.Digest
		if digest != "" {
			wrong.add("digest", sum.UnmarshalText([]byte(digest)))
		}
		return withAdoption(cmd.Context(), g, officer, wrong, func(b *books, d *adoption.Desk, v oversight.Visit) error {
			if err := atConsole(b.config); err != nil {
				return err
			}
			h, err := d.History(cmd.Context(), v)
			if err != nil {
				return err
			}
			if digest == "" {
				sum = h.Find(id).Policy.Digest
			}
			p, err := d.Approve(cmd.Context(), v, id, sum)
			if err != nil {
				return err
			}
			return showProposals(cmd, g, adoption.History{p}, b)
		})
	}
	return c
}

func newPolicyReject(g *globals) *cobra.Command {
	var officer string
	c := officerFlag(&cobra.Command{
		Use: "reject ID --officer UUID", Short: "Reject a proposal, or withdraw your own", Args: exactly(1),
		Example: "  seinhuis policy reject 0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22 --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		id, err := gateway.ParseUUID(args[0])
		wrong.add("ID", err)
		return withAdoption(cmd.Context(), g, officer, wrong, func(b *books, d *adoption.Desk, v oversight.Visit) error {
			p, err := d.Reject(cmd.Context(), v, id)
			if err != nil {
				return err
			}
			return showProposals(cmd, g, adoption.History{p}, b)
		})
	}
	return c
}
