// SPDX-License-Identifier: EUPL-1.2

package postgres

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
	q := m.db.door.as(ctx, string(of))
	var signals []gateway.Signal
	places := map[int64]int{}
	err := each(q, func(scan func(...any) error) error {
		number, s, err := scanSignal(scan)
		places[number] = len(signals)
		signals = append(signals, s)
		return err
	}, `SELECT `+signalColumns+` FROM signal AS s
		WHERE s.municipality = $1 AND s.sequence > $2 AND s.confirmed_at IS NULL AND s.erased_at IS NULL
		ORDER BY s.sequence LIMIT $3`, string(of), after, limit)
	if err != nil {
		return nil, err
	}
	return signals, addRelations(q, signals, places)
}

// Signals implements [mailbox.Store].
func (m *Mailbox) Signals(ctx context.Context, wanted []gateway.SignalID) ([]gateway.Signal, error) {
	q := m.db.read.with(ctx)
	signals := make([]gateway.Signal, len(wanted))
	places := map[int64]int{}
	err := each(q, func(scan func(...any) error) error {
		var place int
		number, s, err := scanSignal(scan, &place)
		signals[place-1] = s
		if _, twice := places[number]; !twice {
			places[number] = place - 1
		}
		return err
	}, `SELECT k.place, `+signalColumns+` FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN signal AS s ON s.id = k.id ORDER BY k.place`, ids(wanted))
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
	return each(q, func(scan func(...any) error) error {
		var number int64
		var other []byte
		var how gateway.Coincidence
		if err := scan(&number, &other, &how); err != nil {
			return err
		}
		s := &signals[places[number]]
		s.Relations = append(s.Relations, gateway.Relation{Signal: s.ID, Other: text[gateway.SignalID](other), Coincidence: how})
		return nil
	}, `SELECT r.signal, o.id, r.coincidence FROM relation AS r JOIN signal AS o ON o.number = r.other
		WHERE r.signal = ANY ($1::bigint[]) ORDER BY r.signal, r.other`, numbers)
}

// Bodies implements [mailbox.Store]. Rows say where bodies rest. One may be
// erased between its row and itself; then the row went first, and a second look
// says so.
func (m *Mailbox) Bodies(ctx context.Context, wanted []gateway.SignalID) ([]mailbox.Rest, error) {
	rest, at, places, err := m.bodyPlaces(ctx, wanted)
	for err == nil && len(places) > 0 {
		wrapped, missing := m.db.write.bodies.Get(ctx, places)
		if missing == nil {
			for i, b := range wrapped {
				rest[at[i]].Wrapped = b
			}
			break
		}
		before := len(places)
		if rest, at, places, err = m.bodyPlaces(ctx, wanted); err == nil && (len(places) == before || !errors.Is(missing, mailbox.ErrBody)) {
			return nil, failed(missing)
		}
	}
	return rest, err
}

// bodyPlaces finds the rows: rest has the scopes, and the body of places[i] is
// that of wanted[at[i]].
func (m *Mailbox) bodyPlaces(ctx context.Context, wanted []gateway.SignalID) (rest []mailbox.Rest, at []int, places []mailbox.Place, err error) {
	rest = make([]mailbox.Rest, len(wanted))
	err = each(m.db.read.with(ctx), func(scan func(...any) error) error {
		var i int
		var p mailbox.Place
		var scope string
		var key []byte
		if err := scan(&i, &scope, &p.Object, &p.Offset, &p.Size, &key); err != nil {
			return err
		}
		copy(p.Key[:], key)
		rest[i-1].Scope = scope
		at, places = append(at, i-1), append(places, p)
		return nil
	}, `SELECT k.place, b.scope, b.object, b.place, b.size, b.key FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN signal AS s ON s.id = k.id JOIN body AS b ON b.number = s.number ORDER BY k.place`, ids(wanted))
	return rest, at, places, err
}

// Write implements [mailbox.Store].
func (m *Mailbox) Write(ctx context.Context, fn func(mailbox.Tx) error) error {
	return m.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

var errState = errors.New("postgres: a signal cannot move to this state")

// reached has, per state, the moments at or past it, its own first. A state that
// was passed over was reached when a later one was.
func reached(to gateway.SignalState) (own, all string) {
	switch to {
	case gateway.SignalOffered:
		return "offered_at", "s.offered_at, s.read_at, s.confirmed_at, s.erased_at"
	case gateway.SignalRead:
		return "read_at", "s.read_at, s.confirmed_at, s.erased_at"
	case gateway.SignalConfirmed:
		return "confirmed_at", "s.confirmed_at, s.erased_at"
	case gateway.SignalErased:
		return "erased_at", "s.erased_at"
	}
	return "", ""
}

// Advance implements [mailbox.Tx]. A signal that does not exist gives the zero
// time. Moves to the same state that follow each other take one round trip.
func (t *tx) Advance(moves []mailbox.Move) ([]time.Time, error) {
	moments := make([]time.Time, len(moves))
	for from := 0; from < len(moves); {
		until := from + 1
		for until < len(moves) && moves[until].To == moves[from].To {
			until++
		}
		if err := t.advanceTo(moves[from].To, moves[from:until], moments[from:until]); err != nil {
			return nil, err
		}
		from = until
	}
	return moments, nil
}

func (t *tx) advanceTo(to gateway.SignalState, moves []mailbox.Move, moments []time.Time) error {
	places := map[gateway.SignalID][]int{}
	r := rowsOf("id bytea, at bigint")
	for i, m := range moves {
		id, err := uuid(m.ID)
		if err != nil {
			continue
		}
		if places[m.ID] == nil { // of one that moves twice, the first move counts
			r.add(id, moment(m.At))
		}
		places[m.ID] = append(places[m.ID], i)
	}
	own, all := reached(to)
	query := `WITH moved AS (UPDATE signal AS s SET ` + own + ` = m.at FROM ` + r.from("m") + ` WHERE s.id = m.id AND coalesce(` + all + `) IS NULL)
		SELECT s.id, coalesce(` + all + `, m.at) FROM ` + r.from("m") + ` JOIN signal AS s ON s.id = m.id`
	switch {
	case to == gateway.SignalWaiting:
		query = `SELECT s.id, s.deposited_at FROM ` + r.from("m") + ` JOIN signal AS s ON s.id = m.id`
	case own == "":
		return failed(t.fail(errState))
	}
	return each(t, func(scan func(...any) error) error {
		var id []byte
		var ms *int64
		err := scan(&id, &ms)
		for _, i := range places[text[gateway.SignalID](id)] {
			moments[i] = at(ms)
		}
		return err
	}, query, r.arrays...)
}
