// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

type memoryClocks struct{ m *Memory }

// memoryAlarm is one clock that ran out.
type memoryAlarm struct {
	clocks.Alarm
	settled time.Time
}

// Due fills clocks.Store.
func (c memoryClocks) Due(_ context.Context, cut clocks.Cutoffs, limit int) (clocks.Due, error) {
	s, err := c.m.read()
	if err != nil {
		return clocks.Due{}, err
	}
	return (&memoryTx{s}).Due(cut, limit)
}

// Open fills clocks.Store.
func (c memoryClocks) Open(_ context.Context, limit int) ([]clocks.Alarm, error) {
	s, err := c.m.read()
	if err != nil {
		return nil, err
	}
	var open []clocks.Alarm
	for _, a := range s.alarms {
		if a.settled.IsZero() && len(open) < limit {
			open = append(open, a.Alarm)
		}
	}
	return open, nil
}

// Unanswered fills clocks.Store.
func (c memoryClocks) Unanswered(_ context.Context, of gateway.Municipality, since gateway.Date, limit int) (clocks.Unanswered, error) {
	s, err := c.m.read()
	if err != nil {
		return clocks.Unanswered{}, err
	}
	var u clocks.Unanswered
	for _, one := range s.signals {
		collected := !one.reached[slices.Index(signalStates(), gateway.SignalConfirmed)].IsZero()
		if one.Municipality != of || since.After(one.on) || !one.answered.IsZero() || one.Nature != gateway.NatureReport || one.Withdrawn ||
			one.State == gateway.SignalErased && !collected {
			continue
		}
		i := slices.IndexFunc(u.Days, func(d clocks.UnansweredDay) bool { return d.On == one.on && d.Kind == one.Kind })
		if i < 0 {
			i, u.Days = len(u.Days), append(u.Days, clocks.UnansweredDay{On: one.on, Kind: one.Kind})
		}
		u.Days[i].Count++
		if !collected {
			u.Days[i].Uncollected++
		}
		u.Oldest = append(u.Oldest, clocks.UnansweredSignal{ID: one.ID, Kind: one.Kind, On: one.on})
	}
	slices.SortStableFunc(u.Oldest, func(a, b clocks.UnansweredSignal) int { return a.On.Time().Compare(b.On.Time()) })
	u.Oldest = u.Oldest[:min(len(u.Oldest), max(limit, 0))]
	return u, nil
}

