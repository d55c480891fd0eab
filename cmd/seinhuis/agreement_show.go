// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// agreementView is an agreement as the commands print it.
type agreementView struct {
	ID            string               `json:"id"`
	Creditor      gateway.OIN          `json:"creditor"`
	Municipality  gateway.Municipality `json:"municipality"`
	Kinds         []gateway.ReportKind `json:"kinds"`
	Bases         []gateway.Basis      `json:"bases"`
	From          string               `json:"from"`
	Until         string               `json:"until,omitempty"`
	Threshold     int64                `json:"thresholdInCents"`
	BirthDate     bool                 `json:"birthDateAllowed"`
	PauseDays     int                  `json:"pauseDays"`
	Prolongations int                  `json:"prolongations"`
	InForce       bool                 `json:"inForce"`
}

func showAgreements(cmd *cobra.Command, g *globals, now time.Time, list ...gateway.Agreement) error {
	views := []agreementView{}
	for _, a := range list {
		views = append(views, agreementView{a.ID, a.Creditor, a.Municipality, a.Kinds, a.Bases, a.From.String(), a.Until.String(),
			a.ThresholdInCents, a.BirthDateAllowed, cmp.Or(a.PauseDays, 30), a.Prolongations, a.InForce(gateway.Today(now))})
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s to %s\t%s\n", v.ID, v.Creditor, v.Municipality,
				join(v.Kinds, ","), join(v.Bases, ","), v.From, orDash(v.Until), map[bool]string{true: "in force", false: "not in force"}[v.InForce])
		}
	})
}

func newAgreementList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the agreements, past ones too", Example: "  seinhuis agreement list", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				list, err := b.truth.Register.Agreements(cmd.Context())
				if err != nil {
					return err
				}
				return showAgreements(cmd, g, b.now, list...)
			})
		},
	}
}
