// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) sleutelsVerklaring() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "verklaring [--naar BESTAND]", Args: exactly(),
		Short: "maak de sleutelverklaring waarmee de beheerder uw sleutels aanmeldt",
		Long: `Maakt een ondertekende verklaring met uw OIN, uw publieke sleutels en per sleutel het bewijs
dat u haar bezit. Er staat niets geheims in. Geef haar binnen 30 dagen aan de beheerder van de
poort, en laat die de getoonde duimafdrukken langs een andere weg controleren.`,
		Example: "  sein sleutels verklaring --map ./gemeente --naar sleutelverklaring.jws",
	}
	c.Flags().StringVar(&file, "naar", "", "schrijf de verklaring naar dit `bestand` in plaats van naar het scherm")
	c.RunE = a.action(func(_ context.Context, _ []string) error {
		party, err := client.ReadParty(a.dir)
		if err != nil {
			return err
		}
		signing, encryption, err := client.ReadKeys(a.dir)
		if err != nil {
			return err
		}
		own := append([]jose.PrivateKey{signing}, encryption...)
		statement, err := jose.MakeKeyStatement(party.OIN, a.now(), own...)
		if err != nil {
			return err
		}
		if file != "" {
			if err := writeWhole(filepath.Dir(file), filepath.Base(file), statement, 0o644); err != nil {
				return err
			}
		}
		return a.showStatement(party.OIN, own, statement, file)
	})
	return c
}

// showStatement prints the statement, and the thumbprints that are to be
// compared by another way.
func (a *app) showStatement(oin gateway.OIN, own []jose.PrivateKey, statement []byte, file string) error {
	type thumbprint struct {
		ID  string         `json:"kid"`
		Use gateway.KeyUse `json:"gebruik"`
		Alg string         `json:"algoritme"`
	}
	doc := struct {
		OIN       gateway.OIN  `json:"oin"`
		Keys      []thumbprint `json:"sleutels"`
		Statement string       `json:"sleutelverklaring"`
		MadeAt    string       `json:"opgesteldOp"`
	}{OIN: oin, Statement: string(statement), MadeAt: a.now().UTC().Format(time.RFC3339)}
	text := ""
	for _, k := range own {
		p := k.Public()
		doc.Keys = append(doc.Keys, thumbprint{p.ID, p.Use, p.Algorithm})
		text += string(p.Use) + "  " + p.Algorithm + "  duimafdruk " + p.ID + "\n"
	}
	if file == "" && !a.json {
		text = string(statement) + "\n" // so that it can be redirected into a file
	}
	return a.show(doc, text)
}

// tlsRequest makes a TLS key and the request for its certificate (PKCS #10),
// with the OIN where the gateway looks for it.
func tlsRequest(p client.PartyFile, kind string) (keyPEM, requestPEM []byte, err error) {
	var key crypto.Signer
	switch kind {
	case "p256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa4096":
		key, err = rsa.GenerateKey(rand.Reader, 4096)
	default:
		return nil, nil, wrongUse("--tls is p256 of rsa4096")
	}
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{
		Country: []string{"NL"}, Organization: []string{p.Name}, CommonName: p.Name, SerialNumber: string(p.OIN)}}, key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}), nil
}
