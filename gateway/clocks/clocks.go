// SPDX-License-Identifier: EUPL-1.2

// Package clocks looks what should have happened by now: a pause that runs to
// its date, one that was not received or applied, a contest without an answer,
// a signal that waits too long. Each is written down once, and told to whoever
// must act (invariant I9).
//
// It decides no term of retention and erases nothing. Called by cmd/seinhuis,
// every few seconds.
package clocks

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/policies"
)

// The terms. A creditor that lets a pause lie for a day, or does not apply it
// in three working days, collects from somebody who was promised rest. A
// municipality speaks with a resident within four weeks, in a threatening
// situation within three days (Wgs art. 4), counted in calendar days, so that
// the alarm comes early rather than late.
const (
	ReceiveWithin = 24 * time.Hour
	ApplyWithin   = 3 // working days
	crisisDays    = 3
	firstDays     = 14
	lastDays      = 28
)

// batch bounds what one transaction does, so that a door never waits long.
const batch = 100

// Ports is everything outside that the clocks need. All are required.
type Ports struct {
	Issuer  gateway.OIN
	Store   Store
	Notices pause.Notifier
	Bell    pause.Bell
}

// Clocks is safe for use by one caller at a time.
type Clocks struct{ ports Ports }

// New makes the clocks over their ports.
func New(p Ports) *Clocks { return &Clocks{p} }

// CutoffsAt are the cutoffs of a moment.
func CutoffsAt(now time.Time) Cutoffs {
	today := gateway.Today(now)
	applied := today
	for !today.After(gateway.DateOf(policies.WorkingDay(applied.Time(), ApplyWithin))) {
		applied = applied.AddDays(-1)
	}
	return Cutoffs{Today: today, Received: now.Add(-ReceiveWithin), Applied: applied,
		ThreeDays: today.AddDays(-crisisDays), TwoWeeks: today.AddDays(-firstDays), FourWeeks: today.AddDays(-lastDays)}
}

// Sweep does all that is due, in small transactions, and gives how much that
// was. A crash in between loses nothing: what was not written is due again.
func (c *Clocks) Sweep(ctx context.Context, now time.Time) (done int, err error) {
	for n := batch; n >= batch; done += n {
		if n, err = c.settle(ctx, now); err != nil {
			return done, err
		}
	}
	// Looking first keeps an idle gateway from asking for the write lock.
	due, err := c.ports.Store.Due(ctx, CutoffsAt(now), 1)
	if err != nil || len(due.Over)+len(due.Alarms) == 0 {
		return done, err
	}
	for n := batch; n > 0; done += n {
		if n, err = c.act(ctx, now); err != nil {
			return done, err
		}
	}
	return done, nil
}

// act ends pauses and raises alarms, in one transaction.
func (c *Clocks) act(ctx context.Context, now time.Time) (n int, err error) {
	trace := gateway.NewTrace()
	var ring []gateway.OIN
	err = c.ports.Store.Write(ctx, func(tx Tx) error {
		due, err := tx.Due(CutoffsAt(now), batch)
		if err != nil {
			return err
		}
		n = len(due.Over) + len(due.Alarms)
		if ring, err = pause.Expire(ctx, c.ports.Issuer, c.ports.Notices, tx, due.Over, now, trace); err != nil {
			return err
		}
		told, err := c.raise(ctx, tx, due.Alarms, now, trace)
		ring = append(ring, told...)
		return err
	})
	if err != nil {
		return 0, err
	}
	c.ports.Bell.Ring(ring...)
	return n, nil
}

func (c *Clocks) raise(ctx context.Context, tx Tx, alarms []Alarm, now time.Time, trace gateway.Trace) (ring []gateway.OIN, err error) {
	if len(alarms) == 0 {
		return nil, nil
	}
	var drafts []gateway.NoticeDraft
	ends := make([]int, len(alarms))
	for i, a := range alarms {
		drafts = append(drafts, a.drafts(c.ports.Issuer, now)...)
		ends[i] = len(drafts)
	}
	notices, err := c.ports.Notices.Prepare(ctx, drafts)
	if err != nil {
		return nil, err
	}
	var entries []audit.Entry
	start := 0
	for i := range alarms {
		alarms[i].RaisedAt, alarms[i].Notices = now, notices[start:ends[i]]
		start = ends[i]
		e, err := alarms[i].entries(now, trace)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e...)
		for _, n := range alarms[i].Notices {
			ring = append(ring, n.To)
		}
	}
	if _, err := tx.Append(entries); err != nil {
		return nil, err
	}
	return ring, tx.Raise(alarms)
}

// settle closes alarms whose cause is gone.
func (c *Clocks) settle(ctx context.Context, now time.Time) (n int, err error) {
	open, err := c.ports.Store.Open(ctx, 1)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	trace := gateway.NewTrace()
	err = c.ports.Store.Write(ctx, func(tx Tx) error {
		settled, err := tx.Settle(now, batch)
		if err != nil || len(settled) == 0 {
			n = 0
			return err
		}
		n = len(settled)
		entries := make([]audit.Entry, n)
		for i, a := range settled {
			if entries[i], err = audit.New(audit.AlarmSettled, audit.ByGateway(trace), a.object(), now, audit.Codes(a.codes()...)); err != nil {
				return err
			}
		}
		_, err = tx.Append(entries)
		return err
	})
	return n, err
}
