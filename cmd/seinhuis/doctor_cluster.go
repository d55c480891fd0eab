// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"crypto/tls"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/keys/vault"
)

// keeper is who must act on a finding, when it is not the gateway's operator.
type keeper string

const (
	keeperDatabase keeper = "database administrator"
	keeperVault    keeper = "Vault keeper"
	keeperStorage  keeper = "storage"
)

const (
	// skewNoted is how far the clock of a server may be from ours: terms are days,
	// and the order of entries is not by clock.
	skewNoted = 2 * time.Second
	// skewTooMuch is the difference at which signatures of requests to S3 fail
	// and orphans are judged wrong.
	skewTooMuch = 2 * time.Minute
)

// asks gives a finding to somebody else than the operator.
func (d *doctor) asks(who keeper) { d.findings[len(d.findings)-1].Who = who }

// engines checks what a node rests on, each whether or not another answers.
func (d *doctor) engines(ctx context.Context) {
	for _, look := range []func(context.Context){d.postgres, d.storage, d.vault} {
		within, cancel := context.WithTimeout(ctx, time.Minute)
		look(within)
		cancel()
	}
}

// postgres enters as each role of a node.
func (d *doctor) postgres(ctx context.Context) {
	c, err := d.config.Postgres.open(d.dir)
	if err != nil {
		d.fail("PostgreSQL", err, "put the authorities (PEM) of the server in the file of postgres.ca")
		return
	}
	good := true
	var last postgres.Condition
	for role, file := range map[postgres.Role]string{postgres.Gateway: d.config.Postgres.Roles.Gateway, postgres.Door: d.config.Postgres.Roles.Door,
		postgres.Console: d.config.Postgres.Roles.Console, postgres.Retention: d.config.Postgres.Roles.Retention} {
		check := "PostgreSQL " + string(role)
		if c.Passwords[role], err = readSecret(in(d.dir, file)); err != nil {
			d.fail(check, err, "put the password of this role in the file, readable for the gateway alone")
			good = false
			continue
		}
		found, err := postgres.Examine(ctx, c, role, time.Now)
		if err != nil {
			d.fail(check, err, "see to it that the server answers at postgres.adres and lets this role enter with this password")
			d.asks(keeperDatabase)
			good = false
			continue
		}
		last = found
	}
	if good && d.server(last) {
		d.ok("PostgreSQL", "every role enters, schema %d, certificate verified", last.Schema)
		d.holder(ctx)
	}
}

// server judges the database itself.
func (d *doctor) server(c postgres.Condition) (good bool) {
	const check = "PostgreSQL"
	switch {
	case !c.Primary:
		d.fail(check, errors.New("this server is a replica or takes no writes"), "name the primary in postgres.adres, or promote one")
		d.asks(keeperDatabase)
	case !c.Keeps && !d.config.Postgres.Trial:
		d.fail(check, errors.New("the server does not keep what it says it wrote"), "turn fsync and full_page_writes on, and synchronous_commit to on")
		d.asks(keeperDatabase)
	case c.Schema != c.Wanted && c.Fit == nil:
		d.warn(check, fmt.Sprintf("the schema is %d and this program brings %d", c.Schema, c.Wanted), "finish the upgrade: seinhuis cluster setup, then this program on every node")
		good = true
	case c.Fit != nil:
		d.fail(check, c.Fit, "do what it says")
	default:
		good = true
	}
	if !c.Encrypted && d.config.Postgres.CA != "" {
		d.fail(check, errors.New("the connection is not encrypted"), "turn ssl on")
		d.asks(keeperDatabase)
		good = false
	}
	if !c.Ends.IsZero() && d.ends("PostgreSQL certificate", "the server's certificate", c.Ends, "put a new one in place") {
		d.asks(keeperDatabase)
	}
	return d.skew("PostgreSQL clock", c.Skew, keeperDatabase) && good
}

// skew judges the clock of a server. It reports whether it is near ours.
func (d *doctor) skew(check string, ahead time.Duration, who keeper) bool {
	text := fmt.Sprintf("it is %s ahead of ours", ahead.Round(time.Millisecond))
	switch remedy := "let NTP keep both clocks"; {
	case ahead.Abs() > skewTooMuch:
		d.fail(check, errors.New(text), remedy)
	case ahead.Abs() > skewNoted:
		d.warn(check, text, remedy)
	default:
		return true
	}
	d.asks(who)
	return false
}

// holder tells who does the chores.
func (d *doctor) holder(ctx context.Context) {
	const check = "watch"
	store, err := openS3(d.dir, d.config)
	if err != nil {
		return // the lines of S3 say why
	}
	db, err := openPostgres(ctx, d.dir, d.config, store)
	if err != nil {
		return
	}
	defer db.Close()
	node, since, held, err := db.Holder(ctx)
	switch {
	case err != nil:
		d.fail(check, err, "look at the lines of PostgreSQL")
	case node == "":
		d.ok(check, "no node has served yet")
	case !held:
		d.warn(check, fmt.Sprintf("nobody has it; %s had it last, from %s", node, moment(since)), "start a node: without the watch no checkpoint is published and no term ends")
	default:
		d.ok(check, "%s has it since %s", node, moment(since))
	}
}

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
