// SPDX-License-Identifier: EUPL-1.2

// Package mtls turns a client certificate into a [gateway.Peer]: chain, use,
// key length, revocation, OIN in subject.serialNumber, and a party that the
// register knows and lets act.
//
// It may not decide what a party may do; that is for the door, the routes and
// policy. A fingerprint is only the origin for the log: parties are known by
// OIN, so that a renewed certificate needs no new registration. Called by
// adapters/httpapi at every request and by cmd for the listener's settings.
package mtls
