// SPDX-License-Identifier: EUPL-1.2

package sqlite

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
		VALUES (?, ?, ?, ?, ?, ?, ?)
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
	formers, err := list(from)
	if err != nil {
		return nil, failed(t.fail(err))
	}
	counts := make([]int, len(from))
	err = each(t, func(scan func(...any) error) error {
		var place, n int
		err := scan(&place, &n)
		counts[place] = n
		return err
	}, `SELECT k.key, (SELECT count(*) FROM signal AS s WHERE s.municipality = k.value) FROM json_each(?) AS k`, formers)
	if err != nil {
		return nil, err
	}
	var all int64
	for _, n := range counts {
		all += int64(n)
	}
	first, err := t.sequence(into, all)
	if err != nil {
		return nil, err
	}
	if _, err := t.exec(passSignals, formers, string(into), first); err != nil {
		return nil, err
	}
	for _, step := range passes {
		if _, err := t.exec(step, formers, string(into)); err != nil {
			return nil, err
		}
	}
	t.holders = nil // looked up anew
	return counts, nil
}

// passSignals gives the signals of the codes ?1 to ?2, with numbers from ?3 on:
// those that were confirmed as well, so that one mailbox has one row of numbers.
const passSignals = `UPDATE signal SET municipality = ?2, sequence = behind.sequence
	FROM (SELECT s.number, ?3 - 1 + row_number() OVER (ORDER BY s.number) AS sequence
		FROM signal AS s WHERE s.municipality IN (SELECT value FROM json_each(?1))) AS behind
	WHERE signal.number = behind.number`

// passes give the rest of the codes ?1 to ?2.
var passes = []string{
	`UPDATE objection SET controller = coalesce((SELECT p.oin FROM party AS p WHERE p.municipality = ?2 AND p.kind = 'gemeente' AND p.state = 'actief'), controller)
		WHERE municipality IN (SELECT value FROM json_each(?1))
			AND controller IN (SELECT p.oin FROM party AS p WHERE p.kind = 'gemeente')`,
	`UPDATE objection SET municipality = ?2 WHERE municipality IN (SELECT value FROM json_each(?1))`,
	`UPDATE objection_tag SET municipality = ?2 WHERE municipality IN (SELECT value FROM json_each(?1))`,
	`UPDATE objection_version SET version = version + 1 WHERE one = 1`,
	`UPDATE trail SET municipality = ?2 WHERE municipality IN (SELECT value FROM json_each(?1))`,
	// What is left for a second one with the same id gets a conflict, as when one
	// municipality had used an id twice.
	`UPDATE OR IGNORE feedback SET municipality = ?2 WHERE municipality IN (SELECT value FROM json_each(?1))`,
	// Deletion receipts, with numbers behind those that the successor was given.
	`INSERT INTO deletion_sequence (controller, last) SELECT ?2, 0 WHERE ?1 IS NOT NULL ON CONFLICT DO NOTHING`,
	`UPDATE deletion SET controller = ?2, sequence = behind.sequence
		FROM (SELECT d.number, (SELECT last FROM deletion_sequence WHERE controller = ?2) + row_number() OVER (ORDER BY d.number) AS sequence
			FROM deletion AS d WHERE d.controller IN (SELECT value FROM json_each(?1))) AS behind
		WHERE deletion.number = behind.number`,
	`UPDATE deletion_sequence SET last = max(last, (SELECT coalesce(max(sequence), 0) FROM deletion WHERE controller = ?2))
		WHERE controller = ?2 AND ?1 IS NOT NULL`,
	`UPDATE succession SET holder = ?2 WHERE holder IN (SELECT value FROM json_each(?1))`,
	`INSERT INTO succession (former, holder) SELECT value, ?2 FROM json_each(?1)`,
}

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
