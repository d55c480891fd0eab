// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// faultPause is how long an event waits after a fault of ours.
const faultPause = time.Minute

// attempt sends one event and writes down what came of it. Between the answer
// and the row a crash makes the event go out twice, under one id.
func (a *Announcer) attempt(ctx context.Context, d Delivery) error {
	answer, fault := a.ports.Sender.Send(ctx, d.Address, d.Event, a.ports.Clock())
	if ctx.Err() != nil && !answer.Delivered {
		return nil // broken off: says nothing about the receiver
	}
	now := a.ports.Clock()
	err := a.ports.Store.Write(context.WithoutCancel(ctx), func(tx Tx) error { return a.settle(tx, d, answer, fault, now) })
	if err == nil && answer.Delivered {
		a.delivered.Add(1)
	}
	return errors.Join(fault, err)
}

// settle moves the event on, if it is still pending: when the operator removes
// or changes an address, what was open for it lapses, and what the old one
// answers says nothing about the new one.
func (a *Announcer) settle(tx Tx, d Delivery, answer Answer, fault error, now time.Time) error {
	s, err := tx.Subscription(d.Event.Party)
	if err != nil {
		return err
	}
	open, err := tx.Open(d.Event.Party)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(open, func(e Event) bool { return e.ID == d.Event.ID && e.State == Pending })
	if at < 0 || !s.Exists() {
		return nil
	}
	e := open[at]
	switch {
	case answer.Delivered && fault == nil:
		return tx.Put(s, deliver(open, e, now))
	case fault != nil:
		e.Next = now.Add(faultPause)
		return tx.Put(s, []Event{e})
	case answer.Gone:
		return switchOff(tx, s, open, now)
	}
	e = e.fail(answer.Failure, now, a.ports.Jitter(), answer.NotBefore)
	if e.State == Undeliverable {
		if err := log(tx, audit.WebhookFailed, audit.ByGateway(e.Trace()), e.Party, now, audit.Codes(string(e.Subject), string(e.Failure))); err != nil {
			return err
		}
	}
	return tx.Put(s, []Event{e})
}

// deliver ends the event, and every other open one that it covers.
func deliver(open []Event, e Event, now time.Time) []Event {
	ended := []Event{e.end(Delivered, now)}
	for _, o := range open {
		if o.ID != e.ID && o.Subject == e.Subject && o.UpTo <= e.UpTo {
			ended = append(ended, o.end(Lapsed, now))
		}
	}
	return ended
}

// switchOff stops sending to an address that is no more.
func switchOff(tx Tx, s Subscription, open []Event, now time.Time) error {
	s.State, s.Since = SwitchedOff, now
	if err := log(tx, audit.WebhookChanged, byGateway(), s.Party, now, audit.Codes(string(SwitchedOff))); err != nil {
		return err
	}
	return tx.Put(s, lapse(open, now))
}

// lapse ends open events.
func lapse(open []Event, now time.Time) []Event {
	ended := make([]Event, len(open))
	for i, e := range open {
		ended[i] = e.end(Lapsed, now)
	}
	return ended
}

func byGateway() audit.By {
	return audit.ByGateway(gateway.NewTrace())
}

func log(tx Tx, event audit.Event, by audit.By, party gateway.OIN, at time.Time, o ...audit.Option) error {
	e, err := audit.New(event, by, audit.Object(audit.KindParty, string(party)), at, o...)
	if err != nil {
		return err
	}
	_, err = tx.Append([]audit.Entry{e})
	return err
}
