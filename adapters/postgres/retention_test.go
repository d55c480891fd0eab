// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// shared is a store with two reports of one commit, whose bodies rest in one
// object.
func shared(t *testing.T) (db *DB, bodies *gatewaytest.MemoryBodies, d []mailbox.Deposit) {
	t.Helper()
	bodies = gatewaytest.NewBodies()
	db = openAt(t, testConfig(t, bodies))
	s := gatewaytest.NewSteps(t)
	d = s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, 2)))
	gatewaytest.File(t, db.truth(), d...)
	if len(bodies.Objects()) != 1 {
		t.Fatalf("%d objects for one commit to one municipality", len(bodies.Objects()))
	}
	return db, bodies, d
}

// forget erases all that is kept about a report.
func forget(t *testing.T, db *DB, d mailbox.Deposit, after error) (erased rights.Erased) {
	t.Helper()
	err := db.Rights().WriteRights(t.Context(), func(tx rights.Tx) (err error) {
		erased, err = tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{{Signal: d.Sealed().Body().ID}}, At: gatewaytest.Now()})
		return errors.Join(err, after)
	})
	if !errors.Is(err, after) || err != nil && after == nil {
		t.Fatal(err)
	}
	return erased
}

// readable gives what the store can still read of deposits.
func readable(t *testing.T, db *DB, d ...mailbox.Deposit) (all []bool) {
	t.Helper()
	for _, one := range d {
		rest, err := db.Mailbox().Bodies(t.Context(), []gateway.SignalID{one.Sealed().Body().ID})
		must(t, err)
		all = append(all, rest[0].Wrapped != nil)
	}
	return all
}

func TestObjectGoesWithItsLastBody(t *testing.T) {
	db, bodies, d := shared(t)
	forget(t, db, d[0], gatewaytest.ErrFault) // rolled back
	if got := readable(t, db, d...); !slices.Equal(got, []bool{true, true}) || len(bodies.Objects()) != 1 {
		t.Errorf("after a rollback: readable %v, %d objects", got, len(bodies.Objects()))
	}
	if e := forget(t, db, d[0], nil); e.Bodies != 1 {
		t.Errorf("%+v", e)
	}
	if got := readable(t, db, d...); !slices.Equal(got, []bool{false, true}) || len(bodies.Objects()) != 1 {
		t.Errorf("one of two: readable %v, %d objects", got, len(bodies.Objects()))
	}
	forget(t, db, d[1], nil)
	if n := len(bodies.Objects()); n != 0 {
		t.Errorf("%d objects without a body", n)
	}
}

// An object that cannot be erased now holds nothing that anybody can read, and
// nothing fails for it.
func TestObjectThatStays(t *testing.T) {
	db, bodies, d := shared(t)
	bodies.FailErases(gatewaytest.Failed)
	forget(t, db, d[0], nil)
	forget(t, db, d[1], nil)
	if got := readable(t, db, d...); slices.Contains(got, true) || len(bodies.Objects()) != 1 {
		t.Errorf("readable %v, %d objects", got, len(bodies.Objects()))
	}
	var keys int
	must(t, each(db.sweep(t.Context()), func(scan func(...any) error) error { return scan(&keys) }, `SELECT count(*) FROM body`))
	if keys != 0 {
		t.Errorf("%d keys of bodies are left", keys)
	}
}

func TestSweepFreesObjects(t *testing.T) {
	db, bodies, d := shared(t)
	step := retention.Step{Kind: retention.KindBody, Reason: retention.ReasonTerm, Limit: 1}
	c := retention.CutoffAt(gatewaytest.Now().AddDate(2, 0, 0))
	for left := 1; left >= 0; left-- {
		due, err := db.Retention().Due(t.Context(), step, c)
		must(t, err)
		must(t, db.Retention().Write(t.Context(), func(tx retention.Tx) error {
			n, err := tx.Erase(step, c, []string{due[0].Ref})
			if n != 1 {
				t.Errorf("%d erased", n)
			}
			return err
		}))
		if len(bodies.Objects()) != left {
			t.Errorf("%d objects, want %d", len(bodies.Objects()), left)
		}
	}
	if got := readable(t, db, d...); slices.Contains(got, true) {
		t.Errorf("readable %v", got)
	}
}

// A body under a hold moves to an object of its own, and comes back as it was.
func TestRewrapMovesBodies(t *testing.T) {
	db, bodies, d := shared(t)
	was := db.Retention()
	h := gatewaytest.HoldOn(d[0], 1000)
	must(t, db.Holds().Write(t.Context(), func(tx retention.HoldTx) error { return tx.PutHold(h) }))
	held, err := was.Held(t.Context(), gateway.Today(gatewaytest.Now()), 10)
	must(t, err)
	if len(held) != 1 || len(held[0].Data) == 0 || held[0].Hold != h.ID {
		t.Fatalf("%d held", len(held))
	}
	now := held[0]
	now.Scope, now.Data = "GM0268/"+string(h.ID), []byte("wrapped anew")
	rewrap := func() (n int, err error) {
		err = was.Write(t.Context(), func(tx retention.Tx) error {
			n, err = tx.Rewrap(held, []retention.Wrapped{now})
			return err
		})
		return n, err
	}
	bodies.FailPuts(gatewaytest.Failed, gatewaytest.FailedButDone)
	for range 2 {
		_, err := rewrap()
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
			t.Errorf("%v", err)
		}
	}
	if rest, err := db.Mailbox().Bodies(t.Context(), []gateway.SignalID{d[0].Sealed().Body().ID}); err != nil || rest[0].Scope != held[0].Scope {
		t.Errorf("after a failure: %v, %v", rest, err)
	}
	before := len(bodies.Objects())
	if n, err := rewrap(); n != 1 || err != nil {
		t.Errorf("%d moved, %v", n, err)
	}
	rest, err := db.Mailbox().Bodies(t.Context(), []gateway.SignalID{d[0].Sealed().Body().ID, d[1].Sealed().Body().ID})
	must(t, err)
	if string(rest[0].Wrapped) != "wrapped anew" || rest[0].Scope != now.Scope || rest[1].Wrapped == nil {
		t.Errorf("%s", rest[0].Scope)
	}
	if n, err := rewrap(); n != 0 || err != nil { // it rests under its new scope
		t.Errorf("%d moved again, %v", n, err)
	}
	forget(t, db, d[1], nil)                           // the last one in the first object
	if got := len(bodies.Objects()); got != before+1 { // the new one, and what the second failure and the last attempt left to the sweep of orphans
		t.Errorf("%d objects, want %d", got, before+1)
	}
}
