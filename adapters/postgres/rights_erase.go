// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// erasures are the steps of an erasure, over signals ($1) and every message
// about them: a statement, and where what it erased is counted. $2 are the last
// days of their tokens, $3 is the moment.
var erasures = []struct {
	statement string
	count     func(*rights.Erased) *int
}{
	{`DELETE FROM body WHERE number IN (` + andAbout + `) AND ` + allGiven + ` RETURNING object`,
		func(e *rights.Erased) *int { return &e.Bodies }},
	// Tokens of one signal have one last day: their index on the signal would be
	// larger than the table, and that of the day is there.
	{`DELETE FROM trail AS t USING unnest($1::bytea[], $2::bigint[]) AS k (id, expires_on), signal AS s
		WHERE s.id = k.id AND t.expires_on = k.expires_on AND t.signal = s.number AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Tokens }},
	{`DELETE FROM relation WHERE (signal, other) IN (SELECT r.other, r.signal FROM relation AS r WHERE r.signal IN (` + itself + `)) AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Relations }},
	{`DELETE FROM relation WHERE signal IN (` + itself + `) AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Relations }},
	{`DELETE FROM notice WHERE signal IN (` + itself + `) AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Notices }},
	{`DELETE FROM pause WHERE signal IN (` + itself + `) AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Pauses }},
	{`UPDATE signal SET erased_at = coalesce(erased_at, $3::bigint) WHERE number IN (` + andAbout + `) AND ` + allGiven + ` RETURNING ''`,
		func(e *rights.Erased) *int { return &e.Signals }},
}

const (
	itself   = `SELECT s.number FROM signal AS s WHERE s.id = ANY ($1::bytea[])`
	andAbout = itself + ` UNION SELECT s.number FROM signal AS s WHERE s.concerns = ANY ($1::bytea[])`
	// allGiven is always true: every statement gets all arguments, and the server
	// wants to know the type of each.
	allGiven = `$1::bytea[] IS NOT NULL AND $2::bigint[] IS NOT NULL AND $3::bigint IS NOT NULL`
)

// EraseDossiers implements [rights.Tx].
func (t *tx) EraseDossiers(e rights.Erasure) (rights.Erased, error) {
	var signals []gateway.SignalID
	var until []any
	for _, target := range e.Targets {
		if _, err := uuid(target.Signal); err != nil {
			return rights.Erased{}, failed(t.fail(err))
		}
		signals, until = append(signals, target.Signal), append(until, day(target.TokensUntil))
	}
	if len(signals) > 0 {
		var missing bool
		if err := each(t, func(scan func(...any) error) error { return scan(&missing) },
			`SELECT EXISTS (SELECT FROM unnest($1::bytea[]) AS k (id) WHERE NOT EXISTS (SELECT FROM signal AS s WHERE s.id = k.id))`, ids(signals)); err != nil {
			return rights.Erased{}, err
		}
		if missing {
			return rights.Erased{}, failed(t.fail(errMissing))
		}
	}
	var erased rights.Erased
	for _, step := range erasures {
		if err := each(t, func(scan func(...any) error) error {
			var object string
			err := scan(&object)
			t.free(object)
			*step.count(&erased)++
			return err
		}, step.statement, ids(signals), until, moment(e.At)); err != nil {
			return rights.Erased{}, err
		}
	}
	return erased, retentionTx{t}.File(e.Proofs)
}
