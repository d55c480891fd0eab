// SPDX-License-Identifier: EUPL-1.2

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

// Outcome is what one reorganisation did.
type Outcome struct {
	Reorganisation gateway.Reorganisation
	Signals        int // that changed mailbox
	Agreements     int // that the successor got
}

// CarryOut carries out what is due, by day, and tells what it did. Call it
// again and again: what is done is not done twice, also when the answer of the
// store was lost. One that cannot be carried out stays prepared, with nothing
// of it done, and keeps no other from it; the error names each, and wraps
// ErrSuccessor when its successor is not ready.
func (d *Desk) CarryOut(ctx context.Context) ([]Outcome, error) {
	all, err := d.store.Reorganisations(ctx)
	if err != nil {
		return nil, err
	}
	var done []Outcome
	var errs []error
	for _, r := range all { // by day, so that of a chain the first goes first
		now := d.clock()
		if r.State != gateway.ReorganisationPrepared || r.On.After(gateway.Today(now)) {
			continue
		}
		outcome, err := d.carryOut(ctx, r.ID, now)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("reorganisation %s: %w", r.ID, err))
		case outcome.Reorganisation.ID != "":
			done = append(done, outcome)
		}
	}
	return done, errors.Join(errs...)
}

// carryOut is one transaction, whatever the size: halves would need rules for
// who reads a mailbox that is half moved. A municipality of 40,000 inhabitants,
// as those that are merged are at most, has some 10,000 signals in seven years:
// a second, at midnight. (Measured with SQLite among two million signals: 0.7 s
// for 11,700; 15 s for 333,000, which is more than Amsterdam has.)
func (d *Desk) carryOut(ctx context.Context, id gateway.UUID, now time.Time) (done Outcome, err error) {
	err = d.store.Write(ctx, func(tx Tx) error {
		done = Outcome{}
		s, err := tx.Snapshot()
		if err != nil {
			return err
		}
		at := slices.IndexFunc(s.Reorganisations, func(r gateway.Reorganisation) bool { return r.ID == id })
		if at < 0 || s.Reorganisations[at].State != gateway.ReorganisationPrepared {
			return nil // cancelled or carried out meanwhile
		}
		r := s.Reorganisations[at]
		if err := s.Ready(r, now); err != nil {
			return err
		}
		r.State, r.EndedAt = gateway.ReorganisationDone, now.UTC().Truncate(time.Millisecond)
		w := work{tx: tx, r: r, now: now,
			by: audit.ByGateway(gateway.NewTrace())}
		if err := w.do(s); err != nil {
			return err
		}
		done = Outcome{Reorganisation: r, Signals: w.signals, Agreements: w.made}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	return done, nil
}

// work is one reorganisation inside its transaction.
type work struct {
	tx            Tx
	r             gateway.Reorganisation
	now           time.Time
	by            audit.By
	entries       []audit.Entry
	signals, made int
}

func (w *work) do(s Snapshot) error {
	counts, err := w.tx.Pass(w.r.From, w.r.Into)
	if err != nil {
		return err
	}
	for i, m := range w.r.From {
		w.signals += counts[i]
		if err := w.log(audit.ReorganisationDone, object(w.r, m), audit.Count(counts[i])); err != nil {
			return err
		}
	}
	if err := w.endParties(s.Parties); err != nil {
		return err
	}
	if err := w.passAgreements(s.Agreements); err != nil {
		return err
	}
	if _, err := w.tx.Append(w.entries); err != nil {
		return err
	}
	return w.tx.PutReorganisation(w.r)
}

func (w *work) log(event audit.Event, object string, options ...audit.Option) error {
	e, err := audit.New(event, w.by, object, w.now, options...)
	w.entries = append(w.entries, e)
	return err
}

// endParties shuts the old municipalities out from this moment: what a party
// that is no more would confirm, its successor would never see. Its people work
// for the successor from this day and come in with the successor's certificate.
func (w *work) endParties(parties []gateway.Party) error {
	var ended []gateway.Party
	for _, p := range parties {
		if !slices.Contains(w.r.From, p.Municipality) || p.State == gateway.PartyEnded {
			continue
		}
		p.State = gateway.PartyEnded
		ended = append(ended, p)
		if err := w.log(audit.PartyWithdrawn, audit.Object(audit.KindParty, string(p.OIN)),
			audit.Codes(string(p.State), string(audit.KindReorganisation))); err != nil {
			return err
		}
	}
	return w.tx.PutParties(ended)
}

func (w *work) passAgreements(agreements []gateway.Agreement) error {
	var changed []gateway.Agreement
	why := audit.Codes(string(audit.KindReorganisation))
	for _, p := range Passages(w.r, gateway.Today(w.now), agreements, func() string { return string(gateway.NewUUID(w.now, nil)) }) {
		if p.Ended.ID != "" {
			changed = append(changed, p.Ended)
			if err := w.log(audit.AgreementEnded, audit.Object(audit.KindAgreement, p.Ended.ID), why); err != nil {
				return err
			}
		}
		if p.Next.ID == "" {
			continue
		}
		changed = append(changed, p.Next)
		w.made++
		ids := []string{p.Next.ID}
		if p.Ended.ID != "" { // what it continues
			ids = append(ids, p.Ended.ID)
		}
		if err := w.log(audit.AgreementConcluded, audit.Object(audit.KindAgreement, ids...), why); err != nil {
			return err
		}
	}
	return w.tx.PutAgreements(changed)
}
