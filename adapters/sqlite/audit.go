// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"bytes"
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Audit is the log's rows and heads. It fills [audit.Rows] and [audit.Heads].
type Audit struct{ db *DB }

// Audit is the view for the sequencer.
func (d *DB) Audit() *Audit { return &Audit{d} }

// errGap says that a row of the log is not there: somebody dropped what guards
// them. Later rows would get the places of others in the signed tree.
var errGap = errors.New("sqlite: the rows of the log are not numbered one after another")

// Leaves implements [audit.Rows].
func (a *Audit) Leaves(ctx context.Context, after int64, limit int) ([][]byte, error) {
	var leaves [][]byte
	err := each(a.db.read.with(ctx), func(scan func(...any) error) error {
		var number int64
		var leaf []byte
		if err := scan(&number, &leaf); err != nil {
			return err
		}
		if number != after+int64(len(leaves))+1 {
			return errGap
		}
		leaves = append(leaves, leaf)
		return nil
	}, `SELECT number, leaf FROM audit_row WHERE number > ? ORDER BY number LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	return leaves, nil
}

// LastHead implements [audit.Heads].
func (a *Audit) LastHead(ctx context.Context) (size int64, note []byte, err error) {
	return lastHead(a.db.read.with(ctx))
}

func lastHead(q querier) (size int64, note []byte, err error) {
	err = each(q, func(scan func(...any) error) error { return scan(&size, &note) }, `SELECT size, note FROM audit_head`)
	return size, note, err
}

// PutHead implements [audit.Heads].
func (a *Audit) PutHead(ctx context.Context, size int64, note []byte) error {
	return a.db.write.do(ctx, func(t *tx) error {
		last, old, err := lastHead(t)
		if err != nil {
			return err
		}
		if size < last || size == last && old != nil && !bytes.Equal(note, old) {
			return audit.ErrHeadMoved
		}
		_, err = t.exec(`INSERT INTO audit_head (one, size, note) VALUES (1, ?, ?)
			ON CONFLICT DO UPDATE SET size = excluded.size, note = excluded.note`, size, note)
		return err
	})
}

// Append adds rows to the audit log and returns the number of the first. The
// number is looked up in this transaction each time: another process may have
// written since.
func (t *tx) Append(entries []audit.Entry) (first int64, err error) {
	added := make([]indexed, len(entries))
	leaves := make([][]byte, len(entries))
	for i, e := range entries {
		// The one place where what came with the request goes along.
		added[i], leaves[i] = indexed{entry: e.Content(), parent: spanBytes(e.Trace().Parent()), exchange: bytesOf(string(e.Trace().Exchange())), also: e.Signals()}, e.Leaf()
	}
	return t.append(leaves, added)
}

// appendLeaves adds rows of which only the leaf is known.
func (t *tx) appendLeaves(leaves [][]byte) (first int64, err error) {
	added := make([]indexed, len(leaves))
	for i, leaf := range leaves {
		if added[i].entry, err = proof.Decode(leaf); err != nil {
			return 0, failed(t.fail(err))
		}
	}
	return t.append(leaves, added)
}

func (t *tx) append(leaves [][]byte, added []indexed) (first int64, err error) {
	err = each(t, func(scan func(...any) error) error { return scan(&first) },
		`SELECT coalesce(max(number), 0) + 1 FROM audit_row`)
	if err != nil {
		return 0, err
	}
	for i, leaf := range leaves {
		added[i].number = first + int64(i)
		if _, err := t.exec(`INSERT INTO audit_row (number, leaf) VALUES (?, ?)`, added[i].number, leaf); err != nil {
			return 0, err
		}
	}
	t.added = append(t.added, added...)
	return first, nil
}
