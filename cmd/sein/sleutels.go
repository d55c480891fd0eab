// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) sleutels() *cobra.Command {
	c := &cobra.Command{
		Use: "sleutels", GroupID: "both", Args: noCommand,
		Short: "maak uw sleutels en de verklaring waarmee u ze aanmeldt",
		Long: `Maakt wat een nieuwe deelnemer nodig heeft, in drie stappen:

  1. sein sleutels maken       sleutels, certificaataanvraag (tls.csr) en party.json
  2. laat uw certificaatdienst tls.csr omzetten in tls.crt, en zet ca.pem van de poort erbij
  3. sein sleutels verklaring  het ondertekende bewijs dat deze sleutels van u zijn, voor de beheerder

Voor de SFTP-deur en voor OpenPGP: sein sleutels maken --ssh --openpgp, en dan
sein sleutels ssh-verklaring en sein sleutels openpgp-verklaring.`,
		Example: "  sein sleutels maken --map ./gemeente --oin 00000099000000002000 --naam 'Gemeente Voorbeeld' --gemeente GM0268",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.sleutelsMaken(), a.sleutelsVerklaring(), a.sleutelsSSH(), a.sleutelsOpenPGP(), a.sleutelsPoort())
	return c
}

func (a *app) sleutelsPoort() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "poort [--naar BESTAND]", Args: exactly(),
		Short: "haal de publieke sleutels van de poort op",
		Long: `Haalt de publieke sleutels van de poort op over de vertrouwde verbinding, zoals zij nu zijn. Bewaar ze
bij uw bewijzen: daarmee zijn die later zonder de poort te controleren (sein verify, seincheck).`,
		Example: "  sein sleutels poort --naar sleutels.json --map ./energie",
	}
	c.Flags().StringVar(&file, "naar", "", "schrijf de sleutels naar dit `bestand` in plaats van naar het scherm")
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, _ []string) error {
		keys, err := cl.Keys(ctx)
		if err != nil {
			return err
		}
		if file != "" {
			return writeWhole(filepath.Dir(file), filepath.Base(file), keys, 0o644)
		}
		_, err = a.out.Write(append(keys, '\n'))
		return err
	})
	return c
}

// newParty are the options of sleutels maken.
type newParty struct {
	oin, name, municipality, gatewayURL, gatewayOIN string
	signAlg, encryptAlg, tlsKind                    string
	extra                                           extraKeys
}

func (a *app) sleutelsMaken() *cobra.Command {
	var o newParty
	c := &cobra.Command{
		Use: "maken --oin OIN --naam NAAM [--gemeente GMxxxx]", Args: exactly(),
		Short: "maak sleutels, een certificaataanvraag en party.json in de partijmap",
		Long: `Maakt in de partijmap: signing.jwk (ondertekenen), voor een gemeente encryption.jwk (signalen
openen), tls.key met tls.csr (aanvraag voor het TLS-certificaat, met uw OIN in serialNumber) en
party.json. Met --ssh ook ssh_ed25519 om in te loggen op de SFTP-deur, met --openpgp ook openpgp.key
voor bestanden in OpenPGP; staat er al een party.json, dan zonder --oin alleen die. Bestaande bestanden
worden nooit overschreven; voor nieuwe sleutels neemt u een nieuwe map. Bewaar de map goed: wie haar heeft, kan namens u melden of signalen openen.`,
		Example: "  sein sleutels maken --map ./energie --oin 00000099000000001000 --naam 'Energie Voorbeeld' \\\n" +
			"    --poort https://seinhuis.example.nl --poort-oin 00000099000000000001",
	}
	c.Flags().StringVar(&o.oin, "oin", "", "uw organisatie-identificatie`nummer`, 20 tekens")
	c.Flags().StringVar(&o.name, "naam", "", "`naam` van uw organisatie")
	c.Flags().StringVar(&o.municipality, "gemeente", "", "gemeente`code`, bijvoorbeeld GM0268; alleen voor gemeenten")
	c.Flags().StringVar(&o.gatewayURL, "poort", "", "`adres` van de poort, https://…")
	c.Flags().StringVar(&o.gatewayOIN, "poort-oin", "", "`OIN` van de poort")
	c.Flags().StringVar(&o.signAlg, "ondertekenen", "ES256", "`alg`: ES256, EdDSA of PS256")
	c.Flags().StringVar(&o.encryptAlg, "versleutelen", "ECDH-ES+A256KW", "`alg`: ECDH-ES+A256KW of RSA-OAEP-256")
	c.Flags().StringVar(&o.tlsKind, "tls", "p256", "`soort` TLS-sleutel: p256 of rsa4096")
	c.Flags().BoolVar(&o.extra.ssh, "ssh", false, "maak ook ssh_ed25519, voor de SFTP-deur")
	c.Flags().BoolVar(&o.extra.openpgp, "openpgp", false, "maak ook openpgp.key, voor bestanden in OpenPGP")
	c.RunE = a.action(func(_ context.Context, _ []string) error {
		files, err := a.newFiles(o)
		if err != nil {
			return err
		}
		if err := writeAllNew(a.dir, files); err != nil {
			return err
		}
		text := "Gemaakt in " + a.dir + ":\n"
		var names []string
		for _, f := range files {
			names = append(names, f.name)
			text += "  " + f.name + "\n"
		}
		return a.show(map[string]any{"map": a.dir, "bestanden": names}, text)
	})
	return c
}

