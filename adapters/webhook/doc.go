// SPDX-License-Identifier: EUPL-1.2

// Package webhook posts the events of gateway/announce to the addresses that
// parties gave, as Standard Webhooks 1.0.0 with Ed25519 signatures (v1a).
//
// The addresses come from outside, so the danger is that the gateway is made to
// call something on the inside (server-side request forgery). Every connection
// is held to the allow-list of hosts and ports, and to the table of addresses
// that are not public, when the name was resolved and just before it connects:
// what a name meant earlier counts for nothing. No redirect is followed, no
// proxy taken from the environment, no connection used twice.
//
// It may not show or log what a receiver answers, nor the address it called.
// Called by gateway/announce through its port; made by cmd/seinhuis.
package webhook
