// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

// unanswered are the signals that a municipality owes feedback on.
const unanswered = ` FROM signal AS s WHERE s.municipality = $1 AND s.day >= $2 AND s.answered_at IS NULL AND s.nature = 'melding' AND s.concerns IS NULL
	AND s.withdrawn_at IS NULL AND (s.erased_at IS NULL OR s.confirmed_at IS NOT NULL)`

// Unanswered implements [clocks.Store], at the door of the municipality.
func (c *Clocks) Unanswered(ctx context.Context, of gateway.Municipality, since gateway.Date, limit int) (clocks.Unanswered, error) {
	q := c.db.door.as(ctx, string(of))
	var u clocks.Unanswered
	err := each(q, func(scan func(...any) error) error {
		var d clocks.UnansweredDay
		var on int64
		err := scan(&on, &d.Kind, &d.Count, &d.Uncollected)
		d.On = date(&on)
		u.Days = append(u.Days, d)
		return err
	}, `SELECT s.day, s.kind, count(*), count(*) - count(s.confirmed_at)`+unanswered+` GROUP BY s.day, s.kind`, string(of), day(since))
	if err != nil || limit <= 0 {
		return u, err
	}
	err = each(q, func(scan func(...any) error) error {
		var id []byte
		var s clocks.UnansweredSignal
		var on int64
		err := scan(&id, &s.Kind, &on)
		s.ID, s.On = text[gateway.SignalID](id), date(&on)
		u.Oldest = append(u.Oldest, s)
		return err
	}, `SELECT s.id, s.kind, s.day`+unanswered+` ORDER BY s.day, s.number LIMIT $3`, string(of), day(since), limit)
	return u, err
}
