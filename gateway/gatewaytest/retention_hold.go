// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// HoldOn is a confirmed hold of a claim, by two officers, through day n.
func HoldOn(d mailbox.Deposit, n int) retention.Hold {
	now := Now()
	return retention.Hold{ID: gateway.NewUUID(now, nil), Claim: retention.Claim(keyOf(d)), Reason: retention.HoldLegalClaim,
		Until: gateway.Today(now).AddDays(n), ProposedBy: gateway.NewUUID(now, nil), ProposedAt: now,
		ConfirmedBy: gateway.NewUUID(now, nil), ConfirmedAt: now.Add(time.Hour)}
}

func (s retentionSuite) put(t *testing.T, truth Truth, holds ...retention.Hold) {
	t.Helper()
	err := truth.Holds.Write(t.Context(), func(tx retention.HoldTx) error {
		for i, h := range holds {
			if _, err := tx.Append([]audit.Entry{Entry(t, i)}); err != nil {
				return err
			}
			if err := tx.PutHold(h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s retentionSuite) hold(t *testing.T) {
	truth, one, two, _, _ := s.world(t)
	if _, err := s.Correct(t, truth, one, s.Energy, s.Paper(s.Energy, s.Nijmegen, 1), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Withdraw(t, truth, one); err != nil {
		t.Fatal(err)
	}
	const late = 4000
	kept := HoldOn(one, late)
	s.put(t, truth, kept)
	total := 0
	for _, next := range retention.Steps() {
		for _, r := range s.due(t, truth, next, late) {
			if next.Kind != retention.KindHold && next.Kind != retention.KindFacts { // facts are of no claim
				total++
			}
			if next.Kind == retention.KindRelation {
				t.Errorf("a relation of the held claim is due: %s", r.Name)
			}
		}
	}
	if total != 3 { // body, tokens and report of the other; its signal waits
		t.Errorf("%d records of the other claim are due, want 3", total)
	}
	for _, h := range []retention.Hold{
		func(h retention.Hold) retention.Hold { h.LiftedBy, h.LiftedAt = h.ProposedBy, Now(); return h }(kept),
		func(h retention.Hold) retention.Hold { h.Until = h.Until.AddDays(-1); return h }(kept),
		func(h retention.Hold) retention.Hold {
			h.ConfirmedBy, h.ConfirmedAt = "", time.Time{}
			return h
		}(HoldOn(two, late)),
	} {
		s.put(t, truth, h)
		if n := len(s.due(t, truth, step(retention.KindBody), late)); n != 4 {
			t.Errorf("%s: %d bodies are due, want 4", h.State(Now()), n)
		}
	}
}

func (s retentionSuite) erase(t *testing.T) {
	truth, one, _, _, _ := s.world(t)
	bodies := step(retention.KindBody)
	var refs []string
	for _, r := range s.due(t, truth, bodies, 100) {
		refs = append(refs, r.Ref)
	}
	if n := s.eraseRefs(t, truth, bodies, 1, refs); n != 0 {
		t.Errorf("%d erased before their time", n)
	}
	kept := HoldOn(one, 200)
	s.put(t, truth, kept) // after they were found
	if n := s.eraseRefs(t, truth, bodies, 100, refs); n != 1 {
		t.Errorf("%d erased, want the one that is not held", n)
	}
	kept.LiftedBy, kept.LiftedAt = kept.ProposedBy, Now()
	s.put(t, truth, kept)
	if n := s.eraseRefs(t, truth, bodies, 100, refs); n != 1 {
		t.Errorf("%d erased, want the one that is left", n)
	}
	if n := s.eraseRefs(t, truth, bodies, 100, refs); n != 0 {
		t.Errorf("%d erased a second time", n)
	}
}

func (s retentionSuite) rollbackErase(t *testing.T) {
	truth, one, _, _, _ := s.world(t)
	refs := []string{}
	for _, r := range s.due(t, truth, step(retention.KindBody), 100) {
		refs = append(refs, r.Ref)
	}
	err := truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
		if _, err := tx.Erase(step(retention.KindBody), cutoff(100), refs); err != nil {
			return err
		}
		if err := tx.File([]retention.Filed{filed("GM0268", "")}); err != nil {
			return err
		}
		return errOnPurpose
	})
	rest, err2 := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{one.Sealed().Body().ID})
	shelf, err3 := truth.Shelf.Deletions(t.Context(), "GM0268", 0, 10)
	if !errors.Is(err, errOnPurpose) || err2 != nil || err3 != nil || rest[0].Wrapped == nil || len(shelf) != 0 {
		t.Errorf("%v: body %t, %d receipts", err, rest[0].Wrapped != nil, len(shelf))
	}
}

func (s retentionSuite) underAnotherKey(t *testing.T) {
	truth, one, _, _, n := s.world(t)
	today := gateway.Today(Now())
	if held, err := truth.Retention.Held(t.Context(), today, 10); err != nil || len(held) != 0 {
		t.Fatalf("%+v, %v", held, err)
	}
	first, second := HoldOn(one, 10), HoldOn(one, 20)
	s.put(t, truth, first, second)
	held, err := truth.Retention.Held(t.Context(), today, 10)
	if err != nil || len(held) != 2 || held[0].ID != string(one.Sealed().Body().ID) || held[1].ID != string(n.ID) || held[1].Kind != retention.KindNotice ||
		string(held[1].Data) != "wrapped" || held[0].Scope != "GM0268/2026-11" {
		t.Fatalf("%+v, %v", held, err)
	}
	now := slices.Clone(held)
	for i := range now {
		now[i].Scope, now[i].Data = "GM0268/"+string(first.ID), []byte{byte(i)}
	}
	rewrap := func(was, now []retention.Wrapped) (moved int) {
		if err := truth.Retention.Write(t.Context(), func(tx retention.Tx) (err error) {
			moved, err = tx.Rewrap(was, now)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return moved
	}
	if moved := rewrap(held, now); moved != 2 {
		t.Errorf("%d moved, want 2", moved)
	}
	if moved := rewrap(held, now); moved != 0 {
		t.Errorf("%d moved from where they no longer rest", moved)
	}
	rest, err := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{one.Sealed().Body().ID})
	notices, err2 := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10)
	if err != nil || err2 != nil || rest[0].Scope != now[0].Scope || string(rest[0].Wrapped) != "\x00" || string(notices[0].Notice.Wrapped) != "\x01" {
		t.Errorf("%+v, %+v", rest, notices)
	}
	if held, err := truth.Retention.Held(t.Context(), today, 10); err != nil || len(held) != 0 {
		t.Errorf("under the key of a hold in force: %+v, %v", held, err)
	}
	if held, err := truth.Retention.Held(t.Context(), today.AddDays(15), 10); err != nil || len(held) != 2 || held[0].Hold != second.ID {
		t.Errorf("after the first hold ended: %+v, %v", held, err)
	}
}

// What came later about a held claim is kept readable with it.
func (s retentionSuite) laterBodiesAreHeld(t *testing.T) {
	truth, one, _, _, n := s.world(t)
	c, err := s.Correct(t, truth, one, s.Energy, s.Paper(s.Energy, s.Nijmegen, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	withdrawal, err := s.Withdraw(t, truth, one)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, truth, HoldOn(one, 10))
	held, err := truth.Retention.Held(t.Context(), gateway.Today(Now()), 10)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, w := range held {
		ids = append(ids, w.ID)
	}
	want := []string{string(one.Sealed().Body().ID), string(c.Sealed().Body().ID), string(withdrawal), string(n.ID)}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("held %v, want %v", ids, want)
	}
}

func (s retentionSuite) unusedKeys(t *testing.T) {
	truth, one, _, _, _ := s.world(t)
	kept := HoldOn(one, 10)
	s.put(t, truth, kept)
	if err := truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
		return tx.File([]retention.Filed{filed("GM0268", "GM0268/2026-01"), filed("GM0268", "GM0268/2026-02")})
	}); err != nil {
		t.Fatal(err)
	}
	gone := Now()
	asked := []keys.Scope{{Name: "GM0268/2026-11"}, {Name: "GM0268/2026-10"}, {Name: string(s.Energy.OIN) + "/2026-11"}, {Name: "GM0268/" + string(kept.ID)},
		{Name: "GM0268/2026-01", Destroyed: gone}, {Name: "GM0268/2026-02"}, {Name: "GM0268/2026-03", Destroyed: gone}}
	for day, want := range map[int][]string{
		0:  {"GM0268/2026-10", "GM0268/2026-02", "GM0268/2026-03"},
		10: {"GM0268/2026-10", "GM0268/2026-02", "GM0268/2026-03"},
		11: {"GM0268/2026-10", "GM0268/" + string(kept.ID), "GM0268/2026-02", "GM0268/2026-03"},
	} {
		got, err := truth.Retention.Unused(t.Context(), asked, gateway.Today(Now()).AddDays(day))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("day %d: %v, want %v (%v)", day, got, want, err)
		}
	}
	kept.LiftedBy, kept.LiftedAt = kept.ProposedBy, Now()
	s.put(t, truth, kept)
	if got, err := truth.Retention.Unused(t.Context(), asked[3:4], gateway.Today(Now()).AddDays(1)); err != nil || len(got) != 1 {
		t.Errorf("after it was lifted: %v, %v", got, err)
	}
}

