// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Inspect checks, without the recovery key, that an archive is whole and is what
// the gateway signed. It reads to the end and keeps nothing.
func Inspect(ctx context.Context, r io.Reader, signers proof.KeySet) (Statement, error) {
	f, err := newFrames(r)
	if err != nil {
		return Statement{}, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return Statement{}, err
		}
		piece, err := f.part(maxPiece)
		if err != nil {
			return Statement{}, err
		}
		if len(piece) == 0 {
			return f.statement(signers)
		}
	}
}

// statement reads the end, and holds what was read against what was signed.
func (f *frames) statement(signers proof.KeySet) (s Statement, err error) {
	size, sum, jws, err := f.signed()
	if err != nil {
		return s, err
	}
	signed, err := signers.Open(jws)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if signed.Type != string(gateway.TypeBackup) || json.Unmarshal(signed.Payload, &s, json.RejectUnknownMembers(true)) != nil {
		return s, fmt.Errorf("%w: it is signed as something else", ErrSignature)
	}
	h := f.header
	if s.Size != size || s.SHA256 != sum || s.ID != h.ID || s.Issuer != h.Owner || !s.Made.Equal(h.Made) || s.Key != h.Key {
		return s, fmt.Errorf("%w: it was changed after that", ErrSignature)
	}
	return s, nil
}

// Reading is what an archive is read with. Load and Shelf may be nil: then it is
// only verified.
type Reading struct {
	Signers proof.KeySet // public keys that the gateway may have signed with
	Key     RecoverySecret
	// Log gives the keys that checkpoints may be signed with. It is asked after
	// the files were read, one of which may hold them.
	Log   func() (note.Verifiers, error)
	Load  Load
	Shelf Shelf
	Mark  *Passage // added to the passages that are loaded; nil for none
}

// Read decrypts an archive and holds all of it against its manifest, the log
// against its checkpoint, and the whole against the signature, which comes last:
// call [Inspect] first on what came from elsewhere, and let what Load took count
// only when Read gave no error, as [Sink.Load] does.
func Read(ctx context.Context, r io.Reader, q Reading) (Manifest, Statement, error) {
	f, err := newFrames(r)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	plain, err := newUnsealer(f, q.Key)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	g := &going{q: q, in: bufio.NewReaderSize(plain, 64<<10), scopes: map[string]bool{}}
	list, err := g.all(ctx)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	said, err := f.statement(q.Signers)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	if said.Manifest != gateway.DigestOf(list) {
		return Manifest{}, Statement{}, fmt.Errorf("%w: its manifest is another's", ErrSignature)
	}
	m, err := g.compare(list)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	if m.ID != said.ID || m.Schema != said.Schema || m.Log != said.Log {
		return Manifest{}, Statement{}, fmt.Errorf("%w: its manifest is another's", ErrSignature)
	}
	return m, said, nil
}

// going is an archive that is being read.
type going struct {
	q      Reading
	in     *bufio.Reader
	found  Manifest // what was counted on the way
	table  Table
	count  *count
	file   *FileCount
	sum    hash.Hash
	data   []byte // of a file for the shelf
	scopes map[string]bool
	log    logCheck
	marked bool
	buffer []byte
}

// all reads up to the manifest, and sees that nothing follows it.
func (g *going) all(ctx context.Context) (manifest []byte, err error) {
	var row []Value
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		tag, values, err := readItem(g.in, row)
		if err == io.EOF {
			return nil, ErrCutOff
		}
		if err != nil {
			return nil, err
		}
		row = values
		if tag == itemManifest {
			if len(values) != 1 || values[0].Kind() != Blob {
				return nil, ErrItem
			}
			if err := g.end(ctx); err != nil {
				return nil, err
			}
			if _, err := g.in.ReadByte(); err != io.EOF {
				return nil, errors.Join(ErrItem, err)
			}
			if g.q.Mark != nil && !g.marked {
				return nil, fmt.Errorf("%w: it has no table of passages", ErrItem)
			}
			return values[0].Blob(), nil
		}
		if err := g.item(ctx, tag, values); err != nil {
			return nil, err
		}
	}
}

