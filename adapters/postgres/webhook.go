// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
)

// Webhooks is the addresses of parties and the events for them. It fills
// [announce.Store].
type Webhooks struct{ db *DB }

// Webhooks is the view for package announce.
func (d *DB) Webhooks() *Webhooks { return &Webhooks{d} }

// keepEvent is how many days an event stays after its end.
const keepEvent = 30

var errSubject = errors.New("postgres: there is no cursor for this subject")

// News implements [announce.Store].
func (w *Webhooks) News(ctx context.Context, limit int) (news []announce.News, err error) {
	err = each(w.db.read.with(ctx), func(scan func(...any) error) error {
		var n announce.News
		var latest *int64
		err := scan(&n.Party, &n.Subject, &n.Last, &latest)
		n.Latest = at(latest)
		news = append(news, n)
		return err
	}, `SELECT n.party, n.subject, n.last, (
			SELECT max(e.made_at) FROM webhook_event AS e WHERE e.party = n.party AND e.state = 'wachtend' AND e.subject = n.subject)
		FROM (
			SELECT w.party, 'berichten' AS subject, s.last FROM webhook AS w JOIN notice_sequence AS s ON s.party = w.party
			WHERE w.state = 'actief' AND s.last > w.notices
			UNION ALL
			SELECT w.party, 'signalen', s.last FROM webhook AS w JOIN party AS p ON p.oin = w.party
			JOIN mailbox_sequence AS s ON s.municipality = p.municipality
			WHERE w.state = 'actief' AND s.last > w.signals
		) AS n ORDER BY n.party, n.subject LIMIT $1`, limit)
	return news, err
}

const eventColumns = `e.id, e.party, e.subject, e.up_to, e.made_at, e.state, e.attempts, e.failure, e.next_at, e.done_at`

var dueColumns = strings.ReplaceAll(eventColumns, "e.", "d.")

// Due implements [announce.Store].
func (w *Webhooks) Due(ctx context.Context, now time.Time) (due []announce.Delivery, err error) {
	err = each(w.db.read.with(ctx), func(scan func(...any) error) error {
		var url string
		var first int64
		e, err := scanEvent(scan, &url, &first)
		if err != nil {
			return err
		}
		address, err := storedAddress(url)
		due = append(due, announce.Delivery{Event: e, Address: address})
		return err
	}, `SELECT d.url, d.next_at, `+dueColumns+` FROM (SELECT DISTINCT ON (e.party) w.url, e.number, `+eventColumns+`
			FROM webhook_event AS e JOIN webhook AS w ON w.party = e.party
			WHERE e.state = 'wachtend' AND e.next_at <= $1 AND w.state = 'actief' ORDER BY e.party, e.next_at, e.number) AS d ORDER BY d.next_at, d.number`, moment(now))
	return due, err
}

// Accounts implements [announce.Store].
func (w *Webhooks) Accounts(ctx context.Context) (accounts []announce.Account, err error) {
	err = each(w.db.read.with(ctx), func(scan func(...any) error) error {
		var a announce.Account
		var err error
		a.Subscription, err = scanSubscription(scan, &a.Pending, &a.Undeliverable, &a.Failure)
		accounts = append(accounts, a)
		return err
	}, `SELECT (SELECT count(*) FROM webhook_event AS e WHERE e.party = w.party AND e.state = 'wachtend'),
			(SELECT count(*) FROM webhook_event AS e WHERE e.party = w.party AND e.state = 'onbestelbaar'),
			coalesce((SELECT e.failure FROM webhook_event AS e WHERE e.party = w.party AND e.state IN ('wachtend', 'onbestelbaar')
				AND e.failure <> '' ORDER BY e.number DESC LIMIT 1), ''),
			w.party, w.url, w.state, w.since_at, w.notices, w.signals
		FROM webhook AS w ORDER BY w.party`)
	return accounts, err
}

// Write implements [announce.Store].
func (w *Webhooks) Write(ctx context.Context, fn func(announce.Tx) error) error {
	return w.db.write.do(ctx, func(t *tx) error { return fn(webhookTx{t}) })
}

// webhookTx is a type of its own because Put and Open mean something else to
// other ports.
type webhookTx struct{ *tx }

