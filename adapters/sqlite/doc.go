// SPDX-License-Identifier: EUPL-1.2

// Package sqlite is the truth store of the standalone profile: one SQLite file
// that holds the register, reports, tokens, sealed bodies, notices and the
// audit rows. Each port has a view on it: [DB.Ledger], [DB.Mailbox],
// [DB.Feedback], [DB.Register], [DB.Audit].
//
// It may not decide anything, open or make a key, or hold anything that can be
// read back to a person. What it answered as written is on disk: the journal is
// a WAL with synchronous=FULL, and every write is one transaction on one
// connection, behind one lock. A second process may use the file at the same
// time.
//
// Called by cmd/seinhuis, which hands the views to the packages whose ports
// they fill.
package sqlite
