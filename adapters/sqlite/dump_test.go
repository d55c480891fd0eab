// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func (d *DB) archived() gatewaytest.Archived {
	return gatewaytest.Archived{Truth: d.truth(), Source: d, Passages: d.Passages()}
}

func TestBackup(t *testing.T) {
	gatewaytest.Backup(t, func(t *testing.T) gatewaytest.Archived { return openTest(t).archived() },
		func(t *testing.T) (backup.Sink, func() gatewaytest.Archived) {
			path := filepath.Join(t.TempDir(), "terug ?#%.db")
			return NewSink(path), func() gatewaytest.Archived { return openAt(t, path).archived() }
		})
}

// Every table is in an archive: one that a new schema adds is missed here, and
// not at the first restore.
func TestTruthTablesAreAll(t *testing.T) {
	db := openTest(t)
	var there, listed []string
	err := each(db.read.with(t.Context()), func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		there = append(there, name)
		return err
	}, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range truthTables() {
		listed = append(listed, table.name)
	}
	slices.Sort(listed)
	if !slices.Equal(there, listed) {
		t.Errorf("the store has\n%v\nand archives\n%v", there, listed)
	}
	// What holds 0 or 1 and nothing else is a boolean in the other store.
	var checked []string
	err = each(db.read.with(t.Context()), func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		checked = append(checked, name)
		return err
	}, `SELECT m.name || '.' || c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND m.sql LIKE '%CHECK (' || c.name || ' IN (0, 1))%' ORDER BY 1`)
	want := slices.Sorted(slices.Values(truths()))
	if err != nil || !slices.Equal(checked, want) {
		t.Errorf("booleans are %v, listed are %v, %v", checked, want, err)
	}
}
