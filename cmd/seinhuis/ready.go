// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// readyTimeout is how long the command waits for the node.
const readyTimeout = 3 * time.Second

var errNotServing = errors.New("the node is not ready")

func newReady(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ready", Short: "Ask whether the process that serves --dir is ready", Args: exactly(0),
		Long: `Asks /gereed at the address of waarneming.peiling, on this machine: for containers,
which have no other program to ask with. Exit code 0 when the node is ready, 1 when
it is not, drains, or does not answer.`,
		Example: "  seinhuis ready --dir /var/lib/seinhuis",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(g.dir)
			if err != nil {
				return err
			}
			if c.Observation == nil || c.Observation.Probe == "" {
				return notReady(errors.New(configFile + ": waarneming.peiling is missing: there is nobody to ask"))
			}
			return askReady(cmd.Context(), c.Observation.Probe)
		},
	}
}

// askReady asks the listener at an address of this machine.
func askReady(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/gereed", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r) // no proxy, no redirect
	if err != nil {
		return fmt.Errorf("%w: no answer at %s", errNotServing, address)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return errNotServing
	}
	return nil
}
