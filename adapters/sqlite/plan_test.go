// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

// TestPlans asks SQLite how it would run each statement: none may walk through
// a table that grows with the reports.
func TestPlans(t *testing.T) {
	db := openTest(t)
	useEverything(t, db)
	db.write.turn <- struct{}{}
	queries := []string{}
	for query := range db.write.statements {
		queries = append(queries, query)
	}
	<-db.write.turn
	for query := range db.read.statements {
		queries = append(queries, query)
	}
	// (subquery and behind are rows that an index gave: those of one mailbox.
	// last are the last days of tokens, some hundreds; own, codes and oins are of
	// one object and one officer. Of blocks there is one per 1024 entries.
	small := regexp.MustCompile(`^SCAN (k|e|json_each|p|party|agreement|reorganisation|succession|objection|audit_head|w|register_version|CONSTANT ROW|b USING INDEX batch_pending|h USING INDEX hold_of_claim|\(subquery|behind|last|own|codes|oins|blocks)\b`)
	// What is due may be much; files and holds are few.
	sweeps := regexp.MustCompile(`(?s)FROM (body|trail|relation|notice|feedback|report|signal|deletion) AS [rs]\b.* ORDER BY`)
	n := 0
	for _, query := range queries {
		if regexp.MustCompile(`^(BEGIN|COMMIT|ROLLBACK)`).MatchString(query) {
			continue
		}
		n++
		must(t, explain(t, db, query, func(step string) {
			if strings.Contains(step, "TEMP B-TREE") && sweeps.MatchString(query) {
				t.Errorf("a sweep sorts all that is due: %s in\n%s", step, query)
			}
			if strings.HasPrefix(step, "SCAN") && !small.MatchString(step) {
				t.Errorf("%s in\n%s", step, query)
			}
		}))
	}
	if n < 30 {
		t.Errorf("only %d statements were looked at", n)
	}
}

// explain gives the steps of a plan. Parameters play no part in it, so they
// may stay NULL: they are replaced.
func explain(t *testing.T, db *DB, query string, take func(step string)) error {
	query = regexp.MustCompile(`\?\d*`).ReplaceAllString(query, "NULL")
	return each(db.read.with(t.Context()), func(scan func(...any) error) error {
		var id, parent, unused int
		var step string
		err := scan(&id, &parent, &unused, &step)
		take(step)
		return err
	}, "EXPLAIN QUERY PLAN "+query)
}

// useEverything goes through each port once, so that all statements are
// prepared.
func useEverything(t *testing.T, db *DB) {
	t.Helper()
	s, truth := gatewaytest.NewSteps(t), db.truth()
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, 1)))
	gatewaytest.File(t, truth, d...)
	_, err := s.Correct(t, truth, d[0], s.Energy, s.Paper(s.Energy, s.Nijmegen, 2), 1)
	must(t, err)
	_, err = s.Withdraw(t, truth, d[0])
	must(t, err)
	id, key := d[1].Sealed().Body().ID, journey.Key{Creditor: s.Water.OIN, ReportID: d[1].Slip().ReportID}
	notice := gatewaytest.Notice(s.Water.OIN, d[1], gateway.NoticeHelpAccepted)
	readLogbooks(t, db, s)
	must(t, db.write.do(t.Context(), func(tx *tx) error {
		for state := range advances {
			_, err := tx.Advance([]mailbox.Move{{ID: id, To: state, At: gatewaytest.Now()}})
			must(t, err)
		}
		r := feedback.Record{Key: feedback.Key{Municipality: s.Nijmegen.Municipality, ID: gateway.FeedbackID(id)}, Signal: id, Receipt: gateway.Compact("r"), At: gatewaytest.Now()}
		_, err := tx.Feedback([]feedback.Key{r.Key})
		must(t, err)
		must(t, tx.Post([]feedback.Record{r}, []gateway.PostedNotice{notice}))
		for progress := range confirms {
			_, err := tx.Confirm([]feedback.Confirmation{{ID: notice.ID, Party: s.Water.OIN, Progress: progress, At: gatewaytest.Now()}})
			must(t, err)
		}
		_, err = tx.Records([]journey.Key{key})
		must(t, err)
		must(t, tx.PutParties(s.Parties()))
		return tx.PutAgreements(s.Agreements)
	}))
	file := gatewaytest.BatchRecord(s.Energy.OIN)
	must(t, truth.Batches.Write(t.Context(), func(tx batch.Tx) error {
		return errors.Join(tx.Put(file), tx.Add(file.Key, []batch.Outcome{{Line: 1, Kind: batch.LineRefused}}))
	}))
	_, err = truth.Batches.Batches(t.Context(), []batch.Key{file.Key})
	must(t, err)
	_, err = truth.Batches.Pending(t.Context())
	must(t, err)
	_, err = truth.Batches.Outcomes(t.Context(), file.Key, 0, 10)
	must(t, err)
	useWebhooks(t, s, truth)
	useRights(t, db, d[0].Sealed().Body().ID)
	ids := []gateway.SignalID{id}
	gatewaytest.Pass(t, truth, "GM1999", s.Nijmegen.Municipality)
	_, err = truth.Register.Reorganisations(t.Context())
	must(t, err)
	_, err = truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	must(t, err)
	_, err = truth.Mailbox.Signals(t.Context(), ids)
	must(t, err)
	_, err = truth.Mailbox.Bodies(t.Context(), ids)
	must(t, err)
	_, err = truth.Feedback.Cases(t.Context(), ids)
	must(t, err)
	_, err = truth.Feedback.Notices(t.Context(), s.Water.OIN, 0, 10)
	must(t, err)
	usePauses(t, db, s, gateway.PauseID(id))
	_, err = truth.Clocks.Unanswered(t.Context(), s.Nijmegen.Municipality, gateway.Today(gatewaytest.Now()), 10)
	must(t, err)
	_, err = truth.Rows.Leaves(t.Context(), 0, 10)
	must(t, err)
	must(t, truth.Heads.PutHead(t.Context(), 1, []byte("note")))
	useRetention(t, truth, gatewaytest.HoldOn(d[1], 10))
	useOversight(t, truth, s, ids)
	useJournal(t, db, s)
}

