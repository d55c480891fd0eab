// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/console"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/policies"
)

func policyOfficer(t *testing.T, now time.Time) oversight.Visit {
	t.Helper()
	o, err := oversight.Admit(oversight.Claims{Account: gateway.NewUUID(now, nil), Roles: []oversight.Role{oversight.RolePolicy}, Origin: audit.Local})
	if err != nil {
		t.Fatal(err)
	}
	return oversight.Visit{Officer: o, At: now, Trace: gateway.NewTrace()}
}

func processorOfficer(t *testing.T, now time.Time) oversight.Visit {
	t.Helper()
	o, err := oversight.Admit(oversight.Claims{Account: gateway.NewUUID(now, nil), Roles: []oversight.Role{oversight.RoleProcessor}, Origin: audit.Local})
	if err != nil {
		t.Fatal(err)
	}
	return oversight.Visit{Officer: o, At: now, Trace: gateway.NewTrace()}
}

func nextPolicy(t *testing.T, version string) policies.Set {
	t.Helper()
	s, err := policies.EmbeddedSet()
	if err != nil {
		t.Fatal(err)
	}
	s.Documents["bundel.yaml"] = []byte(strings.Replace(string(s.Documents["bundel.yaml"]), "2026.1", version, 1))
	return s
}

// trialGateway makes a trial installation and opens it.
func trialGateway(t *testing.T) *installation {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "proef")
	if code := run([]string{"init", "--dir", dir, "--oin", "00000099000000001000", "--trial"}); code != 0 {
		t.Fatalf("init: exit code %d", code)
	}
	s, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestAdoptedPolicyCountsWithoutRestart: with real keys and the real store, the
// gateway that runs decides by what two officers approved from the first moment
// of its day, after the log has it, and so does one that starts later.
func TestAdoptedPolicyCountsWithoutRestart(t *testing.T) {
	s, ctx, now := trialGateway(t), t.Context(), time.Now()
	if err := s.started(ctx, now); err != nil {
		t.Fatal(err)
	}
	first := s.current.Bundle().Ref()
	one, two := policyOfficer(t, now), policyOfficer(t, now)
	p, err := s.adopted.Propose(ctx, one, adoption.Draft{Files: nextPolicy(t, "2099.1"), Cause: adoption.CauseLaw, Ticket: "Z-100", From: gateway.Today(now).AddDays(2)})
	for _, v := range []oversight.Visit{one, two} {
		if err == nil {
			p, err = s.adopted.Approve(ctx, v, p.ID, p.Policy.Digest)
		}
	}
	if err != nil || p.State != adoption.Adopted {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, a := range p.Approvals { // as an outsider verifies it
		published, err := publicKeys{s.ring}.JWKS(ctx)
		if err != nil || !strings.Contains(string(published), "receipt-signing") {
			t.Fatal(err)
		}
		if _, err := (ownDecisions{s.ring}).Open(ctx, []gateway.Compact{a.Statement}); err != nil {
			t.Error(err)
		}
	}
	day := p.From.Begins()
	s.switchPolicy(ctx, day.Add(-time.Millisecond))
	if s.current.Bundle().Ref() != first {
		t.Error("it counts before its day")
	}
	s.switchPolicy(ctx, day)
	if s.current.Bundle().Ref() != p.Policy {
		t.Error("it does not count on its day")
	}
	leaves, err := s.truth.Rows.Leaves(ctx, 0, 100)
	want := "beleid/" + hex.EncodeToString(p.Policy.Digest[:]) + `"`
	if last := string(leaves[len(leaves)-1]); err != nil || !strings.Contains(last, "beleid-geladen") || !strings.Contains(last, want) {
		t.Errorf("the log ends with %s, %v", last, err)
	}
	if r, err := s.recordPorts(console.Ports{}).Registers.Register(ctx, processorOfficer(t, day)); err != nil || !strings.Contains(r.Policy, "2099.1") {
		t.Errorf("the register of processing names another policy: %s, %v", r.Policy, err)
	}
	again, err := openInstallation(ctx, s.dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.started(ctx, day.Add(time.Hour)); err != nil || again.current.Bundle().Ref() != p.Policy {
		t.Errorf("%v, %v", again.current.Bundle().Ref(), err)
	}
}

// TestAnotherKeyApprovesNothing: the word of an officer counts under the receipt
// key alone, so whoever may sign notices puts no policy in force; and a gateway
// does not start on one.
func TestAnotherKeyApprovesNothing(t *testing.T) {
	s, ctx, now := trialGateway(t), t.Context(), time.Now()
	if _, err := jose.NewIssuer(s.ring, keys.NoticeSigning).Sign(ctx, []gateway.Statement{{Type: gateway.TypeDecision, Payload: []byte(`{}`)}}); err == nil {
		t.Error("the key for notices signs an approval")
	}
	receipts := jose.NewIssuer(s.ring, keys.ReceiptSigning)
	receipt, err := receipts.Sign(ctx, []gateway.Statement{{Type: gateway.TypeReceipt, Payload: []byte(`{"goedgekeurdOp":"` + now.UTC().Format(time.RFC3339) + `"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (ownDecisions{s.ring}).Open(ctx, receipt); err == nil {
		t.Error("a receipt passes for an approval")
	}
	files := nextPolicy(t, "2099.1")
	b, err := files.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := adoption.Proposal{ID: gateway.NewUUID(now, nil), Source: adoption.Officers, Policy: b.Ref(), Cases: files.CasesDigest(), Cause: adoption.CauseLaw, Ticket: "Z-100",
		From: gateway.Today(now), Urgent: true, By: gateway.NewUUID(now, nil), At: now, State: adoption.Adopted, AdoptedAt: now,
		Approvals: []adoption.Approval{{Officer: gateway.NewUUID(now, nil), At: now, Origin: audit.Local, Statement: receipt[0]},
			{Officer: gateway.NewUUID(now, nil), At: now, Origin: audit.Local, Statement: gateway.Compact("a.b.c")}}}
	if err := s.truth.Adoptions.WriteAdoption(ctx, func(tx adoption.Tx) error {
		if err := tx.AddProposal(p, files); err != nil {
			return err
		}
		return tx.PutProposal(p)
	}); err != nil {
		t.Fatal(err)
	}
	s.switchPolicy(ctx, now.Add(time.Second))
	if s.current.Bundle() != s.policy {
		t.Error("a forged policy counts")
	}
	if err := s.started(context.WithoutCancel(ctx), now.Add(time.Second)); err == nil {
		t.Error("the gateway starts on a forged policy")
	}
}
