// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// Mailbox is the mailboxes of the municipalities. It fills [mailbox.Store].
type Mailbox struct{ db *DB }

// Mailbox is the view for package mailbox.
func (d *DB) Mailbox() *Mailbox { return &Mailbox{d} }

const signalColumns = `s.number, s.id, s.sequence, s.municipality, s.nature, s.concerns, s.kind, s.urgency, s.deposited_at,
	s.withdrawn_at, s.offered_at, s.read_at, s.confirmed_at, s.erased_at, s.format, s.key_id, s.size, s.digest, s.corrected_at`

// List implements [mailbox.Store].
func (m *Mailbox) List(ctx context.Context, of gateway.Municipality, after int64, limit int) ([]gateway.Signal, error) {
	q := m.db.read.with(ctx)
	var signals []gateway.Signal
	places := map[int64]int{}
	err := each(q, func(scan func(...any) error) error {
		number, s, err := scanSignal(scan)
		places[number] = len(signals)
		signals = append(signals, s)
		return err
	}, `SELECT `+signalColumns+` FROM signal AS s
		WHERE s.municipality = ? AND s.sequence > ? AND s.confirmed_at IS NULL AND s.erased_at IS NULL
		ORDER BY s.sequence LIMIT ?`, string(of), after, limit)
	if err != nil {
		return nil, err
	}
	return signals, addRelations(q, signals, places)
}

// Signals implements [mailbox.Store].
func (m *Mailbox) Signals(ctx context.Context, ids []gateway.SignalID) ([]gateway.Signal, error) {
	q := m.db.read.with(ctx)
	signals := make([]gateway.Signal, len(ids))
	places := map[int64]int{}
	err := lookup(q, ids, func(scan func(...any) error) error {
		var place int
		number, s, err := scanSignal(scan, &place)
		signals[place] = s
		if _, twice := places[number]; !twice {
			places[number] = place
		}
		return err
	}, `SELECT k.key, `+signalColumns+` FROM json_each(?) AS k CROSS JOIN signal AS s ON s.id = unhex(k.value, '-')`)
	if err != nil {
		return nil, err
	}
	return signals, addRelations(q, signals, places)
}

func scanSignal(scan func(...any) error, before ...any) (number int64, s gateway.Signal, err error) {
	number, s, _, err = scanMoments(scan, before...)
	return number, s, err
}

// scanMoments is scanSignal with every moment, in the order of signalColumns.
func scanMoments(scan func(...any) error, before ...any) (number int64, s gateway.Signal, moments [6]time.Time, err error) {
	var id, concerns, sum []byte
	var deposited int64
	var withdrawn, offered, read, confirmed, erased, corrected *int64
	err = scan(append(before, &number, &id, &s.Sequence, &s.Municipality, &s.Nature, &concerns, &s.Kind, &s.Urgency, &deposited,
		&withdrawn, &offered, &read, &confirmed, &erased, &s.Format, &s.KeyID, &s.Size, &sum, &corrected)...)
	s.ID, s.Concerns, s.Digest = text[gateway.SignalID](id), text[gateway.SignalID](concerns), digest(sum)
	s.DepositedAt, s.Withdrawn, s.Corrected = at(&deposited), withdrawn != nil, corrected != nil
	s.Nature = natureOf(s.Nature, concerns)
	s.State = gateway.SignalWaiting
	for _, reached := range []struct {
		at    *int64
		state gateway.SignalState
	}{{offered, gateway.SignalOffered}, {read, gateway.SignalRead}, {confirmed, gateway.SignalConfirmed}, {erased, gateway.SignalErased}} {
		if reached.at != nil {
			s.State = reached.state
		}
	}
	for i, ms := range []*int64{&deposited, withdrawn, offered, read, confirmed, erased} {
		moments[i] = at(ms)
	}
	return number, s, moments, err
}

// natureOf is the nature of a row: a report that concerns another is a
// correction of it.
func natureOf(stored gateway.SignalNature, concerns []byte) gateway.SignalNature {
	if stored == gateway.NatureReport && concerns != nil {
		return gateway.NatureCorrection
	}
	return stored
}

