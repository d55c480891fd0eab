// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// ObjectionStores is the contract of [objection.Lookup] and [objection.Store].
// open gives an empty store, a new one at each call.
func ObjectionStores(t *testing.T, open func(t *testing.T) Truth) {
	s := objectionSuite{NewActors(t), open}
	t.Run("who is met", func(t *testing.T) { s.met(t, func(truth Truth) objection.Lookup { return truth.Objections }) })
	t.Run("who is met, from memory", func(t *testing.T) {
		s.met(t, func(truth Truth) objection.Lookup { return objection.NewDirectory(truth.Objections, Now) })
	})
	t.Run("memory follows within a second", s.follows)
	t.Run("list and lift", s.lift)
	t.Run("rollback leaves nothing", s.rollback)
	t.Run("whom an objection is of", s.behind)
}

type objectionSuite struct {
	Actors
	open func(t *testing.T) Truth
}

// tag is another one for each n.
func tag(version uint32, n byte) keys.Tag {
	return keys.Tag{Version: version, Sum: [32]byte{0: 1, 31: n}}
}

func (s objectionSuite) objection(creditor gateway.OIN, days int, tags ...keys.Tag) objection.Objection {
	controller := s.Nijmegen.OIN
	if creditor != "" {
		controller = creditor
	}
	o := objection.Objection{ID: gateway.NewUUID(Now(), nil), Controller: controller, Municipality: s.Nijmegen.Municipality, Creditor: creditor,
		Instruction: gateway.NewUUID(Now(), nil), PlacedOn: gateway.Today(Now()), Until: gateway.Today(Now()).AddDays(days)}
	for _, one := range tags {
		o.Tags = append(o.Tags, objection.Tag{Kind: pseudonym.TokenResident, Tag: one})
	}
	return o
}

func place(t *testing.T, truth Truth, all ...objection.Objection) {
	t.Helper()
	err := truth.Objections.WriteObjections(t.Context(), func(tx objection.Tx) error {
		for _, o := range all {
			if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
				return err
			}
			if err := tx.PlaceObjection(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s objectionSuite) met(t *testing.T, of func(Truth) objection.Lookup) {
	truth := s.open(t)
	lookup := of(truth)
	place(t, truth, s.objection("", 10, tag(1, 1), tag(1, 2)), s.objection(s.Water.OIN, 10, tag(2, 3)))
	today, m := gateway.Today(Now()), s.Nijmegen.Municipality
	cases := []struct {
		what string
		q    objection.Question
		want bool
	}{
		{"a tag of it", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(1, 9), tag(1, 2)}}, true},
		{"the last day", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today.AddDays(10), Tags: []keys.Tag{tag(1, 1)}}, true},
		{"the day after", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today.AddDays(11), Tags: []keys.Tag{tag(1, 1)}}, false},
		{"another key version", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(2, 1)}}, false},
		{"an older version beside the newest", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(2, 7), tag(1, 1)}}, true},
		{"another municipality", objection.Question{Municipality: s.Leiden.Municipality, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(1, 1)}}, false},
		{"nobody", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(1, 8)}}, false},
		{"no tags", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today}, false},
		{"the creditor it is against", objection.Question{Municipality: m, Creditor: s.Water.OIN, On: today, Tags: []keys.Tag{tag(2, 3)}}, true},
		{"another creditor", objection.Question{Municipality: m, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(2, 3)}}, false},
	}
	questions := make([]objection.Question, len(cases))
	for i, c := range cases {
		questions[i] = c.q
	}
	got, err := lookup.Objected(t.Context(), questions)
	if err != nil || len(got) != len(cases) {
		t.Fatal(len(got), err)
	}
	for i, c := range cases {
		if got[i] != c.want {
			t.Errorf("%s: objected is %t", c.what, got[i])
		}
	}
	if none, err := lookup.Objected(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("no questions: %v, %v", none, err)
	}
}

