// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
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
			c := testConfig(t, gatewaytest.NewBodies())
			return NewSink(c), func() gatewaytest.Archived { return openAt(t, c).archived() }
		})
}

// Every table is in an archive, or is of this server alone.
func TestTruthTablesAreAll(t *testing.T) {
	db := openTest(t)
	var there, listed []string
	err := each(db.read.with(context.Background()), func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		there = append(there, name)
		return err
	}, `SELECT relname::text FROM pg_class WHERE relnamespace = 'seinhuis'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	own := []string{"audit_last", "door_key", "schema_version", "watch"}
	for _, table := range truthTables() {
		listed = append(listed, table.name)
	}
	listed = append(listed, own...)
	slices.Sort(listed)
	if !slices.Equal(there, listed) {
		t.Errorf("the store has\n%v\nand archives\n%v", there, listed)
	}
}
