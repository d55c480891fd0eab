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

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) ophalen() *cobra.Command {
	var dir string
	var reveal bool
	c := &cobra.Command{
		Use: "ophalen --naar MAP", GroupID: "municipality", Args: exactly(),
		Short: "haal alle signalen op, open ze en bewaar ze als bestanden",
		Long: `Haalt elk signaal in de brievenbus op, controleert en opent het, schrijft het naar
MAP/<signaalId>.json (alleen leesbaar voor uzelf) en bevestigt de ontvangst pas als het bestand
volledig op schijf staat. Mislukt een signaal, dan gaat de opdracht door met de andere en blijft
dat ene in de brievenbus liggen; de uitgangscode is dan 1. Afbreken en herhalen mag altijd.

Zonder --toon komen er geen persoonsgegevens op het scherm.`,
		Example: "  sein ophalen --naar ./signalen --map ./gemeente",
	}
	c.Flags().StringVar(&dir, "naar", "", "`map` voor de geopende signalen")
	c.Flags().BoolVar(&reveal, "toon", false, "toon ook de inhoud: persoonsgegevens op het scherm")
	c.PreRunE = func(*cobra.Command, []string) error {
		if dir == "" {
			return errors.New("geef --naar met de map voor de signalen")
		}
		return nil
	}
	c.RunE = a.online(func(ctx context.Context, cl door, _ []string) error {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := removeParts(dir, a.now().Add(-time.Hour)); err != nil {
			return err
		}
		return a.collect(ctx, cl, dir, reveal)
	})
	return c
}

// collect takes every signal; a single failure does not stop the others, an
// unreachable gateway does.
func (a *app) collect(ctx context.Context, cl door, dir string, reveal bool) error {
	done, failed := 0, 0
	err := eachSignal(ctx, cl, func(s client.Signal) error {
		err := a.take(ctx, cl, s, dir, reveal)
		switch {
		case err == nil:
			done++
			return nil
		case unreachable(err) || ctx.Err() != nil:
			return err
		}
		failed++
		a.explain(fmt.Errorf("signaal %s: %w", s.ID, err))
		return nil
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d van %d signalen zijn niet opgehaald en liggen nog in de brievenbus", failed, done+failed)
	}
	if !a.json {
		fmt.Fprintf(a.out, "%d opgehaald en bevestigd\n", done)
	}
	return err
}

// collectedDocument is a collected signal for a program.
type collectedDocument struct {
	ID          gateway.SignalID     `json:"signaalId"`
	Nature      gateway.SignalNature `json:"aard"`
	ReportID    gateway.ReportID     `json:"meldingId"`
	File        string               `json:"bestand"`
	ConfirmedAt time.Time            `json:"bevestigdOp"`
	Content     jsontext.Value       `json:"inhoud,omitzero"`
}

// take fetches, stores and then confirms one signal, in this order: what is
// confirmed is erased at the gateway.
func (a *app) take(ctx context.Context, cl door, s client.Signal, dir string, reveal bool) error {
	opened, err := cl.Fetch(ctx, s)
	if err != nil {
		return err
	}
	name := string(s.ID) + ".json"
	if err := writeWhole(dir, name, opened.JSON, 0o600); err != nil {
		return err
	}
	confirmed, err := cl.Confirm(ctx, s.ID)
	if err != nil {
		return err
	}
	c := opened.Content
	doc := collectedDocument{ID: s.ID, Nature: c.Nature, ReportID: c.ReportID, File: filepath.Join(dir, name), ConfirmedAt: confirmed.At}
	text := fmt.Sprintf("%s  %s  van %s  melding %s  %s\n", s.ID, c.Nature, c.Creditor.OIN, c.ReportID, doc.File)
	if reveal {
		doc.Content = opened.JSON
		text += revealed(c)
	}
	return a.show(doc, text)
}

// revealed tells who and what a signal is about; only for --toon.
func revealed(c client.Content) string {
	if c.Report == nil {
		return fmt.Sprintf("    ingetrokken signaal %s: %s\n", c.Withdrawal.Concerns, c.Withdrawal.Reason)
	}
	r := c.Report
	join := func(parts ...string) string { return strings.Join(strings.Fields(strings.Join(parts, " ")), " ") }
	number := fmt.Sprintf("%d%s %s", r.Address.Number, r.Address.Letter, r.Address.Addition)
	lines := []string{
		join(r.Person.Initials, r.Person.Prefix, r.Person.Surname),
		join(r.Address.Street, number, r.Address.Postcode, r.Address.Place),
		join(r.Contact.Phone, r.Contact.Email),
		fmt.Sprintf("%s, € %d,%02d sinds %s, gemeld door %s", r.Kind, r.AmountInCents/100, r.AmountInCents%100, r.ArrearsSince, c.Creditor.Name),
	}
	var b strings.Builder
	for _, l := range lines {
		if l != "" {
			b.WriteString("    " + l + "\n")
		}
	}
	return b.String()
}
