// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
)

// Rewrap changes what rests under keys of the old key store into what rests
// under those of the new one: places[i] replaces data[i]. Nil keeps all as it is.
type Rewrap func(ctx context.Context, batch []Wrapped) ([][]byte, error)

// Wrapped is a body or a notice at rest.
type Wrapped struct {
	Scope string
	ID    gateway.UUID // of the signal or of the notice: what it is bound to
	Data  []byte
}

// rewrapBatch is how many bodies are in memory at once, and go to the key store
// in one call.
const rewrapBatch = 400

// Copied is what a copy did.
type Copied struct {
	Schema    int
	Tables    []TableCount // as read, before anything was wrapped anew
	Log       LogState
	Rewrapped int64
}

// Copy fills an empty store with truth as it is at this moment, and holds the
// log against its checkpoint. Ids, numbers and rows stay what they are; bodies
// and notices go through rewrap. Called by seinhuis migrate.
func Copy(ctx context.Context, from Source, to Sink, known note.Verifiers, rewrap Rewrap) (c Copied, err error) {
	err = from.Snapshot(ctx, func(s Snapshot) error {
		c.Schema = s.Schema()
		return to.Load(ctx, s.Schema(), func(l Load) error {
			p := &copying{load: l, rewrap: rewrap, copied: &c, signals: map[int64]gateway.UUID{}}
			for _, t := range s.Tables() {
				if err := p.table(ctx, s, t); err != nil {
					return fmt.Errorf("table %s: %w", t.Name, err)
				}
			}
			c.Log, err = p.log.state(known)
			return err
		})
	})
	return c, err
}

type copying struct {
	load    Load
	rewrap  Rewrap
	copied  *Copied
	log     logCheck
	signals map[int64]gateway.UUID // ids by number; a body's row has the number alone
	rows    [][]Value              // that wait for rewrap
	wrapped []Wrapped
}

func (p *copying) table(ctx context.Context, s Snapshot, t Table) error {
	if err := p.load.Begin(ctx, t); err != nil {
		return err
	}
	count, item := newCount(t), []byte(nil)
	for row, err := range s.Rows(ctx, t) {
		if err != nil {
			return err
		}
		if err := t.check(row); err != nil {
			return err
		}
		item = appendItem(item[:0], itemRow, row...)
		count.add(item)
		p.log.see(t, row)
		if err := p.row(ctx, t, row); err != nil {
			return err
		}
	}
	p.copied.Tables = append(p.copied.Tables, count.done())
	return p.flush(ctx, t)
}

func (p *copying) row(ctx context.Context, t Table, row []Value) error {
	if p.rewrap == nil {
		return p.load.Add(ctx, row)
	}
	var id gateway.UUID
	switch t.Name {
	case "signal":
		p.signals[row[t.column("number")].Int()] = uuidOf(row[t.column("id")].Blob())
		return p.load.Add(ctx, row)
	case "body":
		id = p.signals[row[t.column("number")].Int()]
	case "notice":
		id = uuidOf(row[t.column("id")].Blob())
	default:
		return p.load.Add(ctx, row)
	}
	kept := append([]Value(nil), row...)
	p.rows = append(p.rows, kept)
	p.wrapped = append(p.wrapped, Wrapped{kept[t.column("scope")].Text(), id, kept[t.column("wrapped")].Blob()})
	if len(p.rows) < rewrapBatch {
		return nil
	}
	return p.flush(ctx, t)
}

// flush wraps what waits anew and adds it, in order.
func (p *copying) flush(ctx context.Context, t Table) error {
	if len(p.rows) == 0 {
		return nil
	}
	fresh, err := p.rewrap(ctx, p.wrapped)
	if err != nil {
		return err
	}
	for i, row := range p.rows {
		row[t.column("wrapped")] = BlobOf(fresh[i])
		if err := p.load.Add(ctx, row); err != nil {
			return err
		}
	}
	p.copied.Rewrapped += int64(len(p.rows))
	p.rows, p.wrapped = p.rows[:0], p.wrapped[:0]
	return nil
}

// uuidOf is the canonical text of 16 bytes, "" of none.
func uuidOf(b []byte) gateway.UUID {
	if len(b) != 16 {
		return ""
	}
	return gateway.UUID(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}
