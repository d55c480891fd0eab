// SPDX-License-Identifier: EUPL-1.2

package adoption_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// opener believes what gatewaytest.Signer signed, and nothing that a test
// altered.
type opener struct{ signed map[string]bool }

func (o opener) Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error) {
	all, err := gatewaytest.Signer{}.Sign(ctx, statements)
	for i, c := range all {
		if statements[i].Type != gateway.TypeDecision {
			return nil, errors.New("signed as something else")
		}
		o.signed[string(c)] = true
	}
	return all, err
}

func (o opener) Open(_ context.Context, statements []gateway.Compact) (all [][]byte, err error) {
	for _, s := range statements {
		if !o.signed[string(s)] {
			return nil, errors.New("not signed here")
		}
		payload, err := gatewaytest.Unsign(s)
		if err != nil {
			return nil, err
		}
		all = append(all, payload)
	}
	return all, nil
}

// office is a desk with a history that began with the built-in policy.
type office struct {
	*adoption.Desk
	t     *testing.T
	m     *gatewaytest.Memory
	files policies.Set
	start *policies.Bundle
	now   time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	m, seals := gatewaytest.NewMemory(), opener{map[string]bool{}}
	files, err := policies.EmbeddedSet()
	o := &office{t: t, m: m, files: files, now: gatewaytest.Now(),
		Desk: adoption.NewDesk(adoption.Ports{Issuer: gatewaytest.Issuer, Store: m.Adoptions, Signer: seals, Opener: seals, Facts: m.Facts})}
	if err == nil {
		o.start, err = files.Load()
	}
	if err == nil {
		err = o.Imported(t.Context(), files, o.start, o.now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// officer gives the visit of an account, the same for the same number.
func (o *office) officer(n int, roles ...oversight.Role) oversight.Visit {
	if len(roles) == 0 {
		roles = []oversight.Role{oversight.RolePolicy}
	}
	who, err := oversight.Admit(oversight.Claims{Account: gateway.UUID(fmt.Sprintf("0192a0c2-7b1e-4c55-9d3a-%012d", n)), Roles: roles,
		Parties: []gateway.OIN{"00000099000000110001"}, Origin: audit.Local})
	if err != nil {
		o.t.Fatal(err)
	}
	return oversight.Visit{Officer: who, At: o.now, Trace: gateway.NewTrace()}
}

// changed gives the built-in set under another version with texts replaced.
func (o *office) changed(version string, replace ...string) policies.Set {
	s := policies.Set{Documents: map[string][]byte{}, Cases: map[string][]byte{}}
	for name, data := range o.files.Documents {
		s.Documents[name] = []byte(strings.NewReplacer(append(replace, `versie: "2026.1"`, `versie: "`+version+`"`)...).Replace(string(data)))
	}
	return s
}

func (o *office) draft(version string, replace ...string) adoption.Draft {
	return adoption.Draft{Files: o.changed(version, replace...), Cause: adoption.CauseLaw, Ticket: "Z-2026-0042", From: gateway.Today(o.now).AddDays(1)}
}

func (o *office) propose(n int, d adoption.Draft) adoption.Proposal {
	o.t.Helper()
	p, err := o.Propose(o.t.Context(), o.officer(n), d)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *office) approve(n int, p adoption.Proposal) adoption.Proposal {
	o.t.Helper()
	p, err := o.Approve(o.t.Context(), o.officer(n), p.ID, p.Policy.Digest)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *office) refused(what string, err error, code gateway.Code) {
	o.t.Helper()
	if e := gateway.AsError(err); e == nil || !slices.Contains(e.Codes(), code) {
		o.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func (o *office) log() string {
	var all strings.Builder
	for _, leaf := range o.m.Entries() {
		all.Write(leaf)
	}
	return all.String()
}

// TestNobodyAloneChangesPolicy: one officer, however often and whichever way,
// puts no policy in force; two different ones do.
func TestNobodyAloneChangesPolicy(t *testing.T) {
	o := newOffice(t)
	current := adoption.NewCurrent(o.Desk, o.start)
	p := o.propose(1, o.draft("2027.1"))
	one := o.approve(1, p)
	if one.State != adoption.Proposed || !one.AdoptedAt.IsZero() {
		t.Fatalf("%+v", one)
	}
	_, err := o.Approve(t.Context(), o.officer(1), p.ID, p.Policy.Digest)
	o.refused("twice the same officer", err, adoption.CodeAgain)
	for what, roles := range map[string][]oversight.Role{"an officer of parties": {oversight.RoleParty}, "the processor's officer": {oversight.RoleProcessor}} {
		_, err = o.Approve(t.Context(), o.officer(2, roles...), p.ID, p.Policy.Digest)
		o.refused(what, err, adoption.CodeRole)
		_, err = o.Propose(t.Context(), o.officer(2, roles...), o.draft("2027.2"))
		o.refused(what, err, adoption.CodeRole)
		_, err = o.Reject(t.Context(), o.officer(2, roles...), p.ID)
		o.refused(what, err, adoption.CodeRole)
	}
	_, err = o.Approve(t.Context(), oversight.Visit{At: o.now}, p.ID, p.Policy.Digest)
	o.refused("nobody", err, adoption.CodeRole)
	_, err = o.Approve(t.Context(), o.officer(2), p.ID, gateway.DigestOf(nil))
	o.refused("another digest than he read", err, adoption.CodeDigest)
	if got := o.log(); strings.Count(got, "beleid-goedgekeurd") != 1 || strings.Count(got, "beleid-vastgesteld") != 1 {
		t.Error("the log has what did not happen", got)
	}
	after := o.now.AddDate(0, 1, 0)
	loaded := func(policies.Ref) error { t.Error("another policy counts"); return nil }
	if err := current.Refresh(t.Context(), after, loaded); err != nil || current.Bundle() != o.start {
		t.Errorf("the word of one officer counts, %v", err)
	}
	if two := o.approve(2, p); two.State != adoption.Adopted || len(two.Approvals) != 2 {
		t.Errorf("%+v", two)
	}
	_, err = o.Approve(t.Context(), o.officer(3), p.ID, p.Policy.Digest)
	o.refused("a third", err, adoption.CodeState)
	if got := o.log(); strings.Count(got, "beleid-goedgekeurd") != 2 || strings.Count(got, "beleid-vastgesteld") != 2 || !strings.Contains(got, "wetswijziging") {
		t.Error(got)
	}
}

// TestPolicyCountsFromItsDay: not a millisecond before the day begins in the
// Netherlands, and only after the log has it.
func TestPolicyCountsFromItsDay(t *testing.T) {
	o := newOffice(t)
	current := adoption.NewCurrent(o.Desk, o.start)
	d := o.draft("2027.1")
	d.From = gateway.Today(o.now).AddDays(5)
	p := o.propose(1, d)
	o.approve(2, p)
	o.approve(3, p)
	var told []policies.Ref
	loaded := func(r policies.Ref) error { told = append(told, r); return nil }
	refresh := func(at time.Time, want gateway.Digest) {
		t.Helper()
		if err := current.Refresh(t.Context(), at, loaded); err != nil || current.Bundle().Ref().Digest != want {
			t.Errorf("at %s: %v, %v", at, current.Bundle().Ref(), err)
		}
	}
	begins := d.From.Begins()
	refresh(o.now, o.start.Ref().Digest)
	refresh(begins.Add(-time.Millisecond), o.start.Ref().Digest)
	if err := current.Refresh(t.Context(), begins, func(policies.Ref) error { return gatewaytest.ErrFault }); !errors.Is(err, gatewaytest.ErrFault) || current.Bundle() != o.start {
		t.Errorf("it counts without a line in the log: %v", err)
	}
	refresh(begins, p.Policy.Digest)
	refresh(begins.Add(time.Hour), p.Policy.Digest)
	if len(told) != 1 || told[0] != p.Policy {
		t.Errorf("%+v", told)
	}
	h, err := o.History(t.Context(), o.officer(9, oversight.RoleParty))
	if err != nil || h.On(d.From.AddDays(-1)).Source != adoption.Import || h.On(d.From).ID != p.ID || h.PreviousOf(h.Find(p.ID)).Source != adoption.Import {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestTheStoreIsNotBelieved: who writes the truth store puts no policy in force.
func TestTheStoreIsNotBelieved(t *testing.T) {
	for what, forge := range map[string]func(p *adoption.Proposal, other adoption.Proposal){
		"no approval":                 func(p *adoption.Proposal, _ adoption.Proposal) { p.Approvals = nil },
		"one approval":                func(p *adoption.Proposal, _ adoption.Proposal) { p.Approvals = p.Approvals[:1] },
		"one approval twice":          func(p *adoption.Proposal, _ adoption.Proposal) { p.Approvals[1] = p.Approvals[0] },
		"one statement by two names":  func(p *adoption.Proposal, _ adoption.Proposal) { p.Approvals[1].Statement = p.Approvals[0].Statement },
		"a forged statement":          func(p *adoption.Proposal, _ adoption.Proposal) { p.Approvals[1].Statement = gateway.Compact("a.b.c") },
		"approvals of another policy": func(p *adoption.Proposal, other adoption.Proposal) { p.Approvals = other.Approvals },
		"another day":                 func(p *adoption.Proposal, _ adoption.Proposal) { p.From = p.From.AddDays(-1) },
		"another digest":              func(p *adoption.Proposal, _ adoption.Proposal) { p.Policy.Digest[0]++ },
		"another name":                func(p *adoption.Proposal, _ adoption.Proposal) { p.Policy.Version = "2026.1" },
		"another number":              func(p *adoption.Proposal, _ adoption.Proposal) { p.ID = gateway.NewUUID(gatewaytest.Now(), nil) },
		"":                            func(*adoption.Proposal, adoption.Proposal) {}, // without a forgery it counts
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			other := o.propose(1, o.draft("2027.0"))
			other = o.approve(1, other)
			other = o.approve(2, other)
			files := o.changed("2027.1")
			d := o.draft("2027.1")
			d.From = d.From.AddDays(1)
			p := o.propose(1, d)
			o.approve(1, p)
			p = o.approve(2, p)
			p.Approvals = slices.Clone(p.Approvals)
			forge(&p, other)
			tampered := gatewaytest.NewMemory()
			if err := tampered.Adoptions.WriteAdoption(t.Context(), func(tx adoption.Tx) error {
				return errors.Join(tx.AddProposal(p, files), tx.PutProposal(p))
			}); err != nil {
				t.Fatal(err)
			}
			seals := opener{map[string]bool{}}
			for _, a := range slices.Concat(p.Approvals, other.Approvals) {
				if string(a.Statement) != "a.b.c" {
					seals.signed[string(a.Statement)] = true
				}
			}
			current := adoption.NewCurrent(adoption.NewDesk(adoption.Ports{Issuer: gatewaytest.Issuer, Store: tampered.Adoptions, Opener: seals}), o.start)
			if err := current.Refresh(t.Context(), o.now.AddDate(0, 1, 0), func(policies.Ref) error { return nil }); (err == nil) != (what == "") || (current.Bundle() == o.start) != (what != "") {
				t.Errorf("counts: %t, %v", current.Bundle() != o.start, err)
			}
		})
	}
}

// TestARealApprovalHolds is the other side of TestTheStoreIsNotBelieved: what it
// forges, holds when it is left alone, and goes on while the gateway runs.
func TestARealApprovalHolds(t *testing.T) {
	o := newOffice(t)
	p := o.propose(1, o.draft("2027.1"))
	o.approve(1, p)
	o.approve(2, p)
	current := adoption.NewCurrent(o.Desk, o.start)
	if err := current.Refresh(t.Context(), o.now.AddDate(0, 1, 0), func(policies.Ref) error { return nil }); err != nil || current.Bundle().Ref() != p.Policy {
		t.Errorf("%+v, %v", current.Bundle().Ref(), err)
	}
	forged, err := o.History(t.Context(), o.officer(1)) // a store that lost what counted
	if err != nil {
		t.Fatal(err)
	}
	gone := forged.Find(p.ID)
	gone.State = adoption.Withdrawn
	if err := o.m.Adoptions.WriteAdoption(t.Context(), func(tx adoption.Tx) error { return tx.PutProposal(gone) }); err != nil {
		t.Fatal(err)
	}
	if err := current.Refresh(t.Context(), o.now.AddDate(0, 1, 0), func(policies.Ref) error { return nil }); err == nil || current.Bundle().Ref() != p.Policy {
		t.Errorf("a gateway that runs went back to the policy before: %v", err)
	}
}

// TestProposals: what may be proposed, when, and how a proposal ends.
func TestProposals(t *testing.T) {
	o := newOffice(t)
	today := gateway.Today(o.now)
	for what, c := range map[string]struct {
		change func(*adoption.Draft)
		code   gateway.Code
	}{
		"today":                 {func(d *adoption.Draft) { d.From = today }, adoption.CodeDay},
		"yesterday, urgent":     {func(d *adoption.Draft) { d.From, d.Urgent = today.AddDays(-1), true }, adoption.CodeDay},
		"far":                   {func(d *adoption.Draft) { d.From = today.AddDays(801) }, adoption.CodeDay},
		"no day":                {func(d *adoption.Draft) { d.From = gateway.Date{} }, adoption.CodeDay},
		"a cause of his own":    {func(d *adoption.Draft) { d.Cause = "zomaar" }, adoption.CodeCause},
		"a name as ticket":      {func(d *adoption.Draft) { d.Ticket = "JANSEN-001" }, adoption.CodeTicket},
		"a citizen number":      {func(d *adoption.Draft) { d.Ticket = "123456782" }, adoption.CodeTicket},
		"the policy in force":   {func(d *adoption.Draft) { d.Files = o.files }, adoption.CodeSame},
		"a condition that errs": {func(d *adoption.Draft) { d.Files = o.changed("x", "als: bezwaar", "als: bezwaart") }, adoption.CodeUnfit},
		"a rule without cases":  {func(d *adoption.Draft) { d.Files = o.changed("x", "dagenAchterstand > 100", "dagenAchterstand > 90") }, adoption.CodeUnfit},
	} {
		d := o.draft("2027.1")
		c.change(&d)
		_, err := o.Propose(t.Context(), o.officer(1), d)
		o.refused(what, err, c.code)
		var why *adoption.Unfit
		if c.code == adoption.CodeUnfit && (!errors.As(err, &why) || why.Findings == nil && len(why.Cases) == 0) {
			t.Errorf("%s: %v says not what is wrong", what, err)
		}
	}
	own, others := o.propose(1, o.draft("2027.1")), o.propose(1, o.draft("2027.2"))
	own, err := o.Reject(t.Context(), o.officer(1), own.ID)
	if err != nil || own.State != adoption.Withdrawn {
		t.Errorf("%+v, %v", own, err)
	}
	if others, err = o.Reject(t.Context(), o.officer(2), others.ID); err != nil || others.State != adoption.Rejected {
		t.Errorf("%+v, %v", others, err)
	}
	_, err = o.Reject(t.Context(), o.officer(2), others.ID)
	o.refused("again", err, adoption.CodeState)
	_, err = o.Approve(t.Context(), o.officer(2), others.ID, others.Policy.Digest)
	o.refused("approved after all", err, adoption.CodeState)
	_, err = o.Approve(t.Context(), o.officer(2), gateway.NewUUID(o.now, nil), others.Policy.Digest)
	o.refused("unknown", err, adoption.CodeUnknown)
	late := o.propose(1, o.draft("2027.3"))
	o.approve(1, late)
	o.now = o.now.AddDate(0, 0, 1)
	_, err = o.Approve(t.Context(), o.officer(2), late.ID, late.Policy.Digest)
	o.refused("on the day itself", err, adoption.CodeDay)
	for i := range 19 {
		o.propose(1, o.draft(fmt.Sprintf("2028.%d", i)))
	}
	_, err = o.Propose(t.Context(), o.officer(1), o.draft("2029"))
	o.refused("the 21st", err, adoption.CodeMany)
	if got := o.log(); strings.Count(got, "beleid-afgewezen") != 2 || strings.Contains(got, "Z-2026") {
		t.Error(got)
	}
}

// TestNoChangeIsLost: a proposal that was read against another policy than the
// last adopted one is not adopted; and what would begin after a newer one, does
// not undo it unread.
func TestNoChangeIsLost(t *testing.T) {
	o := newOffice(t)
	first, second := o.propose(1, o.draft("2027.1")), o.propose(1, o.draft("2027.2"))
	o.approve(1, second)
	o.approve(1, first)
	o.approve(2, first)
	_, err := o.Approve(t.Context(), o.officer(2), second.ID, second.Policy.Digest)
	o.refused("overrun", err, adoption.CodeOverrun)
	d := o.draft("2027.3")
	d.From, d.Urgent = gateway.Today(o.now), true
	urgent := o.propose(2, d)
	if urgent.Previous != first.Policy.Digest {
		t.Error("not compared with the policy that waits for its day")
	}
	o.approve(1, urgent)
	o.approve(2, urgent)
	h, err := o.History(t.Context(), o.officer(1))
	if err != nil || h.Find(first.ID).State != adoption.Withdrawn || h.InForce(o.now).ID != urgent.ID || h.InForce(o.now.AddDate(1, 0, 0)).ID != urgent.ID {
		t.Errorf("%+v, %v", h, err)
	}
	if !strings.Contains(o.log(), "vervangen") {
		t.Error("the log does not have that a policy was replaced before its day")
	}
}

// TestImports: the history begins with what the installation was started with,
// follows it, and stops to when officers have adopted.
func TestImports(t *testing.T) {
	o := newOffice(t)
	again := func(files policies.Set, want int) {
		t.Helper()
		b, err := files.Load()
		if err == nil {
			err = o.Imported(t.Context(), files, b, o.now)
		}
		h, err2 := o.History(t.Context(), o.officer(1))
		if errors.Join(err, err2) != nil || len(h) != want {
			t.Errorf("%d versions, want %d, %v", len(h), want, errors.Join(err, err2))
		}
	}
	again(o.files, 1)
	again(o.changed("2026.2"), 2)
	d := o.draft("2027.1")
	d.From, d.Urgent = gateway.Today(o.now), true
	p := o.propose(1, d)
	o.approve(1, p)
	o.approve(2, p)
	again(o.files, 3)
}

// TestFaultsOfTheStore: a write that fails adopts nothing and logs nothing.
func TestFaultsOfTheStore(t *testing.T) {
	o := newOffice(t)
	p := o.propose(1, o.draft("2027.1"))
	o.approve(1, p)
	before := len(o.m.Entries())
	o.m.FailWrites(gatewaytest.Failed)
	if _, err := o.Approve(t.Context(), o.officer(2), p.ID, p.Policy.Digest); err == nil {
		t.Error("no error")
	}
	h, err := o.History(t.Context(), o.officer(2))
	if err != nil || h.Find(p.ID).State != adoption.Proposed || len(o.m.Entries()) != before {
		t.Errorf("%+v, %v", h.Find(p.ID), err)
	}
	o.approve(2, p)
}

// TestTickets: room for a number, none for a person.
func TestTickets(t *testing.T) {
	for ticket, want := range map[string]bool{"Z-2026-00123": true, "CHG0012345": true, "2026/123": true, "INC.44-100": true,
		"": false, "12": false, "Jan-100": false, "MEVROUW-100": false, "123456782": false, "A 100": false, "-100": false, "100-": false,
		"12.34.56.782": false, "123456-782": false, "Z-2026-0012345678901234567": false} {
		if _, got := adoption.ParseTicket(ticket); got != want {
			t.Errorf("%q: %t", ticket, got)
		}
	}
}
