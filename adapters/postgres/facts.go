// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/policies"
)

// factRows count the facts of decisions with those of their month, without a
// tie to the reports.
func factRows(filed []journey.Filed) (statement, error) {
	type fact struct {
		month, written string
		last           gateway.Date
	}
	counts := map[fact]int{}
	for _, f := range filed {
		written, err := f.Deposit.Sealed().Facts().Text()
		if err != nil {
			return statement{}, err
		}
		month, last := adoption.FactsTerm(gateway.Today(f.Deposit.Slip().At))
		counts[fact{month, written, last}]++
	}
	r := rowsOf("month text, facts text, count bigint, expires_on bigint")
	for f, n := range counts {
		r.add(f.month, f.written, n, day(f.last))
	}
	return r.insert("decision_fact AS d", "ON CONFLICT (month, facts) DO UPDATE SET count = d.count + excluded.count"), nil
}

// Facts implements [adoption.Facts].
func (a *Adoptions) Facts(ctx context.Context, month string, yield func(policies.Facts, int) error) error {
	var stopped error
	err := each(a.db.look.with(ctx), func(scan func(...any) error) error {
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
	}, `SELECT facts, count FROM decision_fact WHERE month = $1 ORDER BY facts`, month)
	if stopped != nil {
		return stopped
	}
	return err
}
