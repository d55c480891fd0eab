// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// objectionView is one objection; who objected is not kept.
type objectionView struct {
	ID           string `json:"id"`
	Controller   string `json:"controller"`
	Municipality string `json:"municipality"`
	Creditor     string `json:"creditor,omitempty"` // absent: against everyone's reports
	Instruction  string `json:"instruction"`
	PlacedOn     string `json:"placedOn"`
	Until        string `json:"until"`
}

func viewObjection(o objection.Objection) objectionView {
	return objectionView{string(o.ID), string(o.Controller), string(o.Municipality), string(o.Creditor), string(o.Instruction),
		o.PlacedOn.String(), o.Until.String()}
}

func showObjections(cmd *cobra.Command, g *globals, list ...objection.Objection) error {
	views := []objectionView{}
	for _, o := range list {
		views = append(views, viewObjection(o))
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			against := "every creditor"
			if v.Creditor != "" {
				against = v.Creditor
			}
			fmt.Fprintf(w, "%s\t%s\tagainst %s\tfrom %s until %s\tinstruction %s\n", v.ID, v.Municipality, against, v.PlacedOn, v.Until, v.Instruction)
		}
		fmt.Fprintf(w, "%d objections\n", len(views))
	})
}

func newPersonObject(g *globals) *cobra.Command {
	var f instructionFlags
	var until string
	c := &cobra.Command{
		Use: "object --until DATE", Short: "Keep a person from being reported (AVG art. 21)", Args: exactly(0),
		Long: `From the next second until a day, at most 13 months ahead, reports about the person in the
municipality are refused with the code bezwaar-inwoner: every creditor's when the
municipality instructs it, a creditor's own when the creditor does. It rests on
the person and the resident, not on the address alone: housemates did not object.
Only keyed tags are kept, so renewing it asks the person's words again.`,
		Example: `  seinhuis person object --until 2027-10-31 --municipality GM0268 --for 00000099000000220001 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa <persoon.json`,
	}
	f.bind(c, false)
	c.Flags().StringVar(&until, "until", "", "last day (yyyy-mm-dd)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		var wrong wrongFlags
		wrong.need("until", until)
		last := wrong.date("until", until)
		if err := errors.Join(wrong.err(), f.check()); err != nil {
			return usage(err)
		}
		return f.act(cmd, g, func(b *books, ring keyStore, s rights.Search) error {
			o, err := objection.NewDesk(b.truth.Objections, ring).Place(cmd.Context(), s.Instruction, s.Subject, last)
			if err != nil {
				return err
			}
			return showObjections(cmd, g, o)
		})
	}
	return c
}

func newPersonObjections(g *globals) *cobra.Command {
	var f instructionFlags
	var lift string
	c := &cobra.Command{
		Use: "objections [--lift ID]", Short: "List a controller's objections, or lift one", Args: exactly(0),
		Long: `Lists the objections of a controller in a municipality that last today. They say
under which instruction they were placed, not of whom they are: the controller
knows that. --lift ends one and erases its tags.`,
		Example: `  seinhuis person objections --municipality GM0268 --for 00000099000000220001 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa`,
	}
	f.bind(c, false)
	c.Flags().StringVar(&lift, "lift", "", "id of the objection that ends")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return err
		}
		return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
			i, err := f.given(cmd.Context(), b)
			if err != nil {
				return err
			}
			desk := objection.NewDesk(b.truth.Objections, ring)
			if lift != "" {
				if err := desk.Lift(cmd.Context(), i, gateway.UUID(lift)); err != nil {
					return withSentence(err)
				}
			}
			list, err := desk.List(cmd.Context(), i)
			if err != nil {
				return withSentence(err)
			}
			return showObjections(cmd, g, list...)
		})
	}
	return c
}