// useOversight counts and measures as officers do.
func useOversight(t *testing.T, truth gatewaytest.Truth, s *gatewaytest.Steps, ids []gateway.SignalID) {
	t.Helper()
	of := []retention.Controller{retention.ControllerOf(s.Nijmegen), retention.ControllerOf(s.Water)}
	_, err := truth.Standing.Mailboxes(t.Context(), []gateway.Municipality{s.Nijmegen.Municipality})
	_, err2 := truth.Standing.Pauses(t.Context(), of)
	_, err3 := truth.Standing.Alarms(t.Context(), of)
	_, err4 := truth.Standing.Due(t.Context(), retention.CutoffAt(gatewaytest.Now()), of)
	_, err5 := truth.Extent.Touches(t.Context(), []int64{1})
	_, err6 := truth.Extent.Persons(t.Context(), ids)
	must(t, errors.Join(err, err2, err3, err4, err5, err6))
	b := oversight.Breach{ID: gateway.NewUUID(gatewaytest.Now(), nil), Nature: oversight.Integrity, OpenedBy: gateway.NewUUID(gatewaytest.Now(), nil),
		OpenedAt: gatewaytest.Now(), Discovered: gatewaytest.Now(), All: true, Touched: []oversight.Touched{{Party: s.Water.OIN}}}
	must(t, truth.Breaches.WriteBreaches(t.Context(), func(tx oversight.BreachTx) error {
		_, err := tx.Breach(b.ID)
		return errors.Join(err, tx.PutBreach(b))
	}))
}

// useJournal searches in every way there is.
func useJournal(t *testing.T, db *DB, s *gatewaytest.Steps) {
	t.Helper()
	now, truth := gatewaytest.Now(), db.truth()
	for _, timed := range []bool{false, true} { // what a search of a large log comes to
		all := search{querier: db.read.with(t.Context()), limit: 1, timed: timed}
		must(t, all.merge([]span{{1, 10}}))
	}
	for _, scope := range []oversight.Scope{gatewaytest.ServesAll(t), gatewaytest.Serves(t, s.Nijmegen, s.Energy)} {
		for _, since := range []time.Time{{}, now.AddDate(-1, 0, 0)} {
			for _, q := range []oversight.Query{{}, {Object: "00000002-0000-4000-8000-000000000000"}, {Trace: gateway.NewTrace()}, {Events: []audit.Event{audit.LogRead}}} {
				q.Scope, q.Since = scope, since
				gatewaytest.Found(t, truth, q)
			}
		}
		gatewaytest.Lived(t, truth, scope, "00000002-0000-4000-8000-000000000000")
		_, err := truth.Journal.Volumes(t.Context(), scope, gateway.Today(now), gateway.Today(now))
		must(t, err)
	}
}

// useRetention leaves out the census, which is asked seldom and looks at an
// index of everything.
func useRetention(t *testing.T, truth gatewaytest.Truth, hold retention.Hold) {
	t.Helper()
	must(t, truth.Holds.Write(t.Context(), func(tx retention.HoldTx) error {
		_, err := tx.Hold(hold.ID)
		_, err2 := tx.Known(hold.Claim)
		return errors.Join(err, err2, tx.PutHold(hold))
	}))
	cutoff := retention.CutoffAt(gatewaytest.Now().AddDate(9, 0, 0))
	held, err := truth.Retention.Held(t.Context(), hold.Until, 10)
	must(t, err)
	must(t, truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
		_, err := tx.Rewrap(held, held)
		must(t, err)
		_, err = tx.Unused([]keys.Scope{{Name: "GM0268/2026-11"}}, hold.Until)
		must(t, err)
		for _, step := range retention.Steps() {
			due, err := truth.Retention.Due(t.Context(), step, cutoff)
			must(t, err)
			refs := []string{}
			for _, r := range due {
				refs = append(refs, r.Ref)
			}
			_, err = tx.Erase(step, cutoff, refs)
			must(t, err)
		}
		return tx.File([]retention.Filed{{Controller: "GM0268", ID: hold.ID, Kind: retention.KindBody, Reason: retention.ReasonTerm, Count: 1,
			Receipt: gateway.Compact("r"), Keep: hold.Until}})
	}))
	_, err = truth.Overview.Backlog(t.Context(), cutoff)
	must(t, err)
	_, err = truth.Shelf.Deletions(t.Context(), "GM0268", 0, 10)
	must(t, err)
	_, err = truth.Shelf.Deletion(t.Context(), "GM0268", hold.ID)
	must(t, err)
}

