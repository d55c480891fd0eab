// SPDX-License-Identifier: EUPL-1.2

// Package retention erases what is due, and proves it (invariant I10).
//
// [Sweeper] finds records whose term is over, erases them in small transactions, each with its entry in the log and a
// signed deletion receipt to the controller, and destroys the wrapping keys of months that nothing rests under any more,
// so that backups forget as well. [Holds] keeps one claim from being erased, on the word of two officers. [Shelf] gives
// parties their receipts again.
//
// It may not decide how long something is kept: every record carries its own last day, set by policy when it came. It
// reads no content and keeps no clock of its own. Called by cmd/seinhuis (chore and operator's commands) and the doors.
package retention
