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
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
)

type feedbackSuite struct{ ledgerSuite }

// Feedback is the contract of [feedback.Store]. open gives an empty store, a
// new one at each call.
func Feedback(t *testing.T, open func(t *testing.T) Truth) {
	s := feedbackSuite{ledgerSuite{NewSteps(t), open}}
	t.Run("records", s.feedbackRecords)
	t.Run("replay in the transaction", s.feedbackReplay)
	t.Run("cases", s.cases)
	t.Run("notices", s.notices)
	t.Run("notice about nothing", s.noticeAboutNothing)
	t.Run("confirm", s.confirm)
	t.Run("rollback leaves nothing", s.feedbackRollback)
	t.Run("a notice is new once", s.offered)
}

// Notice is a notice to a creditor as truth keeps it, with an id of its own.
func Notice(to gateway.OIN, about mailbox.Deposit, kind gateway.NoticeKind) gateway.PostedNotice {
	return NoticeOn(to, about.Sealed().Body().ID, about.Slip().ReportID, kind)
}

// NoticeOn is Notice for a signal that is filed already.
func NoticeOn(to gateway.OIN, signal gateway.SignalID, report gateway.ReportID, kind gateway.NoticeKind) gateway.PostedNotice {
	n := gateway.PostedNotice{ID: gateway.NoticeID(gateway.NewUUID(Now(), nil)), To: to, Signal: signal,
		ReportID: report, Kind: kind,
		Scope: string(to) + "/2026-11", Wrapped: []byte("wrapped"), Digest: gateway.DigestOf([]byte("notice"))}
	if kind == gateway.NoticeHelpAccepted {
		n.Pause = &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(Now(), nil)), Step: 1,
			From: gateway.Today(Now()), Until: gateway.Today(Now()).AddDays(30), Review: gateway.Today(Now()).AddDays(23)}
	}
	return n
}

func (s feedbackSuite) record(d mailbox.Deposit) feedback.Record {
	return feedback.Record{Key: feedback.Key{Municipality: d.Sealed().Municipality(), ID: gateway.FeedbackID(gateway.NewUUID(Now(), nil))},
		Signal: d.Sealed().Body().ID, Digest: gateway.DigestOf([]byte("feedback")), Receipt: gateway.Compact("feedback.receipt"), At: Now()}
}

func (s feedbackSuite) post(t *testing.T, truth Truth, records []feedback.Record, notices []gateway.PostedNotice) error {
	t.Helper()
	return truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		return tx.Post(records, notices)
	})
}

func (s feedbackSuite) feedbackRecords(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	r := s.record(d)
	if err := s.post(t, truth, []feedback.Record{r}, nil); err != nil {
		t.Fatal(err)
	}
	other := feedback.Key{Municipality: s.Leiden.Municipality, ID: r.ID} // the id is the municipality's own
	got, err := truth.Feedback.Feedback(t.Context(), []feedback.Key{other, r.Key})
	if err != nil || got[0].Exists() || !reflect.DeepEqual(got[1], r) {
		t.Errorf("%+v, want %+v (%v)", got, r, err)
	}
	if err := s.post(t, truth, []feedback.Record{r}, nil); err == nil {
		t.Error("one feedback was stored twice")
	}
	r.ID, r.Signal = gateway.FeedbackID(gateway.NewUUID(Now(), nil)), gateway.SignalID(gateway.NewUUID(Now(), nil))
	if err := s.post(t, truth, []feedback.Record{r}, nil); err == nil {
		t.Error("feedback about no signal was stored")
	}
}

