// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"bytes"
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Audit is the log's rows and heads. It fills [audit.Rows] and [audit.Heads].
type Audit struct{ db *DB }

// Audit is the view for the sequencer.
func (d *DB) Audit() *Audit { return &Audit{d} }

// errGap says that a row of the log is not there, or is there twice: somebody
// wrote to the database beside us. Nothing is put under a checkpoint then; the
// tree would give rows the places of others, for good.
var errGap = errors.New("postgres: the rows of the log are not numbered one after another")

// Leaves implements [audit.Rows]. Rows commit in the order of their numbers,
// because one transaction writes at a time.
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
	}, `SELECT number, leaf FROM audit_row WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
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
		_, err = t.exec(`INSERT INTO audit_head (one, size, note) VALUES (1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET size = excluded.size, note = excluded.note`, size, note)
		return err
	})
}

// Append adds rows to the audit log and returns the number of the first.
func (t *tx) Append(entries []audit.Entry) (first int64, err error) {
	added := make([]indexed, len(entries))
	leaves := make([][]byte, len(entries))
	for i, e := range entries {
		// The one place where what came with the request goes along.
		added[i], leaves[i] = indexed{entry: e.Content(), parent: spanBytes(e.Trace().Parent()), exchange: bytesOf(string(e.Trace().Exchange())), also: e.Signals()}, e.Leaf()
	}
	return t.append(leaves, added)
}

// append writes rows and moves the number of the last one, in one statement. The
// number waits for the count of the rows: they must be there first.
func (t *tx) append(leaves [][]byte, added []indexed) (first int64, err error) {
	months := make([]int32, len(added))
	for i, a := range added {
		at := a.entry.At().UTC()
		months[i] = int32(at.Year()*100 + int(at.Month()))
	}
	err = each(t, func(scan func(...any) error) error { return scan(&first) },
		`WITH new AS (SELECT leaf, month, place FROM unnest($1::bytea[], $2::integer[]) WITH ORDINALITY AS n (leaf, month, place)),
			rows AS (INSERT INTO audit_row (number, month, leaf) SELECT l.number + n.place, n.month, n.leaf FROM new AS n, audit_last AS l RETURNING 1)
		UPDATE audit_last SET number = number + (SELECT count(*) FROM rows) RETURNING number - $3 + 1`, leaves, months, int64(len(leaves)))
	if err != nil {
		return 0, err
	}
	for i := range added {
		added[i].number = first + int64(i)
	}
	t.added = append(t.added, added...)
	return first, nil
}

var (
	_ audit.Rows         = (*Audit)(nil)
	_ audit.Heads        = (*Audit)(nil)
	_ audit.Cosignatures = (*Audit)(nil)
)
