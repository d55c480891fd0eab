// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Oversight is what privacy officers count. It fills [oversight.Standing].
type Oversight struct{ db *DB }

// Oversight is the view for package oversight.
func (d *DB) Oversight() *Oversight { return &Oversight{d} }

const waits = `s.confirmed_at IS NULL AND s.erased_at IS NULL`

// Mailboxes implements [oversight.Standing]. The lists of what waits are in
// order of deposit, so the oldest is the first.
func (o *Oversight) Mailboxes(ctx context.Context, of []gateway.Municipality) (boxes []oversight.MailboxCount, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	bounded := fmt.Sprint(oversight.MaxWaiting + 1)
	err = each(o.db.look.with(ctx), func(scan func(...any) error) error {
		var b oversight.MailboxCount
		var oldest, crisis *int64
		err := scan(&b.Municipality, &b.Waiting, &oldest, &b.Crisis, &crisis)
		if b.Oldest, b.OldestCrisis = at(oldest), at(crisis); b.Waiting > 0 {
			boxes = append(boxes, b)
		}
		return err
	}, `SELECT k.m,
			(SELECT count(*) FROM (SELECT FROM signal AS s WHERE s.municipality = k.m AND `+waits+` LIMIT `+bounded+`) AS waiting),
			(SELECT s.deposited_at FROM signal AS s WHERE s.municipality = k.m AND `+waits+` ORDER BY s.sequence LIMIT 1),
			(SELECT count(*) FROM (SELECT FROM signal AS s WHERE s.municipality = k.m AND s.urgency = 'crisis' AND `+waits+` LIMIT `+bounded+`) AS waiting),
			(SELECT s.deposited_at FROM signal AS s WHERE s.municipality = k.m AND s.urgency = 'crisis' AND `+waits+` ORDER BY s.sequence LIMIT 1)
		FROM unnest($1::text[]) AS k (m)`, texts(of))
	slices.SortFunc(boxes, func(a, b oversight.MailboxCount) int { return cmp.Compare(a.Municipality, b.Municipality) })
	return boxes, err
}

// sums add counts per controller, of those that were asked for.
type sums[T any] struct {
	of   []retention.Controller
	rows map[string]*T
}

func (t sums[T]) add(c retention.Controller, kind string, first T, more func(*T)) {
	if !slices.Contains(t.of, c) {
		return
	}
	key := string(c) + "/" + kind
	if t.rows[key] == nil {
		t.rows[key] = &first
	}
	more(t.rows[key])
}