func (s feedbackSuite) feedbackReplay(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	r := s.record(d)
	err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		before, err := tx.Feedback([]feedback.Key{r.Key})
		if err != nil {
			return err
		}
		if err := tx.Post([]feedback.Record{r}, nil); err != nil {
			return err
		}
		after, err := tx.Feedback([]feedback.Key{r.Key})
		if err == nil && (before[0].Exists() || !after[0].Exists()) {
			t.Errorf("before %v, after %v", before[0].Exists(), after[0].Exists())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s feedbackSuite) cases(t *testing.T) {
	truth := s.open(t)
	err := truth.Register.Write(t.Context(), func(tx register.Tx) error {
		return errors.Join(tx.PutParties(s.Parties()), tx.PutAgreements(s.Agreements))
	})
	if err != nil {
		t.Fatal(err)
	}
	one, two, far := s.deposit(t, s.Energy, s.Nijmegen, 7), s.deposit(t, s.Water, s.Nijmegen, 7), s.deposit(t, s.Water, s.Leiden, 7)
	File(t, truth, one, two, far)
	id := func(d mailbox.Deposit) gateway.SignalID { return d.Sealed().Body().ID }
	none := gateway.SignalID(gateway.NewUUID(Now(), nil))
	got, err := truth.Feedback.Cases(t.Context(), []gateway.SignalID{id(two), none, id(far), id(one)})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got[1], feedback.Case{}) {
		t.Errorf("no such signal: %+v", got[1])
	}
	for place, want := range map[int]struct {
		d       mailbox.Deposit
		from    gateway.Party
		pause   int
		related []gateway.SignalID
	}{
		0: {two, s.Water, 10, []gateway.SignalID{id(one)}},
		2: {far, s.Water, 20, nil},
		3: {one, s.Energy, 10, []gateway.SignalID{id(two)}},
	} {
		c := got[place]
		if c.Signal != id(want.d) || c.Municipality != want.d.Sealed().Municipality() || c.ReportID != want.d.Slip().ReportID ||
			c.Nature != gateway.NatureReport || c.DepositedOn != gateway.Today(Now()) || c.PauseDays != want.pause ||
			!slices.Equal(c.Related, want.related) || !sameParty(c.Creditor, want.from) {
			t.Errorf("place %d: %+v", place, c)
		}
	}
}

func (s feedbackSuite) notices(t *testing.T) {
	truth := s.open(t)
	energy, water := s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Water, s.Nijmegen, 1)
	File(t, truth, energy, water)
	var sent []gateway.PostedNotice
	for _, kind := range []gateway.NoticeKind{gateway.NoticeTakenUp, gateway.NoticeHelpAccepted, gateway.NoticeClosed} {
		sent = append(sent, Notice(s.Energy.OIN, energy, kind), Notice(s.Water.OIN, water, kind))
	}
	if err := errors.Join(s.post(t, truth, nil, sent[:3]), s.post(t, truth, nil, sent[3:])); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ after, limit, want int }{{0, 10, 3}, {0, 2, 2}, {1, 1, 1}, {3, 5, 0}} {
		got, err := truth.Feedback.Notices(t.Context(), s.Energy.OIN, int64(c.after), c.limit)
		if err != nil || len(got) != c.want {
			t.Fatalf("after %d, limit %d: %d notices, %v", c.after, c.limit, len(got), err)
		}
		for i, w := range got {
			// Numbers count per creditor: they tell nothing about others (invariant I8).
			want := feedback.Waiting{Sequence: int64(c.after + i + 1), Notice: sent[2*(c.after+i)], Progress: gateway.NoticeReady, At: Now()}
			if !reflect.DeepEqual(w, want) {
				t.Errorf("notice %d: %+v, want %+v", i, w, want)
			}
		}
	}
	if got, err := truth.Feedback.Notices(t.Context(), s.Housing.OIN, 0, 10); err != nil || len(got) != 0 {
		t.Errorf("%d notices for nobody, %v", len(got), err)
	}
}

func (s feedbackSuite) noticeAboutNothing(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	// The report is another creditor's: to this one it does not exist.
	if err := s.post(t, truth, nil, []gateway.PostedNotice{Notice(s.Water.OIN, d, gateway.NoticeTakenUp)}); err == nil {
		t.Error("a notice about a report that is not the creditor's was stored")
	}
}

