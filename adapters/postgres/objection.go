// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
)

// Objections is the objections of data subjects. It fills [objection.Lookup],
// [objection.Source] and [objection.Store].
type Objections struct{ db *DB }

// Objections is the view for package objection.
func (d *DB) Objections() *Objections { return &Objections{d} }

// Objected implements [objection.Lookup] with one statement.
func (o *Objections) Objected(ctx context.Context, questions []objection.Question) ([]bool, error) {
	objected := make([]bool, len(questions))
	tags := rowsOf("place bigint, municipality text, version bigint, sum bytea, creditor text, day bigint")
	for i, q := range questions {
		for _, tag := range q.Tags {
			tags.add(i, string(q.Municipality), int64(tag.Version), tag.Sum[:], string(q.Creditor), day(q.On))
		}
	}
	if tags.n == 0 {
		return objected, nil
	}
	err := each(o.db.read.with(ctx), func(scan func(...any) error) error {
		var place int
		err := scan(&place)
		objected[place] = true
		return err
	}, `SELECT k.place FROM `+tags.from("k")+`
		JOIN objection_tag AS t ON t.municipality = k.municipality AND t.sum = k.sum AND t.version = k.version
		WHERE t.expires_on >= k.day AND (t.creditor IS NULL OR t.creditor = k.creditor)`, tags.arrays...)
	return objected, err
}

// Objections implements [objection.Store].
func (o *Objections) Objections(ctx context.Context, on gateway.Date) ([]objection.Objection, error) {
	var all []objection.Objection
	err := each(o.db.read.with(ctx), func(scan func(...any) error) error {
		var one objection.Objection
		var id, instruction []byte
		var creditor *gateway.OIN
		var placed, until int64
		err := scan(&id, &one.Controller, &one.Municipality, &creditor, &instruction, &placed, &until)
		one.ID, one.Instruction, one.PlacedOn, one.Until = text[gateway.UUID](id), text[gateway.UUID](instruction), date(&placed), date(&until)
		if creditor != nil {
			one.Creditor = *creditor
		}
		all = append(all, one)
		return err
	}, `SELECT id, controller, municipality, creditor, instruction, placed_on, expires_on FROM objection
		WHERE expires_on >= $1 ORDER BY municipality, number`, day(on))
	return all, err
}

// WriteObjections implements [objection.Store]. It is a right of data subjects,
// and lifting one deletes.
func (o *Objections) WriteObjections(ctx context.Context, fn func(objection.Tx) error) error {
	return o.db.erase.do(ctx, func(t *tx) error { return fn(t) })
}

// PlaceObjection implements [objection.Tx].
func (t *tx) PlaceObjection(o objection.Objection) error {
	id, err := uuid(o.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	instruction, err := uuid(o.Instruction)
	if err != nil {
		return failed(t.fail(err))
	}
	if len(o.Tags) == 0 || o.Until.IsZero() {
		return failed(t.fail(errNoTerm))
	}
	creditor := orNull(o.Creditor)
	var number int64
	if err := each(t, func(scan func(...any) error) error { return scan(&number) },
		`INSERT INTO objection (id, controller, municipality, creditor, instruction, placed_on, expires_on) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number`,
		id, string(o.Controller), string(o.Municipality), creditor, instruction, day(o.PlacedOn), day(o.Until)); err != nil {
		return err
	}
	tags := rowsOf("municipality text, sum bytea, version bigint, objection bigint, token text, creditor text, expires_on bigint")
	for _, tag := range o.Tags {
		tags.add(string(o.Municipality), tag.Tag.Sum[:], int64(tag.Tag.Version), number, string(tag.Kind), creditor, day(o.Until))
	}
	if err := t.together(tags.insert("objection_tag", "")); err != nil {
		return err
	}
	return t.raiseObjections()
}

// raiseObjections tells everyone who keeps objections in memory that something
// changed.
func (t *tx) raiseObjections() error {
	return t.execOne(`UPDATE objection_version SET version = version + 1 WHERE one = 1`)
}

// ObjectionVersion implements [objection.Source].
func (o *Objections) ObjectionVersion(ctx context.Context) (version int64, err error) {
	err = each(o.db.read.with(ctx), func(scan func(...any) error) error { return scan(&version) }, `SELECT version FROM objection_version WHERE one = 1`)
	return version, err
}

// Standing implements [objection.Source].
func (o *Objections) Standing(ctx context.Context) ([]objection.Standing, error) {
	var all []objection.Standing
	err := each(o.db.read.with(ctx), func(scan func(...any) error) error {
		var s objection.Standing
		var sum []byte
		var creditor *string
		var until int64
		err := scan(&s.Municipality, &s.Tag.Version, &sum, &creditor, &until)
		copy(s.Tag.Sum[:], sum)
		s.Creditor, s.Until = gateway.OIN(orEmpty(creditor)), date(&until)
		all = append(all, s)
		return err
	}, `SELECT municipality, version, sum, creditor, expires_on FROM objection_tag`)
	return all, err
}

// Behind implements [objection.Tx].
func (t *tx) Behind(objection gateway.UUID) (gateway.SignalID, error) {
	key, err := uuid(objection)
	if err != nil {
		return "", nil // no such objection
	}
	var signal []byte
	err = each(t, func(scan func(...any) error) error { return scan(&signal) }, `SELECT s.id FROM objection AS o
		JOIN objection_tag AS g ON g.objection = o.number
		JOIN trail AS t ON t.municipality = g.municipality AND t.sum = g.sum AND t.version = g.version
		JOIN signal AS s ON s.number = t.signal
		WHERE o.id = $1 AND (o.creditor IS NULL OR coalesce(s.holder, s.creditor) = o.creditor) ORDER BY s.number DESC LIMIT 1`, key)
	return text[gateway.SignalID](signal), err
}

// LiftObjection implements [objection.Tx].
func (t *tx) LiftObjection(id gateway.UUID, controller gateway.OIN, m gateway.Municipality) (bool, error) {
	key, err := uuid(id)
	if err != nil {
		return false, nil // no such objection
	}
	r, err := t.exec(`DELETE FROM objection WHERE id = $1 AND controller = $2 AND municipality = $3`, key, string(controller), string(m))
	if err != nil {
		return false, err
	}
	if r.RowsAffected() == 0 {
		return false, nil
	}
	return true, t.raiseObjections()
}
