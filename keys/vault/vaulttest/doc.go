// SPDX-License-Identifier: EUPL-1.2

// Package vaulttest runs a real Vault for tests.
//
// Its one job is [Start]: it finds the program, starts it on loopback with everything in memory, and gives tests a realm of
// their own in it (engines, a login, the policies of deploy/vault). The program is the lean development server of
// deploy/testservers; SEINHUIS_VAULT names another, otherwise it is looked for in the cache of .ci/run. Without it a test is
// skipped with the reason, and with SEINHUIS_REAL=require that is a failure.
//
// It may not be imported by the product, and it does not use keys/vault: what it asks of Vault it asks over plain HTTP, so
// that a test of the store does not lean on the store. Called by tests only. Linux only, as the server is tied to the life of
// the test.
package vaulttest
