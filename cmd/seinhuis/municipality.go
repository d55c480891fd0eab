// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

func newMunicipality(g *globals) *cobra.Command {
	return group("municipality", "Prepare reorganisations of municipalities", `A reorganisation (herindeling) lets municipalities go into a successor on a day. It
is prepared in advance; the gateway carries it out at the first moment of that
day in the Netherlands: signals and agreements pass to the successor, and the
old municipalities are let in no more. docs/runbooks/reorganisation.md has the
steps.`,
		newMunicipalityMerge(g), newMunicipalityList(g), newMunicipalityCancel(g))
}

func newMunicipalityMerge(g *globals) *cobra.Command {
	var into, on string
	c := &cobra.Command{
		Use: "merge GM… --into GM --on DATE", Short: "Let municipalities go into a successor on a day", Args: between(1, 50),
		Long: `Prepares that the municipalities go, whole, into the successor: a new municipality,
or one that stays. The successor must be registered, active and have a key that
is valid on the day; this is looked at again on the day. Prints what becomes of
each agreement, as things stand now. A municipality that is split cannot pass:
nobody here can see whose a sealed signal would be.`,
		Example: "  seinhuis municipality merge GM0001 GM0002 --into GM0003 --on 2027-01-01",
	}
	c.Flags().StringVar(&into, "into", "", "code of the successor")
	c.Flags().StringVar(&on, "on", "", "first day of the successor (yyyy-mm-dd), later than today")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var wrong wrongFlags
		var o reorganisation.Order
		var err error
		for _, arg := range args {
			m, err := gateway.ParseMunicipality(arg)
			wrong.add("GM", err)
			o.From = append(o.From, m)
		}
		o.Into, err = gateway.ParseMunicipality(into)
		wrong.add("into", err)
		wrong.need("on", on)
		o.On = wrong.date("on", on)
		if err := wrong.err(); err != nil {
			return err
		}
		return withBooks(cmd.Context(), g, func(b *books) error {
			r, err := b.reorganisations().Prepare(cmd.Context(), o)
			if err != nil {
				return err
			}
			return b.showReorganisations(cmd, g, r)
		})
	}
	return c
}

func newMunicipalityList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the reorganisations, past ones too", Args: exactly(0),
		Long: `Lists the reorganisations, and of those that are prepared what becomes of each
agreement as things stand now.`,
		Example: "  seinhuis municipality list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				list, err := b.truth.Reorganisations.Reorganisations(cmd.Context())
				if err != nil {
					return err
				}
				return b.showReorganisations(cmd, g, list...)
			})
		},
	}
}

func newMunicipalityCancel(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Take back a reorganisation that was not carried out", Args: exactly(1),
		Example: "  seinhuis municipality cancel 01981e2c-7a10-7000-8000-000000000001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				r, err := b.reorganisations().Cancel(cmd.Context(), gateway.UUID(args[0]))
				if err != nil {
					return err
				}
				return b.showReorganisations(cmd, g, r)
			})
		},
	}
}

func (b *books) reorganisations() *reorganisation.Desk {
	return reorganisation.NewDesk(b.truth.Reorganisations, func() time.Time { return b.now })
}

// reorganisationView is a reorganisation as the commands print it.
type reorganisationView struct {
	ID         gateway.UUID                `json:"id"`
	From       []gateway.Municipality      `json:"from"`
	Into       gateway.Municipality        `json:"into"`
	On         string                      `json:"on"`
	State      gateway.ReorganisationState `json:"state"`
	Prepared   string                      `json:"prepared"`
	Ended      string                      `json:"ended,omitempty"` // carried out or cancelled
	Agreements []passageView               `json:"agreements,omitempty"`
}

// passageView is what will become of an agreement.
type passageView struct {
	ID           string               `json:"id"`
	Creditor     gateway.OIN          `json:"creditor"`
	Municipality gateway.Municipality `json:"municipality"`
	Ends         string               `json:"ends,omitempty"` // last day under the old municipality
	GoesOn       string               `json:"goesOn"`         // how
}

func viewReorganisation(r gateway.Reorganisation, agreements []gateway.Agreement) reorganisationView {
	v := reorganisationView{ID: r.ID, From: r.From, Into: r.Into, On: r.On.String(), State: r.State,
		Prepared: moment(r.PreparedAt), Ended: moment(r.EndedAt)}
	if r.State != gateway.ReorganisationPrepared {
		return v
	}
	for _, p := range reorganisation.Passages(r, r.On, agreements, func() string { return "new" }) {
		a := p.Ended
		how := "continued with " + string(r.Into)
		switch {
		case a.ID == "":
			a, how = p.Next, "passes to "+string(r.Into)+" as it is"
		case p.Next.ID == "":
			how = "covered by an agreement with " + string(r.Into)
		}
		v.Agreements = append(v.Agreements, passageView{a.ID, a.Creditor, a.Municipality, p.Ended.Until.String(), how})
	}
	return v
}

func (b *books) showReorganisations(cmd *cobra.Command, g *globals, list ...gateway.Reorganisation) error {
	agreements, err := b.truth.Register.Agreements(cmd.Context())
	if err != nil {
		return err
	}
	views := []reorganisationView{}
	for _, r := range list {
		views = append(views, viewReorganisation(r, agreements))
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s\t%s into %s\ton %s\t%s\n", v.ID, join(v.From, ","), v.Into, v.On, string(v.State))
			for _, a := range v.Agreements {
				fmt.Fprintf(w, "  agreement %s\tof %s\tends %s\t%s\n", a.ID, a.Creditor, orDash(a.Ends), a.GoesOn)
			}
		}
	})
}
