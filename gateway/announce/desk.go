// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// ErrSubscription says what is wrong with a subscription; the text is for the
// operator who typed it.
var ErrSubscription = errors.New("webhook")

// Desk is where the operator sets, removes and replays. A gateway that runs
// beside it follows within a second.
type Desk struct {
	store Store
	list  Allowlist
	clock gateway.Clock
}

// NewDesk makes a Desk.
func NewDesk(store Store, list Allowlist, clock gateway.Clock) *Desk {
	return &Desk{store, list, clock}
}

// Set gives a party an address, or changes it. To a new address goes one event
// per subject for which anything was ever given out, so that the receiver starts complete; what
// was open for the old one lapses. Setting the same again does nothing.
func (d *Desk) Set(ctx context.Context, p gateway.Party, to Address, subjects []Subject) (Subscription, error) {
	if err := d.check(p, to, subjects); err != nil {
		return Subscription{}, err
	}
	now := d.clock()
	var set Subscription
	err := d.store.Write(ctx, func(tx Tx) error {
		old, err := tx.Subscription(p.OIN)
		if err != nil {
			return err
		}
		open, err := tx.Open(p.OIN)
		if err != nil {
			return err
		}
		set = Subscription{Party: p.OIN, Address: to, State: Active, Since: now, Cursors: startAll(subjects)}
		event := audit.WebhookSet
		if old.Exists() {
			event = audit.WebhookChanged
		}
		if old.Address == to && old.State == Active {
			if slices.Equal(old.Subjects(), set.Subjects()) {
				set = old
				return nil
			}
			for _, c := range old.Cursors {
				set = set.advance(c.Subject, c.Announced)
			}
			open = slices.DeleteFunc(open, func(e Event) bool { return slices.Contains(subjects, e.Subject) })
		}
		if err := log(tx, event, byOperator(), p.OIN, now, audit.Codes(codes(set.Subjects())...), audit.Digest(gateway.DigestOf([]byte(to.Reveal())))); err != nil {
			return err
		}
		return tx.Put(set, lapse(open, now))
	})
	return set, err
}

// check says everything that is wrong at once.
func (d *Desk) check(p gateway.Party, to Address, subjects []Subject) error {
	var wrong []error
	if p.State != gateway.PartyActive {
		wrong = append(wrong, fmt.Errorf("%w: the party is not active", ErrSubscription))
	}
	if len(subjects) == 0 {
		wrong = append(wrong, fmt.Errorf("%w: name what to announce", ErrSubscription))
	}
	for _, s := range subjects {
		if !slices.Contains(SubjectsOf(p.Kind), s) {
			wrong = append(wrong, fmt.Errorf("%w: no %s wait for a party of this kind", ErrSubscription, s))
		}
	}
	if to.IsZero() {
		return errors.Join(append(wrong, ErrAddress)...)
	}
	return errors.Join(append(wrong, d.list.Allows(to))...)
}

// startAll gives each subject once, in order, from the beginning.
func startAll(subjects []Subject) []Cursor {
	sorted := slices.Clone(subjects)
	slices.Sort(sorted)
	var cursors []Cursor
	for _, s := range slices.Compact(sorted) {
		cursors = append(cursors, Cursor{Subject: s})
	}
	return cursors
}

// Remove ends a subscription; what was open for it lapses.
func (d *Desk) Remove(ctx context.Context, party gateway.OIN) error {
	return d.change(ctx, party, func(tx Tx, s Subscription, open []Event, now time.Time) error {
		if err := log(tx, audit.WebhookRemoved, byOperator(), party, now); err != nil {
			return err
		}
		return errors.Join(tx.Put(s, lapse(open, now)), tx.Remove(party))
	})
}

// Replay lets everything that is open for a party be tried at once, from the
// first attempt, and tells how many events that are.
func (d *Desk) Replay(ctx context.Context, party gateway.OIN) (n int, err error) {
	err = d.change(ctx, party, func(tx Tx, s Subscription, open []Event, now time.Time) error {
		if s.State != Active {
			return fmt.Errorf("%w: it is switched off; set the address again", ErrSubscription)
		}
		if n = len(open); n == 0 {
			return fmt.Errorf("%w: nothing waits to be delivered", ErrSubscription)
		}
		for i, e := range open {
			e.State, e.Attempts, e.Next, e.DoneAt = Pending, 0, now, time.Time{}
			open[i] = e
		}
		if err := log(tx, audit.WebhookReplayed, byOperator(), party, now, audit.Count(n)); err != nil {
			return err
		}
		return tx.Put(s, open)
	})
	return n, err
}

// Accounts lists every subscription with what is open for it.
func (d *Desk) Accounts(ctx context.Context) ([]Account, error) { return d.store.Accounts(ctx) }

func (d *Desk) change(ctx context.Context, party gateway.OIN, fn func(Tx, Subscription, []Event, time.Time) error) error {
	return d.store.Write(ctx, func(tx Tx) error {
		s, err := tx.Subscription(party)
		if err != nil {
			return err
		}
		if !s.Exists() {
			return fmt.Errorf("%w: this party has none", ErrSubscription)
		}
		open, err := tx.Open(party)
		if err != nil {
			return err
		}
		return fn(tx, s, open, d.clock())
	})
}

func byOperator() audit.By {
	return audit.ByOperator(gateway.NewTrace())
}

func codes(subjects []Subject) []string {
	out := make([]string, len(subjects))
	for i, s := range subjects {
		out[i] = string(s)
	}
	return out
}
