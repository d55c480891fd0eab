// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// The terms of what came to the store later: pauses, alarms, objections,
// requests and events.

// controllerOf is whom a party stands for: a municipality by its code.
func (s *state) controllerOf(oin gateway.OIN) retention.Controller {
	if p, known := s.parties[oin]; known {
		return retention.ControllerOf(p)
	}
	return retention.Controller(oin)
}

// keepLife keeps a pause 90 days after the latest last day that it had.
func (s *state) keepLife(p gateway.Pause, signal gateway.SignalID) {
	name, last := "pauze/"+string(p.ID), p.Until.AddDays(keepPause)
	if old := s.terms[name].last; old.After(last) {
		last = old
	}
	s.terms[name] = memoryTerm{kind: retention.KindPause, controller: retention.Controller(s.signals[s.places[signal]].Municipality), last: last,
		claims: []retention.Claim{s.claimOf(signal)},
		waits: func(s *state) bool {
			at := s.pausePlace(p.ID)
			return at >= 0 && s.pauses[at].State == gateway.PauseRuns
		},
		erase: func(s *state, _ time.Time) {
			s.pauses = slices.DeleteFunc(slices.Clone(s.pauses), func(one memoryPause) bool { return one.Pause.ID == p.ID })
		}}
}

func (s *state) keepChange(r pause.Record, signal gateway.SignalID) {
	s.terms["pauzewijziging/"+string(r.Party)+"/"+string(r.ID)] = memoryTerm{kind: retention.KindChange, controller: s.controllerOf(r.Party),
		last: s.signals[s.places[signal]].expires, claims: []retention.Claim{s.claimOf(signal)},
		erase: func(s *state, _ time.Time) { delete(s.changes, r.Key) }}
}

// keepAlarms is how many days an alarm is kept.
const keepAlarms = 366

func (s *state) keepAlarm(a memoryAlarm) {
	s.terms["alarm/"+string(a.Subject)+"/"+string(a.Kind)+"/"+string(a.Term)] = memoryTerm{kind: retention.KindAlarm,
		controller: retention.ControllerOf(a.Acts()), last: gateway.Today(a.RaisedAt).AddDays(keepAlarms), erase: func(s *state, _ time.Time) {
			s.alarms = slices.DeleteFunc(slices.Clone(s.alarms), func(one memoryAlarm) bool {
				return one.Subject == a.Subject && one.Kind == a.Kind && one.Term == a.Term
			})
		}}
}

func (s *state) keepObjection(o objection.Objection) {
	s.terms["bezwaar/"+string(o.ID)] = memoryTerm{kind: retention.KindObjection, controller: s.controllerOf(o.Controller), last: o.Until,
		erase: func(s *state, _ time.Time) {
			s.objecting++
			s.objections = slices.DeleteFunc(slices.Clone(s.objections), func(one objection.Objection) bool { return one.ID == o.ID })
		}}
}

func (s *state) keepRequest(r request.Request) {
	var last gateway.Date
	if !r.Closed.IsZero() {
		last = r.Closed.AddDays(request.KeepDays)
	}
	s.terms["verzoek/"+string(r.ID)] = memoryTerm{kind: retention.KindRequest, controller: s.controllerOf(r.Controller), last: last,
		erase: func(s *state, _ time.Time) {
			s.requests = slices.DeleteFunc(slices.Clone(s.requests), func(one request.Request) bool { return one.ID == r.ID })
		}}
}

// keepEvents is how many days an event is kept after its end.
const keepEvents = 30

func (s *state) keepEvent(e announce.Event) {
	var last gateway.Date
	if !e.DoneAt.IsZero() {
		last = gateway.Today(e.DoneAt).AddDays(keepEvents)
	}
	s.terms["webhook/"+string(e.ID)] = memoryTerm{kind: retention.KindEvent, controller: s.controllerOf(e.Party), last: last,
		erase: func(s *state, _ time.Time) {
			s.announced = slices.DeleteFunc(slices.Clone(s.announced), func(one announce.Event) bool { return one.ID == e.ID })
		}}
}
