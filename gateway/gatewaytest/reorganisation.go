// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

type reorganisationSuite struct{ mailboxSuite }

// elsewhere is the code of a municipality that nobody in the world is.
const elsewhere gateway.Municipality = "GM1999"

// Reorganisation is the contract of [reorganisation.Store], and of what the
// other ports do once a municipality has passed. open gives an empty store, a
// new one at each call.
func Reorganisation(t *testing.T, open func(t *testing.T) Truth) {
	s := reorganisationSuite{mailboxSuite{ledgerSuite{NewSteps(t), open}}}
	t.Run("stored and replaced", s.stored)
	t.Run("snapshot", s.snapshot)
	t.Run("signals pass", s.signals)
	t.Run("several into one", s.several)
	t.Run("once", s.once)
	t.Run("rollback leaves nothing", s.passRollback)
	t.Run("withdrawal of an old report", s.oldWithdrawal)
	t.Run("correction of an old report", s.oldCorrection)
	t.Run("feedback", s.oldFeedback)
	t.Run("feedback under one id", s.sameID)
	t.Run("deletion receipts", s.deletions)
	t.Run("in flight", s.inFlight)
	t.Run("in flight twice over", s.chain)
}

// Pass gives everything of municipalities to another.
func Pass(t testing.TB, truth Truth, into gateway.Municipality, from ...gateway.Municipality) (counts []int) {
	t.Helper()
	err := truth.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) (err error) {
		counts, err = tx.Pass(from, into)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func (s reorganisationSuite) list(t *testing.T, truth Truth, m gateway.Municipality, after int64) []gateway.Signal {
	t.Helper()
	found, err := truth.Mailbox.List(t.Context(), m, after, 100)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s reorganisationSuite) stored(t *testing.T) {
	truth := s.open(t)
	r := gateway.Reorganisation{ID: gateway.NewUUID(Now(), nil), From: []gateway.Municipality{"GM0268", "GM0546"}, Into: elsewhere,
		On: gateway.Today(Now()).AddDays(60), State: gateway.ReorganisationPrepared, PreparedAt: Now()}
	sooner := r
	sooner.ID, sooner.From, sooner.On = gateway.NewUUID(Now(), nil), []gateway.Municipality{"GM0363"}, r.On.AddDays(-1)
	put := func(list ...gateway.Reorganisation) {
		before, err := truth.Register.Version(t.Context())
		err = errors.Join(err, truth.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) (err error) {
			for _, r := range list {
				err = errors.Join(err, tx.PutReorganisation(r))
			}
			return err
		}))
		after, err2 := truth.Register.Version(t.Context())
		if err != nil || err2 != nil || after <= before {
			t.Fatalf("version %d after %d: %v, %v", after, before, err, err2)
		}
	}
	want := func(list gateway.Reorganisations) {
		t.Helper()
		one, err := truth.Reorganisations.Reorganisations(t.Context())
		two, err2 := truth.Register.Reorganisations(t.Context())
		if err != nil || err2 != nil || !reflect.DeepEqual(one, list) || !reflect.DeepEqual(two, list) {
			t.Errorf("%+v and %+v, want %+v (%v, %v)", one, two, list, err, err2)
		}
	}
	want(nil)
	put(r, sooner)
	want(gateway.Reorganisations{sooner, r})
	r.State, r.EndedAt = gateway.ReorganisationCancelled, Now()
	put(r)
	want(gateway.Reorganisations{sooner, r})
}

