// SPDX-License-Identifier: EUPL-1.2

// Package announce tells a party that something waits for it, by a thin event
// to the address that the party gave: a webhook. The party then comes and
// fetches, at the door, as itself.
//
// What to tell is derived from truth by a cursor per party and subject, so a
// crash loses nothing and many new things make one event. An event holds the
// party and a sequence number; it may hold nothing about what waits: no kind,
// no count, no report, nothing personal. This package opens no connection, it
// hands an event to its Sender, and it decides nothing about what it announces.
//
// Called by cmd/seinhuis: Announcer runs beside the doors, Desk answers the
// operator.
package announce