// newFiles makes a whole folder, or adds to one that is there.
func (a *app) newFiles(o newParty) ([]newFile, error) {
	if o.oin == "" && (o.extra.ssh || o.extra.openpgp) {
		if party, err := client.ReadParty(a.dir); err == nil {
			return o.extra.files(party, a.now())
		}
	}
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	party, err := o.party()
	if err != nil {
		return nil, err
	}
	more, err := o.extra.files(party, a.now())
	return append(more, files...), err // party.json last: it makes the folder one
}

// newFile is a file to be written once.
type newFile struct {
	name string
	data []byte
	mode os.FileMode
}

// files makes everything in memory first, so that a mistake leaves no half folder.
func (o newParty) files() ([]newFile, error) {
	party, err := o.party()
	if err != nil {
		return nil, err
	}
	var files []newFile
	add := func(name string, k jose.PrivateKey, err error) error {
		if err != nil {
			return wrongUse(name + ": dit algoritme is hier niet bekend")
		}
		data, err := k.Marshal()
		files = append(files, newFile{name, append(data, '\n'), 0o600})
		return err
	}
	k, err := jose.NewSigningKey(o.signAlg)
	if err := add(client.FileSigning, k, err); err != nil {
		return nil, err
	}
	if party.Kind == gateway.KindMunicipality {
		k, err := jose.NewEncryptionKey(o.encryptAlg)
		if err := add(client.FileEncryption, k, err); err != nil {
			return nil, err
		}
	}
	key, request, err := tlsRequest(party, o.tlsKind)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(party, jsontext.Multiline(true), json.Deterministic(true))
	return append(files, newFile{client.FileTLSKey, key, 0o600}, newFile{"tls.csr", request, 0o644},
		newFile{client.FileParty, append(data, '\n'), 0o644}), err
}

func (o newParty) party() (client.PartyFile, error) {
	p := client.PartyFile{OIN: gateway.OIN(o.oin), Name: o.name, Kind: gateway.KindCreditor, Municipality: gateway.Municipality(o.municipality),
		Gateway: o.gatewayURL, GatewayOIN: gateway.OIN(o.gatewayOIN)}
	if _, err := gateway.ParseOIN(o.oin); err != nil {
		return p, wrongUse("geef --oin met uw OIN: 20 tekens met een bekend begin")
	}
	if _, err := gateway.ParseOIN(o.gatewayOIN); o.gatewayOIN != "" && err != nil {
		return p, wrongUse("--poort-oin is geen OIN")
	}
	if o.name == "" {
		return p, wrongUse("geef --naam met de naam van uw organisatie")
	}
	if o.municipality != "" {
		if _, err := gateway.ParseMunicipality(o.municipality); err != nil {
			return p, wrongUse("--gemeente is GM met vier cijfers")
		}
		p.Kind = gateway.KindMunicipality
	}
	return p, nil
}

// writeAllNew writes nothing when any of the files exists.
func writeAllNew(dir string, files []newFile) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s bestaat al in deze map; er is niets gemaakt", f.name)
		}
	}
	for _, f := range files {
		if err := writeNew(dir, f.name, f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}
