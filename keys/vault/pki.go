// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// retryRenewal is how long to wait after a renewal that failed; a third of the certificate's life is left at the first.
const retryRenewal = time.Minute

// Node is what a certificate of this node must say.
type Node struct {
	Names     []string // DNS names, the first is its common name
	Addresses []net.IP
	Life      time.Duration // zero: the longest that Vault's role "node" gives
}

// Certificates keeps one certificate of this node current, signed by Vault's PKI (role pki). The private key is made here at
// every renewal and never leaves this process. cmd hands GetCertificate to the listeners.
type Certificates struct {
	store *Store
	node  Node
	held  atomic.Pointer[tls.Certificate]
	stop  context.CancelFunc
	done  chan struct{}
}

// OpenCertificates logs in, gets a first certificate and renews it in the background after two thirds of its life, until
// Close. Errors: ErrConfig, ErrDenied, keys.ErrUnavailable, and a refusal when the role does not give these names.
func OpenCertificates(ctx context.Context, c Config, node Node) (*Certificates, error) {
	if len(node.Names) == 0 {
		return nil, fmt.Errorf("%w: a certificate needs a name", ErrConfig)
	}
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open certificates in Vault: %w", err)
	}
	life, stop := context.WithCancel(context.Background())
	own := &Certificates{store: s, node: node, stop: stop, done: make(chan struct{})}
	if err := own.renew(ctx); err != nil {
		stop()
		_ = s.Close()
		return nil, fmt.Errorf("open certificates in Vault: %w", err)
	}
	go own.keep(life)
	return own, nil
}

// Close ends the renewal. The certificate can be used until its end.
func (c *Certificates) Close() error {
	c.stop()
	<-c.done
	return c.store.Close()
}

// GetCertificate is for tls.Config of a listener.
func (c *Certificates) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.held.Load(), nil
}

// Until is the end of the current certificate, for readiness and metrics.
func (c *Certificates) Until() time.Time { return c.held.Load().Leaf.NotAfter }

// due is the moment to renew: two thirds of the way.
func (c *Certificates) due() time.Time {
	leaf := c.held.Load().Leaf
	return leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) * 2 / 3)
}

// Renew gets a new certificate if the time has come, and reports whether it did. The old one stays when it fails.
func (c *Certificates) Renew(ctx context.Context) (bool, error) {
	if c.store.config.Clock().Before(c.due()) {
		return false, nil
	}
	err := c.renew(ctx)
	return err == nil, err
}

func (c *Certificates) keep(ctx context.Context) {
	defer close(c.done)
	wait := c.due().Sub(c.store.config.Clock())
	for {
		timer := time.NewTimer(max(wait, time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		_, err := c.Renew(ctx)
		if wait = c.due().Sub(c.store.config.Clock()); err != nil {
			wait = retryRenewal
		}
	}
}

func (c *Certificates) renew(ctx context.Context) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key of this node: %w", err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: c.node.Names[0]}, DNSNames: c.node.Names, IPAddresses: c.node.Addresses,
	}, key)
	if err != nil {
		return fmt.Errorf("make certificate request: %w", err)
	}
	body := map[string]any{"csr": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})), "common_name": c.node.Names[0]}
	if c.node.Life > 0 {
		body["ttl"] = c.node.Life.String()
	}
	var answer struct {
		Data struct {
			Certificate string   `json:"certificate"`
			Chain       []string `json:"ca_chain"`
		} `json:"data"`
	}
	if err := c.store.write(ctx, "pki/sign/node", body, &answer); err != nil {
		return err
	}
	pair, err := c.check(key, answer.Data.Certificate, answer.Data.Chain)
	if err != nil {
		return fmt.Errorf("the certificate that Vault gave cannot be used: %w: %w", keys.ErrUnavailable, err)
	}
	c.held.Store(pair)
	return nil
}

// check makes a pair of the answer when it is for our key and our names. A root at the end of the chain is not sent on.
func (c *Certificates) check(key *ecdsa.PrivateKey, leaf string, chain []string) (*tls.Certificate, error) {
	pair := &tls.Certificate{PrivateKey: key}
	for i, text := range append([]string{leaf}, chain...) {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("not PEM")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			pair.Leaf = cert
		} else if cert.CheckSignatureFrom(cert) == nil {
			continue
		}
		pair.Certificate = append(pair.Certificate, block.Bytes)
	}
	if !key.PublicKey.Equal(pair.Leaf.PublicKey) {
		return nil, errors.New("it is for another key")
	}
	for _, name := range c.node.Names {
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			return nil, errors.New("it lacks one of our names")
		}
	}
	return pair, nil
}
