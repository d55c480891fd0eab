// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

type retentionSuite struct{ mailboxSuite }

// Retention is the contract of [retention.Store], [retention.HoldStore],
// [retention.ShelfStore] and [retention.Overview]. open gives an empty store, a
// new one at each call.
func Retention(t *testing.T, open func(t *testing.T) Truth) {
	s := retentionSuite{mailboxSuite{ledgerSuite{NewSteps(t), open}}}
	t.Run("kept through the last day", s.lastDay)
	t.Run("bodies that were confirmed", s.confirmedBodies)
	t.Run("a signal waits for body and report", s.order)
	t.Run("files and their outcomes", s.files)
	t.Run("a hold keeps all of its claim", s.hold)
	t.Run("erase says how many", s.erase)
	t.Run("rollback leaves nothing", s.rollbackErase)
	t.Run("under another key", s.underAnotherKey)
	t.Run("a hold keeps what came later", s.laterBodiesAreHeld)
	t.Run("unused keys", s.unusedKeys)
	t.Run("receipts per controller", s.shelf)
	t.Run("holds come back as they were put", s.holds)
	t.Run("backlog and census", s.overview)
}

// cutoff is noon in the Netherlands, n days after Now.
func cutoff(n int) retention.Cutoff {
	return retention.CutoffAt(gateway.Today(Now()).AddDays(n).Time().Add(Now().Sub(Now().Truncate(24 * 60 * 60 * 1e9))))
}

func step(kind retention.Kind) retention.Step {
	return retention.Step{Kind: kind, Reason: retention.ReasonTerm, Limit: 100}
}

