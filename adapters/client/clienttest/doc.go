// SPDX-License-Identifier: EUPL-1.2

// Package clienttest is a small gateway that works, in memory, for tests of
// what stands at the participants' end: real TLS with client certificates,
// real JOSE, the routes of the contract, receipts that verify, and a log of
// one entry for every proof.
//
// It is no gateway: it has no policy, no routing and no matching, keeps
// everything in memory and trusts its caller. It may not be used outside tests.
//
// Called by the tests of adapters/client and cmd/sein, and by partners who
// test their own software on adapters/client.
package clienttest
