// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

type memoryPauses struct{ m *Memory }

// memoryPause is one pause with its life.
type memoryPause struct {
	pause.Standing
	startedAt time.Time
	steps     []gateway.PauseStep
}

// holds is who holds the claim behind a signal now.
func (s memorySignal) holds() gateway.OIN {
	if s.holder != "" {
		return s.holder
	}
	return s.creditor
}

// creditor is a creditor as the register knows it, or by its OIN only.
func (s *state) creditor(oin gateway.OIN) gateway.Party {
	if p, known := s.parties[oin]; known {
		return p
	}
	return gateway.Party{OIN: oin, Kind: gateway.KindCreditor}
}

// municipality is the active party of a municipality, or its code only.
func (s *state) municipality(m gateway.Municipality) gateway.Party {
	for _, p := range s.parties {
		if p.Municipality == m && p.State == gateway.PartyActive && p.Kind == gateway.KindMunicipality {
			return p
		}
	}
	return gateway.Party{Kind: gateway.KindMunicipality, Municipality: m}
}

// Changes fills pause.Store.
func (p memoryPauses) Changes(_ context.Context, keys []pause.Key) ([]pause.Record, error) {
	s, err := p.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Changes(keys)
}

// Pauses fills pause.Store.
func (p memoryPauses) Pauses(_ context.Context, ids []gateway.PauseID) ([]pause.Standing, error) {
	s, err := p.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Pauses(ids)
}

// Write fills pause.Store.
func (p memoryPauses) Write(ctx context.Context, fn func(pause.Tx) error) error {
	return p.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

func (s *state) pausePlace(id gateway.PauseID) int {
	return slices.IndexFunc(s.pauses, func(p memoryPause) bool { return p.Pause.ID == id })
}

// Changes fills pause.Tx.
func (t *memoryTx) Changes(keys []pause.Key) ([]pause.Record, error) {
	found := make([]pause.Record, len(keys))
	for i, k := range keys {
		found[i] = t.s.changes[k]
	}
	return found, nil
}

// Pauses fills pause.Tx.
func (t *memoryTx) Pauses(ids []gateway.PauseID) ([]pause.Standing, error) {
	found := make([]pause.Standing, len(ids))
	for i, id := range ids {
		if at := t.s.pausePlace(id); at >= 0 {
			found[i] = t.s.standing(t.s.pauses[at])
		}
	}
	return found, nil
}

// standing is a pause with what its signal and the register say now.
func (s *state) standing(p memoryPause) pause.Standing {
	about := s.signals[s.places[p.Signal]]
	p.Standing.ReportID, p.Standing.Limits = about.report, about.limits
	p.Standing.Holder, p.Standing.Municipality = s.creditor(p.Holder.OIN), s.municipality(about.Municipality)
	return p.Standing
}

// Steps fills pause.Tx.
func (t *memoryTx) Steps(id gateway.PauseID) ([]gateway.PauseStep, error) {
	i := t.s.pausePlace(id)
	if i < 0 {
		return nil, nil
	}
	steps := slices.Clone(t.s.pauses[i].steps)
	for j := range steps {
		for _, n := range t.s.notices {
			if n.Notice.ID == steps[j].Notice {
				steps[j].To = n.Notice.To
				steps[j].ReceivedAt, steps[j].AppliedAt, steps[j].Told = firstOf(n.reached[1:]), n.reached[2], n.told
			}
		}
	}
	return steps, nil
}

func (t *memoryTx) start(p gateway.PauseStart) error {
	place, known := t.s.places[p.Signal]
	if !known || t.s.signals[place].paused {
		return fault("a pause of an unknown signal, or a second one")
	}
	t.s.signals[place].paused = true
	t.s.pauses = append(t.s.pauses, memoryPause{startedAt: millis(p.At), Standing: pause.Standing{Pause: p.Pause, Signal: p.Signal,
		Holder: gateway.Party{OIN: p.Holder}, State: gateway.PauseRuns, SettledOn: gateway.Today(p.At), GivenOn: gateway.Today(p.At)},
		steps: []gateway.PauseStep{{Number: 1, Kind: gateway.PauseBegun, By: p.By, At: millis(p.At), Pause: p.Pause, Digest: p.Digest, Notice: p.Notice}}})
	t.s.keepLife(p.Pause, p.Signal)
	return nil
}

// Change fills pause.Tx.
func (t *memoryTx) Change(changes []pause.Changed) error {
	for _, c := range changes {
		i := t.s.pausePlace(c.After.Pause.ID)
		if i < 0 || t.s.pauses[i].Pause.Step != c.Step.Number-1 || c.After.Pause.Step != c.Step.Number || t.s.changes[c.Record.Key].Exists() {
			return fault("a step of an unknown pause, out of order, or under a taken id")
		}
		p := t.s.pauses[i]
		p.Standing = c.After
		step := c.Step
		step.At = millis(step.At)
		p.steps = append(slices.Clip(p.steps), step)
		t.s.pauses[i] = p
		t.s.keepLife(p.Pause, p.Signal)
		t.s.again(c)
		if step.Kind == gateway.PauseTransferred {
			t.s.signals[t.s.places[p.Signal]].holder = c.After.Holder.OIN
		}
		if c.Record.Exists() {
			r := c.Record
			r.At = millis(r.At)
			t.s.changes[r.Key] = r
			t.s.keepChange(r, p.Signal)
		}
		for _, n := range c.Notices {
			if err := t.post(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// again lets a new contest or review date run out anew, and keeps the papers of
// the pause as long as the pause.
func (s *state) again(c pause.Changed) {
	s.alarms = slices.DeleteFunc(slices.Clone(s.alarms), func(a memoryAlarm) bool {
		anew := a.Kind == gateway.NoticeContestOpen && c.Step.Kind == gateway.PauseContested ||
			a.Kind == gateway.NoticePauseReview && (c.Step.Kind == gateway.PauseProlonged || c.Step.Kind == gateway.PauseCorrected)
		if anew = anew && a.Subject == gateway.UUID(c.After.Pause.ID); anew {
			delete(s.terms, "alarm/"+string(a.Subject)+"/"+string(a.Kind)+"/"+string(a.Term))
		}
		return anew
	})
	life := s.terms["pauze/"+string(c.After.Pause.ID)].last
	for _, n := range s.notices {
		name := "bericht/" + string(n.Notice.ID)
		if term := s.terms[name]; n.Notice.Pause != nil && n.Notice.Pause.ID == c.After.Pause.ID && life.After(term.last) {
			term.last = life
			s.terms[name] = term
		}
	}
}
