// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

func newInit(g *globals) *cobra.Command {
	var c config
	var servers serverFlags
	var trial, rsa bool
	var consoleAddress, with string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a new installation: configuration, keyring, database",
		Long: `Makes a standalone installation in --dir: seinhuis.yaml, an encrypted keyring with
its unlock secret, and an empty database. Nothing that exists is overwritten.

With --trial it also makes a test authority with a server certificate, and takes
the small built-in routing table, so that serve works at once. A trial
installation is not for real reports.

With --profile cluster it makes the directory of a node: configuration and host keys.
Fill in what it marks, put the secrets in place, and run: seinhuis cluster setup.`,
		Example: `  seinhuis init --dir proef --oin 00000099000000001000 --trial
  seinhuis init --dir /var/lib/seinhuis --oin 00000003123456780000 \
      --listen 0.0.0.0:443 --certificate /etc/seinhuis/tls.crt --key /etc/seinhuis/tls.key \
      --client-ca /etc/seinhuis/pkio-private.pem --crl /etc/seinhuis/crl.pem \
      --unlock /etc/seinhuis/ontgrendeling`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if consoleAddress != "" {
				c.Console = &consoleConfig{Listen: consoleAddress, OneTime: true}
			}
			if profile(with) == profileCluster {
				return makeNode(cmd, g, c, servers, trial)
			}
			if with != "" && profile(with) != profileStandalone {
				return usage(fmt.Errorf("--profile must be %s or %s", profileStandalone, profileCluster))
			}
			if err := makeInstallation(cmd.Context(), g.dir, c, trial, keyring.Options{RSAIntake: rsa, PS256: rsa}, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "installation made in %s\n", g.dir)
			if !trial {
				fmt.Fprintln(cmd.OutOrStdout(), "next: seinhuis routing import, then seinhuis doctor")
				return nil
			}
			fmt.Fprintln(cmd.OutOrStdout(), "trial only: test authority and sample routing table")
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&with, "profile", "", "what it rests on: standalone (one process, files) or cluster (PostgreSQL, S3 and Vault)")
	servers.add(f)
	f.StringVar(&c.OIN, "oin", "", "OIN of the gateway (required)")
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8443", "address and port of the door")
	f.StringVar(&c.SFTP, "sftp", "", "address and port of the SFTP door; empty for none")
	f.StringVar(&consoleAddress, "console", "", "loopback address and port of the officers' console, with one-time codes; empty for none (docs/console.md)")
	f.StringVar(&c.Metrics, "metrics", "", "loopback address and port for /metrics; empty for none")
	f.StringVar(&c.Origin, "origin", "", "name of the log on its checkpoints (default seinhuis/OIN); never changes")
	f.StringVar(&c.TLS.Certificate, "certificate", "tls/server.crt", "server certificate (PEM)")
	f.StringVar(&c.TLS.Key, "key", "tls/server.key", "its private key (PEM)")
	f.StringVar(&c.TLS.ClientCAs, "client-ca", "tls/client-ca.pem", "authorities of client certificates (PEM)")
	f.StringVar(&c.TLS.CRL, "crl", "tls/crl.pem", "revocation list of client certificates (PEM or DER)")
	f.StringVar(&c.Unlock, "unlock", "ontgrendeling", "file for the keyring's unlock secret; keep it apart from backups")
	f.StringVar(&c.Routing, "routing", "routering.bin", "compiled routing table")
	f.StringVar(&c.Policies, "policies", "", "folder with policy documents (default: the built-in ones)")
	f.BoolVar(&trial, "trial", false, "make a test authority and take the sample routing table")
	f.BoolVar(&rsa, "rsa", false, "also make RSA keys, for parties that need RSA-OAEP or PS256")
	return cmd
}

// makeInstallation makes every part of an installation that does not exist
// yet, and fails on the first that does.
func makeInstallation(ctx context.Context, dir string, c config, trial bool, o keyring.Options, now time.Time) error {
	c, err := makeDirectory(dir, c, trial, now, logDir, spoolDir, sftpDir)
	if err != nil {
		return err
	}
	unlock := keyring.NewUnlock()
	defer clear(unlock)
	if err := keyring.WriteUnlock(in(dir, c.Unlock), unlock); err != nil {
		return err
	}
	ring, err := keyring.Create(filepath.Join(dir, keyringFile), unlock, now, o)
	if err != nil {
		return err
	}
	err = errors.Join(writeVerifier(ctx, dir, c, ring), makeHostKeys(dir), ring.EnsureOpenPGP(ctx, func() ([]byte, []byte, error) {
		return openpgp.NewIntakeKey(gateway.OIN(c.OIN), "Seinhuis", now)
	}))
	if err != nil {
		return errors.Join(err, ring.Close())
	}
	t, err := makeSQLite(ctx, dir)
	if err != nil {
		return errors.Join(err, ring.Close())
	}
	// The configuration comes last: an installation that has one is whole.
	return errors.Join(t.Close(), ring.Close(), writeConfig(dir, c))
}

// makeDirectory makes the directory of an installation of either profile, with
// the parts of a trial, and gives the configuration completed. seinhuis.yaml is
// not there yet.
func makeDirectory(dir string, c config, trial bool, now time.Time, folders ...string) (config, error) {
	if trial {
		c.TLS.Certificate, c.TLS.Key = "tls/server.crt", "tls/server.key"
		c.TLS.ClientCAs, c.TLS.CRL = "test-ca/ca.pem", "test-ca/crl.pem"
	}
	if c.Origin == "" {
		c.Origin = "seinhuis/" + c.OIN
	}
	if err := c.check(); err != nil {
		return c, usage(err)
	}
	if _, err := os.Stat(filepath.Join(dir, configFile)); err == nil {
		return c, fmt.Errorf("there is an installation in %s already", dir)
	}
	for _, d := range append([]string{"", "tls"}, folders...) {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return c, err
		}
	}
	if !trial {
		return c, nil
	}
	return c, makeTrialParts(dir, c, now)
}

func makeTrialParts(dir string, c config, now time.Time) error {
	ca, err := makeTestCA(filepath.Join(dir, "test-ca"), now)
	if err != nil {
		return err
	}
	if err := ca.server(in(dir, c.TLS.Certificate), in(dir, c.TLS.Key), now); err != nil {
		return err
	}
	table, err := routing.Sample()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(in(dir, c.Routing), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = table.WriteTo(f)
	return errors.Join(err, f.Sync(), f.Close())
}

// writeVerifier puts the public key of the log where an officer can take it
// away: checkpoints are verified with the copy that he keeps himself.
func writeVerifier(ctx context.Context, dir string, c config, ring keyStore) error {
	_, text, err := logSigner(ctx, c, ring)
	if err != nil {
		return err
	}
	return writeNew(filepath.Join(dir, verifierFile), []byte(text+"\n"), 0o644)
}
