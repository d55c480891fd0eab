// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// testCADir is the folder of a trial installation's own authority.
const testCADir = "test-ca"

func newPartyKit(g *globals) *cobra.Command {
	var url string
	c := &cobra.Command{
		Use: "kit OIN DIR", Short: "Make the folder of a trial party (never for real use)",
		Long: `TRIAL ONLY. Makes a folder with a client certificate of the installation's own test
authority and with fresh private keys, as the tool sein reads it, and registers
the keys. A real party makes its own keys, so that nobody else ever holds them.
Works only where init made a test authority.`,
		Example: `  seinhuis party kit 00000099000000110001 ./voorbeeld-energie
  sein --map ./voorbeeld-energie melden melding.json`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				return b.makeTrialKit(cmd, g, args[0], args[1], url)
			})
		},
	}
	c.Flags().StringVar(&url, "gateway", "", "address that the party calls (default: https:// and the configured address)")
	return c
}

func (b *books) makeTrialKit(cmd *cobra.Command, g *globals, oin, dir, url string) error {
	p, err := b.known(cmd.Context(), oin)
	if err != nil {
		return err
	}
	if p.State != gateway.PartyActive {
		return fmt.Errorf("party %s is not active", p.OIN)
	}
	folder := filepath.Join(b.dir, testCADir)
	ca, err := openTestCA(folder)
	if errors.Is(err, os.ErrNotExist) {
		return notReady(fmt.Errorf("%s does not exist: this is no trial installation, and only a trial makes keys for others; let the party run: sein sleutels maken", folder))
	}
	if err != nil {
		return notReady(err)
	}
	if url == "" {
		url = "https://" + reachable(b.config.Listen)
	}
	sftp, host := "", ""
	if b.config.SFTP != "" {
		sftp = reachable(b.config.SFTP)
		if host, err = publicHostKey(b.dir); err != nil {
			return err
		}
	}
	verifier, err := os.ReadFile(filepath.Join(b.dir, verifierFile))
	if err != nil {
		return notReady(err)
	}
	made, err := makeKit(ca, dir, p, kitGateway{url, gateway.OIN(b.config.OIN), strings.Fields(string(verifier)), sftp, host}, b.now)
	if err != nil {
		return err
	}
	p.Keys = succeed(p.Keys, made, b.now.AddDate(0, 0, 30))
	if err := b.registrar().Enrol(cmd.Context(), p); err != nil {
		return err
	}
	if !g.json {
		fmt.Fprintf(cmd.ErrOrStderr(), "TRIAL ONLY: %s now holds private keys of %s, made here\n", dir, p.Name)
	}
	return showParty(cmd, g, p, b.now)
}

// reachable gives an address that a client on this machine can call: a door
// that listens on all addresses is called on loopback.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
