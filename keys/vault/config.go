// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

// callTimeout is the longest one call may take. A commit waits for it, so it is short. makeTimeout is for calls in which Vault
// makes a key, which only operators do: an RSA key takes a busy machine many seconds.
const (
	callTimeout = 10 * time.Second
	makeTimeout = time.Minute
)

// Config says where Vault is and who we are to it. It names files and holds no secret. Exactly one of AppRole and
// Certificate is set.
type Config struct {
	Address     string // https://host:port; the active node, or a balancer that finds it
	CAFile      string // PEM of the authority that signed Vault's certificate; empty means those of the system
	Namespace   string // Vault Enterprise and OpenBao; empty for none
	Mount       string // prefix of the engines; empty means "seinhuis"
	AppRole     *AppRole
	Certificate *Certificate
	Clock       func() time.Time // nil means time.Now
}

// AppRole is a login with a role and a secret that somebody placed on this machine.
type AppRole struct {
	Mount        string // empty means "<Config.Mount>-approle"
	Role         string // name, for messages: it tells an operator which policy lacks a call
	RoleID       string
	SecretIDFile string // read at each login, so it can be replaced; nobody else may read it
}

// Certificate is a login with a client certificate.
type Certificate struct {
	Mount    string // empty means "<Config.Mount>-cert"
	Role     string // which of Vault's certificate roles, and the name in messages
	CertFile string
	KeyFile  string
}

// ErrConfig says that the configuration cannot work. Its text says why.
var ErrConfig = errors.New("configuration of Vault")

// complete fills what was left empty and refuses what cannot work.
func (c Config) complete() (Config, error) {
	if c.Mount == "" {
		c.Mount = "seinhuis"
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	at, err := url.Parse(c.Address)
	if err != nil || at.Scheme != "https" || at.Host == "" || at.User != nil {
		return c, fmt.Errorf("%w: the address is not https://host:port", ErrConfig)
	}
	switch {
	case (c.AppRole == nil) == (c.Certificate == nil):
		return c, fmt.Errorf("%w: exactly one way to log in is needed", ErrConfig)
	case c.AppRole != nil:
		own := *c.AppRole
		if own.RoleID == "" || own.SecretIDFile == "" {
			return c, fmt.Errorf("%w: AppRole needs a role id and a file with the secret id", ErrConfig)
		}
		own.Mount = orElse(own.Mount, c.Mount+"-approle")
		own.Role = orElse(own.Role, own.RoleID)
		c.AppRole = &own
	default:
		own := *c.Certificate
		if own.CertFile == "" || own.KeyFile == "" {
			return c, fmt.Errorf("%w: a login with a certificate needs the certificate and its key", ErrConfig)
		}
		own.Mount = orElse(own.Mount, c.Mount+"-cert")
		c.Certificate = &own
	}
	return c, nil
}

func orElse(v, other string) string {
	if v == "" {
		return other
	}
	return v
}

// role is our name in messages.
func (c Config) role() string {
	if c.AppRole != nil {
		return c.AppRole.Role
	}
	return c.Certificate.Role
}

// transport trusts the named authority alone and looks at no environment: a variable that a shell happens to carry must not
// turn verification off.
func (c Config) transport() (*http.Transport, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		raw, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrConfig, err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("%w: no certificate in the file with the authority", ErrConfig)
		}
	}
	if own := c.Certificate; own != nil {
		if _, err := tls.LoadX509KeyPair(own.CertFile, own.KeyFile); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrConfig, err)
		}
		// Read at each handshake: the pair may have been renewed.
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(own.CertFile, own.KeyFile)
			return &pair, err
		}
	}
	return &http.Transport{
		TLSClientConfig: t, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: 5 * time.Second,
	}, nil
}
