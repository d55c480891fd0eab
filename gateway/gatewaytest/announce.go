// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// Webhook is a subscription to notices and signals, from the beginning.
func Webhook(t testing.TB, party gateway.OIN) announce.Subscription {
	t.Helper()
	a, err := announce.ParseAddress("https://hook.example.nl/seinhuis?sleutel=abc")
	if err != nil {
		t.Fatal(err)
	}
	return announce.Subscription{Party: party, Address: a, State: announce.Active, Since: Now(),
		Cursors: []announce.Cursor{{Subject: announce.Notices}, {Subject: announce.Signals}}}
}

// WebhookEvent is an event as it is just after it was made.
func WebhookEvent(party gateway.OIN, about announce.Subject, upTo int64) announce.Event {
	return announce.Event{ID: announce.EventID(gateway.NewUUID(Now(), nil)), Party: party, Subject: about, UpTo: upTo, MadeAt: Now(),
		State: announce.Pending, Next: Now()}
}

type announceSuite struct {
	ledgerSuite
}

// Announce is the contract of [announce.Store]. open gives an empty store, a
// new one at each call.
func Announce(t *testing.T, open func(t *testing.T) Truth) {
	s := announceSuite{ledgerSuite{NewSteps(t), open}}
	t.Run("subscription", s.subscription)
	t.Run("events", s.events)
	t.Run("due", s.due)
	t.Run("news", s.news)
	t.Run("all or nothing", s.announceAtomic)
	t.Run("party must be registered", s.unregistered)
}

// world gives a store in which the parties are registered.
func (s announceSuite) world(t *testing.T) Truth {
	t.Helper()
	truth := s.open(t)
	if err := truth.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(s.Parties()) }); err != nil {
		t.Fatal(err)
	}
	return truth
}

func putWebhook(t *testing.T, truth Truth, s announce.Subscription, events ...announce.Event) {
	t.Helper()
	if err := truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error { return tx.Put(s, events) }); err != nil {
		t.Fatal(err)
	}
}

func accounts(t *testing.T, truth Truth) []announce.Account {
	t.Helper()
	all, err := truth.Webhooks.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s announceSuite) subscription(t *testing.T) {
	truth := s.world(t)
	one, two := Webhook(t, s.Nijmegen.OIN), Webhook(t, s.Energy.OIN)
	two.Cursors, two.State = []announce.Cursor{{Subject: announce.Notices, Announced: 7}}, announce.SwitchedOff
	putWebhook(t, truth, one, WebhookEvent(one.Party, announce.Signals, 1))
	putWebhook(t, truth, two)
	if got, want := accounts(t, truth), []announce.Account{{Subscription: two}, {Subscription: one, Pending: 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	other, err := announce.ParseAddress("https://elders.example.nl:8443/")
	if err != nil {
		t.Fatal(err)
	}
	one.Address, one.Cursors, one.Since = other, one.Cursors[1:], Now().Add(time.Hour)
	err = truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error {
		if err := errors.Join(tx.Put(one, nil), tx.Remove(two.Party)); err != nil {
			return err
		}
		for party, want := range map[gateway.OIN]announce.Subscription{one.Party: one, two.Party: {}} {
			if got, err := tx.Subscription(party); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v (%v)", got, want, err)
			}
		}
		return nil
	})
	if got := accounts(t, truth); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Subscription, one) {
		t.Errorf("after a change and a removal: %+v, %v", got, err)
	}
}

