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
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// What an item in an archive is.
const (
	itemTable    = 1 // name, then name and kind of each column
	itemRow      = 2 // the values
	itemFile     = 3 // folder, name
	itemPart     = 4 // bytes of the file
	itemManifest = 5 // JSON
)

// ErrLog says that the rows of the log do not give the root that was signed:
// somebody changed them, or they are of another log. Follow docs/runbooks/log-fork.md.
var ErrLog = errors.New("the rows of the log do not give its signed checkpoint")

// Ports is what an archive is made of and signed with. All are required;
// Folders may be empty.
type Ports struct {
	Owner   gateway.OIN // of the gateway
	Source  Source
	Folders []Folder
	Signer  Signer
	Log     note.Verifiers // of its checkpoints
}

// Make writes an archive of what was committed before now. It fails with ErrLog
// rather than make one of a log that was changed. After an error what was
// written is worth nothing: only the statement at the end makes it an archive.
func Make(ctx context.Context, p Ports, to RecoveryKey, now time.Time, w io.Writer) (Manifest, Statement, error) {
	now = now.UTC().Truncate(time.Millisecond)
	id := gateway.NewUUID(now, nil)
	sealed, err := newSealer(w, to, header{ID: id, Owner: p.Owner, Made: now})
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	m := &making{out: bufio.NewWriterSize(sealed, 64<<10), manifest: Manifest{ID: id, Owner: p.Owner, Made: now}, scopes: map[string]bool{}}
	if err := p.Source.Snapshot(ctx, func(s Snapshot) error { return m.all(ctx, p, s) }); err != nil {
		return Manifest{}, Statement{}, err
	}
	if m.manifest.Log, err = m.log.state(p.Log); err != nil {
		return Manifest{}, Statement{}, err
	}
	m.manifest.Scopes = slices.Sorted(maps.Keys(m.scopes))
	list, err := json.Marshal(m.manifest)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	if err := errors.Join(m.item(itemManifest, BlobOf(list)), m.out.Flush()); err != nil {
		return Manifest{}, Statement{}, err
	}
	said := Statement{Issuer: p.Owner, ID: id, Made: now, Schema: m.manifest.Schema, Key: to.id, Manifest: gateway.DigestOf(list), Log: m.manifest.Log}
	if said.Size, said.SHA256, err = sealed.close(); err != nil {
		return Manifest{}, Statement{}, err
	}
	jws, err := sign(ctx, p.Signer, gateway.TypeBackup, said)
	if err != nil {
		return Manifest{}, Statement{}, err
	}
	return m.manifest, said, sealed.part(jws)
}

// sign makes one signed document.
func sign(ctx context.Context, s Signer, typ gateway.StatementType, claims any) (gateway.Compact, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("sign: %T", err)
	}
	signed, err := s.Sign(ctx, []gateway.Statement{{Type: typ, Payload: payload}})
	if err != nil {
		return nil, err
	}
	return signed[0], nil
}

// making is an archive that is being written.
type making struct {
	out      *bufio.Writer
	manifest Manifest
	scopes   map[string]bool
	log      logCheck
	buffer   []byte
}

