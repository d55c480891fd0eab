// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Backlog implements [retention.Overview].
func (r *RetentionStore) Backlog(ctx context.Context, c retention.Cutoff) ([]retention.Backlog, error) {
	q, today, grace := r.db.sweep(ctx), day(c.Today), moment(c.Confirmed)
	var all []retention.Backlog
	for _, p := range perishables {
		b := retention.Backlog{Kind: p.kind}
		count := func(scan func(...any) error) error { return scan(&b.Due, &b.Overdue) }
		if err := each(q, count, p.backlog(false), today, grace); err != nil {
			return nil, err
		}
		if p.held != "" {
			var late int64
			if err := each(q, func(scan func(...any) error) error { return scan(&b.Held, &late) }, p.backlog(true), today, grace); err != nil {
				return nil, err
			}
		}
		var next *int64
		if err := each(q, func(scan func(...any) error) error { return scan(&next) }, p.next(), today); err != nil {
			return nil, err
		}
		b.Next = date(next)
		if p.kind == retention.KindBody {
			if err := r.confirmed(q, c, &b); err != nil {
				return nil, err
			}
		}
		all = append(all, b)
	}
	return all, nil
}

// confirmed adds the bodies that are due because they were confirmed, and not
// yet by their term.
func (r *RetentionStore) confirmed(q querier, c retention.Cutoff, b *retention.Backlog) error {
	return each(q, func(scan func(...any) error) error {
		var due, overdue, held int64
		err := scan(&due, &overdue, &held)
		b.Due, b.Overdue, b.Held = b.Due+due, b.Overdue+overdue, b.Held+held
		return err
	}, `SELECT count(*) FILTER (WHERE NOT held), count(*) FILTER (WHERE NOT held AND confirmed_at < $2::bigint - 86400000), count(*) FILTER (WHERE held) FROM (
			SELECT s.confirmed_at, `+heldClaim("s")+` AS held FROM signal AS s JOIN body AS b ON b.number = s.number
			WHERE s.confirmed_at < $2::bigint AND s.confirmed_at IS NOT NULL AND s.erased_at IS NULL AND b.expires_on >= $1::bigint) AS d`,
		day(c.Today), moment(c.Confirmed))
}

// Census implements [retention.Overview].
func (r *RetentionStore) Census(ctx context.Context, today gateway.Date) (counts []retention.Count, err error) {
	for _, p := range perishables {
		err := each(r.db.sweep(ctx), func(scan func(...any) error) error {
			c := retention.Count{Kind: p.kind}
			err := scan(&c.Controller, &c.Left, &c.Records)
			counts = append(counts, c)
			return err
		}, p.census(), day(today))
		if err != nil {
			return nil, err
		}
	}
	retention.SortCounts(counts)
	return counts, nil
}
