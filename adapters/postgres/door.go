// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// door reads for one party at a time, over connections of a role that sees the
// rows of the party that a pass names and nothing without one (row-level
// security, schema/0002.sql).
type door struct {
	pool *pgxpool.Pool
	key  []byte
}

// newDoor takes the key of the passes, which the role of the door cannot read.
func newDoor(ctx context.Context, gateway, pool *pgxpool.Pool) (*door, error) {
	d := &door{pool: pool}
	err := gateway.QueryRow(ctx, `SELECT key FROM door_key`).Scan(&d.key)
	return d, failed(err)
}

// pass proves that the gateway reads for a party.
func (d *door) pass(party string) string {
	inner := sha256.Sum256(append(append([]byte{}, d.key...), party...))
	outer := sha256.Sum256(append(append([]byte{}, d.key...), inner[:]...))
	return hex.EncodeToString(outer[:])
}

// as binds the door to one party (an OIN, or the code of a municipality) and
// the context of one call.
func (d *door) as(ctx context.Context, party string) querier { return visit{d, ctx, party} }

type visit struct {
	door  *door
	ctx   context.Context
	party string
}

// each implements querier: pass and query go in one round trip, and the pass
// ends with it.
func (v visit) each(take scanner, query string, args ...any) error {
	var b pgx.Batch
	b.Queue(`SELECT set_config('seinhuis.party', $1, true), set_config('seinhuis.pass', $2, true)`, v.party, v.door.pass(v.party))
	b.Queue(query, args...)
	results := v.door.pool.SendBatch(v.ctx, &b)
	if _, err := results.Exec(); err != nil {
		_ = results.Close()
		return failed(err)
	}
	rows, err := results.Query()
	err = drain(rows, err, take)
	if closed := results.Close(); err == nil {
		err = closed
	}
	return failed(err)
}