func filed(of retention.Controller, scope string) retention.Filed {
	return retention.Filed{Controller: of, ID: gateway.NewUUID(Now(), nil), Kind: retention.KindBody, Reason: retention.ReasonTerm, Count: 3,
		Receipt: gateway.Compact("a.b.c"), Entry: 7, Scope: scope, Keep: gateway.Today(Now()).AddDays(retention.KeepReceipts)}
}

func (s retentionSuite) shelf(t *testing.T) {
	truth := s.open(t)
	a, b, c := filed("GM0268", ""), filed(retention.Controller(s.Energy.OIN), "x/2026-01"), filed("GM0268", "")
	if err := truth.Retention.Write(t.Context(), func(tx retention.Tx) error { return tx.File([]retention.Filed{a, b, c}) }); err != nil {
		t.Fatal(err)
	}
	a.Sequence, b.Sequence, c.Sequence = 1, 1, 2
	for of, want := range map[retention.Controller][]retention.Filed{"GM0268": {a, c}, retention.Controller(s.Energy.OIN): {b}, "GM0546": nil} {
		if got, err := truth.Shelf.Deletions(t.Context(), of, 0, 10); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v\n%+v %v", of, got, want, err)
		}
	}
	if got, err := truth.Shelf.Deletions(t.Context(), "GM0268", 1, 1); err != nil || len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("after the first: %+v, %v", got, err)
	}
	for of, want := range map[retention.Controller]retention.Filed{"GM0268": a, "GM0546": {}} {
		if got, err := truth.Shelf.Deletion(t.Context(), of, a.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", of, got, err)
		}
	}
	// A number is not given out again after its receipt was erased.
	s.eraseAll(t, truth, step(retention.KindDeletion), retention.KeepReceipts+1)
	if err := truth.Retention.Write(t.Context(), func(tx retention.Tx) error { return tx.File([]retention.Filed{filed("GM0268", "")}) }); err != nil {
		t.Fatal(err)
	}
	if got, err := truth.Shelf.Deletions(t.Context(), "GM0268", 0, 10); err != nil || len(got) != 1 || got[0].Sequence != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := truth.Shelf.Log(t.Context(), []audit.Entry{Entry(t, 1)}); err != nil {
		t.Fatal(err)
	}
	if rows, err := truth.Rows.Leaves(t.Context(), 0, 10); err != nil || len(rows) == 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func (s retentionSuite) holds(t *testing.T) {
	truth, one, two, _, _ := s.world(t)
	a, b := HoldOn(one, 10), HoldOn(two, 20)
	b.ConfirmedBy, b.ConfirmedAt = "", time.Time{}
	s.put(t, truth, a, b)
	b.ConfirmedBy, b.ConfirmedAt = gateway.NewUUID(Now(), nil), Now().Add(time.Minute)
	b.LiftedBy, b.LiftedAt = b.ProposedBy, Now().Add(time.Hour)
	s.put(t, truth, b)
	got, err := truth.Holds.Holds(t.Context())
	if err != nil || !reflect.DeepEqual(got, []retention.Hold{a, b}) {
		t.Errorf("%+v\n%+v %v", got, []retention.Hold{a, b}, err)
	}
	err = truth.Holds.Write(t.Context(), func(tx retention.HoldTx) error {
		found, err := tx.Hold(a.ID)
		none, err2 := tx.Hold(gateway.NewUUID(Now(), nil))
		known, err3 := tx.Known(a.Claim)
		other, err4 := tx.Known(retention.Claim{Creditor: s.Water.OIN, ReportID: a.Claim.ReportID})
		if err := errors.Join(err, err2, err3, err4); err != nil || found != a || none.ID != "" || !known || other {
			t.Errorf("%+v, %+v, %t, %t, %v", found, none, known, other, err)
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Error(err)
	}
	a.ConfirmedBy = a.ProposedBy
	if err := truth.Holds.Write(t.Context(), func(tx retention.HoldTx) error { return tx.PutHold(a) }); err == nil {
		t.Error("one officer passes for two")
	}
	s.eraseAll(t, truth, step(retention.KindHold), 20+retention.KeepReceipts)
	if got, err := truth.Holds.Holds(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func (s retentionSuite) overview(t *testing.T) {
	truth, one, two, _, _ := s.world(t)
	terms := one.Sealed().Decision().Retain
	s.put(t, truth, HoldOn(one, 4000))
	s.advance(t, truth, mailbox.Move{ID: one.Sealed().Body().ID, To: gateway.SignalConfirmed, At: Now()},
		mailbox.Move{ID: two.Sealed().Body().ID, To: gateway.SignalConfirmed, At: Now()})
	for day, want := range map[int]retention.Backlog{
		retention.Grace:     {Next: gateway.Today(Now()).AddDays(terms.Body)},
		retention.Grace + 1: {Due: 1, Held: 1, Next: gateway.Today(Now()).AddDays(terms.Body)},
		retention.Grace + 2: {Due: 1, Overdue: 1, Held: 1, Next: gateway.Today(Now()).AddDays(terms.Body)},
		terms.Body + 1:      {Due: 1, Held: 1},
		terms.Body + 2:      {Due: 1, Overdue: 1, Held: 1},
	} {
		got, err := truth.Overview.Backlog(t.Context(), cutoff(day))
		kinds := map[retention.Kind]bool{}
		for _, s := range retention.Steps() {
			kinds[s.Kind] = true
		}
		want.Kind = retention.KindBody
		if day == terms.Body+1 {
			want.Overdue = got[0].Overdue // by its confirmation it is overdue for weeks
		}
		if err != nil || len(got) != len(kinds) || got[0] != want {
			t.Errorf("day %d: %d kinds, %+v, want %+v (%v)", day, len(got), got[0], want, err)
		}
	}
	counts, err := truth.Overview.Census(t.Context(), gateway.Today(Now()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []retention.Count{
		{Controller: "GM0268", Kind: retention.KindBody, Left: retention.LeftMonth, Records: 2},
		{Controller: "GM0268", Kind: retention.KindFeedback, Left: retention.LeftMore, Records: 1},
		{Controller: "GM0268", Kind: retention.KindSignal, Left: retention.LeftMore, Records: 2},
		{Controller: retention.Controller(s.Energy.OIN), Kind: retention.KindReport, Left: retention.LeftMore, Records: 1},
		{Controller: retention.Controller(s.Energy.OIN), Kind: retention.KindNotice, Left: retention.LeftMonth, Records: 1},
	} {
		if !slices.Contains(counts, want) {
			t.Errorf("the census lacks %+v: %+v", want, counts)
		}
	}
}