// Write fills clocks.Store.
func (c memoryClocks) Write(ctx context.Context, fn func(clocks.Tx) error) error {
	return c.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Due fills clocks.Tx.
func (t *memoryTx) Due(cut clocks.Cutoffs, limit int) (clocks.Due, error) {
	var due clocks.Due
	for _, p := range t.s.pauses {
		s := t.s.standing(p)
		if s.State == gateway.PauseRuns && cut.Today.After(s.Pause.Until) && len(due.Over) < limit {
			due.Over = append(due.Over, s)
		}
		for _, a := range t.s.latePause(s, cut) {
			due.Alarms = t.s.addNew(due.Alarms, a)
		}
	}
	for _, s := range t.s.signals {
		for _, a := range t.s.waits(s, cut) {
			due.Alarms = t.s.addNew(due.Alarms, a)
		}
	}
	type clock struct {
		kind gateway.NoticeKind
		term gateway.ClockTerm
	}
	of := map[clock]int{}
	due.Alarms = slices.DeleteFunc(due.Alarms, func(a clocks.Alarm) bool {
		of[clock{a.Kind, a.Term}]++
		return of[clock{a.Kind, a.Term}] > limit
	})
	return due, nil
}

func (s *state) addNew(alarms []clocks.Alarm, a clocks.Alarm) []clocks.Alarm {
	if slices.ContainsFunc(s.alarms, func(old memoryAlarm) bool {
		return old.Kind == a.Kind && old.Term == a.Term && old.Subject == a.Subject
	}) {
		return alarms
	}
	return append(alarms, a)
}

// latePause is what waits of one pause, also when it is over.
func (s *state) latePause(p pause.Standing, cut clocks.Cutoffs) (alarms []clocks.Alarm) {
	about := func(kind gateway.NoticeKind, term gateway.ClockTerm, subject gateway.UUID, reader gateway.OIN) {
		stands := p.Pause
		a := clocks.Alarm{Kind: kind, Term: term, Subject: subject, Signal: p.Signal, ReportID: p.ReportID,
			Municipality: p.Municipality, Holder: p.Holder, Pause: &stands}
		if reader != p.Holder.OIN { // it sold the claim
			a.Holder, a.Pause = s.creditor(reader), nil
		}
		alarms = append(alarms, a)
	}
	for _, n := range s.notices {
		if n.Notice.Pause == nil || n.Notice.Pause.ID != p.Pause.ID || !n.Notice.Kind.AsksApplied() || !n.reached[2].IsZero() {
			continue
		}
		if n.reached[1].IsZero() && !n.At.After(cut.Received) {
			about(gateway.NoticePauseNotFetched, gateway.Term24Hours, gateway.UUID(n.Notice.ID), n.Notice.To)
		}
		if !gateway.Today(n.At).After(cut.Applied) {
			about(gateway.NoticePauseNotApplied, gateway.TermWorkingDays, gateway.UUID(n.Notice.ID), n.Notice.To)
		}
	}
	if p.State == gateway.PauseRuns && p.Contested && cut.Today.After(p.AnswerBy) {
		about(gateway.NoticeContestOpen, gateway.TermFiveDays, gateway.UUID(p.Pause.ID), p.Holder.OIN)
	}
	if r := p.Pause.Review; p.State == gateway.PauseRuns && !r.IsZero() && !r.After(cut.Today) && !cut.Today.After(p.Pause.Until) {
		about(gateway.NoticePauseReview, "", gateway.UUID(p.Pause.ID), p.Holder.OIN)
	}
	return alarms
}

// memoryKeeps is the term of content in this store, in days: that of the
// policies.
const memoryKeeps = 30

// waits is what waits of one signal.
func (s *state) waits(one memorySignal, cut clocks.Cutoffs) (alarms []clocks.Alarm) {
	if !one.answered.IsZero() || one.Nature != gateway.NatureReport || one.Withdrawn {
		return nil
	}
	about := func(kind gateway.NoticeKind, term gateway.ClockTerm) {
		alarms = append(alarms, clocks.Alarm{Kind: kind, Term: term, Subject: gateway.UUID(one.ID), Signal: one.ID, ReportID: one.report,
			Municipality: s.municipality(one.Municipality), Holder: s.creditor(one.holds())})
	}
	confirmed := !one.reached[slices.Index(signalStates(), gateway.SignalConfirmed)].IsZero()
	kind := gateway.NoticeNotCollected
	if confirmed {
		kind = gateway.NoticeNoFeedback
	}
	if term := termOf(one, cut); term != "" && (confirmed || one.State != gateway.SignalErased) {
		about(kind, term)
	}
	read := confirmed || !one.reached[slices.Index(signalStates(), gateway.SignalRead)].IsZero()
	if !read && cut.Today.After(one.on.AddDays(memoryKeeps)) {
		about(gateway.NoticeUnread, "")
	}
	return alarms
}

func termOf(one memorySignal, cut clocks.Cutoffs) gateway.ClockTerm {
	switch {
	case !one.on.After(cut.FourWeeks):
		return gateway.TermFourWeeks
	case !one.on.After(cut.TwoWeeks):
		return gateway.TermTwoWeeks
	case !one.on.After(cut.ThreeDays) && one.Urgency == gateway.UrgencyCrisis:
		return gateway.TermThreeDays
	}
	return ""
}

// Raise fills clocks.Tx.
func (t *memoryTx) Raise(alarms []clocks.Alarm) error {
	for _, a := range alarms {
		if len(t.s.addNew(nil, a)) == 0 {
			return fault("this alarm was raised before")
		}
		m := memoryAlarm{Alarm: a}
		m.RaisedAt = millis(a.RaisedAt)
		if a.Reminds() {
			m.settled = m.RaisedAt
		}
		t.s.alarms = append(t.s.alarms, m)
		t.s.keepAlarm(m)
		for _, n := range a.Notices {
			if err := t.post(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Settle fills clocks.Tx.
func (t *memoryTx) Settle(now time.Time, limit int) ([]clocks.Alarm, error) {
	var settled []clocks.Alarm
	for i := range t.s.alarms {
		a := &t.s.alarms[i]
		if len(settled) >= limit {
			break
		}
		if !a.settled.IsZero() || !t.s.gone(a.Alarm) {
			continue
		}
		a.settled = millis(now)
		settled = append(settled, a.Alarm)
	}
	return settled, nil
}

// heardLater reports whether the reader of a notice has a later document of the
// same pause.
func (s *state) heardLater(n memoryNotice) bool {
	return slices.ContainsFunc(s.notices, func(l memoryNotice) bool {
		return l.Notice.To == n.Notice.To && l.Notice.Pause != nil && l.Notice.Pause.ID == n.Notice.Pause.ID &&
			l.Notice.Pause.Step > n.Notice.Pause.Step && !firstOf(l.reached[1:]).IsZero()
	})
}

// gone reports whether the cause of an alarm is no longer there.
func (s *state) gone(a clocks.Alarm) bool {
	switch a.Kind {
	case gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied:
		first := 1
		if a.Kind == gateway.NoticePauseNotApplied {
			first = 2
		}
		for _, n := range s.notices {
			if gateway.UUID(n.Notice.ID) != a.Subject || n.Notice.Pause == nil {
				continue
			}
			at := s.pausePlace(n.Notice.Pause.ID)
			if at < 0 || !firstOf(n.reached[first:]).IsZero() {
				return true
			}
			binds := s.pauses[at].State == gateway.PauseRuns && s.pauses[at].Holder.OIN == n.Notice.To
			return s.heardLater(n) && (first == 1 || !binds)
		}
		return true
	case gateway.NoticeContestOpen:
		at := s.pausePlace(gateway.PauseID(a.Subject))
		return at < 0 || !s.pauses[at].Contested || s.pauses[at].State != gateway.PauseRuns
	}
	return true
}
