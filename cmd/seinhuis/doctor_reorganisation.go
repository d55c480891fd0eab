// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/routing"
)

// reorganisations looks ahead: what would stop one on its day is told before,
// and one that is late fails.
func (d *doctor) reorganisations(ctx context.Context, b *books) {
	const check = "reorganisations"
	var s reorganisation.Snapshot
	var err, errParties error
	s.Reorganisations, err = b.truth.Reorganisations.Reorganisations(ctx)
	s.Parties, errParties = b.truth.Register.Parties(ctx)
	if err := errors.Join(err, errParties); err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	table, _ := openTable(in(d.dir, d.config.Routing)) // one that cannot be opened is a fault of its own
	prepared, said := 0, false
	for _, r := range s.Reorganisations {
		if r.State != gateway.ReorganisationPrepared {
			continue
		}
		prepared++
		said = d.reorganisation(check, s, r) || said
		said = d.knownToTable(check, table, r) || said
	}
	if !said {
		d.ok(check, "%d prepared", prepared)
	}
}

func (d *doctor) reorganisation(check string, s reorganisation.Snapshot, r gateway.Reorganisation) bool {
	remedy := "make the successor ready (seinhuis party add, resume or keys), or: seinhuis municipality cancel " + string(r.ID)
	late := !r.On.After(gateway.Today(d.now))
	err := s.Ready(r, d.now)
	switch {
	case err != nil && late:
		d.fail(check, fmt.Errorf("%s of %s was not carried out: %w", r.ID, r.On, err), remedy)
	case err != nil:
		d.fail(check, fmt.Errorf("%s cannot be carried out on %s: %w", r.ID, r.On, err), remedy)
	case late:
		d.fail(check, fmt.Errorf("%s of %s was not carried out", r.ID, r.On), "start the gateway; if it runs, its own log says why")
	default:
		return false
	}
	return true
}

// knownToTable warns while the routing table keeps sending addresses to the old
// code. The gateway follows the reorganisation all the same.
func (d *doctor) knownToTable(check string, table *routing.Table, r gateway.Reorganisation) bool {
	said := false
	for _, m := range r.From {
		if table == nil {
			continue
		}
		if to, ok := table.Successor(m, r.On); ok && to != r.Into {
			said = true
			d.warn(check, fmt.Sprintf("on %s the routing table sends addresses of %s to %s, not to %s", r.On, m, to, r.Into),
				"seinhuis routing import, with --changes that hold it")
		}
	}
	return said
}
