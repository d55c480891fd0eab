// SPDX-License-Identifier: EUPL-1.2

// Package audit makes the entries of the audit log and keeps the log's tree.
//
// It has two parts. [New] makes an entry from the closed catalogue of events; whoever changes or reads a record that is
// about a person writes the entry's leaf in the same transaction, and when that fails the act fails. [Sequencer] takes the leaves
// in the order of their rows into a Merkle tree, writes its files and signs its checkpoints.
//
// It may not hold personal data or pseudonyms, decide what happens, read the clock, or open a file or a connection: rows, tiles
// and heads are ports. What an entry and a file look like, and how a log is verified, is in package proof.
//
// Called by: every step and door that acts (New), cmd/seinhuis (Sequencer), adapters (the ports).
package audit
