// SPDX-License-Identifier: EUPL-1.2

package main

import "github.com/seinhuis/seinhuis/adapters/postgres"

// postgresTruth is the truth store of a node of a cluster.
func postgresTruth(db *postgres.DB) truth {
	return truth{
		Register: db.Register(), Ledger: db.Ledger(), Mailbox: db.Mailbox(), Feedback: db.Feedback(), Batches: db.Batches(),
		Pauses: db.Pauses(), Clocks: db.Clocks(), Webhooks: db.Webhooks(), Reorganisations: db.Reorganisations(),
		Objections: db.Objections(), Rights: db.Rights(), Requests: db.Requests(),
		Rows: db.Audit(), Heads: db.Audit(), Cosignatures: db.Audit(), Journal: db.Journal(), Logbook: db.Logbook(),
		Retention: db.Retention(), Shelf: db.Retention(), Overview: db.Retention(), Holds: db.Holds(),
		Adoptions: db.Adoptions(), Facts: db.Adoptions(), Sights: db.Sights(),
		Standing: db.Oversight(), Extent: db.Oversight(), Breaches: db.Oversight(),
		Backup: db, Passages: db.Passages(),
		Close: db.Close,
	}
}
