// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Expire ends the pauses whose last day is over, in the caller's transaction,
// and gives whom to wake. A pause that was ended or expired meanwhile is left
// alone. Called by gateway/clocks.
func Expire(ctx context.Context, issuer gateway.OIN, notifier Notifier, tx Tx, over []Standing, at time.Time, trace gateway.Trace) ([]gateway.OIN, error) {
	var changes []Changed
	var all []gateway.NoticeDraft
	var ends []int
	for _, now := range over {
		if now.State != gateway.PauseRuns || !gateway.Today(at).After(now.Pause.Until) {
			continue
		}
		after := expire(now)
		changes = append(changes, Changed{After: after, Step: gateway.PauseStep{Number: after.Pause.Step, Kind: gateway.PauseExpired,
			By: issuer, At: at, Pause: after.Pause}})
		all = append(all, drafts(issuer, gateway.PauseExpired, "", now, after, at)...)
		ends = append(ends, len(all))
	}
	if len(changes) == 0 {
		return nil, nil
	}
	notices, err := notifier.Prepare(ctx, all)
	if err != nil {
		return nil, err
	}
	var entries []audit.Entry
	start := 0
	for i := range changes {
		c := &changes[i]
		c.Notices = notices[start:ends[i]]
		start = ends[i]
		if len(c.Notices) > 0 && c.Notices[0].To == c.After.Holder.OIN {
			c.Step.Notice = c.Notices[0].ID
		}
		e, err := audit.New(audit.PauseChanged, audit.ByGateway(trace), object(c.After.Pause.ID), at, audit.Codes(string(gateway.PauseExpired)))
		if err != nil {
			return nil, err
		}
		more, err := audit.Prepared(c.Notices, trace, at)
		if err != nil {
			return nil, err
		}
		entries = append(append(entries, e), more...)
	}
	if _, err := tx.Append(entries); err != nil {
		return nil, err
	}
	return rung(changes), tx.Change(changes)
}
