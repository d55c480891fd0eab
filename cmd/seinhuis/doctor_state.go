// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

func (d *doctor) log(ctx context.Context, b *books) {
	const check = "log"
	v, err := b.verifyAll(ctx)
	switch {
	case err != nil:
		d.fail(check, err, "seinhuis audit verify")
	case !v.OK:
		d.fail(check, fmt.Errorf("%d faults, the first: %s", len(v.Log.Findings)+v.Log.More, v.Log.Findings[0].Text),
			"keep a copy and follow docs/runbooks/log-fork.md; seinhuis audit verify shows all")
	default:
		d.ok(check, "%d entries verified, %d rows wait for a checkpoint", v.Log.Size, v.Waiting)
	}
	doubted, err := b.truth.Sights.Doubted(ctx)
	if err != nil || doubted > 0 {
		d.fail("officers", errors.Join(err, fmt.Errorf("%d officers saw a log that does not go on from what they saw before", doubted)),
			"keep a copy and follow docs/runbooks/log-check.md")
	}
}

// index compares the log with the index that officers search.
func (d *doctor) index(ctx context.Context, b *books) {
	const check = "index"
	rows, indexed, err := b.truth.Journal.Whole(ctx)
	switch {
	case err != nil:
		d.fail(check, err, "look at the database")
	case rows != indexed:
		d.fail(check, fmt.Errorf("%d rows of the log and %d in the index that officers search", rows, indexed),
			"somebody changed the database by other means: keep a copy and follow docs/runbooks/log-fork.md")
	default:
		d.ok(check, "%d entries, as many as the log", indexed)
	}
}

// clock compares the machine's time with the log: an entry from the future
// means that the clock is behind, or was ahead.
func (d *doctor) clock(ctx context.Context, b *books) {
	const check = "clock"
	last, err := b.lastEntry(ctx)
	switch {
	case err != nil:
		d.fail(check, err, "seinhuis audit verify")
	case d.now.Year() < 2026:
		d.fail(check, fmt.Errorf("it says %d", d.now.Year()), "set the clock and let NTP keep it")
	case last.After(d.now.Add(time.Minute)):
		d.fail(check, fmt.Errorf("the log's last entry is %s ahead of it", last.Sub(d.now).Round(time.Second)), "set the clock and let NTP keep it")
	default:
		d.ok(check, "%s", moment(d.now))
	}
}

// lastEntry is the time of the newest row; the zero time when there is none.
func (b *books) lastEntry(ctx context.Context) (time.Time, error) {
	size, _, err := b.truth.Heads.LastHead(ctx)
	if err != nil {
		return time.Time{}, err
	}
	waiting, err := b.waiting(ctx, size)
	if err != nil || size+waiting == 0 {
		return time.Time{}, err
	}
	leaves, err := b.truth.Rows.Leaves(ctx, size+waiting-1, 1)
	if err != nil || len(leaves) == 0 {
		return time.Time{}, err
	}
	e, err := proof.Decode(leaves[0])
	return e.At(), err
}

func (d *doctor) parties(ctx context.Context, b *books) {
	const check = "parties"
	parties, err := b.truth.Register.Parties(ctx)
	if err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	active, said := 0, false
	for _, p := range parties {
		if p.State != gateway.PartyActive {
			continue
		}
		active++
		said = d.partyKeys(check, p) || said
	}
	if !said {
		d.ok(check, "%d active, all with keys", active)
	}
}

// partyKeys warns of a use that has no key now, or none soon.
func (d *doctor) partyKeys(check string, p gateway.Party) bool {
	missing := missingKeys(p, d.now)
	for _, use := range missing {
		d.warn(check, fmt.Sprintf("%s has no valid key for %s", p.OIN, use), "seinhuis party keys "+string(p.OIN)+" STATEMENT.jws")
	}
	soonMissing := slices.DeleteFunc(missingKeys(p, d.now.Add(soon)), func(u gateway.KeyUse) bool { return slices.Contains(missing, u) })
	for _, use := range soonMissing {
		d.warn(check, fmt.Sprintf("the last key of %s for %s ends within 30 days", p.OIN, use), "seinhuis party keys "+string(p.OIN)+" STATEMENT.jws")
	}
	return len(missing)+len(soonMissing) > 0
}

func (d *doctor) agreements(ctx context.Context, b *books) {
	const check = "agreements"
	list, err := b.truth.Register.Agreements(ctx)
	parties, partiesErr := b.truth.Register.Parties(ctx)
	if err := errors.Join(err, partiesErr); err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	today := gateway.Today(d.now)
	inForce, said := 0, false
	for _, a := range list {
		if !a.InForce(today) {
			continue
		}
		inForce++
		if !a.Until.IsZero() && !a.Until.After(today.AddDays(30)) && !succeeded(a, list) {
			said = true
			d.warn(check, fmt.Sprintf("%s of %s with %s ends on %s", a.ID, a.Creditor, a.Municipality, a.Until), "register the next one with: seinhuis agreement add")
		}
		if !slices.ContainsFunc(parties, func(p gateway.Party) bool { return p.Municipality == a.Municipality && p.State == gateway.PartyActive }) {
			said = true
			d.warn(check, fmt.Sprintf("%s is with %s, which has no active party: all its reports are refused", a.ID, a.Municipality), "seinhuis party add --kind gemeente, or resume it")
		}
	}
	if !said {
		d.ok(check, "%d in force", inForce)
	}
}

// succeeded reports whether another agreement of the same two takes over.
func succeeded(a gateway.Agreement, list []gateway.Agreement) bool {
	return slices.ContainsFunc(list, func(o gateway.Agreement) bool {
		return o.ID != a.ID && o.Creditor == a.Creditor && o.Municipality == a.Municipality && o.InForce(a.Until.AddDays(1))
	})
}
