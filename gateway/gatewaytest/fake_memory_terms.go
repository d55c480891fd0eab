// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// memoryTerm is the last day of one object, whose it is and how it goes. A zero
// last day means no term yet.
type memoryTerm struct {
	kind       retention.Kind
	controller retention.Controller
	last       gateway.Date
	claims     []retention.Claim // a hold of any of them keeps it
	confirmed  func(*state) time.Time
	waits      func(*state) bool // for what must go first
	erase      func(s *state, at time.Time)
}

func (s *state) claimOf(id gateway.SignalID) retention.Claim {
	one := s.signals[s.places[id]]
	return retention.Claim{Creditor: one.creditor, ReportID: one.report}
}

// keepSignal gives a new signal and its body their terms.
func (s *state) keepSignal(id gateway.SignalID) {
	one := s.signals[s.places[id]]
	name, whose := "signaal/"+string(id), retention.Controller(one.Municipality)
	claims := []retention.Claim{s.claimOf(id)}
	s.terms[name+"/inhoud"] = memoryTerm{kind: retention.KindBody, controller: whose, last: one.on.AddDays(one.keepDays), claims: claims,
		confirmed: func(s *state) time.Time { return s.signals[s.places[id]].reached[3] },
		erase: func(s *state, at time.Time) {
			delete(s.bodies, id)
			own := &s.signals[s.places[id]]
			own.reached[4], own.State = millis(at), gateway.SignalErased
		}}
	key := journey.Key{Creditor: one.creditor, ReportID: one.report}
	s.terms[name] = memoryTerm{kind: retention.KindSignal, controller: whose, last: one.expires, claims: claims,
		waits: func(s *state) bool {
			return s.bodies[id].Wrapped != nil || s.reports[key].Signal == id ||
				slices.ContainsFunc(s.notices, func(n memoryNotice) bool { return n.Notice.Signal == id }) ||
				slices.ContainsFunc(s.pauses, func(p memoryPause) bool { return p.Signal == id })
		},
		erase: func(s *state, _ time.Time) {
			for _, r := range slices.Clone(s.signals[s.places[id]].Relations) {
				s.unrelate(r.Other, id)
				delete(s.terms, relationName(id, r.Other))
				delete(s.terms, relationName(r.Other, id))
			}
			s.signals[s.places[id]] = memorySignal{}
			delete(s.places, id)
		}}
}

func (s *state) keepReport(key journey.Key, signal gateway.SignalID, last gateway.Date) {
	s.terms["melding/"+string(key.Creditor)+"/"+string(key.ReportID)] = memoryTerm{kind: retention.KindReport,
		controller: retention.Controller(key.Creditor), last: last, claims: []retention.Claim{s.claimOf(signal)},
		erase: func(s *state, _ time.Time) { delete(s.reports, key) }}
}

func (s *state) keepTokens(signal gateway.SignalID, last gateway.Date) {
	m := s.signals[s.places[signal]].Municipality
	s.terms["signaal/"+string(signal)+"/pseudoniemen"] = memoryTerm{kind: retention.KindTokens, controller: retention.Controller(m), last: last,
		claims: []retention.Claim{s.claimOf(signal)}, erase: func(s *state, _ time.Time) {
			s.trails[m] = slices.DeleteFunc(slices.Clone(s.trails[m]), func(r match.Trail) bool { return r.Signal == signal })
		}}
}

func relationName(one, other gateway.SignalID) string {
	return "signaal/" + string(one) + "/verband/" + string(other)
}

func (s *state) keepRelation(r gateway.Relation, last gateway.Date) {
	for _, way := range [][2]gateway.SignalID{{r.Signal, r.Other}, {r.Other, r.Signal}} {
		name := relationName(way[0], way[1])
		if old := s.terms[name]; old.last.After(last) {
			continue
		}
		s.terms[name] = memoryTerm{kind: retention.KindRelation, controller: retention.Controller(s.signals[s.places[way[0]]].Municipality),
			last: last, claims: []retention.Claim{s.claimOf(way[0]), s.claimOf(way[1])},
			erase: func(s *state, _ time.Time) { s.unrelate(way[0], way[1]) }}
	}
}

func (s *state) unrelate(one, other gateway.SignalID) {
	own := &s.signals[s.places[one]]
	own.Relations = slices.DeleteFunc(slices.Clone(own.Relations), func(r gateway.Relation) bool { return r.Other == other })
}

