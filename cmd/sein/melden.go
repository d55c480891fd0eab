// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
)

func (a *app) melden() *cobra.Command {
	var receipts string
	var complete bool
	c := &cobra.Command{
		Use: "melden BESTAND|-", GroupID: "creditor", Args: exactly("BESTAND"),
		Short: "stuur een melding en ontvang het ontvangstbewijs",
		Long: `Stuurt één melding (JSON) en toont het gecontroleerde ontvangstbewijs.

Ontbreken meldingId of zout, dan worden die gemaakt. Wilt u na een storing veilig kunnen
herhalen, geef ze dan zelf of gebruik --aanvullen: dan staan ze in het bestand vóórdat er
iets wordt verstuurd, en geeft een herhaling hetzelfde ontvangstbewijs.
Verder verandert er niets aan de melding: de poort beoordeelt wat ontbreekt.`,
		Example: "  sein melden melding.json --map ./energie --aanvullen --bewijs-naar ./bewijzen",
	}
	c.Flags().StringVar(&receipts, "bewijs-naar", "", "schrijf het bewijs naar `MAP`/<meldingId>.ontvangstbewijs.jws")
	c.Flags().BoolVar(&complete, "aanvullen", false, "zet ontbrekende meldingId en zout eerst in het bestand")
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		m, raw, err := a.prepare(args[0])
		if err != nil {
			return err
		}
		added := !bytes.Equal(bytes.TrimSpace(raw), m.Payload())
		if complete && added {
			if args[0] == "-" {
				return wrongUse("--aanvullen vraagt een bestand")
			}
			if err := writeWhole(filepath.Dir(args[0]), filepath.Base(args[0]), m.Payload(), 0o600); err != nil {
				return err
			}
		}
		r, err := cl.Send(ctx, m)
		if err != nil {
			if added && !complete {
				a.hintRepeat(m)
			}
			return err
		}
		return a.receipt(r, receipts, string(m.ID())+".ontvangstbewijs.jws")
	})
	return c
}

// prepare reads a report; raw is what stood in the file.
func (a *app) prepare(name string) (m client.Message, raw []byte, err error) {
	if raw, err = a.read(name); err != nil {
		return m, nil, err
	}
	m, err = client.PrepareJSON(raw)
	return m, raw, err
}

// hintRepeat tells what to add to the file, as it is not known whether the
// report arrived: sent again under a new id it would be a second report.
func (a *app) hintRepeat(m client.Message) {
	var made struct {
		ID   string `json:"meldingId"`
		Salt string `json:"zout"`
	}
	if json.Unmarshal(m.Payload(), &made) == nil && !a.json {
		fmt.Fprintf(a.err, "Zet vóór een herhaling in het bestand: \"meldingId\":%q,\"zout\":%q\n", made.ID, made.Salt)
	}
}

func (a *app) controleren() *cobra.Command {
	c := &cobra.Command{
		Use: "controleren BESTAND|-", GroupID: "creditor", Args: exactly("BESTAND"),
		Short: "vraag of een melding zou worden geaccepteerd; er wordt niets bewaard",
		Long: `Legt een melding voor aan de poort. Die antwoordt als bij sein melden, met alle bevindingen
tegelijk, maar bewaart niets en geeft geen ontvangstbewijs.`,
		Example: "  sein controleren melding.json --map ./energie",
	}
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, args []string) error {
		m, _, err := a.prepare(args[0])
		if err != nil {
			return err
		}
		v, err := cl.Check(ctx, m)
		if err != nil {
			return err
		}
		text := "De melding zou worden geaccepteerd.\n"
		for _, w := range v.Warnings {
			text += "  waarschuwing: " + string(w) + "\n"
		}
		return a.show(v, text)
	})
	return c
}
