// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) pauzeLijst() *cobra.Command {
	c := &cobra.Command{
		Use: "lijst", Args: exactly(),
		Short: "toon uw eigen pauzes en wat er te laat is",
		Long: `Toont uw pauzes die lopen of korter dan 90 dagen voorbij zijn, de oudste eerst: een meldende partij
die zij in acht neemt, een gemeente die over haar signalen. Bij een pauze staat wat te laat is en nog
steeds niet is gebeurd; dat zien beide partijen. De lijst is geen bewijs; de verklaring is dat (stand).`,
		Example: "  sein pauze lijst --map ./gemeente",
	}
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, _ []string) error {
		for after := gateway.PauseID(""); ; {
			page, err := cl.Pauses(ctx, after)
			if err != nil {
				return err
			}
			for _, p := range page.Pauses {
				if err := a.show(p, listedText(p)); err != nil {
					return err
				}
			}
			if len(page.Pauses) == 0 {
				return nil
			}
			after = page.Next
		}
	})
	return c
}

func listedText(p client.ListedPause) string {
	about := "melding " + string(p.ReportID)
	if p.SignalID != "" {
		about = "signaal " + string(p.SignalID)
	}
	text := fmt.Sprintf("%s  %s  stap %d  van %s tot en met %s  %s  %s\n", p.ID, p.State, p.Step, p.From, p.Until, p.Municipality, about)
	if !p.Review.IsZero() {
		text += fmt.Sprintf("    toetsdatum %s\n", p.Review)
	}
	if p.Contested {
		text += fmt.Sprintf("    betwist; antwoord uiterlijk %s\n", p.AnswerBy)
	}
	for _, l := range p.Alarms {
		text += fmt.Sprintf("    te laat: %s (%s), sinds %s\n", l.Kind, l.Term, l.Since.Format(time.RFC3339))
	}
	return text
}
