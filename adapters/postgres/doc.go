// SPDX-License-Identifier: EUPL-1.2

// Package postgres is the truth store of the cluster profile: one PostgreSQL
// database that any number of nodes share.
//
// Its one job is to fill the store ports of gateway/... with SQL. It may not
// decide anything, read what is sealed, or keep state of its own beside caches
// of numbers that never change. It shares names of files, tables and columns
// with adapters/sqlite and no code. cmd opens it; nothing else imports it.
//
// # Writers
//
// Transactions that write run one after another over all nodes: each begins
// with one advisory lock (docs/decisions/0022-one-writer.md). That is what the
// ports promise, and what makes numbers of the log and of mailboxes commit in
// order. A node that hangs loses its connection, and so the lock, after
// seconds (idle_in_transaction_session_timeout). Readers wait for nobody.
//
// # Roles
//
// Each view works under the role that needs least (schema/0002.sql). What is
// read for one party at a door goes over connections that show the rows of that
// party only, also to a query that was smuggled in.
package postgres
