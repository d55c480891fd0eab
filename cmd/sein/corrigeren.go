// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) corrigeren() *cobra.Command {
	var id, receipts string
	c := &cobra.Command{
		Use: "corrigeren BESTAND|-", GroupID: "creditor", Args: exactly("BESTAND"),
		Short: "stuur een melding opnieuw, met wat er fout in was hersteld",
		Long: `Stuurt een hele melding (JSON) opnieuw als correctie van de melding met dezelfde meldingId.
De gemeente vindt haar in de postbus, en ziet het eerste signaal als gecorrigeerd.
De poort beoordeelt haar als een nieuwe melding. Ligt het adres in een andere gemeente, trek
de melding dan in en doe een nieuwe.

Het bestand noemt zelf meldingId en zout. Wilt u na een storing veilig kunnen herhalen, geef
dan zelf een --correctie-id: hetzelfde id geeft hetzelfde ontvangstbewijs.`,
		Example: "  sein corrigeren hersteld.json --correctie-id 01932b1c-0000-7000-8000-000000000009 --map ./energie",
	}
	c.Flags().StringVar(&id, "correctie-id", "", "`UUID` van deze correctie (anders een nieuw)")
	c.Flags().StringVar(&receipts, "bewijs-naar", "", "schrijf het bewijs naar `MAP`/<correctieId>.correctiebewijs.jws")
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		m, raw, err := a.prepare(args[0])
		if err != nil {
			return err
		}
		if !bytes.Equal(bytes.TrimSpace(raw), m.Payload()) {
			return wrongUse("het bestand van een correctie noemt zelf meldingId en zout")
		}
		if id == "" {
			id = string(gateway.NewUUID(a.now(), nil))
		}
		r, err := cl.Correct(ctx, gateway.CorrectionID(id), m)
		if err != nil {
			return err
		}
		return a.receipt(r, receipts, id+".correctiebewijs.jws")
	})
	return c
}