func (s retentionSuite) due(t *testing.T, truth Truth, step retention.Step, day int) []retention.Record {
	t.Helper()
	due, err := truth.Retention.Due(t.Context(), step, cutoff(day))
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func names(records []retention.Record) (all []string) {
	for _, r := range records {
		all = append(all, string(r.Controller)+" "+r.Name)
	}
	slices.Sort(all)
	return all
}

// eraseAll erases what is due of a kind, and says how much.
func (s retentionSuite) eraseAll(t *testing.T, truth Truth, step retention.Step, day int) (n int) {
	t.Helper()
	for {
		var refs []string
		for _, r := range s.due(t, truth, step, day) {
			refs = append(refs, r.Ref)
		}
		if len(refs) == 0 {
			return n
		}
		n += s.eraseRefs(t, truth, step, day, refs)
	}
}

func (s retentionSuite) eraseRefs(t *testing.T, truth Truth, step retention.Step, day int, refs []string) (n int) {
	t.Helper()
	err := truth.Retention.Write(t.Context(), func(tx retention.Tx) (err error) {
		if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		n, err = tx.Erase(step, cutoff(day), refs)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// world is a store with one of each: two related reports to Nijmegen, one with
// feedback and a notice.
func (s retentionSuite) world(t *testing.T) (truth Truth, one, two mailbox.Deposit, f feedback.Record, n gateway.PostedNotice) {
	t.Helper()
	truth = s.open(t)
	one, two = s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Water, s.Nijmegen, 1)
	File(t, truth, one, two)
	suite := feedbackSuite{s.ledgerSuite}
	f, n = suite.record(one), Notice(s.Energy.OIN, one, gateway.NoticeClosed)
	if err := suite.post(t, truth, []feedback.Record{f}, []gateway.PostedNotice{n}); err != nil {
		t.Fatal(err)
	}
	return truth, one, two, f, n
}

func (s retentionSuite) lastDay(t *testing.T) {
	truth, one, two, f, n := s.world(t)
	terms := one.Sealed().Decision().Retain
	a, b := string(one.Sealed().Body().ID), string(two.Sealed().Body().ID)
	report := func(d mailbox.Deposit) string {
		return string(d.Slip().Peer.OIN()) + " melding/" + string(d.Slip().Peer.OIN()) + "/" + string(d.Slip().ReportID)
	}
	for kind, c := range map[retention.Kind]struct {
		last int
		want []string
	}{
		retention.KindBody:     {terms.Body, []string{"GM0268 signaal/" + a + "/inhoud", "GM0268 signaal/" + b + "/inhoud"}},
		retention.KindTokens:   {terms.Tokens, []string{"GM0268 signaal/" + a + "/pseudoniemen", "GM0268 signaal/" + b + "/pseudoniemen"}},
		retention.KindRelation: {terms.Tokens, []string{"GM0268 signaal/" + a + "/verband/" + b, "GM0268 signaal/" + b + "/verband/" + a}},
		retention.KindNotice:   {terms.Body, []string{string(s.Energy.OIN) + " bericht/" + string(n.ID)}},
		retention.KindFeedback: {terms.Receipt, []string{"GM0268 terugkoppeling/" + a + "/" + string(f.ID)}},
		retention.KindReport:   {terms.Receipt, []string{report(one), report(two)}},
	} {
		slices.Sort(c.want)
		if early := s.due(t, truth, step(kind), c.last); len(early) != 0 {
			t.Errorf("%s: %d are due on their last day", kind, len(early))
		}
		if got := names(s.due(t, truth, step(kind), c.last+1)); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", kind, got, c.want)
		}
		few := step(kind)
		few.Limit = 1
		if got := s.due(t, truth, few, c.last+1); len(got) != 1 {
			t.Errorf("%s: %d with limit 1", kind, len(got))
		}
		if n := s.eraseAll(t, truth, step(kind), c.last+1); n != len(c.want) || len(s.due(t, truth, step(kind), c.last+1)) != 0 {
			t.Errorf("%s: %d erased, want %d", kind, n, len(c.want))
		}
	}
	s.isGone(t, truth, one, f)
}

func (s retentionSuite) isGone(t *testing.T, truth Truth, d mailbox.Deposit, f feedback.Record) {
	t.Helper()
	ids := []gateway.SignalID{d.Sealed().Body().ID}
	rest, err := truth.Mailbox.Bodies(t.Context(), ids)
	signals, err2 := truth.Mailbox.Signals(t.Context(), ids)
	records, err3 := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)})
	said, err4 := truth.Feedback.Feedback(t.Context(), []feedback.Key{f.Key})
	notices, err5 := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10)
	var earlier [][]match.Trail
	err6 := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) (err error) {
		earlier, err = tx.Earlier([]match.Candidate{CandidateOf(d)})
		return err
	})
	if err := errors.Join(err, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	if rest[0].Wrapped != nil || records[0].Exists() || said[0].Exists() || len(notices) != 0 || len(earlier[0]) != 0 || len(signals[0].Relations) != 0 {
		t.Errorf("something is left: body %t, report %t, feedback %t, %d notices, %d trails, %d relations", rest[0].Wrapped != nil,
			records[0].Exists(), said[0].Exists(), len(notices), len(earlier[0]), len(signals[0].Relations))
	}
	if signals[0].State != gateway.SignalErased {
		t.Errorf("the tombstone says %q", signals[0].State)
	}
}

func (s retentionSuite) confirmedBodies(t *testing.T) {
	truth, one, two, _, _ := s.world(t)
	s.advance(t, truth, mailbox.Move{ID: one.Sealed().Body().ID, To: gateway.SignalConfirmed, At: Now()},
		mailbox.Move{ID: two.Sealed().Body().ID, To: gateway.SignalRead, At: Now()})
	grace := retention.Step{Kind: retention.KindBody, Reason: retention.ReasonConfirmed, Limit: 10}
	if early := s.due(t, truth, grace, retention.Grace); len(early) != 0 {
		t.Errorf("%d are due on the last day of the grace", len(early))
	}
	want := []string{"GM0268 signaal/" + string(one.Sealed().Body().ID) + "/inhoud"}
	if got := names(s.due(t, truth, grace, retention.Grace+1)); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if n := s.eraseAll(t, truth, grace, retention.Grace+1); n != 1 {
		t.Errorf("%d erased", n)
	}
	signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{one.Sealed().Body().ID, two.Sealed().Body().ID})
	if err != nil || signals[0].State != gateway.SignalErased || signals[1].State != gateway.SignalRead {
		t.Errorf("%+v, %v", signals, err)
	}
	if n := s.eraseAll(t, truth, step(retention.KindBody), 500); n != 1 {
		t.Errorf("%d erased by their term, want the other", n)
	}
}

