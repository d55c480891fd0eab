// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seinhuis/seinhuis/adapters/sqlite"
)

// sqliteTruth is the truth store of a standalone installation.
func sqliteTruth(db *sqlite.DB) truth {
	return truth{
		Register: db.Register(), Ledger: db.Ledger(), Mailbox: db.Mailbox(), Feedback: db.Feedback(), Batches: db.Batches(),
		Pauses: db.Pauses(), Clocks: db.Clocks(), Webhooks: db.Webhooks(), Reorganisations: db.Reorganisations(),
		Objections: db.Objections(), Rights: db.Rights(), Requests: db.Requests(),
		Rows: db.Audit(), Heads: db.Audit(), Cosignatures: db.Audit(), Journal: db.Journal(), Logbook: db.Logbook(),
		Retention: db.Retention(), Shelf: db.Retention(), Overview: db.Retention(), Holds: db.Holds(),
		Adoptions: db.Adoptions(), Facts: db.Adoptions(), Sights: db.Sights(),
		Standing: db.Oversight(), Extent: db.Oversight(), Breaches: db.Oversight(),
		Backup: db, Passages: db.Passages(),
		File: db, Close: db.Close,
	}
}

// makeSQLite opens the database of a standalone installation, and makes it when
// it is not there.
func makeSQLite(ctx context.Context, dir string) (truth, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, databaseFile))
	if err != nil {
		return truth{}, notReady(err)
	}
	return sqliteTruth(db), nil
}

// openSQLite opens what exists; a missing database is not made here.
func openSQLite(ctx context.Context, dir string) (truth, error) {
	path := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(path); err != nil {
		return truth{}, notReady(fmt.Errorf("no database at %s; make an installation with: seinhuis init --dir %s", path, dir))
	}
	return makeSQLite(ctx, dir)
}
