// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is the store as one node has it open. Safe for concurrent use.
type DB struct {
	config Config
	pools  map[Role]*pgxpool.Pool

	write  *writer // as Gateway
	office *writer // as Console
	erase  *writer // as Retention

	read   reader // as Gateway
	look   reader // as Console
	door   *door
	facets *facets // of the index of the log
}

// Open connects as every role that has a password, and refuses a database that
// has another schema, that does not keep what it says it wrote, or that takes
// no writes. It changes nothing; Migrate does.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Bodies == nil {
		return nil, errors.New("postgres: no store for bodies")
	}
	d := &DB{config: c, pools: map[Role]*pgxpool.Pool{}, facets: new(facets)}
	for role, size := range map[Role]int32{Gateway: writers + readers, Door: readers, Console: readers, Retention: writers} {
		p, err := c.pool(role, size)
		if err != nil {
			return nil, errors.Join(err, d.Close())
		}
		pool, err := pgxpool.NewWithConfig(ctx, p)
		if err != nil {
			return nil, errors.Join(failed(err), d.Close())
		}
		d.pools[role] = pool
	}
	words := newDictionary()
	d.write, d.office, d.erase = newWriter(d.pools[Gateway], words), newWriter(d.pools[Console], words), newWriter(d.pools[Retention], words)
	for _, w := range []*writer{d.write, d.office, d.erase} {
		w.bodies = c.Bodies
	}
	d.read, d.look = reader{d.pools[Gateway]}, reader{d.pools[Console]}
	for _, role := range []Role{Gateway, Door, Console, Retention} {
		if err := d.fit(ctx, role); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	var err error
	if d.door, err = newDoor(ctx, d.pools[Gateway], d.pools[Door]); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// fit checks that a role can enter, and what the promises rest on.
func (d *DB) fit(ctx context.Context, r Role) error {
	state, err := inspect(ctx, d.pools[r])
	if err != nil {
		return fmt.Errorf("as role %s: %w", r, failed(err))
	}
	return state.fit(d.config.Trial)
}

// server is what a database says about itself.
type server struct {
	replica, readOnly        bool
	fsync, fullPages, commit string
	collation, encoding      string
	schema                   int
}

type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func inspect(ctx context.Context, q rowQuerier) (s server, err error) {
	var known bool
	err = q.QueryRow(ctx, `SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', current_setting('fsync'),
		current_setting('full_page_writes'), current_setting('synchronous_commit'), d.datcollate, pg_encoding_to_char(d.encoding),
		to_regclass('seinhuis.schema_version') IS NOT NULL
		FROM pg_database AS d WHERE d.datname = current_database()`).
		Scan(&s.replica, &s.readOnly, &s.fsync, &s.fullPages, &s.commit, &s.collation, &s.encoding, &known)
	if err != nil || !known {
		return s, err
	}
	err = q.QueryRow(ctx, `SELECT version FROM seinhuis.schema_version`).Scan(&s.schema)
	return s, err
}

var (
	errReplica = errors.New("postgres: this server is a replica or takes no writes; name the primary, or let the database administrator promote one")
	errForget  = errors.New("postgres: this server does not keep what it says it wrote (fsync or full_page_writes is off); the database administrator must turn them on")
	errCollate = errors.New("postgres: the database must have collation C and encoding UTF8; make it as deploy/postgres/roles.sql does")
	errEmpty   = errors.New("postgres: the database has no schema yet; run: seinhuis cluster setup")
)

func (s server) fit(trial bool) error {
	switch {
	case s.replica || s.readOnly:
		return errReplica
	case !trial && (s.fsync != "on" || s.fullPages != "on" || s.commit == "off" || s.commit == "local"):
		return errForget
	case s.collation != "C" || s.encoding != "UTF8":
		return errCollate
	case s.schema == 0:
		return errEmpty
	case s.schema < oldest:
		return fmt.Errorf("postgres: the schema is %d and this program needs %d or newer; run: seinhuis cluster setup", s.schema, newest)
	case s.schema > newest+ahead:
		return fmt.Errorf("postgres: the schema is %d and this program knows up to %d; run the newer program on every node", s.schema, newest)
	}
	return nil
}

// takesWrites passes over a server that takes no writes, so that the next
// address is tried.
func takesWrites(ctx context.Context, c *pgconn.PgConn) error {
	results, err := c.Exec(ctx, "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'").ReadAll()
	if err != nil {
		return err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || string(results[0].Rows[0][0]) != "f" {
		return errReplica
	}
	return nil
}

// Close gives the connections back. Writes and reads after it fail.
func (d *DB) Close() error {
	for _, p := range d.pools {
		p.Close()
	}
	return nil
}