func (s retentionSuite) order(t *testing.T) {
	truth, one, _, _, _ := s.world(t)
	message, err := s.Withdraw(t, truth, one)
	if err != nil {
		t.Fatal(err)
	}
	const late = 4000
	if due := s.due(t, truth, step(retention.KindSignal), late); len(due) != 0 {
		t.Errorf("signals go before what refers to them: %v", names(due))
	}
	s.eraseAll(t, truth, step(retention.KindBody), late)
	want := []string{"GM0268 signaal/" + string(message)} // it never had a report of its own
	if got := names(s.due(t, truth, step(retention.KindSignal), late)); !slices.Equal(got, want) {
		t.Errorf("before the report: %v, want %v", got, want)
	}
	s.eraseAll(t, truth, step(retention.KindReport), late)
	if got := names(s.due(t, truth, step(retention.KindSignal), late)); slices.Contains(got, "GM0268 signaal/"+string(one.Sealed().Body().ID)) {
		t.Error("a signal goes before the notice about it")
	}
	s.eraseAll(t, truth, step(retention.KindNotice), late)
	// A relation whose term is longer goes with its signal, both ways.
	if n := s.eraseAll(t, truth, step(retention.KindSignal), late); n != 3 {
		t.Errorf("%d signals erased", n)
	}
	if due := s.due(t, truth, step(retention.KindRelation), late); len(due) != 0 {
		t.Errorf("relations of nothing: %v", names(due))
	}
	signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{one.Sealed().Body().ID, message})
	if err != nil || signals[0].ID != "" || signals[1].ID != "" {
		t.Errorf("%+v, %v", signals, err)
	}
}

func (s retentionSuite) files(t *testing.T) {
	truth := s.open(t)
	old, open := BatchRecord(s.Energy.OIN), BatchRecord(s.Water.OIN)
	old.State, old.DoneAt = batch.Done, Now()
	finding := []gateway.Finding{{Code: gateway.CodeNotJSON, Rule: "r", Text: "t"}}
	putBatch(t, truth, old, batch.Outcome{Line: 1, Kind: batch.LineRefused, Findings: finding}, batch.Outcome{Line: 1000, Kind: batch.LineRefused},
		batch.Outcome{Line: 1001, Kind: batch.LineRefused})
	putBatch(t, truth, open, batch.Outcome{Line: 1, Kind: batch.LineRefused, Findings: finding})
	const last = 90
	if due := s.due(t, truth, step(retention.KindOutcomes), last); len(due) != 0 {
		t.Errorf("due on the last day: %v", names(due))
	}
	if due := s.due(t, truth, step(retention.KindBatch), last+1); len(due) != 0 {
		t.Errorf("a file goes before its outcomes: %v", names(due))
	}
	file := string(s.Energy.OIN) + " aanlevering/" + string(s.Energy.OIN) + "/" + string(old.ID)
	if got := names(s.due(t, truth, step(retention.KindOutcomes), last+1)); !slices.Equal(got, []string{file + "/uitkomsten/0"}) {
		t.Errorf("first page: %v", got)
	}
	if n := s.eraseAll(t, truth, step(retention.KindOutcomes), last+1); n != 2 {
		t.Errorf("%d pages erased, want 2", n)
	}
	if got := names(s.due(t, truth, step(retention.KindBatch), last+1)); !slices.Equal(got, []string{file}) {
		t.Errorf("%v", got)
	}
	if n := s.eraseAll(t, truth, step(retention.KindBatch), last+1); n != 1 || findBatches(t, truth, old.Key)[0].Exists() {
		t.Errorf("%d files erased", n)
	}
	// One that is not done has no term, and keeps its findings.
	if n := s.eraseAll(t, truth, step(retention.KindOutcomes), 4000) + s.eraseAll(t, truth, step(retention.KindBatch), 4000); n != 0 {
		t.Errorf("%d records of an open file erased", n)
	}
	left, err := truth.Batches.Outcomes(t.Context(), open.Key, 0, 10)
	if err != nil || len(left) != 1 || !reflect.DeepEqual(left[0].Findings, finding) {
		t.Errorf("%+v, %v", left, err)
	}
}
