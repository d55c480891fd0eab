// SPDX-License-Identifier: EUPL-1.2

package objection_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

// world is the real journey and the real desk over one store in memory.
type world struct {
	*gatewaytest.Steps
	memory  *gatewaytest.Memory
	ports   journey.Ports
	journey *journey.Journey
	desk    *objection.Desk
}

func newWorld(t *testing.T) *world {
	w := &world{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory()}
	w.ports = w.Ports(w.memory.Truth)
	w.journey, w.desk = journey.New(w.ports), objection.NewDesk(w.memory.Objections, gatewaytest.Keyer{Versions: 1})
	return w
}

func (w *world) instruction(controller gateway.Party) gateway.Instruction {
	return gateway.Instruction{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: controller, Municipality: w.Nijmegen.Municipality,
		Officer: gateway.NewUUID(gatewaytest.Now(), nil), At: gatewaytest.Now(), Trace: gateway.NewTrace()}
}

// subject is the person of a paper, as an official types it.
func subject(t *testing.T, p gatewaytest.Paper) pseudonym.Subject {
	t.Helper()
	number, err := gateway.NewHouseNumber(p.Home.Number)
	if err != nil {
		t.Fatal(err)
	}
	text := gateway.NewPersonal
	return pseudonym.Subject{Person: gateway.Person{Initials: text(p.Resident.Initials), Surname: text(p.Resident.Surname)},
		Address: gateway.Address{Postcode: text(p.Home.Postcode), Number: number}}
}

// report gives the code of each refusal, "" of what was taken.
func (w *world) report(t *testing.T, dry bool, batch ...intake.Submission) []string {
	t.Helper()
	send := w.journey.Report
	if dry {
		send = w.journey.Check
	}
	answers, err := send(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]string, len(answers))
	for i, a := range answers {
		if a.Err != nil {
			codes[i] = a.Err.Error()
		}
	}
	return codes
}

const refused = "geweigerd bezwaar-inwoner"

// TestObjectionBlocks: what a person objected to is refused for everyone and
// leaves codes and a digest; housemates and others are reported as before
// (AVG art. 21, invariant I4).
func TestObjectionBlocks(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	if _, err := w.desk.Place(t.Context(), w.instruction(w.Nijmegen), subject(t, paper), gateway.Today(gatewaytest.Now()).AddDays(30)); err != nil {
		t.Fatal(err)
	}
	housemate, unnamed := w.Paper(w.Energy, w.Nijmegen, 1), w.Paper(w.Energy, w.Nijmegen, 1)
	housemate.Resident.Initials, unnamed.Resident.Initials = "X.", ""
	batch := []intake.Submission{w.Submission(w.Energy, paper), w.Submission(w.Energy, housemate),
		w.Submission(w.Water, w.Paper(w.Water, w.Nijmegen, 1)), w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 2)),
		w.Submission(w.Energy, w.Paper(w.Energy, w.Leiden, 1))}
	want := []string{refused, "", refused, "", ""}
	for _, dry := range []bool{true, false} {
		for i, got := range w.report(t, dry, batch...) {
			if got != want[i] {
				t.Errorf("dry %t: report %d got %q, want %q", dry, i, got, want[i])
			}
		}
	}
	// Without initials it may be the objector: an ambiguous report does not pass.
	if got := w.report(t, false, w.Submission(w.Energy, unnamed)); got[0] == "" {
		t.Error("a report without initials passed beside an objection of that name and home")
	}
	if n := w.memory.Bodies(); n != 3 {
		t.Errorf("%d bodies, want 3", n)
	}
	for _, leaf := range w.memory.Entries() {
		if strings.Contains(string(leaf), paper.Resident.Surname) || strings.Contains(string(leaf), paper.Home.Postcode) {
			t.Error("the log holds a word of the person")
		}
	}
}

// TestObjectionToOneCreditor: who objects at a creditor is blocked for that
// creditor alone.
func TestObjectionToOneCreditor(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	if _, err := w.desk.Place(t.Context(), w.instruction(w.Energy), subject(t, paper), gateway.Today(gatewaytest.Now()).AddDays(30)); err != nil {
		t.Fatal(err)
	}
	got := w.report(t, false, w.Submission(w.Energy, paper), w.Submission(w.Water, w.Paper(w.Water, w.Nijmegen, 1)))
	if got[0] != refused || got[1] != "" {
		t.Errorf("%q", got)
	}
}