// all writes files before tables. A file that waits is done with only after its
// row says so, and a row is read as of the beginning: so a file that a row
// asks for is lost only when it was done with in the moment between.
func (m *making) all(ctx context.Context, p Ports, s Snapshot) error {
	m.manifest.Schema = s.Schema()
	for _, f := range p.Folders {
		if err := m.folder(ctx, f); err != nil {
			return err
		}
	}
	for _, t := range s.Tables() {
		if err := m.table(ctx, s, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return nil
}

func (m *making) item(tag int64, values ...Value) error {
	m.buffer = appendItem(m.buffer[:0], tag, values...)
	_, err := m.out.Write(m.buffer)
	return err
}

func (m *making) table(ctx context.Context, s Snapshot, t Table) error {
	head := []Value{TextOf(t.Name)}
	for _, c := range t.Columns {
		head = append(head, TextOf(c.Name), TextOf(string(c.Kind)))
	}
	if err := m.item(itemTable, head...); err != nil {
		return err
	}
	count := newCount(t)
	for row, err := range s.Rows(ctx, t) {
		if err != nil {
			return err
		}
		if err := t.check(row); err != nil {
			return err
		}
		if err := m.item(itemRow, row...); err != nil {
			return err
		}
		count.add(m.buffer)
		if count.scope >= 0 {
			m.scopes[row[count.scope].Text()] = true
		}
		m.log.see(t, row)
	}
	m.manifest.Tables = append(m.manifest.Tables, count.done())
	return nil
}

// check refuses a row that is not of the table.
func (t Table) check(row []Value) error {
	if len(row) != len(t.Columns) {
		return ErrItem
	}
	for i, c := range t.Columns {
		if !c.fits(row[i]) {
			return fmt.Errorf("%w: column %s", ErrItem, c.Name)
		}
	}
	return nil
}

// column is the place of a column, -1 when there is none.
func (t Table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// count counts and digests the rows of one table.
type count struct {
	TableCount
	sum   hash.Hash
	scope int // the column that names a key that others may destroy
}

func newCount(t Table) *count {
	return &count{TableCount: TableCount{Name: t.Name}, sum: sha256.New(), scope: map[bool]int{true: t.column("scope"), false: -1}[t.Name == "body" || t.Name == "notice"]}
}

func (c *count) add(item []byte) {
	_, _ = c.sum.Write(item)
	c.Rows++
}

func (c *count) done() TableCount {
	c.sum.Sum(c.SHA256[:0])
	return c.TableCount
}

func (m *making) folder(ctx context.Context, f Folder) error {
	take := func(name string, err error) error {
		if err == nil {
			err = errors.Join(ctx.Err(), m.file(f, name))
		}
		if errors.Is(err, fs.ErrNotExist) {
			m.manifest.Gone++
			return nil
		}
		return err
	}
	for _, name := range f.Names {
		if err := take(name, nil); err != nil {
			return err
		}
	}
	if f.Names != nil {
		return nil
	}
	return fs.WalkDir(f.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.Type().IsRegular() {
			return nil
		}
		return take(name, err)
	})
}

func (m *making) file(f Folder, name string) error {
	in, err := f.Files.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := m.item(itemFile, TextOf(f.Name), TextOf(name)); err != nil {
		return err
	}
	c, sum, part := FileCount{Folder: f.Name, Name: name}, sha256.New(), make([]byte, pieceSize)
	for {
		n, err := io.ReadFull(in, part)
		if n > 0 {
			_, _ = sum.Write(part[:n])
			c.Size += int64(n)
			if err := m.item(itemPart, BlobOf(part[:n])); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	sum.Sum(c.SHA256[:0])
	m.manifest.Files = append(m.manifest.Files, c)
	return nil
}

// logCheck computes the log again while its rows go by.
type logCheck struct {
	note []byte
	size int64
	tree tree
	at   [32]byte // root at size
	last []byte
	gap  bool
}

// see takes a row of any table.
func (l *logCheck) see(t Table, row []Value) {
	switch t.Name {
	case headTable:
		l.size, l.note = row[t.column("size")].Int(), slices.Clone(row[t.column("note")].Blob())
	case rowTable:
		leaf := row[t.column("leaf")].Blob()
		l.tree.add(leaf)
		l.gap = l.gap || row[t.column("number")].Int() != l.tree.size
		l.last = append(l.last[:0], leaf...)
		if l.tree.size == l.size {
			l.at = l.tree.root()
		}
	}
}

// state holds what went by against the checkpoint.
func (l *logCheck) state(known note.Verifiers) (LogState, error) {
	s := LogState{Rows: l.tree.size}
	if e, err := proof.Decode(l.last); err == nil {
		s.Last = e.Time
	}
	if l.gap {
		return s, fmt.Errorf("%w: a row is missing", ErrLog)
	}
	if len(l.note) == 0 {
		return s, nil
	}
	c, err := proof.OpenCheckpoint(l.note, known)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrLog, err)
	}
	if c.Tree.N != l.size || l.tree.size < l.size || c.Tree.N > 0 && c.Tree.Hash != l.at {
		return s, ErrLog
	}
	s.Origin, s.Size, s.Root = c.Origin, c.Tree.N, c.Tree.Hash.String()
	return s, nil
}
