// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
)

type memoryWebhooks struct{ m *Memory }

// News fills announce.Store.
func (w memoryWebhooks) News(_ context.Context, limit int) ([]announce.News, error) {
	s, err := w.m.read()
	if err != nil {
		return nil, err
	}
	var news []announce.News
	for _, oin := range slices.Sorted(maps.Keys(s.webhooks)) {
		sub := s.webhooks[oin]
		for _, c := range sub.Cursors {
			n := announce.News{Party: oin, Subject: c.Subject, Last: s.posted[oin]}
			if c.Subject == announce.Signals {
				n.Last = s.sequences[s.parties[oin].Municipality]
			}
			for _, e := range s.announced {
				if e.Party == oin && e.Subject == c.Subject && e.State == announce.Pending && e.MadeAt.After(n.Latest) {
					n.Latest = e.MadeAt
				}
			}
			if sub.State == announce.Active && n.Last > c.Announced && len(news) < limit {
				news = append(news, n)
			}
		}
	}
	return news, nil
}

// Due fills announce.Store.
func (w memoryWebhooks) Due(_ context.Context, at time.Time) ([]announce.Delivery, error) {
	s, err := w.m.read()
	if err != nil {
		return nil, err
	}
	first := map[gateway.OIN]int{}
	for i, e := range s.announced {
		if e.State != announce.Pending || e.Next.After(at) || s.webhooks[e.Party].State != announce.Active {
			continue
		}
		if other, there := first[e.Party]; !there || e.Next.Before(s.announced[other].Next) {
			first[e.Party] = i
		}
	}
	var due []announce.Delivery
	for _, i := range slices.Sorted(maps.Values(first)) {
		due = append(due, announce.Delivery{Event: s.announced[i], Address: s.webhooks[s.announced[i].Party].Address})
	}
	slices.SortStableFunc(due, func(a, b announce.Delivery) int { return a.Event.Next.Compare(b.Event.Next) })
	return due, nil
}

// Accounts fills announce.Store.
func (w memoryWebhooks) Accounts(context.Context) ([]announce.Account, error) {
	s, err := w.m.read()
	if err != nil {
		return nil, err
	}
	var accounts []announce.Account
	for _, oin := range slices.Sorted(maps.Keys(s.webhooks)) {
		a := announce.Account{Subscription: s.webhooks[oin]}
		for _, e := range s.announced {
			switch {
			case e.Party != oin || e.State != announce.Pending && e.State != announce.Undeliverable:
				continue
			case e.State == announce.Pending:
				a.Pending++
			default:
				a.Undeliverable++
			}
			if e.Failure != announce.NoFailure {
				a.Failure = e.Failure
			}
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

// Write fills announce.Store.
func (w memoryWebhooks) Write(ctx context.Context, fn func(announce.Tx) error) error {
	return w.m.write(ctx, func(t *memoryTx) error { return fn(memoryWebhookTx{t}) })
}

// memoryWebhookTx is a type of its own because Put means something else to
// other ports.
type memoryWebhookTx struct{ *memoryTx }

// Subscription fills announce.Tx.
func (t memoryWebhookTx) Subscription(party gateway.OIN) (announce.Subscription, error) {
	return t.s.webhooks[party], nil
}

// Open fills announce.Tx.
func (t memoryWebhookTx) Open(party gateway.OIN) (open []announce.Event, err error) {
	for _, e := range t.s.announced {
		if e.Party == party && (e.State == announce.Pending || e.State == announce.Undeliverable) {
			open = append(open, e)
		}
	}
	return open, nil
}

// Put fills announce.Tx.
func (t memoryWebhookTx) Put(s announce.Subscription, events []announce.Event) error {
	if _, registered := t.s.parties[s.Party]; !registered {
		return fault("no such party")
	}
	s.Cursors, s.Since = slices.Clone(s.Cursors), millis(s.Since)
	t.s.webhooks[s.Party] = s
	for _, e := range events {
		e.MadeAt = millis(e.MadeAt)
		for _, at := range []*time.Time{&e.Next, &e.DoneAt} {
			if !at.IsZero() {
				*at = millis(*at)
			}
		}
		t.s.keepEvent(e)
		if i := slices.IndexFunc(t.s.announced, func(o announce.Event) bool { return o.ID == e.ID }); i >= 0 {
			t.s.announced[i] = e
			continue
		}
		t.s.announced = append(t.s.announced, e)
	}
	return nil
}

// Remove fills announce.Tx.
func (t memoryWebhookTx) Remove(party gateway.OIN) error {
	delete(t.s.webhooks, party)
	return nil
}
