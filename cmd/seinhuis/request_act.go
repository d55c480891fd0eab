// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/request"
)

func newRequestOpen(g *globals) *cobra.Command {
	var kind, controller, instruction, received, officer string
	c := officerFlag(&cobra.Command{
		Use: "open --kind KIND --for OIN --instruction UUID --received DATE", Short: "Book a request; its clock runs from the day of receipt", Args: exactly(0),
		Example: `  seinhuis request open --kind inzage --for 00000099000000220001 --received 2026-11-02 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa`,
	}, &officer)
	flags := c.Flags()
	flags.StringVar(&kind, "kind", "", "one of: "+join(request.Kinds(), ", "))
	flags.StringVar(&controller, "for", "", "OIN of the controller that it reached")
	flags.StringVar(&instruction, "instruction", "", "the controller's number of the request (UUID)")
	flags.StringVar(&received, "received", "", "day on which it reached the controller (yyyy-mm-dd)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		var wrong wrongFlags
		kinds, err := choices(words(kind), request.Kinds())
		wrong.add("kind", err)
		_, err = gateway.ParseUUID(instruction)
		wrong.add("instruction", err)
		wrong.need("received", received)
		on := wrong.date("received", received)
		return requestAct(cmd, g, officer, wrong, func(ctx context.Context, b *books, d *request.Desk, by request.By) (request.Request, error) {
			party, err := b.known(ctx, controller)
			if err != nil {
				return request.Request{}, err
			}
			return d.Open(ctx, by, request.Request{Kind: kinds[0], Controller: party.OIN, Instruction: gateway.UUID(instruction), Received: on})
		})
	}
	return c
}

func newRequestExtend(g *globals) *cobra.Command {
	var reason, officer string
	c := officerFlag(&cobra.Command{
		Use: "extend ID --reason CODE", Short: "Give a request two months more, once", Args: exactly(1),
		Long: `Only within the first month, and only for a reason of AVG art. 12(3): the data
subject must have been told by then.`,
		Example: "  seinhuis request extend 01981e2c-7a10-7000-8000-000000000001 --reason complexiteit --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.Flags().StringVar(&reason, "reason", "", "one of: "+join(request.Extensions(), ", "))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		reasons, err := choices(words(reason), request.Extensions())
		wrong.add("reason", err)
		return requestAct(cmd, g, officer, wrong, func(ctx context.Context, _ *books, d *request.Desk, by request.By) (request.Request, error) {
			return d.Extend(ctx, by, gateway.UUID(args[0]), reasons[0])
		})
	}
	return c
}

func newRequestHandOn(g *globals) *cobra.Command {
	var to, officer string
	c := officerFlag(&cobra.Command{
		Use: "hand-on ID --to OIN", Short: "Hand a request on to the controller whose it is; its clock goes on", Args: exactly(1),
		Example: "  seinhuis request hand-on 01981e2c-7a10-7000-8000-000000000001 --to 00000099000000220001 --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.Flags().StringVar(&to, "to", "", "OIN of the right controller")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return requestAct(cmd, g, officer, wrongFlags{}, func(ctx context.Context, b *books, d *request.Desk, by request.By) (request.Request, error) {
			party, err := b.known(ctx, to)
			if err != nil {
				return request.Request{}, err
			}
			return d.HandOn(ctx, by, gateway.UUID(args[0]), party.OIN)
		})
	}
	return c
}

func newRequestClose(g *globals) *cobra.Command {
	var outcome, officer string
	c := officerFlag(&cobra.Command{
		Use: "close ID --outcome CODE", Short: "Close a request that was answered", Args: exactly(1),
		Example: "  seinhuis request close 01981e2c-7a10-7000-8000-000000000001 --outcome voldaan --officer 01981e2c-7a10-7000-8000-0000000000aa",
	}, &officer)
	c.Flags().StringVar(&outcome, "outcome", "", "one of: "+join(request.Outcomes(), ", "))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		outcomes, err := choices(words(outcome), request.Outcomes())
		wrong.add("outcome", err)
		return requestAct(cmd, g, officer, wrong, func(ctx context.Context, _ *books, d *request.Desk, by request.By) (request.Request, error) {
			return d.Close(ctx, by, gateway.UUID(args[0]), outcomes[0])
		})
	}
	return c
}
