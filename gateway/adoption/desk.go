// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// The codes of what officers ask here; no party ever sees them.
const (
	CodeRole     gateway.Code = "rol-ontbreekt"
	CodeUnknown  gateway.Code = "voorstel-onbekend"
	CodeState    gateway.Code = "voorstel-stand"
	CodeAgain    gateway.Code = "al-goedgekeurd"
	CodeDigest   gateway.Code = "ander-beleid"
	CodeOverrun  gateway.Code = "vorig-beleid-gewijzigd"
	CodeDay      gateway.Code = "ingangsdatum"
	CodeSame     gateway.Code = "zelfde-beleid"
	CodeMany     gateway.Code = "te-veel-voorstellen"
	CodeCause    gateway.Code = "aanleiding"
	CodeTicket   gateway.Code = "kenmerk"
	CodeUnfit    gateway.Code = "beleid-ongeschikt"
	CodeNoMonth  gateway.Code = "maand"
	CodeNoPolicy gateway.Code = "beleid-onbekend"
)

const (
	maxOpen  = 20  // proposals that wait at one time
	maxAhead = 800 // days between a proposal and its first day
)

// Desk is where officers propose, read, try and approve policy. Safe for
// concurrent use.
type Desk struct{ ports Ports }

// NewDesk makes a desk over its ports.
func NewDesk(p Ports) *Desk { return &Desk{p} }

// Draft is what an officer proposes.
type Draft struct {
	Files  policies.Set
	Cause  Cause
	Ticket string
	From   gateway.Date // at least tomorrow, or today when urgent
	Urgent bool
}

// Unfit says what keeps a set from being adopted: the findings of its documents, or
// the cases that come out differently. The texts quote the set and nothing else.
type Unfit struct {
	Findings error
	Cases    []policies.CaseResult // that failed
}

// Error counts.
func (u *Unfit) Error() string {
	if u.Findings != nil {
		return "adoption: documents or cases cannot be read"
	}
	return fmt.Sprintf("adoption: %d cases come out differently", len(u.Cases))
}

// Fit loads a set and runs its cases. Its error wraps an Unfit.
func Fit(files policies.Set) (*policies.Bundle, error) {
	b, err := files.Load()
	if err != nil {
		return nil, unfit(&Unfit{Findings: err})
	}
	results, err := files.Run(b)
	if err != nil {
		return nil, unfit(&Unfit{Findings: err})
	}
	if failed := slices.DeleteFunc(results, policies.CaseResult.OK); len(failed) > 0 {
		return nil, unfit(&Unfit{Cases: failed})
	}
	return b, nil
}

func unfit(u *Unfit) error {
	e := refuse(CodeUnfit, "De documenten zijn niet in orde, of niet alle gevallen komen uit zoals verwacht.")
	e.Cause = u
	return e
}

// Propose puts a policy to the officers. It changes nothing yet; who proposes
// approves by a separate act.
func (d *Desk) Propose(ctx context.Context, v oversight.Visit, draft Draft) (Proposal, error) {
	if err := mayChange(v); err != nil {
		return Proposal{}, err
	}
	ticket, fits := ParseTicket(draft.Ticket)
	switch {
	case !slices.Contains(Causes(), draft.Cause):
		return Proposal{}, refuse(CodeCause, "Deze aanleiding komt niet voor in de waardelijst.")
	case !fits:
		return Proposal{}, refuse(CodeTicket, "Geef als kenmerk het nummer van het dossier: hoofdletters, cijfers en streepjes, geen naam.")
	}
	b, err := Fit(draft.Files)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{ID: gateway.NewUUID(v.At, nil), Source: Officers, Policy: b.Ref(), Cases: draft.Files.CasesDigest(), Cause: draft.Cause, Ticket: ticket,
		From: draft.From, Urgent: draft.Urgent, By: v.Officer.Account(), At: v.At, State: Proposed}
	if err := inTime(p, v.At); err != nil {
		return Proposal{}, err
	}
	err = d.ports.Store.WriteAdoption(ctx, func(tx Tx) error {
		h, err := tx.PolicyHistory()
		if err != nil {
			return err
		}
		last := h.Last()
		switch {
		case h.open() >= maxOpen:
			return refuse(CodeMany, "Er wachten al twintig voorstellen; wijs er eerst een af.")
		case last.Policy.Digest == p.Policy.Digest && last.Cases == p.Cases:
			return refuse(CodeSame, "Dit is het beleid dat al is vastgesteld.")
		}
		p.Previous = last.Policy.Digest
		if err := write(tx, v, audit.PolicyProposed, p, audit.Codes(string(p.Cause))); err != nil {
			return err
		}
		return tx.AddProposal(p, draft.Files)
	})
	return p, err
}

// inTime holds the first day to what is allowed at a moment.
func inTime(p Proposal, now time.Time) error {
	today := gateway.Today(now)
	switch {
	case p.From.After(today.AddDays(maxAhead)):
		return refuse(CodeDay, "De ingangsdatum ligt te ver vooruit.")
	case p.Urgent && p.From.DaysSince(today) < 0:
		return refuse(CodeDay, "De ingangsdatum is voorbij; doe het voorstel opnieuw.")
	case !p.Urgent && !p.From.After(today):
		return refuse(CodeDay, "Zonder spoed gaat beleid op zijn vroegst morgen in; doe het voorstel opnieuw met een latere dag.")
	}
	return nil
}

