// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// round is one run of the transaction: what truth says at this moment, and
// what the changes make of it, in order.
type round struct {
	records []Record // per work, of an earlier commit
	pauses  map[gateway.PauseID]Standing
	taken   map[Key]int // changes of this round
	repeats map[int]int // places of works that repeat one of them
	answers []Answer
	changes []Changed
	before  []Standing // per change
	owners  []int      // per change, the place of its work
}

func newRound(tx Tx, works []work) (*round, error) {
	keys, ids := make([]Key, len(works)), make([]gateway.PauseID, len(works))
	for i, w := range works {
		keys[i], ids[i] = w.key(), w.from.Pause
	}
	records, err := tx.Changes(keys)
	if err != nil {
		return nil, err
	}
	found, err := tx.Pauses(ids)
	if err != nil {
		return nil, err
	}
	r := &round{records: records, pauses: map[gateway.PauseID]Standing{}, taken: map[Key]int{}, repeats: map[int]int{}, answers: make([]Answer, len(works))}
	for i, p := range found {
		r.pauses[ids[i]] = p
	}
	return r, nil
}

// judge decides each work in order; a later one meets what an earlier one made
// of the same pause.
func (r *round) judge(works []work) {
	for i := range works {
		w := works[i]
		if r.settled(i, w) {
			continue
		}
		now := r.pauses[w.from.Pause]
		if !now.Exists() || !now.of(w.from.Peer) {
			r.answers[i].Err = unknown()
			continue
		}
		after, kind, err := judge(w.change, now, gateway.Today(w.from.At))
		if err != nil {
			r.answers[i].Err = err
			continue
		}
		if kind == gateway.PauseTransferred {
			after.Holder = w.taker
		}
		r.add(i, w, now, after, kind)
	}
}

// settled answers what needs no judgement: a letter that could not be read, a
// repetition, or a message that is wrong in itself.
func (r *round) settled(place int, w work) bool {
	twin, twice := r.taken[w.key()]
	switch {
	case w.unread != nil:
		r.answers[place].Err = w.unread
	case r.records[place].Exists():
		r.answers[place] = r.records[place].answers(w)
	case twice:
		if r.answers[place] = r.changes[twin].Record.answers(w); r.answers[place].Err == nil {
			r.repeats[place] = twin
		}
	case w.err != nil:
		r.answers[place].Err = w.err
	default:
		return false
	}
	return true
}

func (r *round) add(place int, w work, before, after Standing, kind gateway.PauseStepKind) {
	r.taken[w.key()] = len(r.changes)
	record := Record{Key: w.key(), Pause: w.from.Pause, Digest: w.digest, At: w.from.At}
	r.changes = append(r.changes, Changed{After: after, Record: record, Step: gateway.PauseStep{Number: after.Pause.Step, Kind: kind,
		By: w.from.Peer.OIN(), At: w.from.At, Pause: after.Pause, Reason: w.change.Reason, Digest: w.digest}})
	r.before, r.owners = append(r.before, before), append(r.owners, place)
	r.pauses[w.from.Pause] = after
}

// close gives a change its receipt and notices, and whoever repeated it in this
// round the same receipt.
func (r *round) close(i int, receipt gateway.Compact, notices []gateway.PostedNotice) {
	c := &r.changes[i]
	c.Record.Receipt, c.Notices = receipt, notices
	if len(notices) > 0 && notices[0].To == c.After.Holder.OIN {
		c.Step.Notice = notices[0].ID
	}
	r.answers[r.owners[i]] = Answer{Receipt: receipt}
	for place, twin := range r.repeats {
		if twin == i {
			r.answers[place].Receipt = receipt
		}
	}
}

// entries are what goes into the log: one per work, and one per notice.
func (r *round) entries(works []work) ([]audit.Entry, error) {
	changed := map[int]int{}
	for i, place := range r.owners {
		changed[place] = i
	}
	var entries []audit.Entry
	for place, w := range works {
		event, options := audit.PauseChangeRepeated, []audit.Option{audit.Digest(w.digest)}
		i, did := changed[place]
		switch {
		case did:
			c := r.changes[i]
			event = audit.PauseChanged
			options = append(options, audit.Receipt(string(c.Record.Receipt)), audit.Codes(codes(c.Step)...))
		case r.answers[place].Err != nil:
			event, options = audit.PauseChangeRefused, append(options, audit.Refused(audit.CodesOf(r.answers[place].Err)...))
		}
		e, err := audit.New(event, audit.ByPeer(w.from.Peer, w.from.Trace), object(w.from.Pause), w.from.At, options...)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if !did {
			continue
		}
		prepared, err := audit.Prepared(r.changes[i].Notices, w.from.Trace, w.from.At)
		if err != nil {
			return nil, err
		}
		entries = append(entries, prepared...)
	}
	return entries, nil
}

func codes(s gateway.PauseStep) []string {
	all := []string{string(s.Kind)}
	if s.Reason != "" {
		all = append(all, string(s.Reason))
	}
	return all
}

// of reports whether the pause is the peer's to know.
func (s Standing) of(p gateway.Peer) bool {
	switch p.Party().Kind {
	case gateway.KindMunicipality:
		m := p.Party().Municipality
		return m != "" && s.Municipality.Municipality == m
	case gateway.KindCreditor:
		return s.Holder.OIN == p.OIN()
	}
	return false
}

func object(id gateway.PauseID) string { return audit.Object(audit.KindPause, string(id)) }
