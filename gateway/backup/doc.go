// SPDX-License-Identifier: EUPL-1.2

// Package backup makes, verifies and restores one archive of all that a gateway
// must not lose: truth as rows, sealed bodies as they rest (wrapped, never
// opened), files of reports that wait, and the configuration. The tree of the
// log is not in it as files: it follows from the rows, and is made again and
// compared with the signed checkpoint.
//
// An archive is encrypted to a recovery key whose private half is on no server,
// and signed by the gateway. Keys of the gateway are never in it.
//
// It may not know a store (rows come and go through ports), open a body, or
// hold a key of the gateway. Called by cmd/seinhuis (backup, migrate).
package backup
