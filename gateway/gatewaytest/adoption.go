// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/policies"
)

// Adoptions is the suite of adoption.Store and adoption.Facts.
func Adoptions(t *testing.T, open func(t *testing.T) Truth) {
	t.Run("history", func(t *testing.T) { policyHistory(t, open(t)) })
	t.Run("facts", func(t *testing.T) { decisionFacts(t, open(t)) })
}

func policyHistory(t *testing.T, truth Truth) {
	id, now := func() gateway.UUID { return gateway.NewUUID(Now(), nil) }, Now().Add(1234567) // a store keeps milliseconds
	files := policies.Set{Documents: map[string][]byte{"bundel.yaml": []byte("naam: x"), "zorg.yaml": {0}}, Cases: map[string][]byte{"een.txtar": []byte("x")}}
	first := adoption.Proposal{ID: id(), Source: adoption.Import, Policy: policies.Ref{Name: "landelijk", Version: "1", Digest: gateway.DigestOf([]byte("1"))},
		Cases: gateway.DigestOf(nil), From: gateway.Today(now), At: now, State: adoption.Adopted, AdoptedAt: now}
	second := adoption.Proposal{ID: id(), Source: adoption.Officers, Policy: policies.Ref{Name: "landelijk", Version: "2", Digest: gateway.DigestOf([]byte("2"))},
		Cases: files.CasesDigest(), Previous: first.Policy.Digest, Cause: adoption.CauseLaw, Ticket: "Z-2026-0001", From: gateway.Today(now).AddDays(9), Urgent: true,
		By: id(), At: now, State: adoption.Proposed}
	write := func(fn func(tx adoption.Tx) error) error {
		return truth.Adoptions.WriteAdoption(t.Context(), func(tx adoption.Tx) error {
			_, err := tx.Append([]audit.Entry{Entry(t, 3)})
			return errors.Join(err, fn(tx))
		})
	}
	cut := now.Truncate(time.Millisecond)
	want := adoption.History{first, second}
	want[0].At, want[0].AdoptedAt, want[1].At = cut, cut, cut
	check := func(what string) {
		t.Helper()
		got, err := truth.Adoptions.History(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", what, err, got, want)
		}
	}
	if err := write(func(tx adoption.Tx) error {
		return errors.Join(tx.AddProposal(first, policies.Set{Documents: files.Documents}), tx.AddProposal(second, files))
	}); err != nil {
		t.Fatal(err)
	}
	check("added")
	got, err := truth.Adoptions.Documents(t.Context(), second.ID)
	none, err2 := truth.Adoptions.Documents(t.Context(), id())
	if errors.Join(err, err2) != nil || !reflect.DeepEqual(got, files) || len(none.Documents)+len(none.Cases) != 0 {
		t.Errorf("%+v, %+v, %v, %v", got, none, err, err2)
	}
	second.Approvals = []adoption.Approval{{Officer: second.By, At: cut, Origin: audit.Local, Statement: gateway.Compact("eerste")}}
	put := func() error { return write(func(tx adoption.Tx) error { return tx.PutProposal(second) }) }
	if err := put(); err != nil {
		t.Fatal(err)
	}
	second.Approvals = append(second.Approvals, adoption.Approval{Officer: id(), At: cut, Origin: audit.Certificate(nil), Statement: gateway.Compact("tweede")})
	second.State, second.AdoptedAt, second.EndedBy, second.EndedAt = adoption.Adopted, now, second.By, now
	if err := put(); err != nil {
		t.Fatal(err)
	}
	want[1] = second
	want[1].At, want[1].AdoptedAt, want[1].EndedAt = cut, cut, cut
	check("approved")
	forged := second
	forged.Approvals = []adoption.Approval{{Officer: second.By, At: cut, Origin: audit.Local, Statement: gateway.Compact("anders")}}
	for what, fn := range map[string]func(tx adoption.Tx) error{
		"another word of the same officer": func(tx adoption.Tx) error { return tx.PutProposal(forged) },
		"a proposal that is not there": func(tx adoption.Tx) error {
			return tx.PutProposal(adoption.Proposal{ID: id(), State: adoption.Adopted})
		},
		"a proposal twice":  func(tx adoption.Tx) error { return tx.AddProposal(first, files) },
		"a fault after all": func(tx adoption.Tx) error { return errors.Join(tx.PutProposal(want[0]), ErrFault) },
	} {
		if err := write(fn); err == nil {
			t.Errorf("%s: no error", what)
		}
		check(what)
	}
}

// decisionFacts: a permitted report adds to the facts of its month, in the same
// transaction; they go on their day, and nothing else that is erased takes them along.
func decisionFacts(t *testing.T, truth Truth) {
	s, sweep := NewSteps(t), retentionSuite{}
	a, b := s.Paper(s.Energy, s.Nijmegen, 1), s.Paper(s.Energy, s.Nijmegen, 2)
	File(t, truth, s.Deposits(t, s.Submission(s.Energy, a), s.Submission(s.Energy, b), s.Submission(s.Water, s.Paper(s.Water, s.Leiden, 1)))...)
	count := func(month string) (rows, all int) {
		t.Helper()
		if err := truth.Facts.Facts(t.Context(), month, func(f policies.Facts, n int) error {
			rows, all = rows+1, all+n
			if f.Kind == "" || f.Age < 0 {
				t.Errorf("%+v", f)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return rows, all
	}
	if rows, all := count("2026-11"); rows != 2 || all != 3 { // two reports that are alike are one row
		t.Errorf("%d rows of %d decisions, want 2 of 3", rows, all)
	}
	if rows, _ := count("2026-10"); rows != 0 {
		t.Error("facts of a month without reports")
	}
	if err := truth.Facts.Facts(t.Context(), "2026-11", func(policies.Facts, int) error { return ErrFault }); !errors.Is(err, ErrFault) {
		t.Errorf("%v, want the reader's own error", err)
	}
	facts := step(retention.KindFacts) // from 2 November through 31 December
	if n := len(sweep.due(t, truth, facts, 59)); n != 0 {
		t.Errorf("%d facts are due on their last day", n)
	}
	if n := sweep.eraseAll(t, truth, facts, 60); n != 2 {
		t.Errorf("%d rows erased, want 2", n)
	}
	if rows, _ := count("2026-11"); rows != 0 {
		t.Error("facts outlive their term")
	}
}
