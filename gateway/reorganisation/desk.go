// SPDX-License-Identifier: EUPL-1.2

// Package reorganisation carries out municipal reorganisations
// (herindelingen): municipalities go into a successor on a day, and what they
// have in their mailboxes and agreements passes to it, so that nothing is lost.
//
// A reorganisation is prepared by the operator and carried out by the gateway
// at the first moment of its day. The package may not decide where an address
// lies (gateway/routing does) or open anything: bodies stay sealed to the keys
// of the old municipality, which the successor holds. Called by cmd/seinhuis,
// at the command line and as a chore.
package reorganisation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

var (
	// ErrOrder says what is wrong with what an operator asked; the text is for
	// that operator.
	ErrOrder = errors.New("reorganisation")
	// ErrSuccessor says that a successor cannot take over: it is not
	// registered, not active, or has no valid key to seal for.
	ErrSuccessor = errors.New("the successor is not ready")
)

// Desk prepares, cancels and carries out. Safe for concurrent use, also by
// several processes: what counts is decided inside the transaction.
type Desk struct {
	store Store
	clock gateway.Clock
}

// NewDesk makes a Desk.
func NewDesk(store Store, clock gateway.Clock) *Desk { return &Desk{store, clock} }

// Order is what an operator asks for.
type Order struct {
	From []gateway.Municipality
	Into gateway.Municipality
	On   gateway.Date // the successor's first day; later than today
}

// Prepare stores a reorganisation for its day, after all that can be checked
// before it. Errors wrap ErrOrder or ErrSuccessor, or are of the store.
func (d *Desk) Prepare(ctx context.Context, o Order) (gateway.Reorganisation, error) {
	now := d.clock()
	r := gateway.Reorganisation{ID: gateway.NewUUID(now, nil), From: slices.Sorted(slices.Values(o.From)), Into: o.Into, On: o.On,
		State: gateway.ReorganisationPrepared, PreparedAt: now.UTC().Truncate(time.Millisecond)}
	err := d.store.Write(ctx, func(tx Tx) error {
		s, err := tx.Snapshot()
		if err != nil {
			return err
		}
		if err := s.fits(r, gateway.Today(now)); err != nil {
			return err
		}
		month, day := r.On.String()[:7], r.On.String()[8:]
		return put(tx, audit.ReorganisationPrepared, operator(), r, now, audit.Codes("per-"+month, "dag-"+day))
	})
	if err != nil {
		return gateway.Reorganisation{}, err
	}
	return r, nil
}

// Cancel takes back a reorganisation that was not carried out: before its day,
// or later when the successor was not ready.
func (d *Desk) Cancel(ctx context.Context, id gateway.UUID) (r gateway.Reorganisation, err error) {
	now := d.clock()
	err = d.store.Write(ctx, func(tx Tx) error {
		s, err := tx.Snapshot()
		if err != nil {
			return err
		}
		at := slices.IndexFunc(s.Reorganisations, func(r gateway.Reorganisation) bool { return r.ID == id })
		if at < 0 {
			return fmt.Errorf("%w: there is none with this id", ErrOrder)
		}
		if r = s.Reorganisations[at]; r.State != gateway.ReorganisationPrepared {
			return fmt.Errorf("%w: it is %s and stays so", ErrOrder, r.State)
		}
		r.State, r.EndedAt = gateway.ReorganisationCancelled, now.UTC().Truncate(time.Millisecond)
		return put(tx, audit.ReorganisationCancelled, operator(), r, now)
	})
	return r, err
}

func operator() audit.By {
	return audit.ByOperator(gateway.NewTrace())
}

// put stores a reorganisation with an entry for each municipality that goes.
func put(tx Tx, event audit.Event, by audit.By, r gateway.Reorganisation, at time.Time, options ...audit.Option) error {
	var entries []audit.Entry
	for _, m := range r.From {
		e, err := audit.New(event, by, object(r, m), at, options...)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if _, err := tx.Append(entries); err != nil {
		return err
	}
	return tx.PutReorganisation(r)
}

func object(r gateway.Reorganisation, from gateway.Municipality) string {
	return audit.Object(audit.KindReorganisation, string(r.ID), string(from), string(r.Into))
}