func (g *going) item(ctx context.Context, tag int64, values []Value) error {
	switch {
	case tag == itemRow && g.count != nil:
		return g.row(ctx, values)
	case tag == itemPart && g.file != nil && len(values) == 1 && values[0].Kind() == Blob:
		part := values[0].Blob()
		_, _ = g.sum.Write(part)
		g.file.Size += int64(len(part))
		if g.q.Shelf != nil {
			g.data = append(g.data, part...)
		}
		return nil
	case tag == itemTable && len(values)%2 == 1:
		if err := g.end(ctx); err != nil {
			return err
		}
		return g.begin(ctx, values)
	case tag == itemFile && len(values) == 2:
		if err := g.end(ctx); err != nil {
			return err
		}
		g.file, g.sum, g.data = &FileCount{Folder: values[0].Text(), Name: values[1].Text()}, sha256.New(), nil
		return nil
	default:
		return ErrItem
	}
}

func (g *going) begin(ctx context.Context, values []Value) error {
	t := Table{Name: values[0].Text()}
	for i := 1; i < len(values); i += 2 {
		c := Column{values[i].Text(), Kind(values[i+1].Text())}
		if !slices.Contains([]Kind{Int, Text, Blob, Bool}, c.Kind) || c.Name == "" {
			return ErrItem
		}
		t.Columns = append(t.Columns, c)
	}
	g.table, g.count = t, newCount(t)
	if t.Name == headTable && (t.column("size") < 0 || t.column("note") < 0) || t.Name == rowTable && (t.column("number") < 0 || t.column("leaf") < 0) {
		return ErrItem
	}
	if g.q.Load == nil {
		return nil
	}
	return g.q.Load.Begin(ctx, t)
}

func (g *going) row(ctx context.Context, row []Value) error {
	if err := g.table.check(row); err != nil {
		return err
	}
	g.buffer = appendItem(g.buffer[:0], itemRow, row...)
	g.count.add(g.buffer)
	if g.count.scope >= 0 {
		g.scopes[row[g.count.scope].Text()] = true
	}
	g.log.see(g.table, row)
	if g.q.Load == nil {
		return nil
	}
	return g.q.Load.Add(ctx, row)
}

// end closes the table or the file that was open.
func (g *going) end(ctx context.Context) error {
	if g.count != nil {
		if g.table.Name == passageTable && g.q.Mark != nil && g.q.Load != nil {
			if err := g.q.Load.Add(ctx, g.q.Mark.row(g.table, g.count.Rows+1)); err != nil {
				return err
			}
			g.marked = true
		}
		g.found.Tables, g.count = append(g.found.Tables, g.count.done()), nil
	}
	if g.file == nil {
		return nil
	}
	c := *g.file
	g.sum.Sum(c.SHA256[:0])
	g.found.Files, g.file = append(g.found.Files, c), nil
	if g.q.Shelf == nil {
		return nil
	}
	return g.q.Shelf.Put(ctx, c.Folder, c.Name, g.data)
}

// compare holds what was read against the manifest.
func (g *going) compare(list []byte) (m Manifest, err error) {
	if err := json.Unmarshal(list, &m, json.RejectUnknownMembers(true)); err != nil {
		return m, ErrItem
	}
	known, err := g.q.Log()
	if err != nil {
		return m, err
	}
	log, err := g.log.state(known)
	if err != nil {
		return m, err
	}
	same := slices.Equal(m.Tables, g.found.Tables) && slices.Equal(m.Files, g.found.Files) && m.Log == log
	if !same || !reflect.DeepEqual(m.Scopes, slices.Sorted(maps.Keys(g.scopes))) && len(m.Scopes)+len(g.scopes) > 0 {
		return m, fmt.Errorf("%w: it is not what its manifest says", ErrDamaged)
	}
	return m, nil
}
