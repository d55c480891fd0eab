// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"encoding/hex"

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
	var tags [][6]any // place, municipality, version, sum, creditor, day
	for i, q := range questions {
		for _, tag := range q.Tags {
			tags = append(tags, [6]any{i, q.Municipality, tag.Version, hex.EncodeToString(tag.Sum[:]), q.Creditor, day(q.On)})
		}
	}
	if len(tags) == 0 {
		return objected, nil
	}
	err := lookup(o.db.read.with(ctx), tags, func(scan func(...any) error) error {
		var place int
		err := scan(&place)
		objected[place] = true
		return err
	}, `SELECT k.value ->> 0 FROM json_each(?) AS k
		CROSS JOIN objection_tag AS t ON t.municipality = k.value ->> 1 AND t.sum = unhex(k.value ->> 3) AND t.version = k.value ->> 2
		WHERE t.expires_on >= k.value ->> 5 AND (t.creditor IS NULL OR t.creditor = k.value ->> 4)`)
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
		WHERE expires_on >= ? ORDER BY municipality, number`, day(on))
	return all, err
}

// WriteObjections implements [objection.Store].
func (o *Objections) WriteObjections(ctx context.Context, fn func(objection.Tx) error) error {
	return o.db.write.do(ctx, func(t *tx) error { return fn(t) })
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
	r, err := t.exec(`INSERT INTO objection (id, controller, municipality, creditor, instruction, placed_on, expires_on) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, string(o.Controller), string(o.Municipality), creditor, instruction, day(o.PlacedOn), day(o.Until))
	if err != nil {
		return err
	}
	number, err := r.LastInsertId()
	if err != nil {
		return failed(t.fail(err))
	}
	for _, tag := range o.Tags {
		if _, err := t.exec(`INSERT INTO objection_tag (municipality, sum, version, objection, token, creditor, expires_on) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			string(o.Municipality), tag.Tag.Sum[:], int64(tag.Tag.Version), number, string(tag.Kind), creditor, day(o.Until)); err != nil {
			return err
		}
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
		CROSS JOIN objection_tag AS g ON g.objection = o.number
		CROSS JOIN trail AS t ON t.municipality = g.municipality AND t.sum = g.sum AND t.version = g.version
		CROSS JOIN signal AS s ON s.number = t.signal
		WHERE o.id = ? AND (o.creditor IS NULL OR coalesce(s.holder, s.creditor) = o.creditor) ORDER BY s.number DESC LIMIT 1`, key)
	return text[gateway.SignalID](signal), err
}

// LiftObjection implements [objection.Tx].
func (t *tx) LiftObjection(id gateway.UUID, controller gateway.OIN, m gateway.Municipality) (bool, error) {
	key, err := uuid(id)
	if err != nil {
		return false, nil // no such objection
	}
	r, err := t.exec(`DELETE FROM objection WHERE id = ? AND controller = ? AND municipality = ?`, key, string(controller), string(m))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	if err != nil || n == 0 {
		return false, failed(err)
	}
	return true, t.raiseObjections()
}
