// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) signalen() *cobra.Command {
	c := &cobra.Command{
		Use: "signalen", GroupID: "municipality", Args: exactly(),
		Short: "toon wat er in de brievenbus ligt, zonder persoonsgegevens",
		Long: `Toont alle signalen in de brievenbus die nog niet zijn bevestigd, oudste eerst. In de lijst staan
geen persoonsgegevens; die komen pas bij het openen (sein ophalen).`,
		Example: "  sein signalen --map ./gemeente",
	}
	c.RunE = a.online(func(ctx context.Context, cl door, _ []string) error {
		return eachSignal(ctx, cl, func(s client.Signal) error { return a.show(s, signalText(s)) })
	})
	return c
}

// eachSignal walks through the whole list.
func eachSignal(ctx context.Context, cl door, do func(client.Signal) error) error {
	for after := int64(0); ; {
		page, err := cl.Signals(ctx, after)
		if err != nil {
			return err
		}
		for _, s := range page.Signals {
			if err := do(s); err != nil {
				return err
			}
		}
		if len(page.Signals) == 0 || page.Next <= after {
			return nil
		}
		after = page.Next
	}
}

func signalText(s client.Signal) string {
	text := fmt.Sprintf("%d  %s  %s  %s  %s  sinds %s  %s", s.Sequence, s.ID, s.Nature, s.Kind, s.Urgency,
		s.DepositedAt.Format(time.DateOnly), joined(s.Coincidence))
	if s.Withdrawn {
		text += "  ingetrokken"
	}
	if s.Corrected {
		text += "  gecorrigeerd"
	}
	if s.Concerns != "" {
		text += "  betreft " + string(s.Concerns)
	}
	for _, r := range s.Related {
		text += fmt.Sprintf("\n    %s met %s", r.Coincidence, r.ID)
	}
	return text + "\n"
}

func joined(hints []gateway.Coincidence) string {
	texts := make([]string, len(hints))
	for i, h := range hints {
		texts[i] = string(h)
	}
	return strings.Join(texts, ",")
}
