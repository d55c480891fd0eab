// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// Reorganisations is what municipalities pass on. It fills
// [reorganisation.Store].
type Reorganisations struct{ db *DB }

// Reorganisations is the view for package reorganisation.
func (d *DB) Reorganisations() *Reorganisations { return &Reorganisations{d} }

// Reorganisations implements [reorganisation.Store].
func (r *Reorganisations) Reorganisations(ctx context.Context) (gateway.Reorganisations, error) {
	return reorganisations(r.db.read.with(ctx))
}

// Reorganisations implements [register.Store].
func (r *Register) Reorganisations(ctx context.Context) (gateway.Reorganisations, error) {
	return reorganisations(r.db.read.with(ctx))
}

func reorganisations(q querier) (gateway.Reorganisations, error) {
	var all gateway.Reorganisations
	err := each(q, func(scan func(...any) error) error {
		var r gateway.Reorganisation
		var id, formers []byte
		var on, prepared int64
		var ended *int64
		if err := scan(&id, &formers, &r.Into, &on, &r.State, &prepared, &ended); err != nil {
			return err
		}
		r.ID, r.On, r.PreparedAt, r.EndedAt = text[gateway.UUID](id), date(&on), at(&prepared), at(ended)
		err := json.Unmarshal(formers, &r.From)
		all = append(all, r)
		return err
	}, `SELECT id, formers, successor, from_on, state, prepared_at, ended_at FROM reorganisation ORDER BY from_on, id`)
	return all, err
}

// Write implements [reorganisation.Store].
func (r *Reorganisations) Write(ctx context.Context, fn func(reorganisation.Tx) error) error {
	return r.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Snapshot implements [reorganisation.Tx].
func (t *tx) Snapshot() (s reorganisation.Snapshot, err error) {
	if s.Parties, err = parties(t, nil); err != nil {
		return s, err
	}
	if s.Agreements, err = agreements(t); err != nil {
		return s, err
	}
	s.Reorganisations, err = reorganisations(t)
	return s, err
}

// PutReorganisation implements [reorganisation.Tx].
func (t *tx) PutReorganisation(r gateway.Reorganisation) error {
	id, err := uuid(r.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	formers, err := list(r.From)
	if err != nil {
		return failed(t.fail(err))
	}
	if _, err := t.exec(`INSERT INTO reorganisation (id, formers, successor, from_on, state, prepared_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET formers = excluded.formers, successor = excluded.successor, from_on = excluded.from_on,
			state = excluded.state, prepared_at = excluded.prepared_at, ended_at = excluded.ended_at`,
		id, formers, string(r.Into), day(r.On), string(r.State), moment(r.PreparedAt), moment(r.EndedAt)); err != nil {
		return err
	}
	return t.raise()
}

// Pass implements [reorganisation.Tx]. Every table with a column municipality
// is in passes, or a test says why not.
func (t *tx) Pass(from []gateway.Municipality, into gateway.Municipality) ([]int, error) {
	formers := texts(from)
	counts := make([]int, len(from))
	err := each(t, func(scan func(...any) error) error {
		var place, n int
		err := scan(&place, &n)
		counts[place] = n
		return err
	}, `SELECT k.place - 1, (SELECT count(*) FROM signal AS s WHERE s.municipality = k.code)
		FROM unnest($1::text[]) WITH ORDINALITY AS k (code, place)`, formers)
	if err != nil {
		return nil, err
	}
	var steps []statement
	for _, step := range passes {
		steps = append(steps, statement{step, []any{formers, string(into)}, anyRows})
	}
	if err := t.together(steps...); err != nil {
		return nil, err
	}
	t.holders = nil // looked up anew
	return counts, nil
}

// passes give what is under the codes $1 to $2.
var passes = []string{
	// Signals get numbers behind those that the successor was given, those that were
	// confirmed as well, so that one mailbox has one row of numbers.
	`WITH behind AS (SELECT s.number, row_number() OVER (ORDER BY s.number) AS place FROM signal AS s WHERE s.municipality = ANY ($1::text[])),
		given AS (INSERT INTO mailbox_sequence AS q (municipality, last) SELECT $2::text, count(*) FROM behind
			ON CONFLICT (municipality) DO UPDATE SET last = q.last + excluded.last RETURNING q.last - (SELECT count(*) FROM behind) AS before)
	UPDATE signal SET municipality = $2, sequence = given.before + behind.place FROM behind, given WHERE signal.number = behind.number`,
	`UPDATE objection SET controller = coalesce((SELECT p.oin FROM party AS p WHERE p.municipality = $2::text AND p.kind = 'gemeente' AND p.state = 'actief'), controller)
		WHERE municipality = ANY ($1::text[])
			AND controller IN (SELECT p.oin FROM party AS p WHERE p.kind = 'gemeente')`,
	`UPDATE objection SET municipality = $2::text WHERE municipality = ANY ($1::text[])`,
	`UPDATE objection_tag SET municipality = $2::text WHERE municipality = ANY ($1::text[])`,
	`UPDATE objection_version SET version = version + 1 WHERE one = 1 AND ` + named,
	`UPDATE trail SET municipality = $2::text WHERE municipality = ANY ($1::text[])`,
	// What is left for a second one with the same id gets a conflict, as when one
	// municipality had used an id twice.
	`UPDATE feedback AS f SET municipality = $2::text
		WHERE f.number IN (SELECT min(o.number) FROM feedback AS o WHERE o.municipality = ANY ($1::text[]) GROUP BY o.id)
			AND NOT EXISTS (SELECT FROM feedback AS o WHERE o.municipality = $2 AND o.id = f.id)`,
	// Deletion receipts, with numbers behind those that the successor was given.
	`INSERT INTO deletion_sequence (controller, last) SELECT $2::text, 0 WHERE ` + named + ` ON CONFLICT (controller) DO NOTHING`,
	`UPDATE deletion SET controller = $2::text, sequence = behind.sequence
		FROM (SELECT d.number, (SELECT last FROM deletion_sequence WHERE controller = $2) + row_number() OVER (ORDER BY d.number) AS sequence
			FROM deletion AS d WHERE d.controller = ANY ($1::text[])) AS behind
		WHERE deletion.number = behind.number`,
	`UPDATE deletion_sequence SET last = greatest(last, (SELECT max(sequence) FROM deletion WHERE controller = $2))
		WHERE controller = $2::text AND ` + named,
	`UPDATE succession SET holder = $2::text WHERE holder = ANY ($1::text[])`,
	`INSERT INTO succession (former, holder) SELECT code, $2::text FROM unnest($1::text[]) AS k (code)`,
}

// named names the parameters that not every step needs: a statement must have
// as many as it is given.
const named = `$1::text[] IS NOT NULL AND $2::text IS NOT NULL`

// holder is the municipality that holds now what is under this code, by
// whatever call it came in: between routing and commit the day may have begun.
func (t *tx) holder(m gateway.Municipality) (gateway.Municipality, error) {
	if t.holders == nil {
		t.holders = map[gateway.Municipality]gateway.Municipality{}
		if err := each(t, func(scan func(...any) error) error {
			var former, holder gateway.Municipality
			err := scan(&former, &holder)
			t.holders[former] = holder
			return err
		}, `SELECT former, holder FROM succession`); err != nil {
			return "", err
		}
	}
	if holder, ok := t.holders[m]; ok {
		return holder, nil
	}
	return m, nil
}
