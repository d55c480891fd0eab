// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// some files n reports of one creditor.
func some(t *testing.T, db *DB, n int) (s *gatewaytest.Steps, d []mailbox.Deposit) {
	t.Helper()
	s = gatewaytest.NewSteps(t)
	var all []intake.Submission
	for i := range n {
		all = append(all, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, i)))
	}
	d = s.Deposits(t, all...)
	gatewaytest.File(t, db.truth(), d...)
	return s, d
}

// respond posts feedback on each deposit, with a pause and a notice about it, and
// has the creditor confirm.
func respond(t *testing.T, db *DB, s *gatewaytest.Steps, d []mailbox.Deposit) {
	t.Helper()
	today := gateway.Today(gatewaytest.Now())
	var records []feedback.Record
	var notices []gateway.PostedNotice
	var heard []feedback.Confirmation
	for _, one := range d {
		id := one.Sealed().Body().ID
		p := gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(gatewaytest.Now(), nil)), Step: 1, From: today, Until: today.AddDays(30)}
		n := gatewaytest.Notice(s.Energy.OIN, one, gateway.NoticeHelpAccepted)
		n.Pause = &p
		records = append(records, feedback.Record{Key: feedback.Key{Municipality: s.Nijmegen.Municipality, ID: gateway.FeedbackID(id)}, Signal: id,
			Receipt: gateway.Compact("r"), At: gatewaytest.Now(), Pauses: []gateway.PauseStart{{Pause: p, Signal: id, Holder: s.Energy.OIN, Notice: n.ID, By: s.Nijmegen.OIN, At: gatewaytest.Now()}}})
		notices = append(notices, n)
		heard = append(heard, feedback.Confirmation{ID: n.ID, Party: s.Energy.OIN, Progress: gateway.NoticeReceived, At: gatewaytest.Now()})
	}
	must(t, db.Feedback().Write(t.Context(), func(tx feedback.Tx) error {
		if err := tx.Post(records, notices); err != nil {
			return err
		}
		_, err := tx.Confirm(heard)
		return err
	}))
}

// Statements of a commit do not grow with its members.
func TestTripsOfFeedback(t *testing.T) {
	const many = 40
	db := openTest(t)
	s, d := some(t, db, 1+many)
	before := db.Trips()
	respond(t, db, s, d[:1])
	one := db.Trips()
	respond(t, db, s, d[1:])
	if few, all := one-before, db.Trips()-one; all != few || few > 7 {
		t.Errorf("%d round trips for one, %d for %d", few, all, many)
	}
	waiting, err := db.Feedback().Notices(t.Context(), s.Energy.OIN, 0, 100)
	must(t, err)
	for i, w := range waiting {
		if w.Sequence != int64(i+1) || w.Notice.Signal != d[i].Sealed().Body().ID || w.Progress != gateway.NoticeReceived {
			t.Errorf("place %d: number %d, %s", i, w.Sequence, w.Progress)
		}
	}
	if len(waiting) != 1+many {
		t.Errorf("%d notices", len(waiting))
	}
}

// Two nodes post notices to one party: its numbers have no gap and none twice,
// and what one node committed the other shows.
func TestNoticesOfTwoNodes(t *testing.T) {
	const per = 8
	c := testConfig(t, gatewaytest.NewBodies())
	nodes := []*DB{openAt(t, c), openAt(t, c)}
	s, d := some(t, nodes[0], 2*per)
	var wait sync.WaitGroup
	for n, node := range nodes {
		wait.Go(func() {
			for _, one := range d[n*per:][:per] {
				err := node.Feedback().Write(t.Context(), func(tx feedback.Tx) error {
					return tx.Post(nil, []gateway.PostedNotice{gatewaytest.Notice(s.Energy.OIN, one, gateway.NoticeClosed)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for _, node := range nodes {
		waiting, err := node.Feedback().Notices(t.Context(), s.Energy.OIN, 0, 100)
		must(t, err)
		if len(waiting) != 2*per || waiting[0].Sequence != 1 || waiting[len(waiting)-1].Sequence != 2*per {
			t.Errorf("%d notices", len(waiting))
		}
	}
}

// A claim gets one pause, whatever the desks found before: a second one fails,
// also within one commit, and leaves nothing.
func TestSecondPauseFails(t *testing.T) {
	db := openTest(t)
	_, d := some(t, db, 2)
	today := gateway.Today(gatewaytest.Now())
	start := func(one mailbox.Deposit) gateway.PauseStart {
		return gateway.PauseStart{Signal: one.Sealed().Body().ID, At: gatewaytest.Now(),
			Pause: gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(gatewaytest.Now(), nil)), Step: 1, From: today, Until: today.AddDays(9)}}
	}
	post := func(pauses ...gateway.PauseStart) error {
		return db.Feedback().Write(t.Context(), func(tx feedback.Tx) error {
			return tx.Post([]feedback.Record{{Key: feedback.Key{Municipality: "GM0268", ID: gateway.FeedbackID(gateway.NewUUID(gatewaytest.Now(), nil))},
				Signal: pauses[0].Signal, Receipt: gateway.Compact("r"), At: gatewaytest.Now(), Pauses: pauses}}, nil)
		})
	}
	if err := post(start(d[0]), start(d[0])); err == nil {
		t.Error("two in one commit")
	}
	must(t, post(start(d[0])))
	if err := post(start(d[0])); err == nil {
		t.Error("a second one later")
	}
	if err := post(start(d[1]), start(d[0])); err == nil {
		t.Error("beside a first of another")
	}
	var pauses, feedbacks int
	must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error { return scan(&pauses, &feedbacks) },
		`SELECT (SELECT count(*) FROM pause), (SELECT count(*) FROM feedback)`))
	if pauses != 1 || feedbacks != 1 {
		t.Errorf("%d pauses and %d feedback, want one", pauses, feedbacks)
	}
}
