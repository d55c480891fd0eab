// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

type memoryRights struct{ m *Memory }

// WriteRights fills rights.Store.
func (r memoryRights) WriteRights(ctx context.Context, fn func(rights.Tx) error) error {
	return r.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Trails fills rights.Tx.
func (t *memoryTx) Trails(m gateway.Municipality, creditor gateway.OIN, tags []keys.Tag) ([]rights.Trail, error) {
	var found []rights.Trail
	for _, trail := range t.s.trails[m] {
		if slices.Contains(tags, trail.Tag) && (creditor == "" || t.s.signals[t.s.places[trail.Signal]].holds() == creditor) {
			one := t.s.signals[t.s.places[trail.Signal]]
			found = append(found, rights.Trail{Signal: trail.Signal, Tag: trail.Tag, Until: one.on.AddDays(one.keep.Tokens)})
		}
	}
	slices.SortStableFunc(found, func(a, b rights.Trail) int { return cmp.Compare(t.s.places[a.Signal], t.s.places[b.Signal]) })
	return found, nil
}

// Dossiers fills rights.Tx.
func (t *memoryTx) Dossiers(ids []gateway.SignalID) ([]rights.Dossier, error) {
	found := make([]rights.Dossier, len(ids))
	for i, id := range ids {
		if place, known := t.s.places[id]; known {
			found[i] = t.s.dossier(t.s.signals[place])
		}
	}
	return found, nil
}

func (s *state) dossier(one memorySignal) rights.Dossier {
	record := s.reports[journey.Key{Creditor: one.creditor, ReportID: one.report}]
	d := rights.Dossier{Subject: s.subject(one.ID), Signal: one.Signal, Creditor: one.creditor, CreditorName: s.parties[one.creditor].Name, ReportID: one.report,
		Receipt: record.Receipt, Moments: one.moments(), BodyUntil: s.bodyUntil(one),
		ReceiptUntil: one.on.AddDays(one.keep.Receipt), SignalUntil: one.lastDay()}
	for _, m := range s.signals {
		if m.Concerns == one.ID {
			d.Messages = append(d.Messages, rights.Message{Signal: m.Signal, Moments: m.moments(), BodyUntil: s.bodyUntil(m)})
		}
	}
	for _, f := range s.feedback {
		if f.Signal == one.ID {
			d.Feedback = append(d.Feedback, rights.FeedbackMark{ID: f.ID, At: f.At, Until: one.lastDay()})
		}
	}
	slices.SortFunc(d.Feedback, func(a, b rights.FeedbackMark) int { return cmp.Compare(a.ID, b.ID) })
	for _, n := range s.notices {
		if n.Notice.Signal == one.ID {
			mark := s.noticeMark(n, one.keep.Body)
			if mark.Controller = retention.Controller(n.Notice.To); n.Notice.ReportID == "" {
				mark.Controller = retention.Controller(one.Municipality)
			}
			d.Notices = append(d.Notices, mark)
		}
	}
	for _, p := range s.pauses {
		if p.Signal == one.ID {
			d.Pause, d.PauseUntil = p.Pause.ID, p.Pause.Until
		}
	}
	for _, h := range s.holds {
		if h.Claim == s.claimOf(one.ID) && h.ConfirmedBy != "" && h.LiftedBy == "" && h.Until.After(d.HeldUntil) {
			d.HeldUntil = h.Until
		}
	}
	return d
}

// noticeMark is a notice with its pause as the notice says.
func (s *state) noticeMark(n memoryNotice, days int) rights.NoticeMark {
	mark := rights.NoticeMark{ID: n.Notice.ID, Kind: n.Notice.Kind, Posted: n.At,
		Received: firstOf(n.reached[1:]), Applied: n.reached[2], Until: gateway.Today(n.At).AddDays(days)}
	if p := n.Notice.Pause; p != nil {
		mark.Pause = p
		if end := p.Until.AddDays(keepPause); end.After(mark.Until) {
			mark.Until = end
		}
	}
	return mark
}

// keepPause is how many days the papers of a pause are kept after its end.
const keepPause = 90

func (s *state) bodyUntil(one memorySignal) gateway.Date {
	if s.bodies[one.ID].Wrapped == nil {
		return gateway.Date{}
	}
	return one.on.AddDays(one.keep.Body)
}

func (one memorySignal) lastDay() gateway.Date {
	return one.on.AddDays(max(one.keep.Body, one.keep.Tokens, one.keep.Receipt))
}

func (one memorySignal) moments() rights.Moments {
	return rights.Moments{Deposited: one.DepositedAt, Offered: one.reached[1], Read: one.reached[2], Confirmed: one.reached[3],
		Erased: one.reached[4], Withdrawn: one.withdrawnAt}
}

// EraseDossiers fills rights.Tx.
func (t *memoryTx) EraseDossiers(e rights.Erasure) (rights.Erased, error) {
	var erased rights.Erased
	for _, target := range e.Targets {
		if _, known := t.s.places[target.Signal]; !known {
			return rights.Erased{}, fault("no such signal")
		}
		t.eraseOne(target.Signal, millis(e.At), &erased)
	}
	return erased, memoryRetentionTx{t}.File(e.Proofs)
}

func (t *memoryTx) eraseOne(id gateway.SignalID, at time.Time, erased *rights.Erased) {
	first := t.s.signals[t.s.places[id]]
	for i := range t.s.signals {
		one := &t.s.signals[i]
		before := len(one.Relations)
		for _, r := range one.Relations {
			if r.Signal == id || r.Other == id {
				delete(t.s.terms, relationName(r.Signal, r.Other))
			}
		}
		one.Relations = slices.DeleteFunc(slices.Clone(one.Relations), func(r gateway.Relation) bool { return r.Signal == id || r.Other == id })
		erased.Relations += before - len(one.Relations)
		if one.ID != id && one.Concerns != id {
			continue
		}
		erased.Signals++
		if _, there := t.s.bodies[one.ID]; there {
			erased.Bodies++
			delete(t.s.bodies, one.ID)
			delete(t.s.terms, "signaal/"+string(one.ID)+"/inhoud")
		}
		if one.reached[4].IsZero() {
			one.State, one.reached[4] = gateway.SignalErased, at
		}
	}
	m := first.Municipality
	before := len(t.s.trails[m])
	t.s.trails[m] = slices.DeleteFunc(slices.Clone(t.s.trails[m]), func(trail match.Trail) bool { return trail.Signal == id })
	erased.Tokens += before - len(t.s.trails[m])
	delete(t.s.terms, "signaal/"+string(id)+"/pseudoniemen")
	before = len(t.s.notices)
	t.s.notices = slices.DeleteFunc(slices.Clone(t.s.notices), func(n memoryNotice) bool {
		if n.Notice.Signal == id {
			delete(t.s.terms, "bericht/"+string(n.Notice.ID))
		}
		return n.Notice.Signal == id
	})
	erased.Notices += before - len(t.s.notices)
	before = len(t.s.pauses)
	t.s.pauses = slices.DeleteFunc(slices.Clone(t.s.pauses), func(p memoryPause) bool {
		if p.Signal == id {
			delete(t.s.terms, "pauze/"+string(p.Pause.ID))
		}
		return p.Signal == id
	})
	erased.Pauses += before - len(t.s.pauses)
}
