// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

const breachColumns = `SELECT number, id, nature, opened_by, opened_at, discovered_at, every, parties, filter, examined_at, entries, more FROM breach `

// Breaches implements [oversight.BreachStore].
func (o *Oversight) Breaches(ctx context.Context) ([]oversight.Breach, error) {
	return breaches(o.db.look.with(ctx), `ORDER BY number DESC`)
}

// WriteBreaches implements [oversight.BreachStore].
func (o *Oversight) WriteBreaches(ctx context.Context, fn func(oversight.BreachTx) error) error {
	return o.db.office.do(ctx, func(t *tx) error { return fn(t) })
}

// Breach implements [oversight.BreachTx].
func (t *tx) Breach(id gateway.UUID) (oversight.Breach, error) {
	key, err := uuid(id)
	if err != nil {
		return oversight.Breach{}, nil // no such case
	}
	found, err := breaches(t, `WHERE id = $1`, key)
	if err != nil || len(found) == 0 {
		return oversight.Breach{}, err
	}
	return found[0], nil
}

func breaches(q querier, where string, args ...any) (all []oversight.Breach, err error) {
	places := map[int64]int{}
	err = each(q, func(scan func(...any) error) error {
		var b oversight.Breach
		var number, opened, discovered int64
		var id, by, parties, filter []byte
		var examined *int64
		if err := scan(&number, &id, &b.Nature, &by, &opened, &discovered, &b.All, &parties, &filter, &examined, &b.Entries, &b.More); err != nil {
			return err
		}
		b.ID, b.OpenedBy = text[gateway.UUID](id), text[gateway.UUID](by)
		b.OpenedAt, b.Discovered, b.ExaminedAt = at(&opened), at(&discovered), at(examined)
		if err := json.Unmarshal(parties, &b.For); err != nil {
			return err
		}
		places[number] = len(all)
		all = append(all, b)
		return json.Unmarshal(filter, &all[len(all)-1].Filter)
	}, breachColumns+where, args...)
	if err != nil || len(all) == 0 {
		return all, err
	}
	var numbers []int64
	for n := range places {
		numbers = append(numbers, n)
	}
	err = each(q, func(scan func(...any) error) error {
		var number int64
		var t oversight.Touched
		var kinds []byte
		var told, authority, persons, closed *int64
		if err := scan(&number, &t.Party, &t.Entries, &t.Signals, &t.Persons, &t.Unlinked, &kinds, &told, &authority, &persons, &closed, &t.Outcome); err != nil {
			return err
		}
		t.ToldAt, t.AuthorityAt, t.PersonsAt, t.ClosedAt = at(told), at(authority), at(persons), at(closed)
		b := &all[places[number]]
		b.Touched = append(b.Touched, t)
		return json.Unmarshal(kinds, &b.Touched[len(b.Touched)-1].Kinds)
	}, `SELECT t.breach, t.party, t.entries, t.signals, t.persons, t.unlinked, t.kinds, t.told_at, t.authority_at, t.persons_at, t.closed_at, coalesce(t.outcome, '')
		FROM breach_touched AS t WHERE t.breach = ANY($1::bigint[]) ORDER BY t.breach, t.party`, numbers)
	return all, err
}

// PutBreach implements [oversight.BreachTx].
func (t *tx) PutBreach(b oversight.Breach) error {
	id, err := uuid(b.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	by, err := uuid(b.OpenedBy)
	if err != nil {
		return failed(t.fail(err))
	}
	parties, err := list(b.For)
	if err != nil {
		return failed(t.fail(err))
	}
	filter, err := list(b.Filter)
	if err != nil {
		return failed(t.fail(err))
	}
	var number int64
	err = each(t, func(scan func(...any) error) error { return scan(&number) }, `INSERT INTO breach (id, nature, opened_by, opened_at, discovered_at,
			every, parties, filter, examined_at, entries, more, expires_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET examined_at = excluded.examined_at, entries = excluded.entries, more = excluded.more, expires_on = excluded.expires_on
		RETURNING number`, id, string(b.Nature), by, moment(b.OpenedAt), moment(b.Discovered), b.All, parties, filter, moment(b.ExaminedAt), b.Entries, b.More, day(b.KeepUntil()))
	if err != nil {
		return err
	}
	touched := rowsOf("breach bigint, party text, entries bigint, signals bigint, persons bigint, unlinked bigint, kinds text, told_at bigint, authority_at bigint, persons_at bigint, closed_at bigint, outcome text")
	for _, c := range b.Touched {
		kinds, err := list(c.Kinds)
		if err != nil {
			return failed(t.fail(err))
		}
		touched.add(number, string(c.Party), c.Entries, c.Signals, c.Persons, c.Unlinked, kinds,
			moment(c.ToldAt), moment(c.AuthorityAt), moment(c.PersonsAt), moment(c.ClosedAt), orNull(c.Outcome))
	}
	return t.together(statement{`DELETE FROM breach_touched WHERE breach = $1`, []any{number}, anyRows}, touched.insert("breach_touched", ""))
}

// Persons implements [oversight.Extent]. A birth date tells more than an address,
// and a newer key more than an older one: one token stands for a person. Officers
// cannot see tokens: a function of the database counts them (schema/0002.sql).
func (o *Oversight) Persons(ctx context.Context, signals []gateway.SignalID) (p oversight.Persons, err error) {
	if len(signals) == 0 {
		return p, nil
	}
	err = each(o.db.look.with(ctx), func(scan func(...any) error) error { return scan(&p.Distinct, &p.Unlinked) },
		`SELECT persons, unlinked FROM persons_of($1::bytea[])`, ids(signals))
	return p, err
}

// Touches implements [oversight.Extent]. A municipality that passed to another,
// or had another OIN, stands for whoever holds its code now.
func (o *Oversight) Touches(ctx context.Context, numbers []int64) ([]oversight.Touch, error) {
	touches := make([]oversight.Touch, len(numbers))
	if len(numbers) == 0 {
		return touches, nil
	}
	q := o.db.look.with(ctx)
	err := each(q, func(scan func(...any) error) error {
		var place int
		var id []byte
		var kind gateway.ReportKind
		err := scan(&place, &id, &kind)
		touches[place].Signal, touches[place].Kind = text[gateway.SignalID](id), kind
		return err
	}, `SELECT k.place - 1, s.id, s.kind FROM unnest($1::bigint[]) WITH ORDINALITY AS k (number, place)
		JOIN audit_index AS i ON i.number = k.number JOIN signal AS s ON s.number = i.signal`, numbers)
	if err != nil {
		return nil, err
	}
	err = each(q, func(scan func(...any) error) error {
		var place int
		var party gateway.OIN
		err := scan(&place, &party)
		if t := &touches[place]; !slices.Contains(t.Parties, party) {
			t.Parties = append(t.Parties, party)
		}
		return err
	}, `SELECT k.place - 1, coalesce((SELECT h.oin FROM party AS was JOIN party AS h
				ON h.municipality = coalesce((SELECT c.holder FROM succession AS c WHERE c.former = was.municipality), was.municipality)
			WHERE was.oin = a.oin AND was.kind = 'gemeente' AND h.kind = 'gemeente' AND h.state = 'actief'), a.oin) AS oin
		FROM unnest($1::bigint[]) WITH ORDINALITY AS k (number, place) JOIN audit_concern AS c ON c.number = k.number JOIN audit_party AS a ON a.number = c.party
		ORDER BY k.place, oin`, numbers)
	return touches, err
}