func (s feedbackSuite) confirm(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	n := Notice(s.Energy.OIN, d, gateway.NoticeHelpAccepted)
	if err := s.post(t, truth, nil, []gateway.PostedNotice{n}); err != nil {
		t.Fatal(err)
	}
	at := func(minutes int) time.Time { return Now().Add(time.Duration(minutes) * time.Minute) }
	for i, step := range []struct {
		by       gateway.OIN
		to       gateway.NoticeProgress
		at       int
		moment   int // minutes after Now; -1 for the zero time
		progress gateway.NoticeProgress
	}{
		{s.Water.OIN, gateway.NoticeApplied, 1, -1, gateway.NoticeReady}, // not its own
		{s.Energy.OIN, gateway.NoticeReceived, 2, 2, gateway.NoticeReceived},
		{s.Energy.OIN, gateway.NoticeReceived, 3, 2, gateway.NoticeReceived},
		{s.Energy.OIN, gateway.NoticeApplied, 4, 4, gateway.NoticeApplied},
		{s.Energy.OIN, gateway.NoticeReceived, 5, 2, gateway.NoticeApplied},
		{s.Energy.OIN, gateway.NoticeApplied, 6, 4, gateway.NoticeApplied},
	} {
		var got []time.Time
		err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) (err error) {
			got, err = tx.Confirm([]feedback.Confirmation{{ID: n.ID, Party: step.by, Progress: step.to, At: at(step.at)}})
			return err
		})
		listed, err2 := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 1)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if right := step.moment < 0 && got[0].IsZero() || step.moment >= 0 && got[0].Equal(at(step.moment)); !right || listed[0].Progress != step.progress {
			t.Errorf("step %d: %v, %s", i, got[0], listed[0].Progress)
		}
	}
}

// offered: a notice is new once, and only to its own party.
func (s feedbackSuite) offered(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	one, two := Notice(s.Energy.OIN, d, gateway.NoticeTakenUp), Notice(s.Energy.OIN, d, gateway.NoticeHelpAccepted)
	if err := s.post(t, truth, []feedback.Record{s.record(d)}, []gateway.PostedNotice{one, two}); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		party gateway.OIN
		ids   []gateway.NoticeID
		want  []gateway.NoticeID
	}{
		{s.Water.OIN, []gateway.NoticeID{one.ID}, nil},
		{s.Energy.OIN, []gateway.NoticeID{one.ID}, []gateway.NoticeID{one.ID}},
		{s.Energy.OIN, []gateway.NoticeID{one.ID, two.ID}, []gateway.NoticeID{two.ID}},
		{s.Energy.OIN, []gateway.NoticeID{one.ID, two.ID}, nil},
	} {
		var got []gateway.NoticeID
		if err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) (err error) {
			got, err = tx.Offer(c.party, c.ids, Now())
			return err
		}); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("step %d: %v, want %v, %v", i, got, c.want, err)
		}
		listed, err := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 2)
		if err != nil || len(listed) != 2 || listed[0].Offered != (i >= 1) || listed[1].Offered != (i >= 2) {
			t.Errorf("step %d: %+v, %v", i, listed, err)
		}
	}
}

func (s feedbackSuite) feedbackRollback(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	r := s.record(d)
	err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		n := Notice(s.Energy.OIN, d, gateway.NoticeTakenUp)
		if err := tx.Post([]feedback.Record{r}, []gateway.PostedNotice{n}); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Errorf("%v", err)
	}
	records, err := truth.Feedback.Feedback(t.Context(), []feedback.Key{r.Key})
	notices, err2 := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10)
	if err != nil || err2 != nil || records[0].Exists() || len(notices) != 0 {
		t.Errorf("%+v, %d notices, %v, %v", records, len(notices), err, err2)
	}
}
