// SPDX-License-Identifier: EUPL-1.2

// Package client is the participants' end of the gateway's doors: a creditor
// reports, withdraws and reads notices; a municipality collects signals and
// gives feedback; both change the pauses that come of it, as far as they are theirs
// to change.
//
// It verifies before it returns: every receipt and notice must be signed by a
// key that the gateway published for that use, and must be about the very
// message that was sent (audience, id, digest of the payload). What does not
// verify is ErrUnverified, never a result. Every call may be repeated safely:
// the same message under the same id gives the same receipt, so the client
// itself repeats a call whose connection was lost.
//
// Client goes through the API, SFTP through the SFTP door; what both do has the
// same names, results and checks.
//
// It may not store anything, log anything, or put personal data into an error,
// a URL or a header. It holds the party's private keys in memory only.
//
// Partners import it; cmd/sein is built on it. It imports adapters/jose, the
// one exception to the rule that no adapter imports another: both ends of the
// door must speak exactly the same JOSE.
package client
