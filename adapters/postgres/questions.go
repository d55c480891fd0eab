// SPDX-License-Identifier: EUPL-1.2

package postgres

import "github.com/jackc/pgx/v5"

// question is a statement whose rows take takes; without take they are not looked
// at.
type question struct {
	statement
	take scanner
}

func fetch(take scanner, query string, args ...any) question {
	return question{statement{query, args, anyRows}, take}
}

// askAll puts questions, in their order, in one round trip. One that fails fails
// all. No take may ask the transaction anything.
func (t *tx) askAll(questions ...question) error {
	if t.err != nil {
		return failed(t.err)
	}
	if len(questions) == 0 {
		return nil
	}
	t.w.trips.Add(1)
	var b pgx.Batch
	for _, q := range questions {
		b.Queue(q.query, q.args...)
	}
	results := t.conn.SendBatch(t.ctx, &b)
	err := answers(results, questions)
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.fail(err)
	}
	return failed(err)
}

func answers(results pgx.BatchResults, questions []question) error {
	for _, q := range questions {
		if q.take != nil {
			rows, err := results.Query()
			if err := drain(rows, err, q.take); err != nil {
				return err
			}
			continue
		}
		tag, err := results.Exec()
		if err != nil {
			return err
		}
		if q.rows != anyRows && tag.RowsAffected() != q.rows {
			return errMissing
		}
	}
	return nil
}
