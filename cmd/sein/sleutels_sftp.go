// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

// extraKeys are the keys that not every party needs.
type extraKeys struct{ ssh, openpgp bool }

func (e extraKeys) files(p client.PartyFile, now time.Time) (files []newFile, err error) {
	if e.ssh {
		if files, err = sshFiles(p); err != nil {
			return nil, err
		}
	}
	if !e.openpgp {
		return files, nil
	}
	name := strings.Map(func(r rune) rune { // what an OpenPGP user id cannot hold
		if strings.ContainsRune("()<>\x00", r) {
			return '-'
		}
		return r
	}, p.Name)
	k, err := openpgp.NewKey(p.OIN, name, now)
	if err != nil {
		return nil, err
	}
	secret, err := k.Marshal()
	return append(files, newFile{client.FileOpenPGP, secret, 0o600}), err
}

func sshFiles(p client.PartyFile) ([]newFile, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, string(p.OIN))
	if err != nil {
		return nil, err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return []newFile{{client.FileLogin, pem.EncodeToMemory(block), 0o600}, {client.FileLogin + ".pub", ssh.MarshalAuthorizedKey(public), 0o644}}, nil
}

func (a *app) sleutelsSSH() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "ssh-verklaring SLEUTEL.pub [--naar BESTAND]", Args: exactly("SLEUTEL.pub"),
		Short: "vraag om met een SSH-sleutel te mogen inloggen op de SFTP-deur",
		Long: `Ondertekent met signing.jwk, die al is aangemeld, dat uw organisatie met deze SSH-sleutel wil
inloggen op de SFTP-deur. De sleutel is Ed25519, ECDSA of RSA vanaf 3072 bits. Er staat niets
geheims in. Geef de verklaring binnen 30 dagen aan de beheerder van de poort.`,
		Example: "  sein sleutels ssh-verklaring ./energie/ssh_ed25519.pub --map ./energie --naar ssh.jws",
	}
	c.Flags().StringVar(&file, "naar", "", "schrijf de verklaring naar dit `bestand` in plaats van naar het scherm")
	c.RunE = a.action(func(_ context.Context, args []string) error {
		data, err := a.read(args[0])
		if err != nil {
			return err
		}
		key, _, _, rest, err := ssh.ParseAuthorizedKey(data)
		if err != nil || len(strings.TrimSpace(string(rest))) > 0 {
			return wrongUse(filepath.Base(args[0]) + " is niet één publieke SSH-sleutel; geef het bestand dat op .pub eindigt")
		}
		party, err := client.ReadParty(a.dir)
		if err != nil {
			return err
		}
		signing, _, err := client.ReadKeys(a.dir)
		if err != nil {
			return err
		}
		statement, err := jose.MakeLoginStatement(party.OIN, a.now(), gateway.SSHKey(key.Marshal()), signing)
		if err != nil {
			return err
		}
		return a.state(party.OIN, statement, ssh.FingerprintSHA256(key), file)
	})
	return c
}

func (a *app) sleutelsOpenPGP() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "openpgp-verklaring [--naar BESTAND]", Args: exactly(),
		Short: "maak de verklaring waarmee de beheerder uw OpenPGP-sleutel aanmeldt",
		Long: `Maakt een verklaring met uw OIN en de publieke helft van openpgp.key, ondertekend met die
sleutel zelf. Er staat niets geheims in. Geef haar binnen 30 dagen aan de beheerder van de poort,
en laat die de vingerafdruk langs een andere weg controleren.`,
		Example: "  sein sleutels openpgp-verklaring --map ./energie --naar openpgp.asc",
	}
	c.Flags().StringVar(&file, "naar", "", "schrijf de verklaring naar dit `bestand` in plaats van naar het scherm")
	c.RunE = a.action(func(_ context.Context, _ []string) error {
		party, err := client.ReadParty(a.dir)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(a.dir, client.FileOpenPGP))
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is er niet; maak hem met sein sleutels maken --openpgp", client.FileOpenPGP)
		}
		if err != nil {
			return err
		}
		key, err := openpgp.ReadPrivate(data)
		clear(data)
		if err != nil {
			return fmt.Errorf("%s: %w", client.FileOpenPGP, err)
		}
		statement, err := openpgp.MakeKeyStatement(party.OIN, a.now(), key)
		if err != nil {
			return err
		}
		return a.state(party.OIN, statement, key.ID(), file)
	})
	return c
}

// state writes a statement and shows the fingerprint that is to be compared by
// another way.
func (a *app) state(oin gateway.OIN, statement []byte, fingerprint, file string) error {
	text := "vingerafdruk " + fingerprint + "\n"
	if file != "" {
		if err := writeWhole(filepath.Dir(file), filepath.Base(file), statement, 0o644); err != nil {
			return err
		}
	} else if !a.json {
		text = strings.TrimRight(string(statement), "\n") + "\n" // so that it can be redirected into a file
	}
	return a.show(struct {
		OIN         gateway.OIN `json:"oin"`
		Fingerprint string      `json:"vingerafdruk"`
		Statement   string      `json:"verklaring"`
	}{oin, fingerprint, string(statement)}, text)
}
