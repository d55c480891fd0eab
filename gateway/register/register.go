// SPDX-License-Identifier: EUPL-1.2

// Package register keeps who takes part and who agreed with whom. Registrar
// changes it, on behalf of the operator and with a line in the log for each
// change; Directory answers from memory for the doors and for permit.
//
// It may not decide about reports. Called by cmd/seinhuis, which changes it and
// hands Directory to the doors (adapters/mtls) and to the permit step through
// their own ports.
package register

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Registrar changes the register.
type Registrar struct {
	store Store
	clock gateway.Clock
}

// NewRegistrar makes a Registrar.
func NewRegistrar(store Store, clock gateway.Clock) *Registrar {
	return &Registrar{store, clock}
}

// ErrParty says what is wrong with a party or agreement; the text is for the
// operator who typed it.
var ErrParty = errors.New("register")

// Enrol adds a party, or replaces what is known about it. Its keys come from a
// key statement whose proof of possession was checked.
func (r *Registrar) Enrol(ctx context.Context, p gateway.Party) error {
	if err := checkParty(p); err != nil {
		return err
	}
	known, err := r.Party(ctx, p.OIN)
	if err != nil {
		return err
	}
	if p.Municipality != "" && p.State != gateway.PartyEnded {
		if err := r.mustHold(ctx, p.Municipality); err != nil {
			return err
		}
	}
	event := audit.PartyRegistered
	if known.OIN != "" {
		event = audit.PartyChanged
	}
	if p.State == gateway.PartyEnded {
		event = audit.PartyWithdrawn
	}
	return r.write(ctx, event, audit.Object(audit.KindParty, string(p.OIN)), func(tx Tx) error {
		return tx.PutParties([]gateway.Party{p})
	}, string(p.State))
}

// Party finds a party; the zero Party when there is none.
func (r *Registrar) Party(ctx context.Context, oin gateway.OIN) (gateway.Party, error) {
	parties, err := r.store.Parties(ctx)
	if err != nil {
		return gateway.Party{}, err
	}
	for _, p := range parties {
		if p.OIN == oin {
			return p, nil
		}
	}
	return gateway.Party{}, nil
}

// Conclude stores an agreement. To end one, store it again with an Until.
func (r *Registrar) Conclude(ctx context.Context, a gateway.Agreement) error {
	if err := checkAgreement(a); err != nil {
		return err
	}
	if err := r.mustHold(ctx, a.Municipality); err != nil {
		return err
	}
	known, err := r.store.Agreements(ctx)
	if err != nil {
		return err
	}
	event := audit.AgreementConcluded
	for _, k := range known {
		if k.ID == a.ID && k.Until.IsZero() && !a.Until.IsZero() {
			event = audit.AgreementEnded
		}
	}
	return r.write(ctx, event, audit.Object(audit.KindAgreement, a.ID), func(tx Tx) error {
		return tx.PutAgreements([]gateway.Agreement{a})
	})
}

// mustHold refuses what would be registered under a code that has passed to a
// successor: nothing reaches it any more.
func (r *Registrar) mustHold(ctx context.Context, m gateway.Municipality) error {
	all, err := r.store.Reorganisations(ctx)
	if err != nil {
		return err
	}
	if holder := all.Holder(m); holder != m {
		return fmt.Errorf("%w: %s has gone into %s", ErrParty, m, holder)
	}
	return nil
}

func (r *Registrar) write(ctx context.Context, event audit.Event, object string, put func(Tx) error, codes ...string) error {
	by := audit.ByOperator(gateway.NewTrace())
	entry, err := audit.New(event, by, object, r.clock(), audit.Codes(codes...))
	if err != nil {
		return err
	}
	return r.store.Write(ctx, func(tx Tx) error {
		if _, err := tx.Append([]audit.Entry{entry}); err != nil {
			return err
		}
		return put(tx)
	})
}

func checkParty(p gateway.Party) error {
	if _, err := gateway.ParseOIN(string(p.OIN)); err != nil {
		return fmt.Errorf("%w: %w", ErrParty, err)
	}
	switch p.Kind {
	case gateway.KindCreditor, gateway.KindOfficer:
		if p.Municipality != "" {
			return fmt.Errorf("%w: only a municipality has a municipality code", ErrParty)
		}
	case gateway.KindMunicipality:
		if _, err := gateway.ParseMunicipality(string(p.Municipality)); err != nil {
			return fmt.Errorf("%w: %w", ErrParty, err)
		}
	default:
		return fmt.Errorf("%w: unknown kind of party", ErrParty)
	}
	if p.Name == "" {
		return fmt.Errorf("%w: a party needs a name", ErrParty)
	}
	if !slices.Contains([]gateway.PartyState{gateway.PartyActive, gateway.PartySuspended, gateway.PartyEnded}, p.State) {
		return fmt.Errorf("%w: unknown state", ErrParty)
	}
	if !slices.Contains([]string{"", "ES256", "PS256"}, p.ReceiptAlg) {
		return fmt.Errorf("%w: receipts are signed with ES256 or PS256", ErrParty)
	}
	for _, k := range p.Keys {
		if k.Algorithm == "RSA-OAEP" && !p.MayRSAOAEP {
			return fmt.Errorf("%w: RSA-OAEP (SHA-1) needs the party's exception for it", ErrParty)
		}
	}
	if p.NumberFormat != "" {
		if _, err := regexp.Compile(p.NumberFormat); err != nil {
			return fmt.Errorf("%w: the customer number format is no regular expression", ErrParty)
		}
	}
	return nil
}

func checkAgreement(a gateway.Agreement) error {
	if _, err := gateway.ParseUUID(a.ID); err != nil {
		return fmt.Errorf("%w: an agreement has a UUID: %w", ErrParty, err)
	}
	_, creditor := gateway.ParseOIN(string(a.Creditor))
	_, municipality := gateway.ParseMunicipality(string(a.Municipality))
	if err := errors.Join(creditor, municipality); err != nil {
		return fmt.Errorf("%w: an agreement is between a creditor and a municipality: %w", ErrParty, err)
	}
	for _, b := range a.Bases {
		if b != gateway.BasisWgs && b != gateway.BasisConsent {
			return fmt.Errorf("%w: unknown basis", ErrParty)
		}
	}
	for _, k := range a.Kinds {
		if !slices.Contains(gateway.ReportKinds(), k) {
			return fmt.Errorf("%w: unknown kind of report", ErrParty)
		}
	}
	if len(a.Kinds) == 0 || len(a.Bases) == 0 || a.From.IsZero() {
		return fmt.Errorf("%w: an agreement needs kinds, a basis and a first day", ErrParty)
	}
	if a.PauseDays < 0 || a.PauseDays > 30 {
		return fmt.Errorf("%w: a pause lasts at most 30 days", ErrParty)
	}
	if a.ThresholdInCents < 0 || !a.Until.IsZero() && a.From.After(a.Until) {
		return fmt.Errorf("%w: impossible threshold or period", ErrParty)
	}
	return nil
}

// Refresh is how long a Directory may lag behind a change, at most.
const Refresh = time.Second
