// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Entry is a valid audit entry, another one for each n.
func Entry(t testing.TB, n int) audit.Entry {
	t.Helper()
	by := audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local, Trace: Trace(n + 1)}
	e, err := audit.New(audit.NoticePrepared, by, audit.Object(audit.KindNotice, fmt.Sprintf("%08x-0000-4000-8000-000000000000", n+1)), Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// File commits deposits as the journey does: look for earlier ones, relate,
// log, store. It gives what was filed.
func File(t testing.TB, truth Truth, deposits ...mailbox.Deposit) []journey.Filed {
	t.Helper()
	var filed []journey.Filed
	err := truth.Ledger.Write(t.Context(), bodiesOf(deposits), func(tx journey.Tx) (err error) {
		filed, err = fileIn(t, tx, deposits)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return filed
}

func fileIn(t testing.TB, tx journey.Tx, deposits []mailbox.Deposit) ([]journey.Filed, error) {
	filed := make([]journey.Filed, len(deposits))
	candidates := make([]match.Candidate, len(deposits))
	entries := make([]audit.Entry, len(deposits))
	for i, d := range deposits {
		candidates[i], entries[i] = CandidateOf(d), Entry(t, i)
	}
	earlier, err := tx.Earlier(candidates)
	if err != nil {
		return nil, err
	}
	first, err := tx.Append(entries)
	if err != nil {
		return nil, err
	}
	for i, m := range match.Relate(candidates, earlier) {
		filed[i] = journey.Filed{Deposit: deposits[i], Candidate: candidates[i], Relations: m.Relations, Entry: first + int64(i)}
	}
	return filed, tx.File(filed)
}

// CandidateOf is what the journey matches of a deposit.
func CandidateOf(d mailbox.Deposit) match.Candidate {
	s, slip := d.Sealed(), d.Slip()
	return match.Candidate{Signal: s.Body().ID, Creditor: slip.Peer.OIN(), ReportID: slip.ReportID, Municipality: s.Municipality(),
		Kind: s.Kind(), On: gateway.Today(slip.At), Tokens: s.Tokens(), Claim: s.Claim()}
}

func bodiesOf(deposits []mailbox.Deposit) []seal.Body {
	all := make([]seal.Body, len(deposits))
	for i, d := range deposits {
		all[i] = d.Sealed().Body()
	}
	return all
}

func keyOf(d mailbox.Deposit) journey.Key {
	return journey.Key{Creditor: d.Slip().Peer.OIN(), ReportID: d.Slip().ReportID}
}

// ledgerSuite is what the subtests share.
type ledgerSuite struct {
	*Steps
	open func(t *testing.T) Truth
}

// Ledger is the contract of [journey.Ledger]. open gives an empty store, a new
// one at each call.
func Ledger(t *testing.T, open func(t *testing.T) Truth) {
	s := ledgerSuite{NewSteps(t), open}
	t.Run("records", s.records)
	t.Run("rollback leaves nothing", s.rollback)
	t.Run("panic leaves nothing", s.panics)
	t.Run("replay in the transaction", s.replay)
	t.Run("earlier", s.earlier)
	t.Run("earlier is of the same municipality and in time", s.earlierElsewhere)
	t.Run("earlier without what was withdrawn", s.earlierWithdrawn)
	t.Run("earlier is bounded", s.earlierBounded)
	t.Run("relations both ways", s.relations)
	t.Run("sequences", s.sequences)
	t.Run("body as it was sealed", s.body)
	t.Run("notice of a duplicate", s.notice)
	t.Run("withdrawal", s.withdrawal)
	t.Run("withdrawal twice or of nothing", s.withdrawalTwice)
	t.Run("correction", s.correction)
	t.Run("trails of a correction", s.correctionTrails)
	t.Run("audit rows", s.auditRows)
	t.Run("context", s.context)
	t.Run("concurrency", s.concurrency)
}

func (s ledgerSuite) deposit(t *testing.T, from, to gateway.Party, n int) mailbox.Deposit {
	t.Helper()
	return s.Deposits(t, s.Submission(from, s.Paper(from, to, n)))[0]
}

func (s ledgerSuite) records(t *testing.T) {
	truth := s.open(t)
	one, two := s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Water, s.Leiden, 2)
	filed := File(t, truth, one, two)
	absent := journey.Key{Creditor: s.Water.OIN, ReportID: one.Slip().ReportID} // another creditor's id
	got, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(two), absent, keyOf(one), keyOf(two)})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range []journey.Filed{filed[1], {}, filed[0], filed[1]} {
		if i == 1 {
			if got[i].Exists() {
				t.Error("a report of another creditor was found")
			}
			continue
		}
		d := f.Deposit
		want := journey.Record{Key: keyOf(d), Digest: d.Slip().Digest, Receipt: d.Receipt(), Signal: d.Sealed().Body().ID,
			Municipality: d.Sealed().Municipality(), Kind: d.Sealed().Kind(), Entry: f.Entry}
		if !reflect.DeepEqual(got[i], want) {
			t.Errorf("place %d: %+v, want %+v", i, got[i], want)
		}
	}
	if none, err := truth.Ledger.Records(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("no keys: %v, %v", none, err)
	}
}

var errOnPurpose = errors.New("on purpose")

func (s ledgerSuite) rollback(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	err := truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
		if _, err := fileIn(t, tx, []mailbox.Deposit{d}); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Errorf("the error of fn came back as %v", err)
	}
	s.empty(t, truth, d)
	File(t, truth, d) // and it can still be done
}

func (s ledgerSuite) panics(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
			_, err := fileIn(t, tx, []mailbox.Deposit{d})
			panic(fmt.Sprint("on purpose", err))
		})
	}()
	s.empty(t, truth, d)
	File(t, truth, d)
}

