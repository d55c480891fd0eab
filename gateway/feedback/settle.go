// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
)

// settle answers the works of one transaction as if they had come one after
// another. What was refused before is looked up as well: between the look and
// that refusal the same feedback may have been stored, and the first answer
// stands (invariant I3). A work answers its twins only when it is sure to be
// stored itself (invariant I2).
func (d *Desk) settle(ctx context.Context, tx Tx, works []work) error {
	keys := make([]Key, len(works))
	for i := range works {
		keys[i] = works[i].key()
	}
	stored, err := tx.Feedback(keys)
	if err != nil {
		return err
	}
	taken := map[Key]Record{}            // by earlier works of this group
	given := map[gateway.SignalID]bool{} // a pause, by earlier works of this group
	for i := range works {
		w, first := &works[i], stored[i]
		if !first.Exists() {
			first = taken[keys[i]]
		}
		switch {
		case w.payload == nil: // no letter of the peer: it gets no answer but its refusal
		case first.Exists():
			w.again(first)
		case w.record != nil:
			if err := d.answerAnew(ctx, tx, w, given); err != nil {
				return err
			}
			if w.record != nil {
				taken[keys[i]] = *w.record
			}
		}
	}
	return nil
}

// answerAnew looks again whether a claim was taken back or got a pause
// meanwhile, by an earlier commit or by an earlier work of this group. Such a
// work is judged once more by what is true now, so that its receipt names no
// pause that is not stored with it.
func (d *Desk) answerAnew(ctx context.Context, tx Tx, w *work, given map[gateway.SignalID]bool) error {
	if gateway.NoticeOf(w.feedback.Result) != gateway.NoticeHelpAccepted {
		return nil
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
	return nil
}
