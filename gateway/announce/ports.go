// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Allowlist knows which addresses may be called. Filled by adapters/webhook
// from the configuration.
type Allowlist interface {
	// Allows is nil for an address whose host and port are on the list;
	// otherwise its error is for the operator who typed the address.
	Allows(a Address) error
}

// Sender makes one attempt. Filled by adapters/webhook. Safe for concurrent
// use.
type Sender interface {
	// Send signs the event and posts it, in bounded time. An error is a fault
	// of ours (no key, no key store): it costs the event no attempt. Whatever
	// the receiver or the network does is an Answer.
	Send(ctx context.Context, to Address, e Event, at time.Time) (Answer, error)
}

// Answer is what came of an attempt. The zero Answer is one that failed.
type Answer struct {
	Delivered bool          // 2xx
	Gone      bool          // 410: the receiver wants no more events at this address
	Failure   Failure       // otherwise
	NotBefore time.Duration // the receiver's Retry-After, 0 without
}

// Directory finds parties as they are now. Filled by gateway/register.
type Directory interface {
	Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error)
}

// News is that something waits beyond what a party was told.
type News struct {
	Party   gateway.OIN
	Subject Subject
	Last    int64     // the last sequence given out
	Latest  time.Time // when the newest event that is still pending was made; zero: none is
}

// Delivery is an event to be tried now.
type Delivery struct {
	Event   Event
	Address Address
}

// Account is a subscription with what is open for it.
type Account struct {
	Subscription  Subscription
	Pending       int
	Undeliverable int
	Failure       Failure // why the newest open event that was tried failed
}

// Store is the truth store as announcing needs it.
type Store interface {
	// News gives, of active subscriptions, each subject of which a sequence
	// beyond its cursor was given out, ordered by party and subject, at most
	// limit. Signals count by the municipality of the party.
	News(ctx context.Context, limit int) ([]News, error)
	// Due gives the pending events of active subscriptions whose moment has
	// come: of each party the one that waited longest, in that order.
	Due(ctx context.Context, at time.Time) ([]Delivery, error)
	// Accounts gives every subscription, ordered by OIN.
	Accounts(ctx context.Context) ([]Account, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store. It has five methods: one more than
// usual, because a change of an address and its events stand or fall together.
type Tx interface {
	// Subscription finds the subscription of a party.
	Subscription(party gateway.OIN) (Subscription, error)
	// Open gives the events of a party that are pending or undeliverable,
	// oldest first.
	Open(party gateway.OIN) ([]Event, error)
	// Put stores a subscription whole, and events by their id. Events that are
	// done are kept 30 days. A party that is not registered is refused.
	Put(s Subscription, events []Event) error
	// Remove erases a subscription; its events stay until their own end.
	Remove(party gateway.OIN) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}