// empty checks that there is no trace of a deposit through any port.
func (s ledgerSuite) empty(t *testing.T, truth Truth, d mailbox.Deposit) {
	t.Helper()
	ctx, id := t.Context(), []gateway.SignalID{d.Sealed().Body().ID}
	records, err := truth.Ledger.Records(ctx, []journey.Key{keyOf(d)})
	signals, err2 := truth.Mailbox.Signals(ctx, id)
	rest, err3 := truth.Mailbox.Bodies(ctx, id)
	listed, err4 := truth.Mailbox.List(ctx, d.Sealed().Municipality(), 0, 10)
	leaves, err5 := truth.Rows.Leaves(ctx, 0, 10)
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	if records[0].Exists() || signals[0].ID != "" || rest[0].Wrapped != nil || len(listed) != 0 || len(leaves) != 0 {
		t.Errorf("left behind: %+v %+v %d bytes, %d listed, %d rows", records, signals, len(rest[0].Wrapped), len(listed), len(leaves))
	}
	err = truth.Ledger.Write(ctx, nil, func(tx journey.Tx) error {
		earlier, err := tx.Earlier([]match.Candidate{CandidateOf(d)})
		if err == nil && len(earlier[0]) != 0 {
			t.Errorf("%d trails left behind", len(earlier[0]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s ledgerSuite) replay(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	err := truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
		for _, want := range []bool{false, true} { // before and after it is filed
			got, err := tx.Records([]journey.Key{keyOf(d)})
			if err != nil || got[0].Exists() != want {
				t.Errorf("exists in the transaction: %v, %v; want %v", got[0].Exists(), err, want)
			}
			if outside, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)}); err != nil || outside[0].Exists() {
				t.Errorf("seen outside before the commit: %v", err)
			}
			if want {
				break
			}
			if _, err := fileIn(t, tx, []mailbox.Deposit{d}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
		_, err := fileIn(t, tx, []mailbox.Deposit{d})
		return err
	})
	if err == nil {
		t.Error("one report was filed twice")
	}
}

func (s ledgerSuite) sequences(t *testing.T) {
	truth := s.open(t)
	var batch []mailbox.Deposit
	for n := range 3 {
		batch = append(batch, s.deposit(t, s.Energy, s.Nijmegen, n), s.deposit(t, s.Energy, s.Leiden, n))
	}
	File(t, truth, batch[:3]...)
	File(t, truth, batch[3:]...)
	for _, m := range s.Municipalities() {
		signals, err := truth.Mailbox.List(t.Context(), m.Municipality, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for i, signal := range signals {
			if signal.Sequence != int64(i)+1 {
				t.Errorf("%s: signal %d has number %d", m.Name, i, signal.Sequence)
			}
		}
		if len(signals) != 3 {
			t.Errorf("%s has %d signals", m.Name, len(signals))
		}
	}
}

func (s ledgerSuite) body(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	body := d.Sealed().Body()
	rest, err := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{body.ID})
	if err != nil || rest[0].Scope != body.Scope || !bytes.Equal(rest[0].Wrapped, body.Wrapped) {
		t.Errorf("%v, %v", rest, err)
	}
	signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{body.ID})
	want := gateway.Signal{ID: body.ID, Sequence: 1, Municipality: s.Nijmegen.Municipality, Nature: gateway.NatureReport,
		Kind: gateway.ReportEnergy, Urgency: gateway.UrgencyRegular, State: gateway.SignalWaiting, DepositedAt: Now(),
		Format: body.Format, KeyID: body.KeyID, Size: body.Size, Digest: body.Digest}
	if err != nil || !reflect.DeepEqual(signals[0], want) {
		t.Errorf("%+v, want %+v (%v)", signals[0], want, err)
	}
}

func (s ledgerSuite) notice(t *testing.T) {
	truth := s.open(t)
	first, second := s.deposit(t, s.Energy, s.Nijmegen, 7), s.deposit(t, s.Energy, s.Nijmegen, 7)
	File(t, truth, first)
	notice := Notice(second.Slip().Peer.OIN(), second, gateway.NoticeOwnDuplicate)
	err := truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{second}), func(tx journey.Tx) error {
		entry, err := tx.Append([]audit.Entry{Entry(t, 1)})
		if err != nil {
			return err
		}
		return tx.File([]journey.Filed{{Deposit: second, Candidate: CandidateOf(second), Entry: entry, Notice: &notice}})
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10)
	if err != nil || len(got) != 1 || got[0].Sequence != 1 || !reflect.DeepEqual(got[0].Notice, notice) || !got[0].At.Equal(Now()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func (s ledgerSuite) auditRows(t *testing.T) {
	truth := s.open(t)
	entries := []audit.Entry{Entry(t, 0), Entry(t, 1), Entry(t, 2)}
	next := int64(1)
	for _, part := range [][]audit.Entry{entries[:1], nil, entries[1:]} {
		err := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
			first, err := tx.Append(part)
			if err == nil && first != next {
				t.Errorf("first row is %d, want %d", first, next)
			}
			next += int64(len(part))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	leaves, err := truth.Rows.Leaves(t.Context(), 0, 10)
	if err != nil || len(leaves) != 3 {
		t.Fatalf("%d rows, %v", len(leaves), err)
	}
	for i, e := range entries {
		if !bytes.Equal(leaves[i], e.Leaf()) {
			t.Errorf("row %d is another", i+1)
		}
	}
}

func (s ledgerSuite) context(t *testing.T) {
	truth := s.open(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := truth.Ledger.Write(gone, nil, func(journey.Tx) error { t.Error("fn ran for a caller that is gone"); return nil })
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("%v", err)
	}
}
