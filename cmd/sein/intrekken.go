// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) intrekken() *cobra.Command {
	var reason, date, receipts string
	c := &cobra.Command{
		Use: "intrekken MELDINGID --reden REDEN", GroupID: "creditor", Args: exactly("MELDINGID"),
		Short: "trek een melding in, bijvoorbeeld omdat er betaald is",
		Long: `Trekt een melding in. De gemeente ziet dat in haar brievenbus, ook als zij het signaal al heeft.
Herhalen mag: dezelfde reden en datum geven hetzelfde ontvangstbewijs.

Redenen: ` + strings.Join(reasons(), ", ") + `.`,
		Example: "  sein intrekken 01932b1c-0000-7000-8000-000000000001 --reden betaald --map ./energie",
	}
	c.Flags().StringVar(&reason, "reden", "", "`waarom`: "+strings.Join(reasons(), ", "))
	c.Flags().StringVar(&date, "datum", "", "`dag` waarop de melding verviel, jjjj-mm-dd (vandaag)")
	c.Flags().StringVar(&receipts, "bewijs-naar", "", "schrijf het bewijs naar `MAP`/<meldingId>.intrekkingsbewijs.jws")
	var day gateway.Date
	c.PreRunE = func(*cobra.Command, []string) (err error) {
		if !slices.Contains(reasons(), reason) {
			return errors.New("geef --reden met een van: " + strings.Join(reasons(), ", "))
		}
		day, err = a.day("--datum", date, gateway.Today(a.now()))
		return err
	}
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		r, err := cl.Withdraw(ctx, client.Withdrawal{ReportID: gateway.ReportID(args[0]), Reason: client.WithdrawalReason(reason), Date: day})
		if err != nil {
			return err
		}
		return a.receipt(r, receipts, args[0]+".intrekkingsbewijs.jws")
	})
	return c
}

func reasons() []string {
	var list []string
	for _, r := range client.WithdrawalReasons() {
		list = append(list, string(r))
	}
	return list
}

// day reads a date option; otherwise when it is not given.
func (a *app) day(option, text string, otherwise gateway.Date) (gateway.Date, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := gateway.ParseDate(text)
	if err != nil {
		return d, errors.New(option + " vraagt een datum als 2026-11-21")
	}
	return d, nil
}
