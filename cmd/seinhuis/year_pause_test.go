// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// yearPause is a pause that a receipt promised.
type yearPause struct {
	id     gateway.PauseID
	signal *yearSignal
	holder gateway.OIN
	until  gateway.Date
	steps  int // that signed messages made
	ended  bool
	look   int  // the day on which it is held to its promise
	seen   bool // and was
}

// plannedChange is a message about a pause.
type plannedChange struct {
	of   *yearPause
	kind pause.ChangeKind
}

// begun reads the pauses out of a receipt for feedback, and plans their lives:
// most run to their date.
func (p *yearPlay) begun(s *yearSignal, receipt gateway.Compact) {
	var said struct {
		Pauses []gateway.GivenPause `json:"pauzes"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(receipt), ".")[1])
	p.must(err)
	p.must(json.Unmarshal(payload, &said))
	for _, g := range said.Pauses {
		one := &yearPause{id: g.ID, signal: s, holder: s.claim.Creditor, until: g.Until, steps: 1}
		p.pauses[g.ID] = one
		p.tally["pauzes"]++
		p.kept(one)
		days := max(1, g.Until.DaysSince(p.today())-2)
		switch drawn := p.dice.IntN(100); {
		case drawn < 15:
			p.later(one, days, pause.Prolong)
		case drawn < 25:
			p.later(one, 1+p.dice.IntN(days), pause.End)
		case drawn < 35:
			p.later(one, 1, pause.Contest)
			p.later(one, 2+p.dice.IntN(2), []pause.ChangeKind{pause.Uphold, pause.Correct, pause.End}[p.dice.IntN(3)])
		case drawn < 40: // an answer that never comes
			p.later(one, 1, pause.Contest)
		case drawn < 45:
			p.later(one, 1+p.dice.IntN(days), pause.Transfer)
		}
		p.follow(one)
	}
}

// kept tells the model how long the papers of a pause stay: 90 days after the
// last day that any of them named.
func (p *yearPlay) kept(one *yearPause) {
	p.m.expect("pauze/"+string(one.id), retention.Controller(p.town(one.signal.town).Municipality), one.until.AddDays(termPause), one.signal.claim)
}

func (p *yearPlay) later(one *yearPause, days int, kind pause.ChangeKind) {
	d := p.on(days)
	d.changes = append(d.changes, plannedChange{one, kind})
}

// change sends the messages of a day.
func (p *yearPlay) change(all []plannedChange) {
	for _, c := range all {
		from, w := p.town(c.of.signal.town), gatewaytest.Object{"pauzeId": c.of.id, "soort": c.kind, "reden": c.kind.Reasons()[0]}
		until, holder := c.of.until, c.of.holder
		switch c.kind {
		case pause.Contest, pause.Transfer:
			from = p.partyOf(c.of.holder)
		case pause.Prolong:
			until = c.of.until.AddDays(3)
		case pause.Correct:
			until = p.today().AddDays(1)
		case pause.End:
			until = p.today()
		}
		if c.kind == pause.Prolong || c.kind == pause.Correct {
			w["einddatum"] = until.String()
		}
		if c.kind == pause.Transfer {
			i := slices.IndexFunc(p.creditors, func(x gateway.Party) bool { return x.OIN == holder })
			holder = p.creditors[(i+4)%len(p.creditors)].OIN
			w["overnemer"] = holder
		}
		v, id := p.visit(from), gateway.ChangeID(gateway.NewUUID(p.now, nil))
		w["wijzigingId"] = id
		answers, err := p.yearWorld.pauses.Accept(p.ctx, []pause.Submission{{Peer: v.Peer, Pause: c.of.id, ID: id, Token: p.letter(from.OIN, w), At: v.At, Trace: v.Trace}})
		p.must(err)
		if answers[0].Err != nil {
			p.tally["wijziging geweigerd"]++
			continue
		}
		p.tally[string(c.kind)]++
		c.of.until, c.of.holder, c.of.ended = until, holder, c.kind == pause.End
		c.of.steps++
		p.kept(c.of)
		p.m.expect("pauzewijziging/"+string(from.OIN)+"/"+string(id), p.m.owners[from.OIN], c.of.signal.day.AddDays(termProof))
	}
}

// follow looks at a pause when all its clocks have run, and again when it was
// prolonged meanwhile.
func (p *yearPlay) follow(one *yearPause) {
	days := one.until.DaysSince(p.today()) + 12
	one.look = p.day + days
	p.on(days).acts = append(p.on(days).acts, func() {
		if one.until.DaysSince(p.today()) > -12 {
			p.follow(one)
			return
		}
		p.ended(one)
	})
}

// ended holds a pause to its promise (invariant I9): it ended by its date or by
// a signed message, every step is there, and what the holder did not apply in
// time has an alarm.
func (p *yearPlay) ended(one *yearPause) {
	var state, last string
	var steps, late int
	var digest []byte
	id := strings.ReplaceAll(string(one.id), "-", "")
	p.must(p.raw.QueryRowContext(p.ctx, `SELECT p.state, p.steps, s.kind, s.digest,
			(SELECT count(*) FROM notice AS n WHERE n.signal = p.signal AND n.pause_id = p.id AND n.party = p.holder AND n.applied_at IS NULL
				AND n.kind IN (SELECT value FROM json_each(?2)) AND NOT EXISTS (SELECT 1 FROM alarm AS a WHERE a.subject = n.id AND a.kind = ?3))
		FROM pause AS p JOIN pause_step AS s ON s.pause = p.number AND s.step = p.steps
		WHERE p.id = unhex(?1) AND (SELECT count(*) FROM pause_step AS c WHERE c.pause = p.number) = p.steps`,
		id, p.pauseKinds(), string(gateway.NoticePauseNotApplied)).Scan(&state, &steps, &last, &digest, &late))
	want := [2]string{string(gateway.PauseOver), string(gateway.PauseExpired)}
	count := one.steps + 1
	if one.ended {
		want, count = [2]string{string(gateway.PauseFinished), string(gateway.PauseEnded)}, one.steps
	}
	if state != want[0] || last != want[1] || steps != count || one.ended != (len(digest) == 32) || late != 0 {
		p.t.Fatalf("%s: pause %s until %s is %s by %s after %d steps of %d; %d unapplied without an alarm", p.today(), one.id, one.until, state, last, steps, count, late)
	}
	one.seen = true
}

func (p *yearPlay) pauseKinds() string {
	kinds, err := json.Marshal(gateway.KindsAskingApplied())
	p.must(err)
	return string(kinds)
}

// pausesKept: no pause that a receipt promised was lost. What has not run its
// clocks at the end is in the store.
func (p *yearPlay) pausesKept() (seen int) {
	there := map[gateway.PauseID]bool{}
	p.each(`SELECT id FROM pause`, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		there[gateway.PauseID(uuidText(id))] = true
		return err
	})
	for _, one := range p.pauses {
		switch {
		case one.seen:
			seen++
		case one.look < yearDays || !there[one.id]:
			p.t.Errorf("pause %s until %s was lost", one.id, one.until)
		}
	}
	return seen
}
