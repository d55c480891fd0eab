// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// Config says who the participant is and where the gateway is. ReadFolder
// makes one from a party folder.
type Config struct {
	// Gateway is the address without path: https://host or https://host:port.
	Gateway string
	// GatewayOIN must be the issuer of every receipt and notice.
	GatewayOIN gateway.OIN
	// OIN is the participant's own; receipts and notices must be made out to it.
	OIN gateway.OIN
	// Municipality is the municipality's own code; empty for creditors.
	Municipality gateway.Municipality
	// Formerly are codes of municipalities that it succeeds: signals of theirs
	// that passed to it are opened with their keys, which go into Encryption.
	Formerly []gateway.Municipality

	// Roots are the authorities that may vouch for the gateway's TLS certificate.
	Roots *x509.CertPool
	// Certificate is the TLS client certificate, with the OIN in its serialNumber.
	Certificate tls.Certificate
	// Signing signs reports, withdrawals and feedback.
	Signing jose.PrivateKey
	// Encryption opens signals; more than one while keys overlap at rotation.
	Encryption []jose.PrivateKey
	// Sealer signs and encrypts files in OpenPGP; without it files go in JOSE only.
	Sealer Sealer
	// Unsealer opens signals in OpenPGP; without it those in JOSE only.
	Unsealer Unsealer
	// LogKeys are verifier keys of the audit log (name+hash+key). Without them
	// Proof checks the receipt but cannot check that the log holds it.
	LogKeys []string

	// Timeout bounds one attempt of one call; 30 seconds when zero.
	Timeout time.Duration
	// Attempts bounds how often one call is tried; 4 when zero, 1 for never again.
	Attempts int
	// MinWait and MaxWait bound the pause between attempts, which doubles and
	// is drawn at random; 250 ms and 10 s when zero.
	MinWait, MaxWait time.Duration
	// Clock tells the time; time.Now when nil.
	Clock gateway.Clock
}

// Client speaks with one gateway as one party. Safe for concurrent use; make
// one and keep it, so that connections are reused.
type Client struct {
	config Config
	base   string
	http   *http.Client
	keys   keyCache
	saved  savedKeys
}

// New checks the configuration and makes a Client; it does not connect yet.
// The error names everything that is missing.
func New(c Config) (*Client, error) {
	base, err := address(c.Gateway)
	problems := []error{err}
	if _, err := gateway.ParseOIN(string(c.GatewayOIN)); err != nil {
		problems = append(problems, fmt.Errorf("gateway OIN: %w", err))
	}
	if _, err := gateway.ParseOIN(string(c.OIN)); err != nil {
		problems = append(problems, fmt.Errorf("own OIN: %w", err))
	}
	if c.Roots == nil {
		problems = append(problems, errors.New("no root certificates for the gateway")) // never the system's by accident
	}
	if len(c.Certificate.Certificate) == 0 {
		problems = append(problems, errors.New("no client certificate"))
	}
	if c.Signing.IsZero() || c.Signing.Public().Use != gateway.KeySign {
		problems = append(problems, errors.New("no signing key"))
	}
	for _, k := range c.Encryption {
		if k.IsZero() || k.Public().Use != gateway.KeyEncrypt {
			problems = append(problems, errors.New("an encryption key is not for encryption"))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c = c.withDefaults()
	return &Client{config: c, base: base, http: newHTTP(c), keys: keyCache{turn: make(chan struct{}, 1)}}, nil
}

// Open makes a Client of a party folder; see ReadFolder for what is in it.
func Open(dir string) (*Client, error) {
	c, err := ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	return New(c)
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Attempts <= 0 {
		c.Attempts = 4
	}
	if c.MinWait <= 0 {
		c.MinWait = 250 * time.Millisecond
	}
	if c.MaxWait < c.MinWait {
		c.MaxWait = max(10*time.Second, c.MinWait)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// address takes https://host[:port] and nothing more, so that no path, query
// or password slips into a call.
func address(text string) (string, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("gateway address must be https://host or https://host:port")
	}
	return "https://" + u.Host, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
