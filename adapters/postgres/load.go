// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Sink is an empty database with a schema. It fills [backup.Sink] as the owner
// of the schema, whom no node is.
type Sink struct{ config Config }

// NewSink names the database; it needs the owner's password and a store for
// bodies. Nothing is opened before Load.
func NewSink(c Config) *Sink { return &Sink{c} }

// rowsAtOnce is how many rows go along in one COPY.
const rowsAtOnce = 2000

// Load implements [backup.Sink]: one transaction, that holds the lock of all
// writers. Bodies go to their store first; what a load that fails left there no
// row names, and the sweep of orphans erases.
func (s *Sink) Load(ctx context.Context, schema int, fn func(backup.Load) error) error {
	switch {
	case schema > rowSchema:
		return fmt.Errorf("%w: its schema is %d and this program knows up to %d", backup.ErrNewer, schema, rowSchema)
	case schema < rowSchema:
		return fmt.Errorf("postgres: rows of schema %d: restore them with the standalone store, which brings them to %d", schema, rowSchema)
	}
	cc, err := s.config.enter(Owner)
	if err != nil {
		return err
	}
	for _, name := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		cc.RuntimeParams[name] = "0"
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return fmt.Errorf("as role %s: %w", Owner, failed(err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	state, err := inspect(ctx, conn)
	if err != nil {
		return failed(err)
	}
	if err := state.fit(s.config.Trial); err != nil {
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	l := &loading{tx: tx, config: s.config, signals: map[int64]gateway.SignalID{}, months: map[int]bool{}}
	if err := l.empty(ctx); err != nil {
		return err
	}
	if err := fn(l); err != nil {
		return err
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	if err := l.finish(ctx); err != nil {
		return err
	}
	return failed(tx.Commit(ctx))
}

// loading takes rows into one open transaction.
type loading struct {
	tx      pgx.Tx
	config  Config
	table   backup.Table
	pending [][]any
	signals map[int64]gateway.SignalID // ids by number: a body is stored under that of its signal
	months  map[int]bool               // parts of the log that were made
	last    int64                      // number of the last row of the log
}

// empty refuses a store in which anything happened.
func (l *loading) empty(ctx context.Context) error {
	if _, err := l.tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, writeLock); err != nil {
		return failed(err)
	}
	var filled bool
	err := l.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM party) OR EXISTS (SELECT FROM signal) OR EXISTS (SELECT FROM passage)
		OR EXISTS (SELECT FROM audit_row) OR EXISTS (SELECT FROM policy) OR EXISTS (SELECT FROM audit_head)`).Scan(&filled)
	if err != nil {
		return failed(err)
	}
	if filled {
		return backup.ErrNotEmpty
	}
	return nil
}

// Begin implements [backup.Load].
func (l *loading) Begin(ctx context.Context, t backup.Table) error {
	if err := l.flush(ctx); err != nil {
		return err
	}
	at := slices.IndexFunc(truthTables(), func(k truthTable) bool { return k.name == t.Name })
	if at < 0 {
		return fmt.Errorf("%w: it has a table that this store does not know", backup.ErrNewer)
	}
	ours, err := columnsOf(ctx, l.tx, truthTables()[at])
	if err != nil {
		return err
	}
	if !slices.Equal(ours, t.Columns) {
		return fmt.Errorf("%w: table %s has other columns here", backup.ErrNewer, t.Name)
	}
	l.table = t
	if slices.Contains([]string{"register_version", "objection_version"}, t.Name) { // what the schema puts in a new store
		_, err = l.tx.Exec(ctx, "DELETE FROM "+t.Name)
	}
	return failed(err)
}

// Add implements [backup.Load].
func (l *loading) Add(ctx context.Context, row []backup.Value) error {
	if l.table.Name == "" || len(row) != len(l.table.Columns) {
		return failed(errMissing)
	}
	args := make([]any, len(row), len(row)+1)
	for i, v := range row {
		args[i] = argumentOf(v)
	}
	switch l.table.Name {
	case "signal":
		number, id := row[l.column("number")].Int(), row[l.column("id")].Blob()
		l.signals[number] = text[gateway.SignalID](id)
	case "audit_row":
		month, err := l.part(ctx, row)
		if err != nil {
			return err
		}
		args = append(args, month)
	}
	l.pending = append(l.pending, args)
	if len(l.pending) < rowsAtOnce && (l.table.Name != "body" || len(l.pending) < bodiesAtOnce) {
		return nil
	}
	return l.flush(ctx)
}

func (l *loading) column(name string) int {
	return slices.IndexFunc(l.table.Columns, func(c backup.Column) bool { return c.Name == name })
}

// part gives the month of a row of the log, as its entry says it, and makes the
// part for it before the first row comes.
func (l *loading) part(ctx context.Context, row []backup.Value) (int32, error) {
	e, err := proof.Decode(row[l.column("leaf")].Blob())
	if err != nil {
		return 0, failed(err)
	}
	l.last = row[l.column("number")].Int()
	at := e.At().UTC()
	month := at.Year()*100 + int(at.Month())
	if !l.months[month] {
		l.months[month] = true
		if err := l.flush(ctx); err != nil {
			return 0, err
		}
		if _, err := l.tx.Exec(ctx, `SELECT make_month($1)`, month); err != nil {
			return 0, failed(err)
		}
	}
	return int32(month), nil
}

func argumentOf(v backup.Value) any {
	switch v.Kind() {
	case backup.Int:
		return v.Int()
	case backup.Text:
		return v.Text()
	case backup.Blob:
		if v.Blob() == nil {
			return []byte{} // nil would be NULL
		}
		return v.Blob()
	case backup.Bool:
		return v.Bool()
	default:
		return nil
	}
}

// flush sends what waits.
func (l *loading) flush(ctx context.Context) error {
	if len(l.pending) == 0 {
		return nil
	}
	rows := l.pending
	l.pending = nil
	var columns []string
	for _, c := range l.table.Columns {
		columns = append(columns, c.Name)
	}
	switch l.table.Name {
	case "body":
		var err error
		if rows, err = l.store(ctx, rows); err != nil {
			return err
		}
		columns = []string{"number", "scope", "object", "place", "size", "key", "expires_on"}
	case "audit_row":
		columns = append(columns, "month")
	}
	n, err := l.tx.CopyFrom(ctx, pgx.Identifier{"seinhuis", l.table.Name}, columns, pgx.CopyFromRows(rows))
	if err == nil && n != int64(len(rows)) {
		err = errMissing
	}
	return failed(err)
}

// store puts bodies where they rest, and gives rows that say where.
func (l *loading) store(ctx context.Context, rows [][]any) ([][]any, error) {
	bodies := make([]seal.Body, len(rows))
	expires, number, scope, wrapped := l.column("expires_on"), l.column("number"), l.column("scope"), l.column("wrapped")
	for i, r := range rows {
		id, known := l.signals[r[number].(int64)]
		if !known {
			return nil, failed(errMissing)
		}
		bodies[i] = seal.Body{ID: id, Scope: r[scope].(string), Wrapped: r[wrapped].([]byte)}
	}
	places, err := l.config.Bodies.Put(ctx, bodies)
	if err != nil {
		return nil, err
	}
	out := make([][]any, len(rows))
	for i, r := range rows {
		p := places[i]
		out[i] = []any{r[number], r[scope], p.Object, p.Offset, p.Size, p.Key[:], r[expires]}
	}
	return out, nil
}

// finish moves the numbers that this store gives out by itself behind those that
// were loaded.
func (l *loading) finish(ctx context.Context) error {
	if _, err := l.tx.Exec(ctx, `UPDATE audit_last SET number = $1`, l.last); err != nil {
		return failed(err)
	}
	var given [][2]string
	rows, err := l.tx.Query(ctx, `SELECT c.relname::text, a.attname::text FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'seinhuis'::regnamespace AND a.attidentity <> '' ORDER BY 1`)
	err = drain(rows, err, func(scan func(...any) error) error {
		var g [2]string
		err := scan(&g[0], &g[1])
		given = append(given, g)
		return err
	})
	if err != nil {
		return failed(err)
	}
	for _, g := range given {
		if _, err := l.tx.Exec(ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('seinhuis.%[1]s', '%[2]s'), max(%[2]s)) FROM %[1]s HAVING max(%[2]s) IS NOT NULL`, g[0], g[1])); err != nil {
			return failed(err)
		}
	}
	return nil
}
