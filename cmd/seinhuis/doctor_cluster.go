// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
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