// Subscription implements [announce.Tx].
func (t webhookTx) Subscription(party gateway.OIN) (s announce.Subscription, err error) {
	err = each(t.tx, func(scan func(...any) error) error {
		s, err = scanSubscription(scan)
		return err
	}, `SELECT party, url, state, since_at, notices, signals FROM webhook WHERE party = $1`, string(party))
	return s, err
}

func scanSubscription(scan func(...any) error, before ...any) (s announce.Subscription, err error) {
	var url string
	var since int64
	var notices, signals *int64
	if err := scan(append(before, &s.Party, &url, &s.State, &since, &notices, &signals)...); err != nil {
		return s, err
	}
	s.Since = at(&since)
	for _, c := range []struct {
		subject announce.Subject
		last    *int64
	}{{announce.Notices, notices}, {announce.Signals, signals}} {
		if c.last != nil {
			s.Cursors = append(s.Cursors, announce.Cursor{Subject: c.subject, Announced: *c.last})
		}
	}
	s.Address, err = storedAddress(url)
	return s, err
}

// storedAddress reads an address that was checked when it was stored; its own
// error says so, and not what it was.
func storedAddress(url string) (announce.Address, error) {
	a, err := announce.ParseAddress(url)
	if err != nil {
		return a, fmt.Errorf("postgres: a stored webhook: %w", err)
	}
	return a, nil
}

// Open implements [announce.Tx].
func (t webhookTx) Open(party gateway.OIN) (events []announce.Event, err error) {
	err = each(t.tx, func(scan func(...any) error) error {
		e, err := scanEvent(scan)
		events = append(events, e)
		return err
	}, `SELECT `+eventColumns+` FROM webhook_event AS e WHERE e.party = $1 AND e.state IN ('wachtend', 'onbestelbaar') ORDER BY e.number`, string(party))
	return events, err
}

func scanEvent(scan func(...any) error, before ...any) (e announce.Event, err error) {
	var id []byte
	var made int64
	var next, done *int64
	err = scan(append(before, &id, &e.Party, &e.Subject, &e.UpTo, &made, &e.State, &e.Attempts, &e.Failure, &next, &done)...)
	e.ID, e.MadeAt, e.Next, e.DoneAt = text[announce.EventID](id), at(&made), at(next), at(done)
	return e, err
}

// Put implements [announce.Tx].
func (t webhookTx) Put(s announce.Subscription, events []announce.Event) error {
	var notices, signals any
	for _, c := range s.Cursors {
		switch c.Subject {
		case announce.Notices:
			notices = c.Announced
		case announce.Signals:
			signals = c.Announced
		default:
			return failed(t.fail(errSubject))
		}
	}
	if _, err := t.exec(`INSERT INTO webhook (party, url, state, since_at, notices, signals) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (party) DO UPDATE SET url = excluded.url, state = excluded.state, since_at = excluded.since_at,
			notices = excluded.notices, signals = excluded.signals`,
		string(s.Party), s.Address.Reveal(), string(s.State), moment(s.Since), notices, signals); err != nil {
		return err
	}
	for _, e := range events {
		if err := t.putEvent(e); err != nil {
			return err
		}
	}
	return nil
}

func (t webhookTx) putEvent(e announce.Event) error {
	id, err := uuid(e.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	var expires any
	if !e.DoneAt.IsZero() {
		expires = day(gateway.Today(e.DoneAt).AddDays(keepEvent))
	}
	_, err = t.exec(`INSERT INTO webhook_event (id, party, subject, up_to, made_at, state, attempts, failure, next_at, done_at, expires_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, failure = excluded.failure,
			next_at = excluded.next_at, done_at = excluded.done_at, expires_on = excluded.expires_on`,
		id, string(e.Party), string(e.Subject), e.UpTo, moment(e.MadeAt), string(e.State), e.Attempts, string(e.Failure),
		moment(e.Next), moment(e.DoneAt), expires)
	return err
}

// Remove implements [announce.Tx].
func (t webhookTx) Remove(party gateway.OIN) error {
	_, err := t.exec(`DELETE FROM webhook WHERE party = $1`, string(party))
	return err
}