// usePauses asks for lists, and for alarms about a pause that need not be there.
func usePauses(t *testing.T, db *DB, s *gatewaytest.Steps, id gateway.PauseID) {
	t.Helper()
	for _, r := range []pause.Reader{{Holder: s.Water.OIN}, {Municipality: s.Nijmegen.Municipality}} {
		_, err := db.Pauses().Own(t.Context(), r, id, 10)
		must(t, err)
	}
	_, err := openPauseAlarms(db.read.with(t.Context()), []gateway.PauseID{id})
	must(t, err)
}

func useWebhooks(t *testing.T, s *gatewaytest.Steps, truth gatewaytest.Truth) {
	t.Helper()
	to, e := gatewaytest.Webhook(t, s.Energy.OIN), gatewaytest.WebhookEvent(s.Energy.OIN, announce.Notices, 1)
	must(t, truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error {
		_, err := tx.Subscription(to.Party)
		_, err2 := tx.Open(to.Party)
		return errors.Join(err, err2, tx.Put(to, []announce.Event{e}), tx.Remove(to.Party))
	}))
	_, err := truth.Webhooks.News(t.Context(), 1)
	_, err2 := truth.Webhooks.Due(t.Context(), gatewaytest.Now())
	_, err3 := truth.Webhooks.Accounts(t.Context())
	must(t, errors.Join(err, err2, err3))
}

func useRights(t *testing.T, db *DB, id gateway.SignalID) {
	t.Helper()
	today := gateway.Today(gatewaytest.Now())
	tag := keys.Tag{Version: 1}
	o := objection.Objection{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: gatewaytest.Issuer, Municipality: "GM0268",
		Instruction: gateway.NewUUID(gatewaytest.Now(), nil), PlacedOn: today, Until: today, Tags: []objection.Tag{{Kind: pseudonym.TokenPerson, Tag: tag}}}
	must(t, db.Objections().WriteObjections(t.Context(), func(tx objection.Tx) error {
		must(t, tx.PlaceObjection(o))
		_, err := tx.LiftObjection(o.ID, o.Controller, o.Municipality)
		return err
	}))
	_, err := db.Objections().Objected(t.Context(), []objection.Question{{Municipality: "GM0268", On: today, Tags: []keys.Tag{tag}}})
	must(t, err)
	_, err = db.Objections().Objections(t.Context(), today)
	must(t, err)
	must(t, db.Rights().WriteRights(t.Context(), func(tx rights.Tx) error {
		_, err := tx.Trails("GM0268", "", []keys.Tag{tag})
		must(t, err)
		_, err = tx.Dossiers([]gateway.SignalID{id})
		must(t, err)
		_, err = tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{{Signal: id, TokensUntil: today}}, At: gatewaytest.Now()})
		return err
	}))
}

// readLogbooks asks the processing log of a municipality and a creditor in every
// way.
func readLogbooks(t *testing.T, db *DB, s *gatewaytest.Steps) {
	t.Helper()
	l := db.Logbook()
	must(t, l.Advance(t.Context(), "x", 1))
	_, err := l.Cursor(t.Context(), "x")
	must(t, err)
	by := audit.ByPeer(gateway.Authenticated(s.Water, ""), gatewaytest.Trace(7))
	e, err := audit.New(audit.ReportChecked, by, audit.Object(audit.KindReport, string(s.Water.OIN), "00000000-0000-4000-8000-000000000001"), gatewaytest.Now())
	must(t, err)
	must(t, l.Write(t.Context(), []audit.Entry{e}))
	for _, p := range []gateway.Party{s.Nijmegen, s.Water} {
		_, err := l.After(t.Context(), p.OIN, 0, 10)
		must(t, err)
		_, err = l.Waiting(t.Context(), p.OIN, 0)
		must(t, err)
		for _, f := range []logbook.Filter{{}, {Subject: "x"}, {Trace: gatewaytest.Trace(7).ID()}, {From: gatewaytest.Now()}, {Activity: logbook.ActivityReport}} {
			f.Controller = p.OIN
			_, err := l.Find(t.Context(), f)
			must(t, err)
		}
	}
}
