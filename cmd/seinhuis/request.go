// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/request"
)

func newRequest(g *globals) *cobra.Command {
	return group("request", "Keep the clock of requests of data subjects",
		`A request of a data subject must be answered within a month (AVG art. 12(3)). This
register holds numbers and days, nothing about the person: the controller keeps
whose request it is.`,
		newRequestOpen(g), newRequestExtend(g), newRequestHandOn(g), newRequestClose(g), newRequestList(g))
}

// requestView is one request.
type requestView struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	Controller  string `json:"controller"`
	Instruction string `json:"instruction"`
	Received    string `json:"received"`
	Due         string `json:"due"`
	DaysLeft    int    `json:"daysLeft"` // 0 when closed
	Extended    string `json:"extended,omitempty"`
	HandedFrom  string `json:"handedFrom,omitempty"`
	HandedOn    string `json:"handedOn,omitempty"`
	Outcome     string `json:"outcome,omitempty"`
	Closed      string `json:"closed,omitempty"`
}

func viewRequest(r request.Request, today gateway.Date) requestView {
	v := requestView{ID: string(r.ID), Kind: string(r.Kind), Controller: string(r.Controller), Instruction: string(r.Instruction),
		Received: r.Received.String(), Due: r.Due().String(), Extended: string(r.Extended), HandedFrom: string(r.HandedFrom),
		HandedOn: r.HandedOn.String(), Outcome: string(r.Outcome), Closed: r.Closed.String()}
	if r.Open() {
		v.DaysLeft = r.DaysLeft(today)
	}
	return v
}

func (v requestView) print(w io.Writer) {
	state := fmt.Sprintf("%d days left, due %s", v.DaysLeft, v.Due)
	switch {
	case v.Outcome != "":
		state = "closed " + v.Closed + ": " + v.Outcome
	case v.DaysLeft < 0:
		state = fmt.Sprintf("LATE since %s", v.Due)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\treceived %s\t%s\tinstruction %s\n", v.ID, v.Kind, v.Controller, v.Received, state, v.Instruction)
}

// requestAct runs an act of an official and shows the request after it.
func requestAct(cmd *cobra.Command, g *globals, officer string, wrong wrongFlags, act func(context.Context, *books, *request.Desk, request.By) (request.Request, error)) error {
	_, err := gateway.ParseUUID(officer)
	wrong.add("officer", err)
	if err := wrong.err(); err != nil {
		return err
	}
	return withBooks(cmd.Context(), g, func(b *books) error {
		by := request.By{Officer: gateway.UUID(officer), At: b.now, Trace: gateway.NewTrace()}
		r, err := act(cmd.Context(), b, request.NewDesk(b.truth.Requests), by)
		if err != nil {
			return withSentence(err)
		}
		v := viewRequest(r, gateway.Today(b.now))
		return show(cmd, g, v, v.print)
	})
}

func officerFlag(c *cobra.Command, officer *string) *cobra.Command {
	c.Flags().StringVar(officer, "officer", "", "your account number (UUID), for the log")
	return c
}

func newRequestList(g *globals) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "list", Short: "List open requests; exit code 1 when one is late", Args: exactly(0),
		Example: "  seinhuis request list --all --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				list, err := request.NewDesk(b.truth.Requests).List(cmd.Context(), all)
				if err != nil {
					return err
				}
				views, today, late := []requestView{}, gateway.Today(b.now), 0
				for _, r := range list {
					views = append(views, viewRequest(r, today))
					if r.Late(today) {
						late++
					}
				}
				if err := show(cmd, g, views, func(w io.Writer) {
					for _, v := range views {
						v.print(w)
					}
					fmt.Fprintf(w, "%d requests\n", len(views))
				}); err != nil {
					return err
				}
				if late > 0 {
					return fmt.Errorf("%d requests are late", late)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "closed ones as well")
	return c
}

// requests fails on a late request and warns of one that is due in a week.
func (d *doctor) requests(ctx context.Context, b *books) {
	const check = "requests"
	list, err := request.NewDesk(b.truth.Requests).List(ctx, false)
	if err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	today, late, near := gateway.Today(d.now), 0, 0
	for _, r := range list {
		switch {
		case r.Late(today):
			late++
		case r.DaysLeft(today) <= 7:
			near++
		}
	}
	switch {
	case late > 0:
		d.fail(check, fmt.Errorf("%d of %d open requests of data subjects are late", late, len(list)), "seinhuis request list; docs/runbooks/data-subject.md")
	case near > 0:
		d.warn(check, fmt.Sprintf("%d of %d open requests of data subjects are due within a week", near, len(list)), "seinhuis request list")
	default:
		d.ok(check, "%d open requests of data subjects, none late", len(list))
	}
}
