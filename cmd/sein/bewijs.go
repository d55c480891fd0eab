// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// receiptDocument is a receipt for a program.
type receiptDocument struct {
	Claims   client.Receipt `json:"ontvangstbewijs"`
	Compact  string         `json:"jws"`
	Replayed bool           `json:"herhaald"`
	File     string         `json:"bestand,omitzero"`
}

// receipt writes a receipt to its file, when a folder is given, and prints it.
func (a *app) receipt(r client.Receipt, dir, name string) error {
	doc := receiptDocument{Claims: r, Compact: r.Compact, Replayed: r.Replayed}
	var failed error
	if dir != "" {
		doc.File, failed = keepAs(dir, name, r.Compact)
	}
	// It is printed in any case: the evidence must not be lost with the disk.
	return errors.Join(a.show(doc, receiptText(r, doc.File)), failed)
}

// keepAs keeps a signed text and gives the name of its file.
func keepAs(dir, name, compact string) (string, error) {
	if err := keepIn(dir, name, []byte(compact)); err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

func keepIn(dir, name string, data []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeWhole(dir, name, data, 0o600)
}

func receiptText(r client.Receipt, file string) string {
	var b strings.Builder
	title := "Ontvangstbewijs"
	if r.Replayed {
		title += " (eerder gegeven; dit is hetzelfde)"
	}
	fmt.Fprintf(&b, "%s, gecontroleerd\n", title)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-16s %s\n", name, value)
		}
	}
	line("betreft", r.About)
	line("melding", string(r.ReportID))
	line("signaal", string(r.SignalID))
	line("terugkoppeling", string(r.FeedbackID))
	line("wijziging", string(r.ChangeID))
	line("ontvangen op", r.ReceivedAt.Format(time.RFC3339))
	line("gemeente", string(r.Municipality))
	line("sha256", r.Digest)
	if r.Policy != nil {
		line("beleid", r.Policy.Name+" "+r.Policy.Version)
	}
	for _, w := range r.Warnings {
		line("waarschuwing", string(w))
	}
	for _, p := range r.Pauses {
		line("pauze", fmt.Sprintf("%s stap %d: van %s tot en met %s", p.ID, p.Step, p.From, p.Until))
	}
	line("spoor", r.Trace.ID())
	line("bewijs in", file)
	if file == "" {
		line("bewijs", r.Compact)
	}
	return b.String()
}

func (a *app) bewijs() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "bewijs MELDINGID", GroupID: "creditor", Args: exactly("MELDINGID"),
		Short: "haal het bewijs van een melding op, met de plaats in het logboek",
		Long: `Haalt het ontvangstbewijs opnieuw op en controleert het. Is de vermelding in het logboek
gepubliceerd, dan wordt ook gecontroleerd dat zij over dit bewijs gaat; staat de sleutel van
het logboek in party.json (logboekSleutels), dan ook dat zij in het logboek is opgenomen.
Het bewaarde bestand is later zonder de poort te controleren met seincheck receipt.`,
		Example: "  sein bewijs 01932b1c-0000-7000-8000-000000000001 --map ./energie --naar ./bewijzen",
	}
	c.Flags().StringVar(&dir, "naar", "", "schrijf het bewijs naar `MAP`/<meldingId>.bewijs.json")
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		e, err := cl.Proof(ctx, gateway.ReportID(args[0]))
		if err != nil {
			return err
		}
		var failed error
		if dir != "" {
			failed = keepIn(dir, args[0]+".bewijs.json", e.Document)
		}
		state := evidenceState(e)
		doc := struct {
			Claims  client.Receipt `json:"ontvangstbewijs"`
			Compact string         `json:"jws"`
			State   string         `json:"logboek"`
		}{e.Receipt, e.Receipt.Compact, state}
		return errors.Join(a.show(doc, receiptText(e.Receipt, "")+"  logboek          "+state+"\n"), failed)
	})
	return c
}

func evidenceState(e client.Evidence) string {
	switch {
	case e.Proven:
		return "opgenomen-en-gecontroleerd"
	case e.Published:
		return "gepubliceerd-opname-niet-gecontroleerd"
	}
	return "in-afwachting"
}
