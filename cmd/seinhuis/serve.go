// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

func newServe(g *globals) *cobra.Command {
	var verbose bool
	var with string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Open the door and serve until stopped",
		Long: `Serves the API over mutual TLS on the address in seinhuis.yaml. SIGTERM and
Ctrl-C stop it after the requests at hand are answered.

One process at a time may serve a standalone installation. Of a cluster any number of
nodes serve, each over a directory with the same configuration; a node that is asked
to stop first says for some seconds (uitloop) that it is leaving.`,
		Example: "  seinhuis serve --dir proef\n  seinhuis serve --dir /etc/seinhuis --profile cluster",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			level := slog.LevelInfo
			if verbose {
				level = slog.LevelDebug
			}
			logger := slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			return serve(cmd.Context(), g.dir, with, logger, func(address string, console *consoleDoor) {
				fmt.Fprintf(cmd.OutOrStdout(), "seinhuis serves on https://%s\n", address)
				if console != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "the console is at %s\n", console.url)
				}
			})
		},
	}
	cmd.Flags().StringVar(&with, "profile", "", profileUsage)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log more detail (never content)")
	return cmd
}

// serve runs an installation until ctx ends. ready hears the address once the
// door is open, and the console, which may be nil. with is the profile that was
// asked for; empty for any.
func serve(ctx context.Context, dir, with string, logger *slog.Logger, ready func(address string, console *consoleDoor)) error {
	if err := noCoreDumps(); err != nil {
		return err
	}
	spareMemory()
	c, err := readConfig(dir)
	if err != nil {
		return err
	}
	if err := c.agrees(with); err != nil {
		return err
	}
	if !c.cluster() { // nothing in the directory of a node changes by serving
		unlock, err := lockInstallation(dir)
		if err != nil {
			return err
		}
		defer unlock()
	}
	s, err := openInstallation(ctx, dir, logger)
	if err != nil {
		return err
	}
	if err := s.fitForOthers(); err != nil {
		return errors.Join(notReady(err), s.Close())
	}
	if err := s.notRestoredOrMoved(ctx); err != nil {
		return errors.Join(notReady(err), s.Close())
	}
	// A log that contradicts its own checkpoint proves nothing any more: no
	// report is taken on top of it (docs/runbooks/log-fork.md).
	if err := s.sequencer.Check(ctx); err != nil {
		return errors.Join(notReady(err), s.Close())
	}
	door, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return errors.Join(notReady(err), s.Close())
	}
	sftp, err := s.listenSFTP()
	if err != nil {
		return errors.Join(notReady(err), door.Close(), s.Close())
	}
	if err := s.openConsole(); err != nil {
		return errors.Join(notReady(err), door.Close(), s.Close())
	}
	stopMetrics, err := s.serveMetrics()
	if err != nil {
		return errors.Join(notReady(err), door.Close(), s.Close())
	}
	defer stopMetrics()
	stopObserving, err := s.observe(ctx)
	if err != nil {
		return errors.Join(notReady(err), door.Close(), s.Close())
	}
	defer stopObserving()
	ready(door.Addr().String(), s.console)
	return errors.Join(s.serve(ctx, door, sftp), s.Close())
}

// listenSFTP opens the SFTP door's address; nil when there is none.
func (s *installation) listenSFTP() (net.Listener, error) {
	if s.sftp == nil {
		return nil, nil
	}
	return net.Listen("tcp", s.config.SFTP)
}

// fitForOthers refuses to open a trial to other machines: whoever reads the
// data directory of a trial can make himself any party, and without a
// revocation list nobody is ever turned away.
func (s *installation) fitForOthers() error {
	door := othersReach(s.config.Listen)
	if !door && (s.config.Console == nil || !othersReach(s.config.Console.Listen)) {
		return nil
	}
	if door && s.config.TLS.CRL == "" {
		return errors.New("tls.crl is empty: a door that other machines reach needs a revocation list")
	}
	roots, err := os.ReadFile(in(s.dir, s.config.TLS.ClientCAs))
	if err != nil {
		return err
	}
	for block, rest := pem.Decode(roots); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && c.Subject.CommonName == testCAName {
			return errors.New("tls.client-ca is the test authority of a trial, which must stay on loopback")
		}
	}
	if _, err := os.Stat(filepath.Join(s.dir, testCADir)); err == nil {
		return errors.New("the folder " + testCADir + " of a trial is here: it may not stand beside a door that other machines reach")
	}
	return nil
}

// othersReach reports whether other machines reach an address to listen on.
func othersReach(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err != nil || !net.ParseIP(host).IsLoopback()
}

// spareMemory lets the heap grow to three and a half times what lives before it is
// collected: a report leaves some 100 KB of garbage, and two cores have better
// to do. GOGC and GOMEMLIMIT in the environment go first.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(250)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

// serveMetrics answers /metrics on its own loopback address, if there is one.
func (s *installation) serveMetrics() (stop func(), err error) {
	if s.config.Metrics == "" {
		return func() {}, nil
	}
	host, _, err := net.SplitHostPort(s.config.Metrics)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return nil, errors.New("metrics must be on a loopback address")
	}
	listener, err := net.Listen("tcp", s.config.Metrics)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metricsPage())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

var errServing = errors.New("another process serves this installation")

// lockPath is the file that is held while serving.
func lockPath(dir string) string { return dir + string(os.PathSeparator) + "bezig" }
