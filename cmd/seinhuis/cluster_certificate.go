// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/keys/vault"
)

// certificateRequest is what a node asks of Vault's PKI.
type certificateRequest struct {
	roleID, secretID, cert, priv string // login with the role pki
	names                        []string
	addresses                    []net.IP
	life                         time.Duration
}

func newClusterCertificate(g *globals) *cobra.Command {
	var r certificateRequest
	c := &cobra.Command{
		Use: "certificate --name NAME", Short: "Get this node a certificate from Vault's PKI", Args: exactly(0),
		Long: `Makes a private key on this machine, has its certificate signed by Vault (role pki of
deploy/vault), and puts both in place of tls.certificaat and tls.sleutel. A node that runs
takes them for new connections within seconds. Run it from a timer, at two thirds of the
certificate's life.

This certificate is for the door's own name. Who the parties are is never Vault's to say:
tls.client-ca stays as it is.`,
		Example: "  seinhuis cluster certificate --name gateway.example.nl --vault-role-id 5f2d --vault-secret-id pki-geheim",
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := readConfig(g.dir)
			if err != nil {
				return err
			}
			if !conf.cluster() {
				return notReady(errors.New("this is a standalone installation: it has no Vault"))
			}
			until, err := r.fetch(cmd.Context(), g.dir, conf)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "certificate for %s until %s in %s\n", r.names[0], until.Format(time.DateTime), in(g.dir, conf.TLS.Certificate))
			}
			return err
		},
	}
	f := c.Flags()
	f.StringSliceVar(&r.names, "name", nil, "DNS name of the door; may be repeated, the first is its common name (required)")
	f.IPSliceVar(&r.addresses, "address", nil, "IP address of the door; may be repeated")
	f.DurationVar(&r.life, "life", 0, "how long it is to be good; 0 for the longest that Vault gives")
	f.StringVar(&r.roleID, "vault-role-id", "", "role id of pki in Vault")
	f.StringVar(&r.secretID, "vault-secret-id", "", "file with its secret id")
	f.StringVar(&r.cert, "vault-certificate", "", "certificate of that login, where the configuration logs in with certificates")
	f.StringVar(&r.priv, "vault-key", "", "its private key")
	return c
}

// fetch gets one certificate and puts it in place: the key first, because the
// door waits until both fit.
func (r certificateRequest) fetch(ctx context.Context, dir string, c config) (until time.Time, err error) {
	if len(r.names) == 0 {
		return until, usage(errors.New("--name is missing"))
	}
	v, err := c.Vault.as("", "pki", &vaultRole{RoleID: r.roleID, SecretID: r.secretID, Certificate: r.cert, Key: r.priv})
	if err != nil {
		return until, notReady(err)
	}
	v.CAFile = in(dir, c.Vault.CA)
	own, err := vault.OpenCertificates(ctx, v, vault.Node{Names: r.names, Addresses: r.addresses, Life: r.life})
	if err != nil {
		return until, notReady(fmt.Errorf("role pki of Vault: %w", err))
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	pair, err := own.GetCertificate(nil)
	if err != nil {
		return until, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return until, err
	}
	var chain []byte
	for _, link := range pair.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: link})...)
	}
	err = replaceFile(in(dir, c.TLS.Key), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	return own.Until(), errors.Join(err, replaceFile(in(dir, c.TLS.Certificate), chain, 0o644))
}
