// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// signalRow is one new message in a mailbox. Its numbers come from number.
type signalRow struct {
	number       int64
	sequence     int64
	body         seal.Body
	municipality gateway.Municipality
	nature       gateway.SignalNature
	concerns     []byte
	slip         gateway.Slip
	kind         gateway.ReportKind
	urgency      gateway.Urgency
	keepDays     int
	limits       gateway.PauseLimits
	expires      gateway.Date
}

// number gives new messages their numbers, in order: that of the row and that
// of the mailbox. It is one round trip.
func (t *tx) number(added []signalRow) error {
	counts := map[gateway.Municipality]int64{}
	for _, s := range added {
		counts[s.municipality]++
	}
	wanted := rowsOf("municipality text, last bigint")
	for m, n := range counts {
		wanted.add(string(m), n)
	}
	// A number that the log knows is never given out again, also not when its
	// signal was erased: else the life of one claim would run on into another's.
	var number int64
	next := map[gateway.Municipality]int64{}
	err := each(t, func(scan func(...any) error) error {
		var m gateway.Municipality
		var last int64
		err := scan(&m, &last, &number)
		next[m] = last - counts[m] + 1
		return err
	}, `INSERT INTO mailbox_sequence AS s (municipality, last) SELECT municipality, last FROM `+wanted.from("given")+`
		ON CONFLICT (municipality) DO UPDATE SET last = s.last + excluded.last
		RETURNING municipality, last, 1 + greatest((SELECT coalesce(max(number), 0) FROM signal),
			(SELECT coalesce(max(signal), 0) FROM audit_index WHERE signal IS NOT NULL))`, wanted.arrays...)
	if err != nil {
		return err
	}
	for i := range added {
		s := &added[i]
		s.number, s.sequence = number+int64(i), next[s.municipality]
		next[s.municipality]++
	}
	return nil
}

// addSignals writes new messages, and what goes with them in one round trip.
func (t *tx) addSignals(added []signalRow, beside ...statement) error {
	if err := t.number(added); err != nil {
		return err
	}
	statements, err := t.signalRows(added)
	if err != nil {
		return failed(t.fail(err))
	}
	return t.together(append(statements, beside...)...)
}

// signalRows are new messages and where their bodies rest.
func (t *tx) signalRows(added []signalRow) ([]statement, error) {
	signals := rowsOf(`number bigint, id bytea, municipality text, sequence bigint, nature text, concerns bytea, creditor text, report_id bytea,
		kind text, urgency text, deposited_at bigint, day bigint, format text, key_id text, size bigint, digest bytea, keep_days bigint,
		pause_days bigint, prolongations bigint, expires_on bigint`)
	bodies := rowsOf("number bigint, scope text, object text, place bigint, size bigint, key bytea, expires_on bigint")
	for _, s := range added {
		id, err := uuid(s.body.ID)
		if err != nil {
			return nil, err
		}
		report, err := uuid(s.slip.ReportID)
		if err != nil {
			return nil, err
		}
		place, stored := t.places[s.body.ID]
		if !stored {
			return nil, errNoPlace
		}
		on := gateway.Today(s.slip.At)
		signals.add(s.number, id, string(s.municipality), s.sequence, string(s.nature), s.concerns, string(s.slip.Peer.OIN()), report,
			string(s.kind), string(s.urgency), moment(s.slip.At), day(on), s.body.Format, s.body.KeyID, s.body.Size, s.body.Digest[:], s.keepDays,
			s.limits.Days, s.limits.Prolongations, day(s.expires))
		bodies.add(s.number, s.body.Scope, place.Object, place.Offset, place.Size, place.Key[:], day(on.AddDays(s.keepDays)))
	}
	return []statement{signals.insert("signal", ""), bodies.insert("body", "")}, nil
}

// trailRows are the tokens of signals, which stay until their own term ends.
type trailRows struct{ *rows }

func newTrailRows() trailRows {
	return trailRows{rowsOf("municipality text, sum bytea, version bigint, token text, signal bigint, claim bytea, day bigint, expires_on bigint")}
}

func (r trailRows) add(number int64, of gateway.Municipality, c match.Candidate, on, expires any) {
	for _, trail := range c.Trails() {
		var claim []byte
		if trail.Token == pseudonym.TokenClaim {
			claim = trail.Claim
		}
		r.rows.add(string(of), trail.Tag.Sum[:], int64(trail.Tag.Version), string(trail.Token), number, claim, on, expires)
	}
}

// relatedWay is a relation as one of its two signals has it.
type relatedWay struct {
	one, other  []byte
	coincidence gateway.Coincidence
	expires     gateway.Date
}

// relations are those of all that was filed, both ways; they stay as long as
// the tokens that they come from. Of two between the same signals
// the later says how, as when they were written one by one.
func relations(filed []journey.Filed) (statement, error) {
	var ways []relatedWay
	place := map[[2]string]int{}
	for _, f := range filed {
		expires := gateway.Today(f.Deposit.Slip().At).AddDays(f.Deposit.Sealed().Decision().Retain.Tokens)
		for _, r := range f.Relations {
			one, err := uuid(r.Signal)
			if err != nil {
				return statement{}, err
			}
			other, err := uuid(r.Other)
			if err != nil {
				return statement{}, err
			}
			for _, w := range []relatedWay{{one, other, r.Coincidence, expires}, {other, one, r.Coincidence, expires}} {
				key := [2]string{string(w.one), string(w.other)}
				if i, twice := place[key]; twice {
					if ways[i].expires.After(w.expires) {
						w.expires = ways[i].expires
					}
					ways[i] = w
					continue
				}
				place[key] = len(ways)
				ways = append(ways, w)
			}
		}
	}
	r := rowsOf("one bytea, other bytea, coincidence text, expires_on bigint")
	for _, w := range ways {
		r.add(w.one, w.other, string(w.coincidence), day(w.expires))
	}
	return statement{`INSERT INTO relation AS r (signal, other, coincidence, expires_on)
		SELECT a.number, b.number, w.coincidence, w.expires_on FROM ` + r.from("w") + `
		JOIN signal AS a ON a.id = w.one JOIN signal AS b ON b.id = w.other AND b.municipality = a.municipality
		ON CONFLICT (signal, other) DO UPDATE SET coincidence = excluded.coincidence, expires_on = greatest(r.expires_on, excluded.expires_on)`,
		r.arrays, int64(r.n)}, nil
}