// follows: the newest is lifted and another placed, so that counting rows would
// not see it.
func (s objectionSuite) follows(t *testing.T) {
	truth, now := s.open(t), Now()
	directory := objection.NewDirectory(truth.Objections, func() time.Time { return now })
	objected := func(n byte) bool {
		t.Helper()
		got, err := directory.Objected(t.Context(), []objection.Question{{Municipality: s.Nijmegen.Municipality, Creditor: s.Energy.OIN,
			On: gateway.Today(Now()), Tags: []keys.Tag{tag(1, n)}}})
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	first := s.objection("", 10, tag(1, 1))
	place(t, truth, first)
	if !objected(1) {
		t.Error("the first look is behind")
	}
	if err := truth.Objections.WriteObjections(t.Context(), func(tx objection.Tx) error {
		_, err := tx.LiftObjection(first.ID, first.Controller, first.Municipality)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	place(t, truth, s.objection("", 10, tag(1, 2)))
	now = now.Add(objection.Refresh)
	if objected(1) || !objected(2) {
		t.Error("memory is more than a second behind")
	}
	place(t, truth, s.objection("", 10, tag(1, 3)))
	now = now.Add(-time.Hour) // the clock was set back
	if !objected(3) {
		t.Error("memory answers although nobody knows how old it is")
	}
}

func (s objectionSuite) lift(t *testing.T) {
	truth := s.open(t)
	own, other, short := s.objection("", 30, tag(1, 1)), s.objection(s.Water.OIN, 30, tag(1, 2)), s.objection("", 1, tag(1, 3))
	place(t, truth, own, other, short)
	list := func(on gateway.Date) (ids []gateway.UUID) {
		t.Helper()
		all, err := truth.Objections.Objections(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			if len(o.Tags) != 0 {
				t.Error("the list shows tags")
			}
			ids = append(ids, o.ID)
		}
		return ids
	}
	today := gateway.Today(Now())
	if got := list(today); !slices.Equal(got, []gateway.UUID{own.ID, other.ID, short.ID}) {
		t.Errorf("listed %d", len(got))
	}
	if got := list(today.AddDays(2)); !slices.Equal(got, []gateway.UUID{own.ID, other.ID}) {
		t.Errorf("listed %d after one expired", len(got))
	}
	all, err := truth.Objections.Objections(t.Context(), today)
	if err != nil {
		t.Fatal(err)
	}
	want := other
	want.Tags = nil
	if got := all[1]; got.Tags != nil || got.ID != want.ID || got.Controller != want.Controller || got.Municipality != want.Municipality ||
		got.Creditor != want.Creditor || got.Instruction != want.Instruction || got.PlacedOn != want.PlacedOn || got.Until != want.Until {
		t.Errorf("got %+v, want %+v", got, want)
	}
	lift := func(o objection.Objection, controller gateway.OIN, m gateway.Municipality) (there bool) {
		t.Helper()
		if err := truth.Objections.WriteObjections(t.Context(), func(tx objection.Tx) (err error) {
			there, err = tx.LiftObjection(o.ID, controller, m)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return there
	}
	if lift(own, s.Water.OIN, own.Municipality) || lift(own, own.Controller, s.Leiden.Municipality) {
		t.Error("another controller lifted it")
	}
	if !lift(own, own.Controller, own.Municipality) || lift(own, own.Controller, own.Municipality) {
		t.Error("lifting once and twice")
	}
	q := objection.Question{Municipality: own.Municipality, Creditor: s.Energy.OIN, On: today, Tags: []keys.Tag{tag(1, 1)}}
	if got, err := truth.Objections.Objected(t.Context(), []objection.Question{q}); err != nil || got[0] {
		t.Errorf("a lifted objection blocks: %v", err)
	}
}

func (s objectionSuite) rollback(t *testing.T) {
	truth := s.open(t)
	o := s.objection("", 30, tag(1, 1))
	err := truth.Objections.WriteObjections(t.Context(), func(tx objection.Tx) error {
		if err := tx.PlaceObjection(o); err != nil {
			return err
		}
		return ErrFault
	})
	if err == nil {
		t.Fatal("the fault was lost")
	}
	all, err := truth.Objections.Objections(t.Context(), gateway.Today(Now()))
	if err != nil || len(all) != 0 {
		t.Errorf("%d objections, %v", len(all), err)
	}
	if rows, err := truth.Rows.Leaves(t.Context(), 0, 10); err != nil || len(rows) != 0 {
		t.Errorf("%d rows of the log, %v", len(rows), err)
	}
}

// behind: the newest signal with a token of it, where it holds and of a creditor
// only of its own claims.
func (s objectionSuite) behind(t *testing.T) {
	truth := s.open(t)
	steps := ledgerSuite{NewSteps(t), nil}
	first, second := steps.deposit(t, s.Energy, s.Nijmegen, 1), steps.deposit(t, s.Water, s.Nijmegen, 1)
	File(t, truth, first, second, steps.deposit(t, s.Energy, s.Leiden, 1))
	tags := tagsOf(first, pseudonym.TokenResident)
	one, two := first.Sealed().Body().ID, second.Sealed().Body().ID
	for name, c := range map[string]struct {
		o    objection.Objection
		want gateway.SignalID
	}{
		"against everyone's":        {s.objection("", 10, tags...), two},
		"against the creditor's":    {s.objection(s.Energy.OIN, 10, tags...), one},
		"of one who reported none":  {s.objection(s.Housing.OIN, 10, tags...), ""},
		"of one who is in no trail": {s.objection("", 10, tag(1, 77)), ""},
	} {
		place(t, truth, c.o)
		var got gateway.SignalID
		if err := truth.Objections.WriteObjections(t.Context(), func(tx objection.Tx) (err error) {
			if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
				return err
			}
			got, err = tx.Behind(c.o.ID)
			return err
		}); err != nil || got != c.want {
			t.Errorf("%s: %s, want %s, %v", name, got, c.want, err)
		}
	}
}
