// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"cmp"
	"fmt"
	"time"
)

// PauseAnswer is what documents of a pause say of one day.
type PauseAnswer string

const (
	PauseInForce    PauseAnswer = "in-werking"
	PauseNotInForce PauseAnswer = "niet-in-werking"
	PauseIncomplete PauseAnswer = "onvolledig" // steps are missing, so the documents do not say it
)

// PauseVerdict is the answer to the question whether a pause was in force on a day, with all that it rests on.
type PauseVerdict struct {
	Answer       PauseAnswer `json:"antwoord"`
	Day          string      `json:"dag"`
	Pause        string      `json:"pauzeId"`
	Issuer       string      `json:"poort"`              // OIN of the gateway that signed every document
	Municipality string      `json:"gemeente,omitzero"`  // as the last document that names one says; a reorganisation changes it
	Report       string      `json:"meldingId,omitzero"` // as the creditor knows the claim
	Signal       string      `json:"signaalId,omitzero"` // as the municipality knows it
	// KnownUntil is the moment of the last document: of what happened after it these documents know nothing.
	KnownUntil time.Time `json:"bekendTot"`
	// Final: nothing that happens later can change the answer, because the day lies before KnownUntil or the pause is closed.
	Final   bool        `json:"definitief"`
	Decided int         `json:"beslissendeStap,omitzero"` // number of the step that holds on the day; none when it had not begun
	Missing []int       `json:"ontbreekt,omitzero"`       // numbers of steps of which there is no document
	Steps   []PauseStep `json:"stappen"`
}

// maxDocuments bounds what one question may bring.
const maxDocuments = 1000

// VerifyPause says whether a pause was in force on a day (2026-12-01, in the Netherlands), by any number of verified documents about it.
// The rule is in docs/formats.md part 22: the pause holds from its first day to the last day that the last step on or before the
// day gives, both days included; no step changes a day before its own.
//
// The documents must know every step from the first to the highest that any of them knows; a statement does by itself. pause chooses among
// the pauses of feedback that began several, and may be empty otherwise. Documents of different pauses, of different
// gateways, or that contradict each other are [ErrPause]; its text counts documents from 1.
func VerifyPause(docs []PauseDocument, pause, day string) (PauseVerdict, error) {
	if !isDay(day) || len(docs) == 0 || len(docs) > maxDocuments {
		return PauseVerdict{}, fmt.Errorf("%w: give a day and 1 to %d documents", ErrPause, maxDocuments)
	}
	pause, err := onePause(docs, pause)
	if err != nil {
		return PauseVerdict{}, err
	}
	l := life{steps: map[int]PauseStep{}, verdict: PauseVerdict{Day: day, Pause: pause}}
	for i, d := range docs {
		if err := l.add(d, pause); err != nil {
			return PauseVerdict{}, fmt.Errorf("%w: document %d has another %w than those before it", ErrPause, i+1, err)
		}
	}
	if err := l.order(); err != nil {
		return PauseVerdict{}, err
	}
	l.judge()
	return l.verdict, nil
}

// onePause finds the one pause that all documents are about.
func onePause(docs []PauseDocument, want string) (string, error) {
	common := map[string]int{}
	for _, d := range docs {
		for _, v := range d.views {
			common[v.pause]++ // a document names a pause once
		}
	}
	found := ""
	for id, n := range common {
		if n < len(docs) || want != "" && id != want {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%w: the documents are about several pauses; say which", ErrPause)
		}
		found = id
	}
	if found == "" {
		return "", fmt.Errorf("%w: the documents are not all about one pause", ErrPause)
	}
	return found, nil
}

// life is a pause as its documents tell it.
type life struct {
	steps   map[int]PauseStep
	highest int
	named   time.Time // of the document that gave the municipality
	seen    []sighting
	verdict PauseVerdict
}

// sighting is one document's word that at a moment this was the number of the last step.
type sighting struct {
	at   time.Time
	last int
}

// differs names what a document says otherwise than those before it.
type differs string

func (d differs) Error() string { return string(d) }

// add takes in what one document says of the pause.
func (l *life) add(d PauseDocument, pause string) error {
	for _, v := range d.views {
		if v.pause != pause {
			continue
		}
		o := &l.verdict
		for _, c := range []struct {
			name string
			into *string
			said string
		}{{"iss", &o.Issuer, d.issuer}, {"meldingId", &o.Report, d.report}, {"signaalId", &o.Signal, v.signal}} {
			if *c.into != "" && c.said != "" && *c.into != c.said {
				return differs(c.name)
			}
			*c.into = cmp.Or(*c.into, c.said)
		}
		if d.municipality != "" && !d.at.Before(l.named) {
			o.Municipality, l.named = d.municipality, d.at
		}
		for _, s := range v.steps {
			known, there := l.steps[s.Number]
			if there && !known.agrees(s) {
				return differs(fmt.Sprintf("step %d", s.Number))
			}
			l.steps[s.Number] = known.with(s)
			if !there {
				l.steps[s.Number] = s
			}
		}
		l.highest = max(l.highest, v.last)
		l.seen = append(l.seen, sighting{d.at, v.last})
		if d.at.After(o.KnownUntil) {
			o.KnownUntil = d.at
		}
	}
	return nil
}

// order holds the steps to what a life can be: each document knows what was there at its moment and no more, the first day
// never moves, nothing follows an end, and no step gives a last day before its own. Moments of different machines may
// differ by [clockSkew].
func (l *life) order() error {
	for _, s := range l.steps {
		for _, o := range l.seen {
			late := s.Number <= o.last && s.At.After(o.at.Add(clockSkew))
			early := s.Number > o.last && !s.At.IsZero() && s.At.Before(o.at.Add(-clockSkew))
			if late || early {
				return fmt.Errorf("%w: step %d is not of the moment that another document leaves for it", ErrPause, s.Number)
			}
		}
		before, there := l.steps[s.Number-1]
		if !there {
			continue
		}
		if s.From != before.From || closes(before.Kind) || s.Until != before.Until && !s.At.IsZero() && s.Until < s.day() {
			return fmt.Errorf("%w: step %d cannot follow the one before it", ErrPause, s.Number)
		}
	}
	return nil
}

// judge applies the rule.
func (l *life) judge() {
	v := &l.verdict
	for n := 1; n <= l.highest; n++ {
		s, there := l.steps[n]
		if there {
			v.Steps = append(v.Steps, s)
		}
		switch {
		case s.At.IsZero():
			v.Missing = append(v.Missing, n)
		case s.day() <= v.Day:
			v.Decided = n
		}
	}
	if len(v.Missing) > 0 {
		v.Answer, v.Decided = PauseIncomplete, 0
		return
	}
	first, last, known := l.steps[1], l.steps[l.highest], dutchDay(v.KnownUntil)
	v.Final = v.Day <= known || v.Day < first.From || closes(last.Kind) || known > last.Until
	v.Answer = PauseNotInForce
	if s := l.steps[v.Decided]; v.Decided > 0 && s.From <= v.Day && v.Day <= s.Until {
		v.Answer = PauseInForce
	}
}
