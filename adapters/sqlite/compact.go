// SPDX-License-Identifier: EUPL-1.2

package sqlite

import "context"

// Compact writes the whole file anew, with only what is in the store, so that
// no page keeps bytes of what was erased: SQLite zeroes what it deletes, but
// not the copy that it left in the gap of a page that it divided earlier. No
// record changes. Numbers of rows may change in tables that have no number of
// their own, so no ref or cursor is made of those.
//
// Whoever writes waits meanwhile, and readers do not: a store of 446 MB took 3
// to 6 seconds on two cores and a solid-state disk, and time grows with size.
// Another process waits at most [busyTimeout] and then fails with
// KindUnavailable. It needs the size of the store twice as room, in TMPDIR and
// beside the file. It fails with KindUnavailable when readers keep the old
// pages in the file, or when another process writes; when ctx ends it stops,
// and the file is as it was.
//
// Called once a night by the gateway, and by seinhuis retention compact.
func (d *DB) Compact(ctx context.Context) error { return d.write.compact(ctx) }

// Erased gives the number of the newest deletion receipt, 0 for none. When it
// is another than before, something was erased in between, by whichever process.
func (d *DB) Erased(ctx context.Context) (newest int64, err error) {
	err = each(d.read.with(ctx), func(scan func(...any) error) error { return scan(&newest) }, `SELECT coalesce(max(number), 0) FROM deletion`)
	return newest, err
}

// compact is VACUUM and a checkpoint in one turn. VACUUM writes to the WAL; the
// file itself keeps its old pages until the checkpoint.
func (w *writer) compact(ctx context.Context) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	if err := w.connect(); err != nil {
		return failed(err)
	}
	if _, err := w.conn.ExecContext(ctx, "VACUUM"); err != nil {
		w.discard() // it may be in any state
		return failed(err)
	}
	return w.truncate(ctx)
}
