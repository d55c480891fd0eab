// SPDX-License-Identifier: EUPL-1.2

// Package proof holds the format of the audit log and the verification of it, and nothing else.
//
// The log is a Merkle tree in the C2SP tlog-tiles format: a directory with a signed checkpoint, hash tiles and
// bundles of entries. This package says what an entry may hold, how the files are named, what a checkpoint and a
// proof look like, and checks all of them, including the receipts that entries refer to. It also answers, by documents that the
// gateway signed, whether a pause of collection was in force on a day ([VerifyPause]).
//
// It may not write a log, hold a signing key, open the network or import another package of this module: an officer
// who verifies must not have to trust the code that wrote. The writer in package audit therefore shares only the
// format with the verifier here; the tree itself is computed twice, in two ways.
//
// Called by: package audit (format); cmd/seincheck, cmd/sein and adapters/client (verification).
package proof
