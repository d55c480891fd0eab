// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/keys/vault"
)

// storage tries the S3 store out, as a node does at its start.
func (d *doctor) storage(ctx context.Context) {
	const check = "S3"
	store, err := openS3(d.dir, d.config)
	if err != nil {
		d.fail(check, err, "mend the section s3 of "+configFile)
		return
	}
	findings, err := store.Probe(ctx)
	refused := false
	for _, f := range findings {
		switch f.Verdict {
		case s3.Noted:
			d.warn(check+" "+f.Bucket, f.Text, "nothing needs to be done")
			d.asks(keeperStorage)
		case s3.Refused:
			refused = true
			d.fail(check+" "+f.Bucket, errors.New(f.Text), "a node does not start with this store")
			d.asks(keeperStorage)
		}
	}
	switch {
	case refused:
	case err != nil:
		d.fail(check, err, "see to it that the store answers at s3.adres; seinhuis cluster setup makes buckets that are not there")
		d.asks(keeperStorage)
	default:
		d.ok(check, "%d trials in three buckets, all as they should be or noted", len(findings))
	}
	d.certificateOf(ctx, "S3 certificate", d.config.S3.Address, d.config.S3.CA, keeperStorage)
}

// vault logs in as each role and does one thing that needs its rights.
func (d *doctor) vault(ctx context.Context) {
	v, good := d.config.Vault, true
	for _, r := range []struct {
		name string
		role *vaultRole
		try  func(*vault.Store) error
	}{
		{"poort", v.Roles.Gateway, func(s *vault.Store) error { _, err := s.MAC(ctx, [][]byte{[]byte("proef")}); return err }},
		{"bewaring", v.Roles.Retention, func(s *vault.Store) error { _, err := s.Scopes(ctx); return err }},
		{"beheer", v.Roles.Operator, func(s *vault.Store) error { _, err := s.Inventory(ctx); return err }},
	} {
		if r.role != nil {
			good = d.vaultRole(ctx, r.name, r.role, r.try) && good
		}
	}
	if good {
		d.ok("Vault", "every role logs in and may do its work")
	}
	if v.Roles.Operator != nil {
		d.warn("Vault beheer", "the login that changes keys is in the configuration", "take it off the nodes; keep it where keys are changed")
	}
	d.certificateOf(ctx, "Vault certificate", v.Address, v.CA, keeperVault)
}

func (d *doctor) vaultRole(ctx context.Context, name string, role *vaultRole, try func(*vault.Store) error) bool {
	check := "Vault " + name
	s, err := d.config.Vault.enter(ctx, d.dir, name, role)
	if err != nil {
		d.fail(check, err, "unseal it, or mend the login of this role; deploy/vault/setup makes roles and policies")
		d.asks(keeperVault)
		return false
	}
	defer s.Close()
	if err := try(s); err != nil {
		d.fail(check, err, "give the role its policy of deploy/vault: run deploy/vault/setup again")
		d.asks(keeperVault)
		return false
	}
	ahead, err := s.Skew(ctx)
	return err == nil && d.skew(check+" clock", ahead, keeperVault)
}

// certificateOf looks when a server's certificate ends; that it verifies is with
// the checks that use it.
func (d *doctor) certificateOf(ctx context.Context, check, address, ca string, who keeper) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		if c.RootCAs, err = readPool(in(d.dir, ca)); err != nil {
			d.fail(check, err, "put the authorities (PEM) of the server in this file")
			return
		}
	}
	conn, err := (&tls.Dialer{Config: c}).DialContext(ctx, "tcp", host)
	if err != nil {
		d.fail(check, err, "see to it that the server answers with a certificate of the configured authority")
		d.asks(who)
		return
	}
	defer conn.Close()
	if chain := conn.(*tls.Conn).ConnectionState().PeerCertificates; len(chain) > 0 && d.ends(check, "the server's certificate", chain[0].NotAfter, "put a new one in place") {
		d.asks(who)
	}
}
