// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/request"
)

// Requests is the register of requests of data subjects. It fills
// [request.Store].
type Requests struct{ db *DB }

// Requests is the view for package request.
func (d *DB) Requests() *Requests { return &Requests{d} }

const requestColumns = `SELECT id, kind, controller, instruction, received_on, extended, handed_from, handed_on, outcome, closed_on FROM request `

// Requests implements [request.Store]. There are some hundreds a year, so the
// list of all walks through them.
func (r *Requests) Requests(ctx context.Context, closedToo bool) ([]request.Request, error) {
	where := `WHERE closed_on IS NULL ORDER BY number`
	if closedToo {
		where = `ORDER BY number`
	}
	return requests(r.db.read.with(ctx), where)
}

func requests(q querier, where string, args ...any) (all []request.Request, err error) {
	err = each(q, func(scan func(...any) error) error {
		var r request.Request
		var id, instruction []byte
		var received int64
		var extended, from, outcome *string
		var handed, closed *int64
		err := scan(&id, &r.Kind, &r.Controller, &instruction, &received, &extended, &from, &handed, &outcome, &closed)
		r.ID, r.Instruction, r.Received = text[gateway.UUID](id), text[gateway.UUID](instruction), date(&received)
		r.Extended, r.HandedFrom, r.Outcome = request.Extension(orEmpty(extended)), gateway.OIN(orEmpty(from)), request.Outcome(orEmpty(outcome))
		r.HandedOn, r.Closed = date(handed), date(closed)
		all = append(all, r)
		return err
	}, requestColumns+where, args...)
	return all, err
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// orNull is NULL for the empty text.
func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// WriteRequests implements [request.Store].
func (r *Requests) WriteRequests(ctx context.Context, fn func(request.Tx) error) error {
	return r.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Request implements [request.Tx].
func (t *tx) Request(id gateway.UUID) (request.Request, error) {
	key, err := uuid(id)
	if err != nil {
		return request.Request{}, nil // no such request
	}
	found, err := requests(t, `WHERE id = $1`, key)
	if err != nil || len(found) == 0 {
		return request.Request{}, err
	}
	return found[0], nil
}

// PutRequest implements [request.Tx].
func (t *tx) PutRequest(r request.Request) error {
	id, err := uuid(r.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	instruction, err := uuid(r.Instruction)
	if err != nil {
		return failed(t.fail(err))
	}
	var expires any
	if !r.Open() {
		expires = day(r.Closed.AddDays(request.KeepDays))
	}
	_, err = t.exec(`INSERT INTO request (id, kind, controller, instruction, received_on, extended, handed_from, handed_on, outcome, closed_on, expires_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET controller = excluded.controller, extended = excluded.extended, handed_from = excluded.handed_from,
			handed_on = excluded.handed_on, outcome = excluded.outcome, closed_on = excluded.closed_on, expires_on = excluded.expires_on`,
		id, string(r.Kind), string(r.Controller), instruction, day(r.Received), orNull(r.Extended), orNull(r.HandedFrom), day(r.HandedOn),
		orNull(r.Outcome), day(r.Closed), expires)
	return err
}
