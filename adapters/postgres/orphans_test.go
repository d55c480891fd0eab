// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

var errOnPurpose = errors.New("on purpose")

// What a transaction that failed left in the store of bodies goes, and nothing
// else does.
func TestOrphans(t *testing.T) {
	bodies := gatewaytest.NewBodies()
	db := openAt(t, testConfig(t, bodies))
	s := gatewaytest.NewSteps(t)
	kept := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Energy, s.Paper(s.Energy, s.Leiden, 2)))
	gatewaytest.File(t, db.truth(), kept...)
	want := bodies.Objects()
	fail := func() {
		t.Helper()
		lost := []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 7, 100)}
		if err := db.Ledger().Write(t.Context(), lost, func(journey.Tx) error { return errOnPurpose }); !errors.Is(err, errOnPurpose) {
			t.Fatal(err)
		}
	}
	fail()
	if len(bodies.Objects()) != len(want)+1 {
		t.Fatal("a write that failed left no object: this test proves nothing")
	}
	if n, err := db.Orphans(t.Context(), gatewaytest.Now()); n != 0 || err != nil {
		t.Errorf("%d that may still be named were erased, %v", n, err)
	}
	bodies.FailErases(gatewaytest.Failed)
	later := gatewaytest.Now().Add(time.Hour)
	if n, err := db.Orphans(t.Context(), later); n != 0 || err == nil {
		t.Errorf("%d erased by a store that does not answer, %v", n, err)
	}
	if n, err := db.Orphans(t.Context(), later); n != 1 || err != nil {
		t.Errorf("%d erased, want 1; %v", n, err)
	}
	if got := bodies.Objects(); !maps.EqualFunc(got, want, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("%d objects are left of %d", len(got), len(want))
	}
	fail()
	bodies.FailReads(true)
	if n, err := db.Orphans(t.Context(), later); n != 0 || err == nil {
		t.Errorf("%d erased of a store that lists nothing, %v", n, err)
	}
}

// A database that was lost, or is another, does not take the bodies along.
func TestOrphansOfAnEmptyDatabase(t *testing.T) {
	bodies := gatewaytest.NewBodies()
	db, s := openAt(t, testConfig(t, bodies)), gatewaytest.NewSteps(t)
	gatewaytest.File(t, db.truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))...)
	empty := openAt(t, testConfig(t, bodies))
	if n, err := empty.Orphans(t.Context(), gatewaytest.Now().Add(time.Hour)); n != 0 || !errors.Is(err, errNoRows) || len(bodies.Objects()) != 1 {
		t.Errorf("%d erased, %v", n, err)
	}
}

// A body that is gone from its store is an error of the store, unless its row
// went as well.
func TestBodyGone(t *testing.T) {
	bodies := gatewaytest.NewBodies()
	db, s := openAt(t, testConfig(t, bodies)), gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	gatewaytest.File(t, db.truth(), d)
	id := []gateway.SignalID{d.Sealed().Body().ID}
	bodies.FailReads(true)
	if _, err := db.Mailbox().Bodies(t.Context(), id); gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("a store that does not answer: %v", err)
	}
	bodies.FailReads(false)
	for name := range bodies.Objects() {
		bodies.Alter(name, func(b []byte) []byte { return b[:len(b)-1] })
	}
	if rest, err := db.Mailbox().Bodies(t.Context(), id); gateway.AsError(err).Kind != gateway.KindInternal {
		t.Errorf("a body that was cut: %d bytes, %v", len(rest[0].Wrapped), err)
	}
}

func TestBodiesFirst(t *testing.T) {
	bodies := gatewaytest.NewBodies()
	db, s := openAt(t, testConfig(t, bodies)), gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	bodies.FailPuts(gatewaytest.Failed)
	err := db.Ledger().Write(t.Context(), []seal.Body{d.Sealed().Body()}, func(journey.Tx) error { t.Error("ran without its body"); return nil })
	if gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("%v", err)
	}
	err = db.Ledger().Write(t.Context(), nil, func(tx journey.Tx) error {
		return tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: 1}})
	})
	if !errors.Is(err, errNoPlace) {
		t.Errorf("filed without a body: %v", err)
	}
}