// Approve is one officer's word on a proposal. digest is that of the policy
// that he read. The second of two different officers adopts it. With one
// officer alone nothing is ever adopted.
func (d *Desk) Approve(ctx context.Context, v oversight.Visit, id gateway.UUID, digest gateway.Digest) (Proposal, error) {
	if err := mayChange(v); err != nil {
		return Proposal{}, err
	}
	files, err := d.ports.Store.Documents(ctx, id)
	if err != nil {
		return Proposal{}, err
	}
	if len(files.Documents) == 0 {
		return Proposal{}, unknown()
	}
	b, err := Fit(files) // again: the program may have changed since
	if err != nil {
		return Proposal{}, err
	}
	var p Proposal
	err = d.ports.Store.WriteAdoption(ctx, func(tx Tx) error {
		h, err := tx.PolicyHistory()
		if err != nil {
			return err
		}
		p = h.Find(id)
		if err := mayApprove(p, h, b, files, v, digest); err != nil {
			return err
		}
		return d.approve(ctx, tx, v, h, &p)
	})
	if err != nil {
		return Proposal{}, err
	}
	return p, nil
}

func mayApprove(p Proposal, h History, b *policies.Bundle, files policies.Set, v oversight.Visit, digest gateway.Digest) error {
	switch {
	case !p.Exists():
		return unknown()
	case p.State != Proposed:
		return refuse(CodeState, "Dit voorstel wacht niet (meer) op goedkeuring.")
	case p.ApprovedBy(v.Officer.Account()):
		return refuse(CodeAgain, "U heeft dit voorstel al goedgekeurd; een tweede, andere functionaris moet dat ook doen. Met een functionaris kan geen beleid worden vastgesteld.")
	case digest != p.Policy.Digest || b.Ref() != p.Policy || files.CasesDigest() != p.Cases:
		return refuse(CodeDigest, "Het beleid dat u wilt goedkeuren is niet dat van dit voorstel.")
	case h.Last().Policy.Digest != p.Previous:
		return refuse(CodeOverrun, "Sinds dit voorstel is ander beleid vastgesteld; doe het voorstel opnieuw, zodat de verschillen kloppen.")
	}
	return inTime(p, v.At)
}

// approve adds the signed word, and adopts when it is the second.
func (d *Desk) approve(ctx context.Context, tx Tx, v oversight.Visit, h History, p *Proposal) error {
	word, err := d.sign(ctx, v, *p)
	if err != nil {
		return err
	}
	p.Approvals = append(slices.Clone(p.Approvals), word)
	if err := write(tx, v, audit.PolicyApproved, *p, audit.Receipt(string(word.Statement))); err != nil {
		return err
	}
	if len(p.Approvals) < Needed {
		return tx.PutProposal(*p)
	}
	p.State, p.AdoptedAt = Adopted, v.At
	for _, waiting := range h.adopted() { // what would begin with it or after it, would undo it unread
		if waiting.Begins().After(v.At) && !waiting.Begins().Before(p.Begins()) {
			if err := end(tx, v, waiting, Withdrawn, "vervangen"); err != nil {
				return err
			}
		}
	}
	if err := write(tx, v, audit.PolicyAdopted, *p, audit.Codes(string(p.Cause))); err != nil {
		return err
	}
	return tx.PutProposal(*p)
}

// Reject ends a proposal that waits: it is withdrawn when who proposed it says
// so, and rejected when another does.
func (d *Desk) Reject(ctx context.Context, v oversight.Visit, id gateway.UUID) (Proposal, error) {
	if err := mayChange(v); err != nil {
		return Proposal{}, err
	}
	var p Proposal
	err := d.ports.Store.WriteAdoption(ctx, func(tx Tx) error {
		h, err := tx.PolicyHistory()
		if err != nil {
			return err
		}
		switch p = h.Find(id); {
		case !p.Exists():
			return unknown()
		case p.State != Proposed:
			return refuse(CodeState, "Dit voorstel wacht niet (meer) op goedkeuring.")
		}
		state := Rejected
		if p.By == v.Officer.Account() {
			state = Withdrawn
		}
		if err := end(tx, v, p, state, string(state)); err != nil {
			return err
		}
		p.State, p.EndedBy, p.EndedAt = state, v.Officer.Account(), v.At
		return nil
	})
	if err != nil {
		return Proposal{}, err
	}
	return p, nil
}

func end(tx Tx, v oversight.Visit, p Proposal, state State, code string) error {
	p.State, p.EndedBy, p.EndedAt = state, v.Officer.Account(), v.At
	if err := write(tx, v, audit.PolicyRejected, p, audit.Codes(code)); err != nil {
		return err
	}
	return tx.PutProposal(p)
}

// write is the entry of an officer's act on a proposal.
func write(tx Tx, v oversight.Visit, event audit.Event, p Proposal, options ...audit.Option) error {
	return appendEntry(tx, v.By(), event, p, v.At, options...)
}

func appendEntry(tx Tx, by audit.By, event audit.Event, p Proposal, at time.Time, options ...audit.Option) error {
	e, err := audit.New(event, by, audit.Object(audit.KindPolicy, hex.EncodeToString(p.Policy.Digest[:]), string(p.ID)), at, options...)
	if err != nil {
		return err
	}
	_, err = tx.Append([]audit.Entry{e})
	return err
}

func mayChange(v oversight.Visit) error {
	if v.Officer.May(oversight.RolePolicy) {
		return nil
	}
	return gateway.Refuse(gateway.KindForbidden, gateway.Finding{Code: CodeRole, Rule: "AVG art. 24 en 25",
		Text: "Alleen een functionaris met de rol beleid mag dit."})
}

func mayRead(v oversight.Visit) error {
	if len(v.Officer.Roles()) > 0 {
		return nil
	}
	return mayChange(v)
}

func refuse(code gateway.Code, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: "AVG art. 24 en 25", Text: text})
}

func unknown() *gateway.Error {
	return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeUnknown, Rule: "AVG art. 24 en 25", Text: "Dit voorstel is niet bekend."})
}