func (s *state) keepFeedback(r feedback.Record) {
	s.terms["terugkoppeling/"+string(r.Signal)+"/"+string(r.ID)] = memoryTerm{kind: retention.KindFeedback,
		controller: retention.Controller(r.Municipality), last: s.signals[s.places[r.Signal]].expires,
		claims: []retention.Claim{s.claimOf(r.Signal)}, erase: func(s *state, _ time.Time) { delete(s.feedback, r.Key) }}
}

func (s *state) keepNotice(n gateway.PostedNotice, at time.Time) {
	about := s.signals[s.places[n.Signal]]
	whose, last := retention.Controller(n.To), gateway.Today(at).AddDays(about.keepDays)
	if n.ReportID == "" {
		whose = retention.Controller(about.Municipality)
	}
	if n.Pause != nil {
		for _, end := range []gateway.Date{n.Pause.Until.AddDays(keepPause), s.terms["pauze/"+string(n.Pause.ID)].last} {
			if end.After(last) {
				last = end
			}
		}
	}
	s.terms["bericht/"+string(n.ID)] = memoryTerm{kind: retention.KindNotice, controller: whose, last: last,
		claims: []retention.Claim{s.claimOf(n.Signal)},
		erase: func(s *state, _ time.Time) {
			s.notices = slices.DeleteFunc(s.notices, func(one memoryNotice) bool { return one.Notice.ID == n.ID })
		}}
}

// keepFor is how many days a batch stays after its end.
const keepFor = 90

func (s *state) keepBatch(r batch.Record) {
	name, whose, last := "aanlevering/"+string(r.Creditor)+"/"+string(r.ID), retention.Controller(r.Creditor), gateway.Date{}
	if !r.DoneAt.IsZero() {
		last = gateway.Today(r.DoneAt).AddDays(keepFor)
	}
	key := r.Key
	s.terms[name] = memoryTerm{kind: retention.KindBatch, controller: whose, last: last,
		waits: func(s *state) bool { return len(s.outcomes[key]) > 0 },
		erase: func(s *state, _ time.Time) {
			delete(s.batches, key)
			s.arrived = slices.DeleteFunc(slices.Clone(s.arrived), func(k batch.Key) bool { return k == key })
		}}
	for _, o := range s.outcomes[key] {
		page := (o.Line - 1) / 1000
		s.terms[fmt.Sprintf("%s/uitkomsten/%d", name, page)] = memoryTerm{kind: retention.KindOutcomes, controller: whose, last: last,
			waits: func(s *state) bool { return (s.outcomes[key][0].Line-1)/1000 != page },
			erase: func(s *state, _ time.Time) {
				s.outcomes[key] = slices.DeleteFunc(slices.Clone(s.outcomes[key]), func(o batch.Outcome) bool { return (o.Line-1)/1000 == page })
			}}
	}
}

func (s *state) keepHold(h retention.Hold) {
	s.terms["opschorting/"+string(h.ID)] = memoryTerm{kind: retention.KindHold, controller: retention.Controller(h.Claim.Creditor),
		last: h.Until.AddDays(retention.KeepReceipts), erase: func(s *state, _ time.Time) {
			s.holds = slices.DeleteFunc(s.holds, func(one retention.Hold) bool { return one.ID == h.ID })
		}}
}

func (s *state) keepDeletion(f retention.Filed) {
	s.terms["verwijdering/"+string(f.ID)] = memoryTerm{kind: retention.KindDeletion, controller: f.Controller, last: f.Keep,
		erase: func(s *state, _ time.Time) {
			s.deletions = slices.DeleteFunc(s.deletions, func(one retention.Filed) bool { return one.ID == f.ID })
		}}
}

// isDue reports whether a step may erase an object now, but for holds.
func (s *state) isDue(name string, step retention.Step, c retention.Cutoff) bool {
	t, ok := s.terms[name]
	switch {
	case !ok || t.kind != step.Kind || t.waits != nil && t.waits(s):
		return false
	case step.Reason == retention.ReasonConfirmed:
		at := t.confirmed(s)
		return !at.IsZero() && at.Before(c.Confirmed)
	}
	return !t.last.IsZero() && c.Today.After(t.last)
}

func (s *state) isHeld(name string, today gateway.Date) bool {
	return slices.ContainsFunc(s.terms[name].claims, func(c retention.Claim) bool { return len(s.holdsOf(c, today)) > 0 })
}

func (s *state) holdsOf(c retention.Claim, today gateway.Date) (holds []retention.Hold) {
	for _, h := range s.holds {
		if h.Claim == c && h.InForce(today) {
			holds = append(holds, h)
		}
	}
	return holds
}
