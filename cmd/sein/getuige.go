// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// Files of a witness in the party folder.
const (
	fileWitnessKey  = "getuige.key"        // PKCS #8 PEM, Ed25519
	fileWitnessLast = "getuige.checkpoint" // what was cosigned last
	fileWitnessFork = "getuige.vertakking" // a checkpoint that does not go on from it: evidence
)

func (a *app) getuige() *cobra.Command {
	c := &cobra.Command{
		Use: "getuige", GroupID: "both", Args: exactly(),
		Short: "onderteken mede dat het logboek van de poort alleen groeit",
		Long: `Haalt de ondertekende stand van het logboek op, gaat na dat het logboek alleen is gegroeid sinds de vorige
keer, ondertekent dat mede en levert het in. Draai dit geregeld, bijvoorbeeld elk uur. Het vergelijkt met
getuige.checkpoint in de partijmap; bewaar die map, en kopieer haar niet terug uit een oude back-up.

Nodig: logboekSleutels in party.json, en een sleutel die de beheerder kent (sein getuige sleutel).
Groeit het logboek niet alleen, dan wordt niets ondertekend en bewaart sein beide standen als bewijs.`,
		Example: "  sein getuige sleutel --map ./gemeente\n  sein getuige --map ./gemeente",
	}
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, _ []string) error {
		w, err := readWitness(a.dir)
		if err != nil {
			return err
		}
		last, err := os.ReadFile(filepath.Join(a.dir, fileWitnessLast))
		if errors.Is(err, fs.ErrNotExist) {
			last, err = nil, nil
		}
		if err != nil {
			return err
		}
		signed, err := cl.Cosign(ctx, w, last)
		if errors.Is(err, client.ErrForked) {
			return errors.Join(fmt.Errorf("%w; bewaar %s en %s en meld dit de functionaris gegevensbescherming", err, fileWitnessLast, fileWitnessFork),
				writeWhole(a.dir, fileWitnessFork, signed, 0o644))
		}
		if err != nil {
			return err
		}
		if err := writeWhole(a.dir, fileWitnessLast, signed, 0o644); err != nil { // kept before it is given away
			return err
		}
		if err := cl.HandIn(ctx, signed); err != nil {
			return err
		}
		return a.show(struct {
			Witness string `json:"getuige"`
			Signed  string `json:"medeondertekend"`
		}{w.Name, string(signed)}, string(signed))
	})
	c.AddCommand(a.getuigeSleutel())
	return c
}

func (a *app) getuigeSleutel() *cobra.Command {
	c := &cobra.Command{
		Use: "sleutel", Args: exactly(),
		Short: "maak de sleutel van een getuige, en toon wat de beheerder en controleurs ervan nodig hebben",
		Long: `Maakt getuige.key in de partijmap als die er nog niet is, en toont de publieke sleutel: voor de beheerder
(getuigen in seinhuis.yaml) en voor ieder die controleert (seincheck --witness).`,
		Example: "  sein getuige sleutel --map ./gemeente",
	}
	c.RunE = a.action(func(_ context.Context, _ []string) error {
		w, err := readWitness(a.dir)
		if errors.Is(err, fs.ErrNotExist) {
			w, err = makeWitness(a.dir)
		}
		if err != nil {
			return err
		}
		v, err := w.Verifier()
		if err != nil {
			return err
		}
		return a.show(struct {
			Key string `json:"sleutel"`
		}{v.String()}, v.String()+"\n")
	})
	return c
}

// witnessName is that of a party's key; the OIN tells whose it is.
func witnessName(oin gateway.OIN) string { return "seinhuis-getuige/" + string(oin) }

func readWitness(dir string) (client.Witness, error) {
	party, err := client.ReadParty(dir)
	if err != nil {
		return client.Witness{}, err
	}
	data, err := os.ReadFile(filepath.Join(dir, fileWitnessKey))
	if err != nil {
		return client.Witness{}, err
	}
	if block, _ := pem.Decode(data); block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if signer, ok := key.(crypto.Signer); ok {
				return client.Witness{Name: witnessName(party.OIN), Key: signer}, nil
			}
		}
	}
	return client.Witness{}, fmt.Errorf("%s: geen sleutel", fileWitnessKey)
}

func makeWitness(dir string) (client.Witness, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return client.Witness{}, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return client.Witness{}, err
	}
	if err := writeWhole(dir, fileWitnessKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return client.Witness{}, err
	}
	return readWitness(dir)
}
