// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/gateway"
)

// channel of the notifications that ring the bells of all nodes. Payloads are
// OINs of creditors. Who hears one reads again, so ringing in vain is harmless,
// and a ring that is lost costs a wait until the next look.
const channel = "seinhuis_bel"

// perRing bounds one payload, which PostgreSQL holds to 8000 bytes.
const perRing = 200

// Ring wakes those on every node who wait for notices of these creditors.
func (d *DB) Ring(ctx context.Context, creditors ...gateway.OIN) error {
	for len(creditors) > 0 {
		now := creditors[:min(len(creditors), perRing)]
		creditors = creditors[len(now):]
		names := make([]string, len(now))
		for i, c := range now {
			names[i] = string(c)
		}
		if _, err := d.pools[Gateway].Exec(ctx, `SELECT pg_notify($1, $2)`, channel, strings.Join(names, " ")); err != nil {
			return failed(err)
		}
	}
	return nil
}

// Listen calls heard for every ring of any node until ctx ends, and connects
// again by itself when the connection is lost.
func (d *DB) Listen(ctx context.Context, heard func(creditors ...gateway.OIN)) error {
	for ctx.Err() == nil {
		err := d.listen(ctx, heard)
		if ctx.Err() != nil {
			return nil
		}
		_ = err // the next try tells; readiness asks the database itself
		select {
		case <-ctx.Done():
		case <-time.After(watchLook):
		}
	}
	return nil
}

func (d *DB) listen(ctx context.Context, heard func(...gateway.OIN)) error {
	cc, err := d.config.enter(Gateway)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return failed(err)
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return failed(err)
		}
		var creditors []gateway.OIN
		for _, name := range strings.Fields(n.Payload) {
			if oin, err := gateway.ParseOIN(name); err == nil {
				creditors = append(creditors, oin)
			}
		}
		heard(creditors...)
	}
}
