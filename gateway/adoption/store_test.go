// SPDX-License-Identifier: EUPL-1.2

package adoption_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// TestApprovalSaysHowTheOfficerCameIn: who reads an approval sees whether
// another than the operator vouches for the account.
func TestApprovalSaysHowTheOfficerCameIn(t *testing.T) {
	o := newOffice(t)
	p := o.propose(1, o.draft("2026.2"))
	for i, way := range append(oversight.Ways(), "") {
		v := o.officer(i + 1)
		who, err := oversight.Admit(oversight.Claims{Account: v.Officer.Account(), Roles: v.Officer.Roles(), Origin: audit.Local, Way: way})
		if err != nil {
			t.Fatal(err)
		}
		v.Officer = who
		if i%2 == 0 {
			p = o.propose(1, o.draft(fmt.Sprint("2026.3", i)))
		}
		if p, err = o.Approve(t.Context(), v, p.ID, p.Policy.Digest); err == nil && p.Approvals[len(p.Approvals)-1].Way() != way {
			t.Errorf("%q became %q", way, p.Approvals[len(p.Approvals)-1].Way())
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if (adoption.Approval{Statement: gateway.Compact("a.b.c")}).Way() != "" {
		t.Error("a statement that is none says something")
	}
}

// TestAnOldPolicyDoesNotComeBack: who writes the truth store brings back neither
// a policy that was replaced, by a later moment of adoption, nor the
// configuration's, by an import that never was.
func TestAnOldPolicyDoesNotComeBack(t *testing.T) {
	o := newOffice(t)
	adopt := func(version string) adoption.Proposal {
		t.Helper()
		d := o.draft(version)
		d.From, d.Urgent = gateway.Today(o.now), true
		p := o.propose(1, d)
		o.approve(1, p)
		return o.approve(2, p)
	}
	old := adopt("2027.1")
	o.now = o.now.Add(time.Hour)
	now := adopt("2027.2")
	o.now = o.now.Add(time.Hour)
	loaded := func(policies.Ref) error { return nil }
	current := adoption.NewCurrent(o.Desk, o.start)
	if err := current.Refresh(t.Context(), o.now, loaded); err != nil || current.Bundle().Ref() != now.Policy {
		t.Fatal(err)
	}
	back := old
	back.AdoptedAt = o.now
	if err := o.m.Adoptions.WriteAdoption(t.Context(), func(tx adoption.Tx) error { return tx.PutProposal(back) }); err != nil {
		t.Fatal(err)
	}
	for _, running := range []*adoption.Current{current, adoption.NewCurrent(o.Desk, o.start)} {
		if err := running.Refresh(t.Context(), o.now, loaded); err == nil || running.Bundle().Ref() == old.Policy {
			t.Errorf("a policy that was replaced came back: %v", err)
		}
	}
	b, err := o.files.Load()
	if err != nil {
		t.Fatal(err)
	}
	forged := adoption.Proposal{ID: gateway.NewUUID(o.now, nil), Source: adoption.Import, Policy: b.Ref(), Cases: o.files.CasesDigest(), From: gateway.Today(o.now),
		At: o.now, State: adoption.Adopted, AdoptedAt: o.now}
	if err := o.m.Adoptions.WriteAdoption(t.Context(), func(tx adoption.Tx) error { return errors.Join(tx.PutProposal(old), tx.AddProposal(forged, o.files)) }); err != nil {
		t.Fatal(err)
	}
	for _, running := range []*adoption.Current{current, adoption.NewCurrent(o.Desk, o.start)} {
		if err := running.Refresh(t.Context(), o.now, loaded); err != nil || running.Bundle().Ref() != now.Policy {
			t.Errorf("an import came after what officers adopted: %v, %s", err, running.Bundle().Ref().Version)
		}
	}
}
