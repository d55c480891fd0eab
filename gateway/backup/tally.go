// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// Tally counts and digests what a store has at this moment, and holds its log
// against its checkpoint. see, which may be nil, is called with each row in
// passing; it may not keep it. Stores with equal rows give equal counts, whatever
// engine they are. Called by seinhuis migrate, to compare both ends.
func Tally(ctx context.Context, from Source, known note.Verifiers, see func(t Table, row []Value) error) (tables []TableCount, log LogState, err error) {
	var check logCheck
	err = from.Snapshot(ctx, func(s Snapshot) error {
		var item []byte
		for _, t := range s.Tables() {
			count := newCount(t)
			for row, err := range s.Rows(ctx, t) {
				if err == nil {
					err = t.check(row)
				}
				if err == nil && see != nil {
					err = see(t, row)
				}
				if err != nil {
					return fmt.Errorf("table %s: %w", t.Name, err)
				}
				item = appendItem(item[:0], itemRow, row...)
				count.add(item)
				check.see(t, row)
			}
			tables = append(tables, count.done())
		}
		log, err = check.state(known)
		return err
	})
	return tables, log, err
}

// Column is the value of a named column in a row; NULL when there is none.
func (t Table) Column(row []Value, name string) Value {
	at := t.column(name)
	if at < 0 || at >= len(row) {
		return Value{}
	}
	return row[at]
}
