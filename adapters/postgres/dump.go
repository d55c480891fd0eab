// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// rowSchema counts the shapes of rows in archives. It is that of adapters/sqlite
// whose tables and columns these have: a change there is one here.
const rowSchema = 18

// truthTable is one table as an archive carries it. Without names columns that
// only this store has.
type truthTable struct {
	name, order string
	without     string
}

// truthTables gives every table in the order of adapters/sqlite: those that
// others refer to first, and each with the order of its rows. What is of this
// server alone (the watch, the doors' key, parts of the log) is not among them.
func truthTables() []truthTable {
	return []truthTable{
		{"audit_head", "one", ""},
		{"party", "oin", ""}, {"party_key", "oin, position", ""}, {"agreement", "id", ""}, {"register_version", "one", ""},
		{"webhook", "party", ""}, {"webhook_event", "number", ""}, {"reorganisation", "id", ""}, {"succession", "former", ""},
		{"mailbox_sequence", "municipality", ""}, {"notice_sequence", "party", ""},
		{"signal", "number", ""}, {"body", "number", ""}, {"report", "number", ""}, {"correction", "report, id", ""},
		{"trail", "number", "number"}, {"relation", "signal, other", ""}, {"feedback", "number", "number"}, {"notice", "id", ""},
		{"pause", "number", ""}, {"pause_step", "pause, step", ""}, {"pause_change", "party, id", ""}, {"alarm", "subject, kind, term", ""},
		{"batch", "number", ""}, {"finding", "number", ""}, {"outcome", "batch, line", ""},
		{"objection", "number", ""}, {"objection_tag", "municipality, sum, version, objection", ""}, {"objection_version", "one", ""},
		{"request", "number", ""}, {"hold", "number", ""}, {"deletion_sequence", "controller", ""}, {"deletion", "number", ""},
		{"policy", "number", ""}, {"policy_file", "policy, part, name", ""}, {"policy_approval", "policy, officer", ""}, {"decision_fact", "month, facts", ""},
		{"breach", "number", ""}, {"breach_touched", "breach, party", ""}, {"officer_sight", "account", ""}, {"cosigned", "witness", ""}, {"logbook_cursor", "target", ""},
		{"passage", "number", ""},
		{"audit_row", "number", "month"}, {"audit_facet", "number", ""}, {"audit_party", "number", ""}, {"audit_index", "number", ""},
		{"audit_concern", "party, facet, number", ""}, {"audit_also", "number, party, signal", ""}, {"audit_reach", "party, facet", ""},
		{"audit_block", "block", ""}, {"audit_deed", "number", ""}, {"audit_volume", "party, day, deed", ""},
	}
}

// bodyColumns is a body as an archive carries it, wherever it rests.
func bodyColumns() []backup.Column {
	return []backup.Column{{Name: "expires_on", Kind: backup.Int}, {Name: "number", Kind: backup.Int}, {Name: "scope", Kind: backup.Text}, {Name: "wrapped", Kind: backup.Blob}}
}

// Snapshot implements [backup.Source]. It reads as the gateway.
func (d *DB) Snapshot(ctx context.Context, fn func(backup.Snapshot) error) error {
	conn, err := d.pools[Gateway].Acquire(ctx)
	if err != nil {
		return failed(err)
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return failed(err)
	}
	s := &snapshot{db: d, tx: tx}
	if err = s.look(ctx); err == nil { // the first statement fixes the moment
		err = fn(s)
	}
	return errors.Join(err, failed(tx.Rollback(context.WithoutCancel(ctx))))
}

type snapshot struct {
	db     *DB
	tx     pgx.Tx
	tables []backup.Table
}

func (s *snapshot) look(ctx context.Context) error {
	if _, err := s.tx.Exec(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
		return failed(err)
	}
	for _, t := range truthTables() {
		columns, err := columnsOf(ctx, s.tx, t)
		if err != nil {
			return err
		}
		s.tables = append(s.tables, backup.Table{Name: t.name, Columns: columns})
	}
	return nil
}

// columnsOf gives the columns of a table by name.
func columnsOf(ctx context.Context, tx pgx.Tx, t truthTable) ([]backup.Column, error) {
	if t.name == "body" {
		return bodyColumns(), nil
	}
	rows, err := tx.Query(ctx, `SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute AS a
		WHERE a.attrelid = ('seinhuis.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> $2 ORDER BY 1`, t.name, t.without)
	if err != nil {
		return nil, failed(err)
	}
	var columns []backup.Column
	err = drain(rows, nil, func(scan func(...any) error) error {
		var name, typ string
		if err := scan(&name, &typ); err != nil {
			return err
		}
		kind := map[string]backup.Kind{"bigint": backup.Int, "integer": backup.Int, "text": backup.Text, "bytea": backup.Blob, "boolean": backup.Bool}[typ]
		columns = append(columns, backup.Column{Name: name, Kind: kind})
		return nil
	})
	return columns, failed(err)
}

