// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
)

func (s ledgerSuite) earlier(t *testing.T) {
	truth := s.open(t)
	first := s.deposit(t, s.Energy, s.Nijmegen, 7)
	File(t, truth, first, s.deposit(t, s.Energy, s.Nijmegen, 8))
	second, stranger := s.deposit(t, s.Energy, s.Nijmegen, 7), s.deposit(t, s.Energy, s.Nijmegen, 9)
	err := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
		got, err := tx.Earlier([]match.Candidate{CandidateOf(stranger), CandidateOf(second)})
		if err != nil {
			return err
		}
		if len(got) != 2 || len(got[0]) != 0 {
			t.Errorf("trails of a stranger: %v", got)
		}
		byTag := func(a, b match.Trail) int { return bytes.Compare(a.Tag.Sum[:], b.Tag.Sum[:]) }
		want := CandidateOf(first).Trails()
		slices.SortFunc(want, byTag)
		slices.SortFunc(got[1], byTag)
		if len(got[1]) != len(want) {
			t.Fatalf("%d trails, want %d", len(got[1]), len(want))
		}
		for i := range want {
			if (want[i].Claim == nil) != (got[1][i].Claim == nil) {
				t.Errorf("trail %d: claim %d bytes", i, len(got[1][i].Claim))
			}
			if want[i].Claim != nil && !CandidateOf(second).Claim.NotHigher(got[1][i].Claim) {
				t.Error("the claim does not open any more")
			}
			want[i].Claim, got[1][i].Claim = nil, nil // sealed with another nonce each time
		}
		if !reflect.DeepEqual(got[1], want) {
			t.Errorf("%+v, want %+v", got[1], want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s ledgerSuite) earlierElsewhere(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 7)
	File(t, truth, d)
	c := CandidateOf(d)
	elsewhere, later, edge, newKey := c, c, c, c
	elsewhere.Municipality = s.Leiden.Municipality
	later.On = gateway.DateOf(Now().AddDate(0, match.Window, 1))
	edge.On = gateway.DateOf(Now().AddDate(0, match.Window, 0))
	newKey.Tokens = slices.Clone(c.Tokens)
	for i := range newKey.Tokens {
		newKey.Tokens[i].Tags = slices.Clone(c.Tokens[i].Tags)
		newKey.Tokens[i].Tags[0].Version++
	}
	err := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
		got, err := tx.Earlier([]match.Candidate{elsewhere, later, edge, newKey})
		if err != nil {
			return err
		}
		for i, want := range []int{0, 0, len(c.Tokens), 0} {
			if len(got[i]) != want {
				t.Errorf("candidate %d has %d trails, want %d", i, len(got[i]), want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s ledgerSuite) relations(t *testing.T) {
	truth := s.open(t)
	one, two, three := s.deposit(t, s.Energy, s.Nijmegen, 7), s.deposit(t, s.Water, s.Nijmegen, 7), s.deposit(t, s.Housing, s.Nijmegen, 7)
	File(t, truth, one)
	File(t, truth, two, three) // two is related to one, three to both
	ids := []gateway.SignalID{one.Sealed().Body().ID, two.Sealed().Body().ID, three.Sealed().Body().ID}
	check := func(how string, signals []gateway.Signal) {
		for i, signal := range signals {
			var others []gateway.SignalID
			for _, r := range signal.Relations {
				if r.Signal != signal.ID || r.Coincidence != gateway.Multiple {
					t.Errorf("%s: relation of %s: %+v", how, signal.ID, r)
				}
				others = append(others, r.Other)
			}
			want := slices.Delete(slices.Clone(ids), i, i+1)
			slices.Sort(want)
			slices.Sort(others)
			if !slices.Equal(others, want) {
				t.Errorf("%s: signal %d is related to %v, want %v", how, i, others, want)
			}
		}
	}
	signals, err := truth.Mailbox.Signals(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	check("signals", signals)
	listed, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(listed) != 3 {
		t.Fatalf("%d listed, %v", len(listed), err)
	}
	check("list", listed)
}

// concurrency: writers do not miss each other's reports, and readers see
// whole commits only.
func (s ledgerSuite) concurrency(t *testing.T) {
	truth := s.open(t)
	const writers, each = 4, 5
	var deposits []mailbox.Deposit
	for range writers * each { // all about one person and claim
		deposits = append(deposits, s.deposit(t, s.Energy, s.Nijmegen, 7))
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for _, d := range deposits[w*each : (w+1)*each] {
				err := truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
					_, err := fileIn(t, tx, []mailbox.Deposit{d})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() { s.watch(t, truth, len(deposits)) })
	wg.Wait()
	signals, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 100)
	if err != nil || len(signals) != len(deposits) {
		t.Fatalf("%d signals, %v", len(signals), err)
	}
	for i, signal := range signals {
		if signal.Sequence != int64(i)+1 || len(signal.Relations) != len(deposits)-1 {
			t.Errorf("signal %d: number %d, %d relations", i, signal.Sequence, len(signal.Relations))
		}
	}
}

// watch reads while others write: the number of rows never falls, and a
// signal is never there without its body and row.
func (s ledgerSuite) watch(t *testing.T, truth Truth, all int) {
	for {
		signals, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 100)
		if err != nil {
			t.Error(err)
			return
		}
		ids := make([]gateway.SignalID, len(signals))
		for i, signal := range signals {
			ids[i] = signal.ID
		}
		rest, err := truth.Mailbox.Bodies(t.Context(), ids)
		leaves, err2 := truth.Rows.Leaves(t.Context(), 0, 1000)
		if err != nil || err2 != nil || len(leaves) < len(signals) {
			t.Errorf("%d rows for %d signals: %v, %v", len(leaves), len(signals), err, err2)
			return
		}
		for i, r := range rest {
			if r.Wrapped == nil {
				t.Errorf("signal %d has no body", i)
			}
		}
		if len(signals) == all {
			return
		}
	}
}