func (s reorganisationSuite) snapshot(t *testing.T) {
	truth := s.open(t)
	r := gateway.Reorganisation{ID: gateway.NewUUID(Now(), nil), From: []gateway.Municipality{"GM0268"}, Into: elsewhere,
		On: gateway.Today(Now()).AddDays(60), State: gateway.ReorganisationPrepared, PreparedAt: Now()}
	err := truth.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
		if err := errors.Join(tx.PutParties(s.Parties()), tx.PutAgreements(s.Agreements), tx.PutReorganisation(r)); err != nil {
			return err
		}
		got, err := tx.Snapshot() // what this transaction wrote is in it
		if !slices.EqualFunc(got.Parties, s.Parties(), sameParty) || !reflect.DeepEqual(got.Agreements, s.Agreements) ||
			!reflect.DeepEqual(got.Reorganisations, gateway.Reorganisations{r}) {
			t.Errorf("%+v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s reorganisationSuite) signals(t *testing.T) {
	truth := s.open(t)
	var ids []gateway.SignalID
	for n := range 6 { // 0 and 5 are about one home
		d := s.deposit(t, []gateway.Party{s.Energy, s.Water}[n/5], s.Leiden, n%5)
		File(t, truth, s.deposit(t, s.Energy, s.Nijmegen, n), d)
		ids = append(ids, d.Sealed().Body().ID)
	}
	s.advance(t, truth, mailbox.Move{ID: ids[1], To: gateway.SignalOffered, At: Now()}, mailbox.Move{ID: ids[2], To: gateway.SignalRead, At: Now()},
		mailbox.Move{ID: ids[3], To: gateway.SignalConfirmed, At: Now()}, mailbox.Move{ID: ids[4], To: gateway.SignalErased, At: Now()})
	before, err := truth.Mailbox.Signals(t.Context(), ids)
	bodies, err2 := truth.Mailbox.Bodies(t.Context(), ids)
	own := s.list(t, truth, s.Nijmegen.Municipality, 0)
	cursor := own[len(own)-1].Sequence // all that the successor was shown so far

	if counts := Pass(t, truth, s.Nijmegen.Municipality, s.Leiden.Municipality); !slices.Equal(counts, []int{6}) {
		t.Errorf("passed %v", counts)
	}
	if left := s.list(t, truth, s.Leiden.Municipality, 0); len(left) != 0 {
		t.Errorf("%d are left behind", len(left))
	}
	if got := idsOf(s.list(t, truth, s.Nijmegen.Municipality, cursor)); !slices.Equal(got, []gateway.SignalID{ids[0], ids[1], ids[2], ids[5]}) {
		t.Errorf("behind the cursor: %v", got)
	}
	after, err3 := truth.Mailbox.Signals(t.Context(), ids)
	kept, err4 := truth.Mailbox.Bodies(t.Context(), ids)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if after[i].Municipality != s.Nijmegen.Municipality || after[i].Sequence <= cursor {
			t.Errorf("signal %d is number %d of %s", i, after[i].Sequence, after[i].Municipality)
		}
		before[i].Municipality, before[i].Sequence = after[i].Municipality, after[i].Sequence
	}
	if !reflect.DeepEqual(after, before) || !reflect.DeepEqual(kept, bodies) {
		t.Errorf("more changed than mailbox and number:\n%+v\n%+v", after, before)
	}
	if len(after[0].Relations) != 1 || after[0].Relations[0].Other != ids[5] {
		t.Errorf("relations: %+v", after[0].Relations)
	}
	d := s.deposit(t, s.Energy, s.Nijmegen, 20)
	File(t, truth, d)
	if got := s.list(t, truth, s.Nijmegen.Municipality, after[5].Sequence); !slices.Equal(idsOf(got), []gateway.SignalID{d.Sealed().Body().ID}) {
		t.Errorf("the next one: %+v", got)
	}
}

func (s reorganisationSuite) several(t *testing.T) {
	truth := s.open(t)
	var ids []gateway.SignalID
	for n := range 6 {
		d := s.deposit(t, s.Energy, s.Municipalities()[n%2], n)
		File(t, truth, d)
		ids = append(ids, d.Sealed().Body().ID)
	}
	if counts := Pass(t, truth, elsewhere, s.Leiden.Municipality, "GM0363", s.Nijmegen.Municipality); !slices.Equal(counts, []int{3, 0, 3}) {
		t.Errorf("passed %v", counts)
	}
	got := s.list(t, truth, elsewhere, 0)
	if !slices.Equal(idsOf(got), ids) { // oldest first, whoever had it
		t.Errorf("%v, want %v", idsOf(got), ids)
	}
	for i, g := range got {
		if g.Sequence != int64(i)+1 {
			t.Errorf("place %d has number %d", i, g.Sequence)
		}
	}
}

func (s reorganisationSuite) once(t *testing.T) {
	truth := s.open(t)
	File(t, truth, s.deposit(t, s.Energy, s.Leiden, 1), s.deposit(t, s.Energy, s.Leiden, 2))
	err := truth.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
		_, err := tx.Pass([]gateway.Municipality{s.Leiden.Municipality}, elsewhere)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := s.list(t, truth, elsewhere, 0)
	counts := Pass(t, truth, s.Nijmegen.Municipality, "GM0363") // another one changes nothing of it
	if got := s.list(t, truth, elsewhere, 0); !slices.Equal(counts, []int{0}) || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v, want %+v", counts, got, want)
	}
}

func (s reorganisationSuite) passRollback(t *testing.T) {
	truth := s.open(t)
	d, later := s.deposit(t, s.Energy, s.Leiden, 1), s.deposit(t, s.Energy, s.Leiden, 2)
	File(t, truth, d)
	err := truth.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
		_, err := tx.Pass([]gateway.Municipality{s.Leiden.Municipality}, elsewhere)
		return errors.Join(err, errOnPurpose)
	})
	if !errors.Is(err, errOnPurpose) {
		t.Errorf("%v", err)
	}
	File(t, truth, later)
	if got := s.list(t, truth, s.Leiden.Municipality, 0); len(got) != 2 || got[0].Sequence != 1 || got[1].Sequence != 2 {
		t.Errorf("%+v", got)
	}
	if got := s.list(t, truth, elsewhere, 0); len(got) != 0 {
		t.Errorf("%d came over", len(got))
	}
}