func (t sums[T]) sorted() (all []T) {
	var keys []string
	for k := range t.rows {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		all = append(all, *t.rows[k])
	}
	return all
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Pauses implements [oversight.Standing]: it walks through the pauses that run.
func (o *Oversight) Pauses(ctx context.Context, of []retention.Controller) ([]oversight.PauseCount, error) {
	sum := sums[oversight.PauseCount]{of, map[string]*oversight.PauseCount{}}
	err := each(o.db.look.with(ctx), func(scan func(...any) error) error {
		var municipality, holder retention.Controller
		var running, unconfirmed int
		var since *int64
		err := scan(&municipality, &holder, &running, &unconfirmed, &since)
		for _, c := range []retention.Controller{municipality, holder} {
			sum.add(c, "", oversight.PauseCount{Controller: c}, func(p *oversight.PauseCount) {
				p.Running, p.Unconfirmed, p.Oldest = p.Running+running, p.Unconfirmed+unconfirmed, earliest(p.Oldest, at(since))
			})
		}
		return err
	}, `SELECT s.municipality, behind.holder, count(*), count(behind.since), min(behind.since) FROM (
			SELECT p.signal, p.holder, (SELECT min(n.posted_at) FROM notice AS n WHERE n.signal = p.signal AND n.pause_id = p.id AND n.party = p.holder
				AND n.applied_at IS NULL AND n.kind IN `+asksApplied+`) AS since
			FROM pause AS p WHERE p.state = 'loopt' OFFSET 0) AS behind JOIN signal AS s ON s.number = behind.signal
		WHERE s.municipality = ANY($1::text[]) OR behind.holder = ANY($1::text[])
		GROUP BY s.municipality, behind.holder`, texts(of))
	return sum.sorted(), err
}

// Alarms implements [oversight.Standing]: it walks through the alarms that are
// open.
func (o *Oversight) Alarms(ctx context.Context, of []retention.Controller) ([]oversight.AlarmCount, error) {
	sum := sums[oversight.AlarmCount]{of, map[string]*oversight.AlarmCount{}}
	q := o.db.look.with(ctx)
	for _, kind := range pause.AlarmKinds() {
		about, holder := `notice AS m ON m.id = alarm.subject`, `m.party`
		if kind == gateway.NoticeContestOpen {
			about, holder = `pause AS m ON m.id = alarm.subject`, `m.holder`
		}
		err := each(q, func(scan func(...any) error) error {
			var municipality, creditor retention.Controller
			var open int
			var first *int64
			err := scan(&municipality, &creditor, &open, &first)
			for _, c := range []retention.Controller{municipality, creditor} {
				sum.add(c, string(kind), oversight.AlarmCount{Controller: c, Kind: kind}, func(a *oversight.AlarmCount) {
					a.Open, a.Oldest = a.Open+open, earliest(a.Oldest, at(first))
				})
			}
			return err
		}, `SELECT s.municipality, `+holder+`, count(*), min(alarm.raised_at) FROM alarm JOIN `+about+` JOIN signal AS s ON s.number = m.signal
			WHERE alarm.kind = '`+string(kind)+`' AND alarm.settled_at IS NULL AND NOT (`+gone[kind]+`) GROUP BY s.municipality, `+holder)
		if err != nil {
			return nil, err
		}
	}
	return sum.sorted(), nil
}

// Due implements [oversight.Standing]: it walks through what is due, which is
// little as long as the sweep runs.
func (o *Oversight) Due(ctx context.Context, c retention.Cutoff, of []retention.Controller) ([]oversight.DueCount, error) {
	q := o.db.look.with(ctx)
	sum := sums[oversight.DueCount]{of, map[string]*oversight.DueCount{}}
	for _, p := range perishables {
		reasons := []retention.Reason{retention.ReasonTerm}
		if p.kind == retention.KindBody {
			reasons = append(reasons, retention.ReasonConfirmed)
		}
		for _, reason := range reasons {
			err := each(q, func(scan func(...any) error) error {
				var owner retention.Controller
				var due, overdue int64
				err := scan(&owner, &due, &overdue)
				sum.add(owner, string(p.kind), oversight.DueCount{Controller: owner, Kind: p.kind}, func(d *oversight.DueCount) {
					d.Due, d.Overdue = d.Due+due, d.Overdue+overdue
				})
				return err
			}, p.dueBy(reason), day(c.Today), moment(c.Confirmed))
			if err != nil {
				return nil, err
			}
		}
	}
	return sum.sorted(), nil
}

// dueBy counts what is due and not held, and what of it is more than a day
// late, by whose it is. A body that is due by its term does not count again
// because it was confirmed.
func (p perishable) dueBy(reason retention.Reason) string {
	from, late, only := p.from, p.term+" < $1::bigint - 1", ""
	if reason == retention.ReasonConfirmed {
		from, late, only = "signal AS s CROSS JOIN body AS r", "s.confirmed_at < $2::bigint - 86400000", "r.expires_on >= $1::bigint"
	}
	return `SELECT ` + p.owner + `, count(*), count(*) FILTER (WHERE ` + late + `) FROM ` + from + ` WHERE ` +
		where(p.on, p.due(reason), only, not(p.held), both) + ` GROUP BY 1`
}
