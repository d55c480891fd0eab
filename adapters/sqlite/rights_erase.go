// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// erasures are the steps of an erasure, over a signal and every message about
// it: a statement with the signal's id, the last day of its tokens and the
// moment, and where it is counted.
var erasures = []struct {
	statement string
	count     func(*rights.Erased) *int
}{
	{`DELETE FROM body WHERE number IN (SELECT number FROM signal WHERE id = ?1 UNION ALL SELECT number FROM signal WHERE concerns = ?1)`,
		func(e *rights.Erased) *int { return &e.Bodies }},
	// Tokens of one signal have one last day: their index on the signal would be
	// larger than the table, and that of the day is there.
	{`DELETE FROM trail WHERE expires_on = ?2 AND signal = (SELECT number FROM signal WHERE id = ?1)`,
		func(e *rights.Erased) *int { return &e.Tokens }},
	{`DELETE FROM relation WHERE (signal, other) IN (SELECT r.other, r.signal FROM relation AS r WHERE r.signal = (SELECT number FROM signal WHERE id = ?1))`,
		func(e *rights.Erased) *int { return &e.Relations }},
	{`DELETE FROM relation WHERE signal = (SELECT number FROM signal WHERE id = ?1)`,
		func(e *rights.Erased) *int { return &e.Relations }},
	{`DELETE FROM notice WHERE signal = (SELECT number FROM signal WHERE id = ?1)`,
		func(e *rights.Erased) *int { return &e.Notices }},
	{`DELETE FROM pause WHERE signal = (SELECT number FROM signal WHERE id = ?1)`,
		func(e *rights.Erased) *int { return &e.Pauses }},
	{`UPDATE signal SET erased_at = coalesce(erased_at, ?3) WHERE number IN (SELECT number FROM signal WHERE id = ?1 UNION ALL SELECT number FROM signal WHERE concerns = ?1)`,
		func(e *rights.Erased) *int { return &e.Signals }},
}

// EraseDossiers implements [rights.Tx].
func (t *tx) EraseDossiers(e rights.Erasure) (rights.Erased, error) {
	var erased rights.Erased
	for _, target := range e.Targets {
		id, err := uuid(target.Signal)
		if err != nil {
			return rights.Erased{}, failed(t.fail(err))
		}
		before := erased.Signals
		for _, step := range erasures {
			r, err := t.exec(step.statement, id, day(target.TokensUntil), moment(e.At))
			if err != nil {
				return rights.Erased{}, err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return rights.Erased{}, failed(t.fail(err))
			}
			*step.count(&erased) += int(n)
		}
		if erased.Signals == before {
			return rights.Erased{}, failed(t.fail(errMissing))
		}
	}
	return erased, retentionTx{t}.File(e.Proofs)
}
