// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys/vault"
)

func newCluster(g *globals) *cobra.Command {
	return group("cluster", "Prepare the engines of a cluster",
		`PostgreSQL, an S3 store and Vault are somebody's well-run engines; these commands make
in them what a gateway needs (docs/cluster.md).`, newClusterSetup(g), newClusterCertificate(g))
}

// strong are the logins that no node has.
type strong struct {
	ownerPassword                string // file
	s3KeyID, s3Secret            string // the second a file; empty for those of the node
	roleID, secretID, cert, priv string // of beheer in Vault; empty for those of the configuration
	rsa                          bool
}

func newClusterSetup(g *globals) *cobra.Command {
	var s strong
	c := &cobra.Command{
		Use: "setup", Short: "Make schema, buckets and keys, or bring them up to date", Args: exactly(0),
		Long: `Brings the schema of the database up to date as its owner, prepares the buckets, and
makes the keys of the gateway in Vault where they are not there. It may be run again, and
beside running nodes: run it with the new program before the nodes get it. It is the only
command that needs these strong logins; keep them away from the nodes.

Before it: deploy/postgres/roles.sql by the database administrator and deploy/vault/setup
by Vault's keeper. After it: give every node the file verifier.txt that it writes.`,
		Example: "  seinhuis cluster setup --owner-password beheer --vault-role-id 5f2d --vault-secret-id beheer-geheim",
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := readConfig(g.dir)
			if err != nil {
				return err
			}
			if !conf.cluster() {
				return notReady(errors.New("this is a standalone installation: it has no engines to prepare"))
			}
			return s.setup(cmd.Context(), cmd.OutOrStdout(), g.dir, conf, time.Now())
		},
	}
	f := c.Flags()
	f.StringVar(&s.ownerPassword, "owner-password", "", "file with the password of the schema's owner, seinhuis_beheer (required)")
	f.StringVar(&s.s3KeyID, "s3-key-id", "", "key id that may make buckets; empty for that of the node")
	f.StringVar(&s.s3Secret, "s3-secret", "", "file with its secret")
	f.StringVar(&s.roleID, "vault-role-id", "", "role id of beheer in Vault; empty for vault.rollen.beheer in seinhuis.yaml")
	f.StringVar(&s.secretID, "vault-secret-id", "", "file with its secret id")
	f.StringVar(&s.cert, "vault-certificate", "", "certificate of beheer, where the configuration logs in with certificates")
	f.StringVar(&s.priv, "vault-key", "", "its private key")
	f.BoolVar(&s.rsa, "rsa", false, "also make RSA keys, for parties that need RSA-OAEP or PS256")
	return c
}

// setup prepares one engine after the other and says what it did.
func (s strong) setup(ctx context.Context, w io.Writer, dir string, c config, now time.Time) error {
	if err := s.schema(ctx, dir, c); err != nil {
		return err
	}
	fmt.Fprintln(w, "PostgreSQL: the schema is up to date")
	if err := s.buckets(ctx, dir, c); err != nil {
		return err
	}
	fmt.Fprintln(w, "S3: the buckets are prepared")
	if err := s.keys(ctx, dir, c, now); err != nil {
		return err
	}
	fmt.Fprintf(w, "Vault: the keys are there; officers and nodes verify the log with %s\n", in(dir, verifierFile))
	return nil
}

func (s strong) schema(ctx context.Context, dir string, c config) error {
	if s.ownerPassword == "" {
		return usage(errors.New("--owner-password is missing"))
	}
	p, err := c.Postgres.open(dir)
	if err != nil {
		return err
	}
	if p.Passwords[postgres.Owner], err = readSecret(s.ownerPassword); err != nil {
		return notReady(err)
	}
	if err := postgres.Migrate(ctx, p); err != nil {
		return notReady(fmt.Errorf("PostgreSQL: %w", err))
	}
	return nil
}

func (s strong) buckets(ctx context.Context, dir string, c config) error {
	as := *c.S3
	if s.s3KeyID != "" {
		if s.s3Secret == "" {
			return usage(errors.New("--s3-secret is missing: it goes with --s3-key-id"))
		}
		as.KeyID, as.Secret = s.s3KeyID, s.s3Secret
		if abs, err := filepath.Abs(s.s3Secret); err == nil { // a flag is relative to where the operator is
			as.Secret = abs
		}
	}
	store, err := as.open(dir)
	if err != nil {
		return notReady(err)
	}
	if err := store.Prepare(ctx); err != nil {
		return notReady(fmt.Errorf("S3: %w", err))
	}
	return nil
}

func (s strong) keys(ctx context.Context, dir string, c config, now time.Time) error {
	v, err := s.operator(dir, c)
	if err != nil {
		return err
	}
	store, err := vault.Create(ctx, v, vault.Options{RSAIntake: s.rsa, PS256: s.rsa})
	if err != nil {
		return notReady(fmt.Errorf("role beheer of Vault: %w", err))
	}
	err = store.EnsureOpenPGP(ctx, func() ([]byte, []byte, error) { return openpgp.NewIntakeKey(gateway.OIN(c.OIN), "Seinhuis", now) })
	if err := errors.Join(err, store.Close()); err != nil {
		return notReady(fmt.Errorf("role beheer of Vault: %w", err))
	}
	if _, err := os.Stat(filepath.Join(dir, verifierFile)); err == nil {
		return nil // doctor compares it with the key
	}
	ring, err := openVault(ctx, dir, c) // as a node: beheer signs nothing
	if err != nil {
		return err
	}
	return errors.Join(writeVerifier(ctx, dir, c, ring), ring.Close())
}

// operator is the login of beheer: of the flags, or of the configuration.
func (s strong) operator(dir string, c config) (vault.Config, error) {
	role, home := c.Vault.Roles.Operator, dir
	if s.roleID != "" || s.cert != "" {
		role = &vaultRole{RoleID: s.roleID, SecretID: s.secretID, Certificate: s.cert, Key: s.priv}
		home = "" // a flag is relative to where the operator is
	}
	if role == nil {
		return vault.Config{}, usage(errors.New("the login of beheer is missing: --vault-role-id and --vault-secret-id, or --vault-certificate and --vault-key"))
	}
	if wrong := role.check("beheer", c.Vault.Login); len(wrong) > 0 {
		return vault.Config{}, usage(errors.Join(wrong...))
	}
	v, err := c.Vault.as(home, "beheer", role)
	if err != nil {
		return v, notReady(err)
	}
	v.CAFile = in(dir, c.Vault.CA)
	return v, nil
}