func addRelations(q querier, signals []gateway.Signal, places map[int64]int) error {
	if len(places) == 0 {
		return nil
	}
	numbers := make([]int64, 0, len(places))
	for n := range places {
		numbers = append(numbers, n)
	}
	return lookup(q, numbers, func(scan func(...any) error) error {
		var number int64
		var other []byte
		var how gateway.Coincidence
		if err := scan(&number, &other, &how); err != nil {
			return err
		}
		s := &signals[places[number]]
		s.Relations = append(s.Relations, gateway.Relation{Signal: s.ID, Other: text[gateway.SignalID](other), Coincidence: how})
		return nil
	}, `SELECT r.signal, o.id, r.coincidence FROM json_each(?) AS k
		CROSS JOIN relation AS r ON r.signal = k.value
		CROSS JOIN signal AS o ON o.number = r.other
		ORDER BY r.signal, r.other`)
}

// Bodies implements [mailbox.Store].
func (m *Mailbox) Bodies(ctx context.Context, ids []gateway.SignalID) ([]mailbox.Rest, error) {
	rest := make([]mailbox.Rest, len(ids))
	err := lookup(m.db.read.with(ctx), ids, func(scan func(...any) error) error {
		var place int
		var b mailbox.Rest
		err := scan(&place, &b.Scope, &b.Wrapped)
		rest[place] = b
		return err
	}, `SELECT k.key, b.scope, b.wrapped FROM json_each(?) AS k
		CROSS JOIN signal AS s ON s.id = unhex(k.value, '-')
		CROSS JOIN body AS b ON b.number = s.number`)
	return rest, err
}

// Write implements [mailbox.Store].
func (m *Mailbox) Write(ctx context.Context, fn func(mailbox.Tx) error) error {
	return m.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

var errState = errors.New("sqlite: a signal cannot move to this state")

// advances has, per state, how to reach it and when it was reached. A state
// that was passed over was reached when a later one was.
var advances = map[gateway.SignalState][2]string{
	gateway.SignalWaiting: {"", `SELECT deposited_at FROM signal WHERE id = ?`},
	gateway.SignalOffered: {`UPDATE signal SET offered_at = ?2 WHERE id = ?1 AND coalesce(offered_at, read_at, confirmed_at, erased_at) IS NULL`,
		`SELECT coalesce(offered_at, read_at, confirmed_at, erased_at) FROM signal WHERE id = ?`},
	gateway.SignalRead: {`UPDATE signal SET read_at = ?2 WHERE id = ?1 AND coalesce(read_at, confirmed_at, erased_at) IS NULL`,
		`SELECT coalesce(read_at, confirmed_at, erased_at) FROM signal WHERE id = ?`},
	gateway.SignalConfirmed: {`UPDATE signal SET confirmed_at = ?2 WHERE id = ?1 AND coalesce(confirmed_at, erased_at) IS NULL`,
		`SELECT coalesce(confirmed_at, erased_at) FROM signal WHERE id = ?`},
	gateway.SignalErased: {`UPDATE signal SET erased_at = ?2 WHERE id = ?1 AND erased_at IS NULL`,
		`SELECT erased_at FROM signal WHERE id = ?`},
}

// Advance implements [mailbox.Tx]. A signal that does not exist gives the zero
// time.
func (t *tx) Advance(moves []mailbox.Move) ([]time.Time, error) {
	moments := make([]time.Time, len(moves))
	for i, m := range moves {
		step, ok := advances[m.To]
		if !ok {
			return nil, failed(t.fail(errState))
		}
		id, err := uuid(m.ID)
		if err != nil {
			continue
		}
		if step[0] != "" {
			if _, err := t.exec(step[0], id, moment(m.At)); err != nil {
				return nil, err
			}
		}
		if moments[i], err = t.moment(step[1], id); err != nil {
			return nil, err
		}
	}
	return moments, nil
}

// moment reads one moment; the zero time when there is no row.
func (t *tx) moment(query string, args ...any) (time.Time, error) {
	var ms *int64
	err := each(t, func(scan func(...any) error) error { return scan(&ms) }, query, args...)
	return at(ms), err
}
