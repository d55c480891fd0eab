// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/policies"
)

// addFacts counts the facts of a decision with those of its month.
func (t *tx) addFacts(f policies.Facts, on gateway.Date) error {
	written, err := f.Text()
	if err != nil {
		return failed(t.fail(err))
	}
	month, last := adoption.FactsTerm(on)
	_, err = t.exec(`INSERT INTO decision_fact (month, facts, count, expires_on) VALUES (?, ?, 1, ?)
		ON CONFLICT DO UPDATE SET count = count + 1`, month, written, day(last))
	return err
}

// Facts implements [adoption.Facts].
func (a *Adoptions) Facts(ctx context.Context, month string, yield func(policies.Facts, int) error) error {
	var stopped error
	err := each(a.db.read.with(ctx), func(scan func(...any) error) error {
		var written string
		var count int
		if err := scan(&written, &count); err != nil {
			return err
		}
		f, err := policies.ParseFacts(written)
		if err != nil {
			return err
		}
		stopped = yield(f, count)
		return stopped
	}, `SELECT facts, count FROM decision_fact WHERE month = ? ORDER BY facts`, month)
	if stopped != nil {
		return stopped
	}
	return err
}