// TestObjectionEnds: after its last day, and when it was lifted.
func TestObjectionEnds(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	today := gateway.Today(gatewaytest.Now())
	o, err := w.desk.Place(t.Context(), w.instruction(w.Nijmegen), subject(t, paper), today.AddDays(1))
	if err != nil {
		t.Fatal(err)
	}
	later := w.Submission(w.Energy, paper)
	later.At = later.At.AddDate(0, 0, 2)
	if got := w.report(t, true, w.Submission(w.Energy, paper), later); got[0] != refused || got[1] != "" {
		t.Errorf("%q", got)
	}
	for what, i := range map[string]gateway.Instruction{"a creditor": w.instruction(w.Energy), "another municipality": func() gateway.Instruction {
		i := w.instruction(w.Leiden)
		i.Municipality = w.Leiden.Municipality
		return i
	}()} {
		if err := w.desk.Lift(t.Context(), i, o.ID); err == nil || err.Error() != "niet-gevonden bezwaar-onbekend" {
			t.Errorf("lifted by %s: %v", what, err)
		}
		if list, err := w.desk.List(t.Context(), i); err != nil || len(list) != 0 {
			t.Errorf("listed for %s: %d, %v", what, len(list), err)
		}
	}
	if list, err := w.desk.List(t.Context(), w.instruction(w.Nijmegen)); err != nil || len(list) != 1 || list[0].ID != o.ID {
		t.Errorf("own list: %+v, %v", list, err)
	}
	if err := w.desk.Lift(t.Context(), w.instruction(w.Nijmegen), o.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.report(t, false, w.Submission(w.Energy, paper)); got[0] != "" {
		t.Errorf("after lifting: %q", got)
	}
}

// TestObjectionSurvivesRotation: a report is held against objections under
// every live key version.
func TestObjectionSurvivesRotation(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	if _, err := w.desk.Place(t.Context(), w.instruction(w.Nijmegen), subject(t, paper), gateway.Today(gatewaytest.Now()).AddDays(30)); err != nil {
		t.Fatal(err)
	}
	w.ports.Keyer = gatewaytest.Keyer{Versions: 2}
	w.journey = journey.New(w.ports)
	if got := w.report(t, false, w.Submission(w.Energy, paper)); got[0] != refused {
		t.Errorf("after a rotation: %q", got)
	}
}

func TestPlaceRefuses(t *testing.T) {
	w := newWorld(t)
	known, today := subject(t, w.Paper(w.Energy, w.Nijmegen, 1)), gateway.Today(gatewaytest.Now())
	elsewhere := w.instruction(w.Nijmegen)
	elsewhere.Municipality = w.Leiden.Municipality
	for name, c := range map[string]struct {
		i     gateway.Instruction
		s     pseudonym.Subject
		until gateway.Date
		want  string
	}{
		"another's municipality": {elsewhere, known, today.AddDays(30), "niet-toegestaan partijsoort-niet-toegestaan"},
		"no controller":          {gateway.Instruction{Municipality: "GM0268", At: gatewaytest.Now()}, known, today.AddDays(30), "niet-toegestaan partijsoort-niet-toegestaan"},
		"today":                  {w.instruction(w.Nijmegen), known, today, "geweigerd termijn-niet-toegestaan"},
		"too long":               {w.instruction(w.Nijmegen), known, today.AddDays(objection.MaxDays + 1), "geweigerd termijn-niet-toegestaan"},
		"only an address":        {w.instruction(w.Nijmegen), pseudonym.Subject{Address: known.Address}, today.AddDays(30), "geweigerd te-weinig-gegevens"},
		"no initial": {w.instruction(w.Nijmegen), pseudonym.Subject{Person: gateway.Person{Surname: known.Person.Surname}, Address: known.Address},
			today.AddDays(30), "geweigerd te-weinig-gegevens"},
		"only a name": {w.instruction(w.Nijmegen), pseudonym.Subject{Person: known.Person}, today.AddDays(30), "geweigerd te-weinig-gegevens"},
	} {
		if _, err := w.desk.Place(t.Context(), c.i, c.s, c.until); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.memory.Entries()); n != 0 {
		t.Errorf("%d entries of what was not done", n)
	}
	w.memory.FailWrites(gatewaytest.Failed)
	if _, err := w.desk.Place(t.Context(), w.instruction(w.Nijmegen), known, today.AddDays(30)); !errors.Is(err, gatewaytest.ErrFault) {
		t.Errorf("a store that fails: %v", err)
	}
}

// answers fills objection.Lookup.
type answers struct {
	objected []bool
	err      error
}

func (a answers) Objected(context.Context, []objection.Question) ([]bool, error) {
	return a.objected, a.err
}

// TestLookupFailureDenies: when objections cannot be asked, nothing is reported
// (invariant I6).
func TestLookupFailureDenies(t *testing.T) {
	w := newWorld(t)
	for name, lookup := range map[string]objection.Lookup{"an error": answers{[]bool{false}, gatewaytest.ErrFault}, "no answer": answers{nil, nil}} {
		w.ports.Objections = lookup
		for what, send := range map[string]func(context.Context, []intake.Submission) ([]journey.Answer, error){
			"report": journey.New(w.ports).Report, "check": journey.New(w.ports).Check} {
			if a, err := send(t.Context(), []intake.Submission{w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))}); err == nil {
				t.Errorf("%s, %s: answered %+v", name, what, a)
			}
		}
	}
	if w.memory.Bodies() != 0 || len(w.memory.Entries()) != 0 {
		t.Error("something was stored")
	}
}

// TestDirectoryFailureDenies: memory that cannot be refreshed answers nothing,
// although it knew something (invariant I6).
func TestDirectoryFailureDenies(t *testing.T) {
	w, now := newWorld(t), gatewaytest.Now()
	d := objection.NewDirectory(w.memory.Objections, func() time.Time { return now })
	if _, err := d.Objected(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.memory.FailReads(true)
	if _, err := d.Objected(t.Context(), nil); err != nil {
		t.Errorf("within a second: %v", err)
	}
	now = now.Add(objection.Refresh)
	if _, err := d.Objected(t.Context(), nil); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("a store that cannot be read: %v", err)
	}
}
