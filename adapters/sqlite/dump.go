// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/backup"
)

// truthTable is one table as an archive carries it.
type truthTable struct{ name, order string }

// truthTables gives every table: those that others refer to first, and each with
// the order of its rows. Where rows have no key of their own, or mean something
// by the order in which they were added, that is the order.
func truthTables() []truthTable {
	return []truthTable{
		{"audit_head", "one"},
		{"party", "oin"}, {"party_key", "oin, position"}, {"agreement", "id"}, {"register_version", "one"},
		{"webhook", "party"}, {"webhook_event", "number"}, {"reorganisation", "id"}, {"succession", "former"},
		{"mailbox_sequence", "municipality"}, {"notice_sequence", "party"},
		{"signal", "number"}, {"body", "number"}, {"report", "number"}, {"correction", "report, id"},
		{"trail", "rowid"}, {"relation", "signal, other"}, {"feedback", "rowid"}, {"notice", "id"},
		{"pause", "number"}, {"pause_step", "pause, step"}, {"pause_change", "party, id"}, {"alarm", "subject, kind, term"},
		{"batch", "number"}, {"finding", "number"}, {"outcome", "batch, line"},
		{"objection", "number"}, {"objection_tag", "municipality, sum, version, objection"}, {"objection_version", "one"},
		{"request", "number"}, {"hold", "number"}, {"deletion_sequence", "controller"}, {"deletion", "number"},
		{"policy", "number"}, {"policy_file", "policy, part, name"}, {"policy_approval", "policy, officer"}, {"decision_fact", "month, facts"},
		{"breach", "number"}, {"breach_touched", "breach, party"}, {"officer_sight", "account"}, {"cosigned", "witness"}, {"logbook_cursor", "target"},
		{"passage", "number"},
		{"audit_row", "number"}, {"audit_facet", "number"}, {"audit_party", "number"}, {"audit_index", "number"},
		{"audit_concern", "party, facet, number"}, {"audit_also", "number, party, signal"}, {"audit_reach", "party, facet"},
		{"audit_block", "block"}, {"audit_deed", "number"}, {"audit_volume", "party, day, deed"},
	}
}

// truths are the columns that hold 0 or 1 here, and a boolean elsewhere.
func truths() []string {
	return []string{"party.may_rsa_oaep", "agreement.birth_date_allowed", "batch.dry", "policy.urgent", "breach.every", "breach.more"}
}

// Snapshot implements [backup.Source]. It holds one of the connections that
// read; the WAL grows with what is written meanwhile.
func (d *DB) Snapshot(ctx context.Context, fn func(backup.Snapshot) error) error {
	conn, err := d.read.db.Conn(ctx)
	if err != nil {
		return failed(err)
	}
	defer conn.Close() // only gives it back to the pool
	if _, err := conn.ExecContext(ctx, "BEGIN DEFERRED"); err != nil {
		return failed(err)
	}
	s := &snapshot{conn: conn}
	if err = s.look(ctx); err == nil { // the first read fixes the moment
		err = fn(s)
	}
	_, ended := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return errors.Join(err, failed(ended))
}

type snapshot struct {
	conn   *sql.Conn
	schema int
	tables []backup.Table
}

func (s *snapshot) look(ctx context.Context) error {
	if err := s.conn.QueryRowContext(ctx, "SELECT user_version FROM pragma_user_version").Scan(&s.schema); err != nil {
		return failed(err)
	}
	for _, t := range truthTables() {
		columns, err := columnsOf(ctx, s.conn, t.name)
		if err != nil {
			return err
		}
		s.tables = append(s.tables, backup.Table{Name: t.name, Columns: columns})
	}
	return nil
}

// columnsOf gives the columns of a table by name, so that the order in which
// they were added does not show.
func columnsOf(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, table string) ([]backup.Column, error) {
	rows, err := q.QueryContext(ctx, "SELECT name, type FROM pragma_table_info(?) ORDER BY name", table)
	if err != nil {
		return nil, failed(err)
	}
	defer rows.Close()
	var columns []backup.Column
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, failed(err)
		}
		kind := map[string]backup.Kind{"INTEGER": backup.Int, "TEXT": backup.Text, "BLOB": backup.Blob}[typ]
		if slices.Contains(truths(), table+"."+name) {
			kind = backup.Bool
		}
		columns = append(columns, backup.Column{Name: name, Kind: kind})
	}
	return columns, failed(rows.Err())
}

// Schema implements [backup.Snapshot].
func (s *snapshot) Schema() int { return s.schema }

// Tables implements [backup.Snapshot].
func (s *snapshot) Tables() []backup.Table { return s.tables }

// Rows implements [backup.Snapshot].
func (s *snapshot) Rows(ctx context.Context, t backup.Table) iter.Seq2[[]backup.Value, error] {
	return func(yield func([]backup.Value, error) bool) {
		at := slices.IndexFunc(truthTables(), func(k truthTable) bool { return k.name == t.Name })
		if at < 0 {
			yield(nil, failed(errMissing))
			return
		}
		rows, err := s.conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", names(t), t.Name, truthTables()[at].order))
		if err != nil {
			yield(nil, failed(err))
			return
		}
		defer rows.Close()
		cells, places, row := make([]any, len(t.Columns)), make([]any, len(t.Columns)), make([]backup.Value, len(t.Columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		for rows.Next() {
			if err := rows.Scan(places...); err != nil {
				yield(nil, failed(err))
				return
			}
			for i, c := range cells {
				row[i] = valueOf(c, t.Columns[i].Kind)
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

func valueOf(cell any, kind backup.Kind) backup.Value {
	switch v := cell.(type) {
	case int64:
		if kind == backup.Bool {
			return backup.BoolOf(v != 0)
		}
		return backup.IntOf(v)
	case string:
		return backup.TextOf(v)
	case []byte:
		return backup.BlobOf(v)
	default:
		return backup.Value{}
	}
}
