// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// HoldReason is why a claim may not be erased. The constant is the stored value, and a code in the log.
type HoldReason string

const (
	// HoldLegalClaim: data are needed for a legal claim (AVG art. 17(3)(e)).
	HoldLegalClaim HoldReason = "rechtsvordering"
	// HoldSupervisor: a supervisory authority investigates (AVG art. 58).
	HoldSupervisor HoldReason = "toezichthouder"
	// HoldRestriction: the data subject asked to restrict processing instead of erasing (AVG art. 18(1)).
	HoldRestriction HoldReason = "beperking"
)

// HoldReasons lists every reason.
func HoldReasons() []HoldReason { return []HoldReason{HoldLegalClaim, HoldSupervisor, HoldRestriction} }

// The codes of refused holds, which officers see and no door does.
const (
	CodeUnknownHold gateway.Code = "opschorting-onbekend"
	CodeHoldTerm    gateway.Code = "opschorting-termijn"
	CodeHoldState   gateway.Code = "opschorting-stand"
	CodeHoldOfficer gateway.Code = "opschorting-functionaris"
)

// MaxHold is the longest hold in days, counted from its proposal; a longer need takes a new hold by two officers.
const MaxHold = 366

// ConfirmWithin is how long a proposal waits for its second officer.
const ConfirmWithin = 24 * time.Hour

// Claim names a report by its creditor; a hold keeps it and all that belongs to it: signals, bodies, tokens, relations,
// feedback, notices and the pause with its steps. Receipts for changes of the pause stay as long as the signal by their own
// term; alarms and objections are not kept.
type Claim struct {
	Creditor gateway.OIN
	ReportID gateway.ReportID
}

// Hold (opschorting) keeps one claim from being erased through its last day. Officers are known by account number.
type Hold struct {
	ID          gateway.UUID
	Claim       Claim
	Reason      HoldReason
	Until       gateway.Date // the last day on which it holds
	ProposedBy  gateway.UUID
	ProposedAt  time.Time
	ConfirmedBy gateway.UUID // empty until a second officer agreed
	ConfirmedAt time.Time
	LiftedBy    gateway.UUID // empty until an officer ended it before its day
	LiftedAt    time.Time
}

// HoldState is how far a hold is.
type HoldState string

const (
	HoldAwaits  HoldState = "voorgesteld" // keeps nothing yet
	HoldLapsed  HoldState = "vervallen"   // was not confirmed in time
	HoldInForce HoldState = "van-kracht"
	HoldOver    HoldState = "voorbij" // its last day has passed
	HoldEnded   HoldState = "opgeheven"
)

// State is how far the hold is at a moment.
func (h Hold) State(now time.Time) HoldState {
	switch {
	case h.LiftedBy != "":
		return HoldEnded
	case h.ConfirmedBy == "" && now.Sub(h.ProposedAt) >= ConfirmWithin:
		return HoldLapsed
	case h.ConfirmedBy == "":
		return HoldAwaits
	case gateway.Today(now).After(h.Until):
		return HoldOver
	}
	return HoldInForce
}

// InForce reports whether the hold keeps its claim on a day.
func (h Hold) InForce(today gateway.Date) bool {
	return h.ConfirmedBy != "" && h.LiftedBy == "" && !today.After(h.Until)
}

// HoldStore is the truth store as holds need it.
type HoldStore interface {
	// Holds gives every hold that is known, in order of proposal.
	Holds(ctx context.Context) ([]Hold, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx HoldTx) error) error
}