func (s reorganisationSuite) oldWithdrawal(t *testing.T) {
	truth := s.open(t)
	erased, d := s.deposit(t, s.Energy, s.Leiden, 1), s.deposit(t, s.Energy, s.Leiden, 2)
	File(t, truth, erased, d)
	s.advance(t, truth, mailbox.Move{ID: erased.Sealed().Body().ID, To: gateway.SignalErased, At: Now()})
	Pass(t, truth, elsewhere, s.Leiden.Municipality)
	for _, d := range []mailbox.Deposit{d, erased} {
		id, err := s.Withdraw(t, truth, d)
		if err != nil {
			t.Fatal(err)
		}
		got := s.list(t, truth, elsewhere, 0)
		if last := got[len(got)-1]; last.ID != id || last.Nature != gateway.NatureWithdrawal || last.Concerns != d.Sealed().Body().ID {
			t.Errorf("the last one is %+v", last)
		}
		records, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)})
		if err != nil || records[0].Municipality != elsewhere || string(records[0].Receipt) != string(d.Receipt()) {
			t.Errorf("%+v, %v", records[0], err)
		}
	}
}

func (s reorganisationSuite) oldCorrection(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Leiden, 1)
	File(t, truth, d)
	Pass(t, truth, elsewhere, s.Leiden.Municipality)
	c, err := s.Correct(t, truth, d, s.Energy, s.Paper(s.Energy, s.Leiden, 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := s.list(t, truth, elsewhere, 0)
	if last := got[len(got)-1]; last.ID != c.Sealed().Body().ID || last.Nature != gateway.NatureCorrection || last.Concerns != d.Sealed().Body().ID || !got[0].Corrected {
		t.Errorf("%+v", got)
	}
	err = truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
		trails, err := tx.Earlier([]match.Candidate{CandidateOf(s.deposit(t, s.Water, s.Leiden, 1)), CandidateOf(s.deposit(t, s.Water, s.Leiden, 2))})
		if err == nil && (len(trails[0]) != 0 || len(trails[1]) == 0) {
			t.Errorf("%d trails of what was wrong, %d of what is right", len(trails[0]), len(trails[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s reorganisationSuite) record(d mailbox.Deposit, m gateway.Municipality, id gateway.FeedbackID, receipt string) feedback.Record {
	return feedback.Record{Key: feedback.Key{Municipality: m, ID: id}, Signal: d.Sealed().Body().ID,
		Digest: gateway.DigestOf([]byte(receipt)), Receipt: gateway.Compact(receipt), At: Now()}
}

func (s reorganisationSuite) post(t *testing.T, truth Truth, records ...feedback.Record) {
	t.Helper()
	if err := truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error { return tx.Post(records, nil) }); err != nil {
		t.Fatal(err)
	}
}

func (s reorganisationSuite) oldFeedback(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Leiden, 1)
	File(t, truth, d)
	before := s.record(d, s.Leiden.Municipality, gateway.FeedbackID(gateway.NewUUID(Now(), nil)), "before")
	s.post(t, truth, before)
	Pass(t, truth, s.Nijmegen.Municipality, s.Leiden.Municipality)
	// One that was on its way when the day began.
	during := s.record(d, s.Leiden.Municipality, gateway.FeedbackID(gateway.NewUUID(Now(), nil)), "during")
	s.post(t, truth, during)
	for _, want := range []feedback.Record{before, during} {
		for _, m := range s.Municipalities() { // the old one looks again in its own transaction
			want.Municipality = m.Municipality
			got, err := truth.Feedback.Feedback(t.Context(), []feedback.Key{want.Key})
			if err != nil || !reflect.DeepEqual(got[0], want) {
				t.Errorf("%+v, want %+v (%v)", got, want, err)
			}
		}
	}
	cases, err := truth.Feedback.Cases(t.Context(), []gateway.SignalID{d.Sealed().Body().ID})
	if err != nil || cases[0].Municipality != s.Nijmegen.Municipality || cases[0].ReportID != d.Slip().ReportID {
		t.Errorf("%+v, %v", cases, err)
	}
}

func (s reorganisationSuite) sameID(t *testing.T) {
	truth := s.open(t)
	one, two := s.deposit(t, s.Energy, s.Leiden, 1), s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, one, two)
	id := gateway.FeedbackID(gateway.NewUUID(Now(), nil))
	own := s.record(two, s.Nijmegen.Municipality, id, "own")
	s.post(t, truth, s.record(one, s.Leiden.Municipality, id, "other"), own)
	Pass(t, truth, s.Nijmegen.Municipality, s.Leiden.Municipality)
	if got, err := truth.Feedback.Feedback(t.Context(), []feedback.Key{own.Key}); err != nil || !reflect.DeepEqual(got[0], own) {
		t.Errorf("%+v, %v", got, err)
	}
}

// deletions: the successor fetches the receipts of what was erased before the
// day, behind its own, and what a sweep of midnight signed for the old code.
func (s reorganisationSuite) deletions(t *testing.T) {
	truth := s.open(t)
	file := func(receipts ...retention.Filed) {
		t.Helper()
		if err := truth.Retention.Write(t.Context(), func(tx retention.Tx) error { return tx.File(receipts) }); err != nil {
			t.Fatal(err)
		}
	}
	own, one, other, two := filed(retention.Controller(elsewhere), ""), filed("GM0268", ""), filed("GM0546", ""), filed("GM0268", "GM0268/2026-01")
	file(own, one, other, two)
	Pass(t, truth, elsewhere, "GM0268", "GM0546")
	late := filed("GM0546", "")
	file(late)
	var got []gateway.UUID
	shelf, err := truth.Shelf.Deletions(t.Context(), retention.Controller(elsewhere), 0, 10)
	for i, f := range shelf {
		got = append(got, f.ID)
		if f.Sequence != int64(i+1) || f.Controller != retention.Controller(elsewhere) {
			t.Errorf("receipt %d is %d of %s", i+1, f.Sequence, f.Controller)
		}
	}
	if want := []gateway.UUID{own.ID, one.ID, other.ID, two.ID, late.ID}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
	for _, former := range []retention.Controller{"GM0268", "GM0546"} {
		if left, err := truth.Shelf.Deletions(t.Context(), former, 0, 10); err != nil || len(left) != 0 {
			t.Errorf("%s still has %d receipts, %v", former, len(left), err)
		}
	}
}

// A report that was routed before the day and is committed after it.
func (s reorganisationSuite) inFlight(t *testing.T) {
	truth := s.open(t)
	earlier := s.deposit(t, s.Water, s.Leiden, 1)
	File(t, truth, earlier, s.deposit(t, s.Energy, s.Nijmegen, 2))
	late := s.deposit(t, s.Energy, s.Leiden, 1) // the same home as earlier
	Pass(t, truth, s.Nijmegen.Municipality, s.Leiden.Municipality)
	File(t, truth, s.deposit(t, s.Water, s.Nijmegen, 3), late, s.deposit(t, s.Water, s.Nijmegen, 4))
	got := s.list(t, truth, s.Nijmegen.Municipality, 2)
	if len(got) != 3 || got[1].ID != late.Sealed().Body().ID || got[0].Sequence != 3 || got[1].Sequence != 4 || got[2].Sequence != 5 {
		t.Fatalf("%+v", got)
	}
	if len(got[1].Relations) != 1 || got[1].Relations[0].Other != earlier.Sealed().Body().ID {
		t.Errorf("relations: %+v", got[1].Relations)
	}
	records, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(late)})
	if err != nil || records[0].Municipality != s.Nijmegen.Municipality {
		t.Errorf("%+v, %v", records, err)
	}
	// Its trails are the successor's as well: the next report in the successor
	// with a tag of the old code finds both.
	next := CandidateOf(s.deposit(t, s.Housing, s.Leiden, 1))
	next.Municipality = s.Nijmegen.Municipality
	err = truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
		trails, err := tx.Earlier([]match.Candidate{next})
		found := map[gateway.SignalID]bool{}
		for _, trail := range trails[0] {
			found[trail.Signal] = true
		}
		if !found[earlier.Sealed().Body().ID] || !found[late.Sealed().Body().ID] {
			t.Errorf("trails of %d signals", len(found))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s reorganisationSuite) chain(t *testing.T) {
	truth := s.open(t)
	one, two := s.deposit(t, s.Energy, s.Leiden, 1), s.deposit(t, s.Energy, s.Leiden, 2)
	File(t, truth, one)
	Pass(t, truth, s.Nijmegen.Municipality, s.Leiden.Municipality)
	Pass(t, truth, elsewhere, s.Nijmegen.Municipality)
	File(t, truth, two)
	if got := idsOf(s.list(t, truth, elsewhere, 0)); !slices.Equal(got, []gateway.SignalID{one.Sealed().Body().ID, two.Sealed().Body().ID}) {
		t.Errorf("%v", got)
	}
}
