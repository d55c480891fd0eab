// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
)

// settle looks again inside the transaction, and at earlier works of this
// group.
func settle(tx Tx, works []work) error {
	var keys []Key
	var at []int
	for i := range works {
		if works[i].record != nil {
			keys, at = append(keys, works[i].key()), append(at, i)
		}
	}
	records, err := tx.Feedback(keys)
	if err != nil {
		return err
	}
	taken := map[Key]Record{}
	for i, key := range keys {
		w := &works[at[i]]
		r := records[i]
		if !r.Exists() {
			r = taken[key]
		}
		if r.Exists() {
			w.record, w.notices = nil, nil
			w.again(r)
			continue
		}
		taken[key] = *w.record
	}
	return nil
}

// settlePauses looks again whether a claim was taken back or got a pause
// meanwhile, by an earlier commit or by an earlier work of this group. Such a
// work is judged once more by what is true now, so that its receipt names no
// pause that is not stored with it.
func (d *Desk) settlePauses(ctx context.Context, tx Tx, works []work) error {
	given := map[gateway.SignalID]bool{}
	for i := range works {
		w := &works[i]
		if w.record == nil || gateway.NoticeOf(w.feedback.Result) != gateway.NoticeHelpAccepted {
			continue
		}
		ids := make([]gateway.SignalID, len(w.cases))
		for j, c := range w.cases {
			ids[j] = c.Signal
		}
		cases, err := tx.Cases(ids)
		if err != nil {
			return err
		}
		moved := false
		for j := range cases {
			cases[j].Paused = cases[j].Paused || given[ids[j]]
			moved = moved || cases[j].Paused != w.cases[j].Paused || cases[j].Withdrawn != w.cases[j].Withdrawn
		}
		if moved {
			if err := d.answer(ctx, w, cases); err != nil {
				return err
			}
		}
		if w.record != nil {
			for _, c := range w.told {
				given[c.Signal] = true
			}
		}
	}
	return nil
}