func (s announceSuite) events(t *testing.T) {
	truth := s.world(t)
	sub := Webhook(t, s.Nijmegen.OIN)
	first, second, other := WebhookEvent(sub.Party, announce.Notices, 3), WebhookEvent(sub.Party, announce.Signals, 4), WebhookEvent(s.Energy.OIN, announce.Notices, 1)
	putWebhook(t, truth, Webhook(t, s.Energy.OIN), other)
	putWebhook(t, truth, sub, first, second)
	first.Attempts, first.Failure, first.Next = 3, announce.Unreachable, Now().Add(time.Minute)
	second.State, second.DoneAt, second.Next = announce.Undeliverable, Now().Add(time.Hour), time.Time{}
	third := WebhookEvent(sub.Party, announce.Signals, 9)
	putWebhook(t, truth, sub, second, first, third)
	open := func(want ...announce.Event) {
		t.Helper()
		if err := truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error {
			got, err := tx.Open(sub.Party)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	open(first, second, third)
	if got := accounts(t, truth)[1]; got.Pending != 2 || got.Undeliverable != 1 || got.Failure != announce.Unreachable {
		t.Errorf("%+v", got)
	}
	first.State, first.DoneAt, first.Next = announce.Delivered, Now(), time.Time{}
	third.State, third.DoneAt, third.Next = announce.Lapsed, Now(), time.Time{}
	putWebhook(t, truth, sub, first, third)
	open(second)
	if got := accounts(t, truth)[1]; got.Pending != 0 || got.Undeliverable != 1 {
		t.Errorf("%d pending, %d undeliverable", got.Pending, got.Undeliverable)
	}
}

func (s announceSuite) due(t *testing.T) {
	truth := s.world(t)
	at := func(party gateway.OIN, after time.Duration) announce.Event {
		e := WebhookEvent(party, announce.Notices, 1)
		e.Next = Now().Add(after)
		return e
	}
	sub, energy, off := Webhook(t, s.Nijmegen.OIN), Webhook(t, s.Energy.OIN), Webhook(t, s.Leiden.OIN)
	off.State = announce.SwitchedOff
	late, early, now, later, silent := at(sub.Party, -time.Minute), at(sub.Party, -time.Hour), at(energy.Party, 0), at(energy.Party, 1e6), at(off.Party, -time.Hour)
	done := at(energy.Party, -time.Hour)
	done.State, done.DoneAt, done.Next = announce.Delivered, Now(), time.Time{}
	putWebhook(t, truth, sub, late, early)
	putWebhook(t, truth, energy, later, now, done)
	putWebhook(t, truth, off, silent)
	for moment, want := range map[time.Time][]announce.Delivery{
		Now():                     {{Event: early, Address: sub.Address}, {Event: now, Address: energy.Address}},
		Now().Add(-time.Second):   {{Event: early, Address: sub.Address}},
		Now().Add(-2 * time.Hour): nil,
	} {
		if got, err := truth.Webhooks.Due(t.Context(), moment); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("at %s: got %+v\nwant %+v (%v)", moment, got, want, err)
		}
	}
}

func (s announceSuite) news(t *testing.T) {
	truth := s.world(t)
	d := []mailbox.Deposit{s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Energy, s.Nijmegen, 2), s.deposit(t, s.Water, s.Leiden, 3)}
	File(t, truth, d...)
	if err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		return tx.Post(nil, []gateway.PostedNotice{Notice(s.Energy.OIN, d[0], gateway.NoticeHelpAccepted)})
	}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []gateway.Party{s.Nijmegen, s.Leiden, s.Energy} {
		putWebhook(t, truth, Webhook(t, p.OIN))
	}
	want := func(limit int, want ...announce.News) {
		t.Helper()
		if got, err := truth.Webhooks.News(t.Context(), limit); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v (%v)", got, want, err)
		}
	}
	nijmegen := announce.News{Party: s.Nijmegen.OIN, Subject: announce.Signals, Last: 2}
	leiden := announce.News{Party: s.Leiden.OIN, Subject: announce.Signals, Last: 1}
	energy := announce.News{Party: s.Energy.OIN, Subject: announce.Notices, Last: 1}
	want(10, energy, nijmegen, leiden)
	want(2, energy, nijmegen)
	heard := Webhook(t, s.Energy.OIN)
	heard.Cursors[0].Announced = 1
	putWebhook(t, truth, heard)
	off, told := Webhook(t, s.Leiden.OIN), Webhook(t, s.Nijmegen.OIN)
	off.State, told.Cursors[1].Announced = announce.SwitchedOff, 2
	putWebhook(t, truth, off)
	putWebhook(t, truth, told, WebhookEvent(told.Party, announce.Notices, 1))
	want(10)
	older, latest := WebhookEvent(told.Party, announce.Signals, 1), WebhookEvent(told.Party, announce.Signals, 1)
	latest.MadeAt, told.Cursors[1].Announced = Now().Add(time.Minute), 1
	putWebhook(t, truth, told, latest, older)
	nijmegen.Latest = latest.MadeAt
	want(10, nijmegen)
	told.Cursors = told.Cursors[:1]
	putWebhook(t, truth, told)
	want(10)
}

func (s announceSuite) announceAtomic(t *testing.T) {
	truth := s.world(t)
	sub := Webhook(t, s.Energy.OIN)
	err := truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error {
		_, err := tx.Append([]audit.Entry{Entry(t, 1)})
		return errors.Join(err, tx.Put(sub, []announce.Event{WebhookEvent(sub.Party, announce.Notices, 1)}), errOnPurpose)
	})
	rows, _ := truth.Rows.Leaves(t.Context(), 0, 10)
	due, _ := truth.Webhooks.Due(t.Context(), Now())
	if !errors.Is(err, errOnPurpose) || len(rows)+len(due)+len(accounts(t, truth)) != 0 {
		t.Errorf("something is left of a write that failed: %v, %d rows, %d due", err, len(rows), len(due))
	}
}

func (s announceSuite) unregistered(t *testing.T) {
	truth := s.open(t)
	if err := truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error { return tx.Put(Webhook(t, s.Energy.OIN), nil) }); err == nil {
		t.Error("a party that is not registered has an address")
	}
}

// PostNotice files a report of a creditor and posts a notice about it.
func PostNotice(t testing.TB, truth Truth, to gateway.OIN) {
	t.Helper()
	s := NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Leiden, 1)))[0]
	File(t, truth, d)
	if err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		return tx.Post(nil, []gateway.PostedNotice{Notice(to, d, gateway.NoticeHelpAccepted)})
	}); err != nil {
		t.Fatal(err)
	}
}