// HoldTx is one open transaction of a HoldStore.
type HoldTx interface {
	// Hold finds a hold; the zero Hold when there is none.
	Hold(id gateway.UUID) (Hold, error)
	// Known reports whether the record of the claim's report is still there.
	Known(c Claim) (bool, error)
	// PutHold stores a hold whole, replacing the one with the same id. The record stays KeepReceipts days after Until.
	PutHold(h Hold) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Holds is how officers place and lift holds: one proposes, another confirms.
type Holds struct {
	store HoldStore
	clock gateway.Clock
}

// NewHolds makes Holds over a store.
func NewHolds(store HoldStore, clock gateway.Clock) *Holds { return &Holds{store, clock} }

// List gives every hold, in order of proposal.
func (h *Holds) List(ctx context.Context) ([]Hold, error) { return h.store.Holds(ctx) }

// Propose puts a hold to a second officer. It keeps nothing until that officer confirms.
func (h *Holds) Propose(ctx context.Context, officer gateway.UUID, c Claim, reason HoldReason, until gateway.Date) (Hold, error) {
	now := h.clock()
	today := gateway.Today(now)
	switch {
	case !slices.Contains(HoldReasons(), reason):
		return Hold{}, refused(gateway.CodeUnknownValue, "Deze reden komt niet voor in de waardelijst.")
	case !until.After(today) || until.After(today.AddDays(MaxHold)):
		return Hold{}, refused(CodeHoldTerm, "De einddatum moet na vandaag liggen, ten hoogste 366 dagen vooruit.")
	}
	p := Hold{ID: gateway.NewUUID(now, nil), Claim: c, Reason: reason, Until: until, ProposedBy: officer, ProposedAt: now}
	err := h.store.Write(ctx, func(tx HoldTx) error {
		if err := known(tx, c); err != nil {
			return err
		}
		if err := h.log(tx, audit.HoldProposed, officer, p, now); err != nil {
			return err
		}
		return tx.PutHold(p)
	})
	return p, err
}

// Confirm brings a proposal into force, by another officer than the one who proposed it and within a day.
func (h *Holds) Confirm(ctx context.Context, officer, id gateway.UUID) (Hold, error) {
	return h.change(ctx, id, audit.HoldPlaced, officer, func(tx HoldTx, p *Hold, now time.Time) error {
		switch {
		case p.State(now) != HoldAwaits:
			return refused(CodeHoldState, "Dit voorstel wacht niet (meer) op bevestiging.")
		case p.ProposedBy == officer:
			return refused(CodeHoldOfficer, "Een tweede, andere functionaris moet bevestigen.")
		case gateway.Today(now).After(p.Until):
			return refused(CodeHoldTerm, "De einddatum is voorbij.")
		}
		p.ConfirmedBy, p.ConfirmedAt = officer, now
		return known(tx, p.Claim)
	})
}

// Lift ends a hold, or takes a proposal back. What was due is erased at the next sweep.
func (h *Holds) Lift(ctx context.Context, officer, id gateway.UUID) (Hold, error) {
	return h.change(ctx, id, audit.HoldLifted, officer, func(_ HoldTx, p *Hold, now time.Time) error {
		if s := p.State(now); s != HoldAwaits && s != HoldInForce {
			return refused(CodeHoldState, "Deze opschorting is al voorbij.")
		}
		p.LiftedBy, p.LiftedAt = officer, now
		return nil
	})
}

func (h *Holds) change(ctx context.Context, id gateway.UUID, event audit.Event, officer gateway.UUID, do func(HoldTx, *Hold, time.Time) error) (Hold, error) {
	now := h.clock()
	var changed Hold
	err := h.store.Write(ctx, func(tx HoldTx) error {
		p, err := tx.Hold(id)
		if err != nil {
			return err
		}
		if p.ID == "" {
			return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeUnknownHold, Rule: "Seinhuis formats",
				Text: "Deze opschorting is niet bekend."})
		}
		if err := do(tx, &p, now); err != nil {
			return err
		}
		if err := h.log(tx, event, officer, p, now); err != nil {
			return err
		}
		changed = p
		return tx.PutHold(p)
	})
	return changed, err
}

func (h *Holds) log(tx HoldTx, event audit.Event, officer gateway.UUID, p Hold, now time.Time) error {
	by := audit.By{Actor: audit.ActorOfficer(string(officer)), Role: audit.Officer, Origin: audit.Local, Trace: gateway.NewTrace()}
	object := audit.Object(audit.KindHold, string(p.Claim.Creditor), string(p.Claim.ReportID), string(p.ID))
	e, err := audit.New(event, by, object, now, audit.Codes(string(p.Reason)))
	if err != nil {
		return err
	}
	_, err = tx.Append([]audit.Entry{e})
	return err
}

func known(tx HoldTx, c Claim) error {
	is, err := tx.Known(c)
	if err == nil && !is {
		err = gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownReport, Rule: "Seinhuis formats",
			Text: "Van deze melding is niets (meer) bekend."})
	}
	return err
}

func refused(code gateway.Code, text string) error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: "AVG art. 5 lid 1 onder e", Text: text})
}
