// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// statementDocument is a statement for a program.
type statementDocument struct {
	Claims  client.PauseStatement `json:"pauzeverklaring"`
	Compact string                `json:"jws"`
	File    string                `json:"bestand,omitzero"`
}

func (a *app) pauzeStand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "stand PAUZEID [--naar MAP]", Args: exactly("PAUZEID"),
		Short: "haal de ondertekende verklaring van een hele pauze op",
		Long: `Haalt op hoe de pauze staat en wat er van het begin af mee gebeurde, controleert de verklaring
en toont haar. Met --naar wordt zij bewaard: het bestand bewijst zonder de poort of de pauze op
een dag gold (sein verify). Bewaar er de sleutels van de poort bij (sein sleutels poort).

Bewaar de verklaring zolang u haar nodig kunt hebben: 90 dagen na de laatste dag van de pauze
is zij hier niet meer op te halen, en voor wie de vordering overdroeg meteen niet meer.`,
		Example: "  sein pauze stand 019ac9e0-1c00-7f42-b3c5-6e7f80910213 --naar ./bewijzen --map ./energie",
	}
	c.Flags().StringVar(&dir, "naar", "", "schrijf de verklaring naar `MAP`/<pauzeId>.pauzeverklaring.jws")
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		s, err := cl.Pause(ctx, gateway.PauseID(args[0]))
		if err != nil {
			return err
		}
		doc := statementDocument{Claims: s, Compact: s.Compact}
		var failed error
		if dir != "" {
			doc.File, failed = keepAs(dir, args[0]+".pauzeverklaring.jws", s.Compact)
		}
		return errors.Join(a.show(doc, statementText(s, doc.File)), failed)
	})
	return c
}

func statementText(s client.PauseStatement, file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Verklaring van een incassopauze, gecontroleerd\n")
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-16s %s\n", name, value)
		}
	}
	line("pauze", string(s.Pause.ID))
	line("stand", string(s.State))
	if s.Contested {
		line("betwist", "ja; de gemeente antwoordt uiterlijk "+s.AnswerBy.String())
	}
	line("geldt", fmt.Sprintf("van %s tot en met %s", s.Pause.From, s.Pause.Until))
	if !s.Pause.Review.IsZero() {
		line("toetsdatum", s.Pause.Review.String())
	}
	line("melding", string(s.ReportID))
	line("signaal", string(s.SignalID))
	line("gemeente", string(s.Municipality))
	line("uitgegeven op", s.IssuedAt.Format(time.RFC3339))
	for _, p := range s.Steps {
		text := fmt.Sprintf("%s op %s door %s: tot en met %s", p.Kind, p.At.Format(time.RFC3339), p.By, p.Until)
		if p.Reason != "" {
			text += ", " + string(p.Reason)
		}
		line(fmt.Sprintf("stap %d", p.Number), text)
		line("", confirmedText(p))
	}
	line("verklaring in", file)
	if file == "" {
		line("verklaring", s.Compact)
	}
	return b.String()
}

// confirmedText is how far the creditor came with the notice of a step.
func confirmedText(p client.PauseStep) string {
	var parts []string
	if !p.ReceivedAt.IsZero() {
		parts = append(parts, "ontvangen "+p.ReceivedAt.Format(time.RFC3339))
	}
	if !p.AppliedAt.IsZero() {
		parts = append(parts, "toegepast "+p.AppliedAt.Format(time.RFC3339))
	}
	for _, agent := range p.Told {
		parts = append(parts, fmt.Sprintf("ingelicht %s %s", agent.Kind, agent.KvK))
	}
	return strings.Join(parts, ", ")
}