// Schema implements [backup.Snapshot].
func (s *snapshot) Schema() int { return rowSchema }

// Tables implements [backup.Snapshot].
func (s *snapshot) Tables() []backup.Table { return s.tables }

// Rows implements [backup.Snapshot].
func (s *snapshot) Rows(ctx context.Context, t backup.Table) iter.Seq2[[]backup.Value, error] {
	if t.Name == "body" {
		return s.bodies(ctx)
	}
	return func(yield func([]backup.Value, error) bool) {
		at := slices.IndexFunc(truthTables(), func(k truthTable) bool { return k.name == t.Name })
		if at < 0 {
			yield(nil, failed(errMissing))
			return
		}
		rows, err := s.tx.Query(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", names(t), t.Name, truthTables()[at].order))
		if err != nil {
			yield(nil, failed(err))
			return
		}
		defer rows.Close()
		row := make([]backup.Value, len(t.Columns))
		for rows.Next() {
			cells, err := rows.Values()
			if err != nil {
				yield(nil, failed(err))
				return
			}
			for i, c := range cells {
				row[i] = valueOf(c)
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, failed(err))
		}
	}
}

// names gives the columns as SQL. They come from the schema, or were compared
// with it.
func names(t backup.Table) string {
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = `"` + c.Name + `"`
	}
	return strings.Join(list, ", ")
}

func valueOf(cell any) backup.Value {
	switch v := cell.(type) {
	case int64:
		return backup.IntOf(v)
	case int32:
		return backup.IntOf(int64(v))
	case string:
		return backup.TextOf(v)
	case []byte:
		return backup.BlobOf(v)
	case bool:
		return backup.BoolOf(v)
	default:
		return backup.Value{}
	}
}

// bodiesAtOnce is how many bodies are in memory, and asked for in one call.
const bodiesAtOnce = 400

// restingBody is a row of the table body.
type restingBody struct {
	number, expires int64
	scope           string
	place           mailbox.Place
}

// bodies gives the bodies as they rest elsewhere, wrapped.
func (s *snapshot) bodies(ctx context.Context) iter.Seq2[[]backup.Value, error] {
	return func(yield func([]backup.Value, error) bool) {
		for after := int64(-1); ; {
			some, err := s.resting(ctx, after)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(some) == 0 {
				return
			}
			after = some[len(some)-1].number
			data, err := s.fetch(ctx, some)
			if err != nil {
				yield(nil, err)
				return
			}
			for i, b := range some {
				if data[i] == nil { // erased since the moment of the snapshot
					continue
				}
				if !yield([]backup.Value{backup.IntOf(b.expires), backup.IntOf(b.number), backup.TextOf(b.scope), backup.BlobOf(data[i])}, nil) {
					return
				}
			}
		}
	}
}

func (s *snapshot) resting(ctx context.Context, after int64) (some []restingBody, err error) {
	rows, err := s.tx.Query(ctx, `SELECT number, expires_on, scope, object, place, size, key FROM body WHERE number > $1 ORDER BY number LIMIT $2`, after, bodiesAtOnce)
	err = drain(rows, err, func(scan func(...any) error) error {
		var b restingBody
		var key []byte
		err := scan(&b.number, &b.expires, &b.scope, &b.place.Object, &b.place.Offset, &b.place.Size, &key)
		copy(b.place.Key[:], key)
		some = append(some, b)
		return err
	})
	return some, failed(err)
}

// fetch reads bodies. One whose row is gone by now may be gone as well: it is
// nil. One whose row is there must be there.
func (s *snapshot) fetch(ctx context.Context, some []restingBody) ([][]byte, error) {
	places := make([]mailbox.Place, len(some))
	for i, b := range some {
		places[i] = b.place
	}
	data, err := s.db.config.Bodies.Get(ctx, places)
	if !errors.Is(err, mailbox.ErrBody) {
		return data, err
	}
	data = make([][]byte, len(some))
	for i, b := range some {
		one, err := s.db.config.Bodies.Get(ctx, places[i:i+1])
		switch {
		case err == nil:
			data[i] = one[0]
			continue
		case !errors.Is(err, mailbox.ErrBody):
			return nil, err
		}
		var there bool
		if err := s.db.pools[Gateway].QueryRow(ctx, `SELECT EXISTS (SELECT FROM body WHERE number = $1)`, b.number).Scan(&there); err != nil {
			return nil, failed(err)
		}
		if there {
			return nil, err
		}
	}
	return data, nil
}
