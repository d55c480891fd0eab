// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"time"
)

// orphansAtOnce bounds what one look at the rows is about.
const orphansAtOnce = 500

var errNoRows = errors.New("postgres: the database has no signals and the store of bodies has objects; is this the right database?")

// Orphans erases objects with bodies that were stored before a moment and that
// no row names, and gives their number: what a transaction that failed left, or
// an erasure that did not reach the store. before lies an hour back or more, so
// that no transaction that may still name one is running. A database without
// any signal erases nothing: it may be the wrong one. Called once a day by the
// node that has the watch.
func (d *DB) Orphans(ctx context.Context, before time.Time) (erased int, err error) {
	var names []string
	for o, err := range d.erase.bodies.Before(ctx, before) {
		if err != nil {
			return erased, failed(err)
		}
		if names = append(names, o.Name); len(names) < orphansAtOnce {
			continue
		}
		n, err := d.eraseOrphans(ctx, names)
		if erased, names = erased+n, nil; err != nil {
			return erased, err
		}
	}
	n, err := d.eraseOrphans(ctx, names)
	return erased + n, err
}

// eraseOrphans erases those of these objects that no row names.
func (d *DB) eraseOrphans(ctx context.Context, names []string) (int, error) {
	if len(names) == 0 {
		return 0, nil
	}
	var orphans []string
	filled := false
	err := each(d.sweep(ctx), func(scan func(...any) error) error {
		var name *string
		err := scan(&filled, &name)
		if name != nil {
			orphans = append(orphans, *name)
		}
		return err
	}, `SELECT EXISTS (SELECT FROM signal), o.name FROM (SELECT) AS one
		LEFT JOIN unnest($1::text[]) AS o (name) ON NOT EXISTS (SELECT FROM body AS b WHERE b.object = o.name)`, names)
	if err != nil || len(orphans) == 0 {
		return 0, err
	}
	if !filled {
		return 0, failed(errNoRows)
	}
	if err := d.erase.bodies.Erase(ctx, orphans); err != nil {
		return 0, failed(err)
	}
	return len(orphans), nil
}
