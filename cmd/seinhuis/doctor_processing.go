// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// behind is how long a logbook may be without an entry before the doctor warns.
const behind = time.Hour

// processing checks the logbooks of controllers, elsewhere. An installation
// without has nothing to check.
func (d *doctor) processing(ctx context.Context, b *books) {
	const check = "processing logbooks"
	if _, err := d.config.profile(d.dir); err != nil {
		d.fail(check, err, "put adres: https://host[:port] into "+configFile)
	}
	source, fine := b.truth.Logbook, true
	for _, t := range d.config.Logbooks {
		if _, err := t.sender(d.dir); err != nil {
			d.fail(check, err, "put the files of verwerkingenlogboek in place, or correct its adres")
			fine = false
			continue
		}
		done, err := source.Cursor(ctx, t.name())
		if err == nil {
			err = d.late(ctx, b, t, done, &fine)
		}
		if err != nil {
			d.fail(check, err, "look at the database")
			return
		}
	}
	if fine && len(d.config.Logbooks) > 0 {
		d.ok(check, "%d, all up to date", len(d.config.Logbooks))
	}
}

// late warns of a logbook that has waited too long for what comes next.
func (d *doctor) late(ctx context.Context, b *books, t logbookTarget, done int64, fine *bool) error {
	next, err := b.truth.Logbook.After(ctx, gateway.OIN(t.Controller), done, 1)
	if err != nil || len(next) == 0 || d.now.Sub(next[0].Entry.At()) < behind {
		return err
	}
	waiting, err := b.truth.Logbook.Waiting(ctx, gateway.OIN(t.Controller), done)
	if err != nil {
		return err
	}
	*fine = false
	d.warn("processing logbooks", fmt.Sprintf("the logbook of %s lacks %d entries, the oldest of %s", t.Controller, waiting, next[0].Entry.Time),
		"ask its keeper; the gateway keeps trying and drops nothing")
	return nil
}
