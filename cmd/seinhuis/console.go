// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/adapters/console"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// codesDir is where one-time codes for the console wait to be used.
const codesDir = "aanmeldcodes"

// consoleConfig is the section console of seinhuis.yaml: the officers' console,
// on a listener of its own. Without the section there is none.
type consoleConfig struct {
	Listen      string            `yaml:"luister"`               // address:port
	Address     string            `yaml:"adres,omitempty"`       // as browsers use it; empty for the listener's own
	Certificate string            `yaml:"certificaat,omitempty"` // both empty: plain HTTP, on loopback only
	Key         string            `yaml:"sleutel,omitempty"`
	OneTime     bool              `yaml:"eenmalig,omitempty"` // one-time codes: loopback and small sites
	OIDC        *consoleOIDCparty `yaml:"oidc,omitempty"`
}

// consoleOIDCparty is the identity provider of the officers.
type consoleOIDCparty struct {
	Issuer       string   `yaml:"issuer"`
	ClientID     string   `yaml:"client-id"`
	Secret       string   `yaml:"geheim"` // file
	RolesClaim   string   `yaml:"rollen-claim"`
	PartiesClaim string   `yaml:"partijen-claim"`
	ACR          []string `yaml:"acr"` // values that mean a second factor
}

// check gives all that is wrong with the section.
func (c *consoleConfig) check() (wrong []error) {
	if c == nil {
		return nil
	}
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("console."+format, args...)) }
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		say("luister is not address:port")
	}
	if (c.Certificate == "") != (c.Key == "") {
		say("certificaat and sleutel go together")
	}
	if c.Certificate == "" && !net.ParseIP(host).IsLoopback() {
		say("certificaat is missing: plain HTTP is for loopback only")
	}
	if !c.OneTime && c.OIDC == nil {
		say("oidc is missing, and eenmalig is not true: nobody could sign in")
	}
	if o := c.OIDC; o != nil {
		for name, value := range map[string]string{"issuer": o.Issuer, "client-id": o.ClientID, "geheim": o.Secret, "rollen-claim": o.RolesClaim, "partijen-claim": o.PartiesClaim} {
			if value == "" {
				say("oidc.%s is missing", name)
			}
		}
		if len(o.ACR) == 0 || slices.Contains(o.ACR, "") {
			say("oidc.acr is missing: the values that mean a second factor")
		}
		if c.Address == "" {
			say("adres is missing: the identity provider sends browsers back there")
		}
	}
	return wrong
}

// consoleDoor is the console with its listener.
type consoleDoor struct {
	listener net.Listener
	server   *http.Server
	codes    *console.Codes
	url      string
	tls      bool
}

// openConsole opens the console's address; nothing when there is no console.
func (s *installation) openConsole() error {
	c := s.config.Console
	if c == nil {
		return nil
	}
	made := console.Config{Address: c.Address, Book: s.book, Logger: s.logger, Clock: time.Now}
	d := &consoleDoor{codes: console.NewCodes(filepath.Join(s.dir, codesDir))}
	if c.OneTime {
		made.Codes = d.codes
	}
	var err error
	if made.OIDC, err = c.OIDC.read(s.dir); err != nil {
		return err
	}
	var certificates *tls.Config
	if c.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(in(s.dir, c.Certificate), in(s.dir, c.Key))
		if err != nil {
			return fmt.Errorf("certificate of the console: %w", err)
		}
		certificates, d.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, true
	}
	if d.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return err
	}
	if made.Address == "" {
		made.Address = map[bool]string{false: "http://", true: "https://"}[d.tls] + d.listener.Addr().String()
	}
	d.url = made.Address
	ports, err := s.consolePorts()
	if err != nil {
		return errors.Join(err, d.listener.Close())
	}
	handler, err := console.New(made, ports)
	if err != nil {
		return errors.Join(err, d.listener.Close())
	}
	d.server = console.Server(handler, certificates, s.logger)
	s.console = d
	return nil
}

// read takes the client's secret out of its file.
func (o *consoleOIDCparty) read(dir string) (*console.OIDCConfig, error) {
	if o == nil {
		return nil, nil
	}
	secret, err := os.ReadFile(in(dir, o.Secret))
	if err != nil {
		return nil, fmt.Errorf("secret of the console at its identity provider: %w", err)
	}
	return &console.OIDCConfig{Issuer: o.Issuer, ClientID: o.ClientID, Secret: strings.TrimSpace(string(secret)),
		RolesClaim: o.RolesClaim, PartiesClaim: o.PartiesClaim, ACR: o.ACR}, nil
}

// serve answers until the server is shut down; failed hears when it ends
// otherwise. A nil door is none.
func (d *consoleDoor) serve(failed chan<- error) {
	if d == nil {
		return
	}
	var err error
	if d.tls {
		err = d.server.ServeTLS(d.listener, "", "")
	} else {
		err = d.server.Serve(d.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		failed <- err
	}
}

// close ends the console, after the requests at hand.
func (d *consoleDoor) close(ctx context.Context) error {
	if d == nil {
		return nil
	}
	return d.server.Shutdown(ctx)
}

// consolePorts fills what the pages of the console show.
func (s *installation) consolePorts() (console.Ports, error) {
	inspection, logKeys, err := s.inspection()
	if err != nil {
		return console.Ports{}, err
	}
	return s.recordPorts(console.Ports{Journal: oversight.NewDesk(s.truth.Journal), Inspection: inspection, Handouts: inspection, LogKeys: logKeys,
		Policy: s.adopted, Approval: s.adopted, Workbench: s.adopted}), nil
}
