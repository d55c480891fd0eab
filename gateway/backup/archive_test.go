// SPDX-License-Identifier: EUPL-1.2

package backup_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

var madeAt = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// shop makes archives of a small truth in memory.
type shop struct {
	ports  backup.Ports
	truth  *truth
	secret backup.RecoverySecret
	signed proof.KeySet
	log    note.Verifiers
}

// truth is a Source: two tables of its own and a log of some rows.
type truth struct {
	rows  map[string][][]backup.Value
	table []backup.Table
}

func (t *truth) Snapshot(_ context.Context, fn func(backup.Snapshot) error) error { return fn(t) }
func (t *truth) Schema() int                                                      { return 17 }
func (t *truth) Tables() []backup.Table                                           { return t.table }
func (t *truth) Rows(_ context.Context, table backup.Table) iter.Seq2[[]backup.Value, error] {
	return func(yield func([]backup.Value, error) bool) {
		for _, row := range t.rows[table.Name] {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// taken is a Load.
type taken struct {
	*truth
	fail error
}

func (l *taken) Begin(_ context.Context, t backup.Table) error {
	l.table = append(l.table, t)
	return l.fail
}

func (l *taken) Add(_ context.Context, row []backup.Value) error {
	name := l.table[len(l.table)-1].Name
	l.rows[name] = append(l.rows[name], append([]backup.Value(nil), row...))
	return nil
}

// shelf is a Shelf.
type shelf map[string]string

func (s shelf) Put(_ context.Context, folder, name string, data []byte) error {
	s[folder+"/"+name] = string(data)
	return nil
}

func columns(list string) (all []backup.Column) {
	for _, c := range strings.Fields(list) {
		name, kind, _ := strings.Cut(c, ":")
		all = append(all, backup.Column{Name: name, Kind: backup.Kind(kind)})
	}
	return all
}

// logOf gives rows of a log and its checkpoint at a size.
func logOf(t *testing.T, signer note.Signer, rows, size int) (leaves [][]backup.Value, head []byte) {
	t.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, x := range at {
			out[i] = hashes[x]
		}
		return out, nil
	})
	for i := range rows {
		leaf := gatewaytest.AuditLeaf(t, i)
		leaves = append(leaves, []backup.Value{backup.BlobOf(leaf), backup.IntOf(int64(i + 1))})
		if i < size {
			more, err := tlog.StoredHashesForRecordHash(int64(i), proof.LeafHash(leaf), reader)
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, more...)
		}
	}
	root, err := tlog.TreeHash(int64(size), reader)
	if err != nil {
		t.Fatal(err)
	}
	c := proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{N: int64(size), Hash: root}}
	head, err = note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return leaves, head
}

func newShop(t *testing.T) *shop {
	t.Helper()
	ring, err := keyring.Create(filepath.Join(t.TempDir(), "ring"), keyring.NewUnlock(), madeAt, keyring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ring.Close() })
	publics, err := ring.Publics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := jose.JWKS(publics)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{}
	if s.signed, err = proof.ParseKeySet(jwks); err != nil {
		t.Fatal(err)
	}
	if s.secret, err = backup.NewRecoverySecret(); err != nil {
		t.Fatal(err)
	}
	signer, known := gatewaytest.AuditSigner(t, "log")
	s.log = known
	leaves, head := logOf(t, signer, 300, 291)
	s.truth = &truth{rows: map[string][][]backup.Value{}, table: []backup.Table{
		{Name: "audit_head", Columns: columns("note:blob one:int size:int")},
		{Name: "body", Columns: columns("expires_on:int number:int scope:text wrapped:blob")},
		{Name: "mixed", Columns: columns("a:int b:text c:blob d:bool")},
		{Name: "audit_row", Columns: columns("leaf:blob number:int")},
	}}
	s.truth.rows["audit_head"] = [][]backup.Value{{backup.BlobOf(head), backup.IntOf(1), backup.IntOf(291)}}
	s.truth.rows["audit_row"] = leaves
	for i := range 900 { // some pieces
		s.truth.rows["body"] = append(s.truth.rows["body"], []backup.Value{backup.IntOf(20000), backup.IntOf(int64(i)),
			backup.TextOf(fmt.Sprintf("GM0268/2026-%02d", 10+i%2)), backup.BlobOf(bytes.Repeat([]byte{byte(i)}, 1500))})
	}
	s.truth.rows["mixed"] = [][]backup.Value{
		{backup.IntOf(-1), backup.TextOf(""), backup.BlobOf(nil), backup.BoolOf(true)},
		{{}, {}, {}, {}},
	}
	s.ports = backup.Ports{Owner: gatewaytest.Issuer, Source: s.truth, Signer: jose.NewIssuer(ring, keys.ReceiptSigning), Log: known,
		Folders: []backup.Folder{{Name: "installatie", Files: fstest.MapFS{"seinhuis.yaml": {Data: []byte("oin: x\n")}, "beleid/a.yaml": {Data: make([]byte, 700<<10)}, "leeg": {}}}}}
	return s
}

func (s *shop) make(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, _, err := backup.Make(t.Context(), s.ports, s.secret.Public(), madeAt, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (s *shop) reading() backup.Reading {
	return backup.Reading{Signers: s.signed, Key: s.secret, Log: func() (note.Verifiers, error) { return s.log, nil }}
}

func TestArchive(t *testing.T) {
	s := newShop(t)
	var out bytes.Buffer
	made, said, err := backup.Make(t.Context(), s.ports, s.secret.Public(), madeAt, &out)
	if err != nil {
		t.Fatal(err)
	}
	q, l, files := s.reading(), &taken{truth: &truth{rows: map[string][][]backup.Value{}}}, shelf{}
	q.Load, q.Shelf = l, files
	m, again, err := backup.Read(t.Context(), bytes.NewReader(out.Bytes()), q)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, made) || again != said {
		t.Errorf("made %+v\nread %+v", made, m)
	}
	for _, table := range s.truth.table {
		if got, want := fmt.Sprint(l.rows[table.Name]), fmt.Sprint(s.truth.rows[table.Name]); got != want {
			t.Errorf("the rows of %s differ", table.Name)
		}
	}
	if !reflect.DeepEqual(l.table, s.truth.table) {
		t.Errorf("the tables are %v", l.table)
	}
	if len(files) != 3 || files["installatie/seinhuis.yaml"] != "oin: x\n" || len(files["installatie/beleid/a.yaml"]) != 700<<10 {
		t.Errorf("%d files", len(files))
	}
	if m.Log.Size != 291 || m.Log.Rows != 300 || m.Log.Origin != gatewaytest.AuditOrigin || m.Log.Last == "" || m.Schema != 17 {
		t.Errorf("%+v", m)
	}
	if strings.Join(m.Scopes, " ") != "GM0268/2026-10 GM0268/2026-11" {
		t.Errorf("scopes %v", m.Scopes)
	}
	inspected, err := backup.Inspect(t.Context(), bytes.NewReader(out.Bytes()), s.signed)
	if err != nil || inspected != said {
		t.Errorf("%+v, %v", inspected, err)
	}
	for _, clear := range []string{"GM0268", "seinhuis.yaml", "audit_row", "melding"} {
		if bytes.Contains(out.Bytes(), []byte(clear)) {
			t.Errorf("%s stands in clear", clear)
		}
	}
}

// parts gives where each length-prefixed part begins: the header, the pieces,
// the empty one, the statement, and the end.
func parts(b []byte) (starts []int) {
	at := len("seinhuis-reservekopie/1\n")
	for at < len(b) {
		starts = append(starts, at)
		at += 4 + int(binary.BigEndian.Uint32(b[at:]))
	}
	return append(starts, at)
}

func cut(b []byte, from, to int) []byte { return append(bytes.Clone(b[:from]), b[to:]...) }

// Every fault is told, by whoever has the recovery key and by whoever has not.
func TestArchiveFaults(t *testing.T) {
	s := newShop(t)
	whole, other := s.make(t), s.make(t)
	at := parts(whole)
	pieces := len(at) - 4 // between header and empty part
	if pieces < 5 {
		t.Fatalf("%d pieces are too few for this test", pieces)
	}
	flipped := func(place int) []byte {
		b := bytes.Clone(whole)
		b[place] ^= 1
		return b
	}
	swapped := bytes.Join([][]byte{whole[:at[1]], whole[at[2]:at[3]], whole[at[1]:at[2]], whole[at[3]:]}, nil)
	end := at[len(at)-2] // of the statement
	for name, c := range map[string]struct {
		archive []byte
		want    error
	}{
		"empty":                      {nil, backup.ErrNoArchive},
		"another file":               {[]byte("PK\x03\x04 something else altogether"), backup.ErrNoArchive},
		"cut in the header":          {whole[:at[0]+9], backup.ErrCutOff},
		"cut in a piece":             {whole[:at[3]+100], backup.ErrCutOff},
		"cut between pieces":         {whole[:at[3]], backup.ErrCutOff},
		"cut before the statement":   {whole[:end], backup.ErrCutOff},
		"cut in the statement":       {whole[:end+30], backup.ErrCutOff},
		"a bit of a piece":           {flipped(at[2] + 77), backup.ErrDamaged},
		"a bit of the last piece":    {flipped(at[pieces] + 8), backup.ErrDamaged},
		"a bit of the header":        {flipped(bytes.Index(whole, []byte(`"enc":"`)) + 20), backup.ErrDamaged},
		"a length":                   {flipped(at[2]), backup.ErrDamaged},
		"pieces swapped":             {swapped, backup.ErrDamaged},
		"a piece left out":           {cut(whole, at[2], at[3]), backup.ErrDamaged},
		"the last piece left out":    {cut(whole, at[pieces], at[pieces+1]), backup.ErrCutOff},
		"the end is another's":       {append(bytes.Clone(whole[:end]), other[parts(other)[len(at)-2]:]...), backup.ErrSignature},
		"the pieces are another's":   {bytes.Join([][]byte{whole[:at[1]], other[at[1]:]}, nil), backup.ErrDamaged},
		"a bit of the signature":     {flipped(len(whole) - 20), backup.ErrSignature},
		"more after the end":         {append(bytes.Clone(whole), 0), backup.ErrDamaged},
		"two archives one by one":    {append(bytes.Clone(whole), other...), backup.ErrDamaged},
		"a piece of another archive": {bytes.Join([][]byte{whole[:at[2]], other[at[2]:at[3]], whole[at[3]:]}, nil), backup.ErrDamaged},
	} {
		if _, _, err := backup.Read(t.Context(), bytes.NewReader(c.archive), s.reading()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if _, err := backup.Inspect(t.Context(), bytes.NewReader(c.archive), s.signed); err == nil {
			t.Errorf("%s: without the key nothing is seen", name)
		}
	}
	for n := range len(whole) { // any byte at all, in steps
		if n%29989 != 0 {
			continue
		}
		if _, err := backup.Inspect(t.Context(), bytes.NewReader(flipped(n)), s.signed); err == nil {
			t.Errorf("byte %d may be changed", n)
		}
	}
}

func TestArchiveKeys(t *testing.T) {
	s := newShop(t)
	archive := s.make(t)
	other, err := backup.NewRecoverySecret()
	if err != nil {
		t.Fatal(err)
	}
	q := s.reading()
	q.Key = other
	if _, _, err := backup.Read(t.Context(), bytes.NewReader(archive), q); !errors.Is(err, backup.ErrWrongKey) {
		t.Errorf("another recovery key gives %v", err)
	}
	stranger := newShop(t)
	q = s.reading()
	q.Signers = stranger.signed
	if _, _, err := backup.Read(t.Context(), bytes.NewReader(archive), q); !errors.Is(err, backup.ErrSignature) {
		t.Errorf("another gateway's keys give %v", err)
	}
	_, q.Log = s.signed, func() (note.Verifiers, error) {
		_, known := gatewaytest.AuditSigner(t, "another log")
		return known, nil
	}
	q.Signers = s.signed
	if _, _, err := backup.Read(t.Context(), bytes.NewReader(archive), q); !errors.Is(err, backup.ErrLog) {
		t.Errorf("another log's key gives %v", err)
	}
	text, err := s.secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := backup.ParseRecoverySecret(text)
	if err != nil || back.Public().ID() != s.secret.Public().ID() {
		t.Errorf("the secret is read as another: %v", err)
	}
	public, err := backup.ParseRecoveryKey(s.secret.Public().Text())
	if err != nil || public.ID() != back.Public().ID() {
		t.Errorf("the public half is read as another: %v", err)
	}
	for _, wrong := range []string{"", "x", s.secret.Public().Text(), text[:len(text)-9], text + text} {
		if _, err := backup.ParseRecoverySecret(wrong); !errors.Is(err, backup.ErrKey) {
			t.Errorf("%d bytes are a secret: %v", len(wrong), err)
		}
	}
	if _, err := backup.ParseRecoveryKey(text); !errors.Is(err, backup.ErrKey) {
		t.Error("the secret is taken for the public half")
	}
	for _, printed := range []string{fmt.Sprintf("%v %+v %#v %s", s.secret, s.secret, s.secret, s.secret), fmt.Sprint(struct{ S backup.RecoverySecret }{s.secret})} {
		if !strings.Contains(printed, "redacted") || strings.Contains(printed, text[40:60]) {
			t.Errorf("printed: %s", printed)
		}
	}
}

// A log whose rows were changed, or do not reach its checkpoint, is not archived.
func TestArchiveOfAChangedLog(t *testing.T) {
	for name, change := range map[string]func(*truth){
		"a row":     func(rows *truth) { rows.rows["audit_row"][7][0] = backup.BlobOf(gatewaytest.AuditLeaf(t, 8000)) },
		"a gap":     func(t *truth) { t.rows["audit_row"] = append(t.rows["audit_row"][:294], t.rows["audit_row"][295:]...) },
		"too short": func(t *truth) { t.rows["audit_row"] = t.rows["audit_row"][:290] },
		"the head":  func(t *truth) { t.rows["audit_head"][0][2] = backup.IntOf(290) },
	} {
		s := newShop(t)
		change(s.truth)
		if _, _, err := backup.Make(t.Context(), s.ports, s.secret.Public(), madeAt, io.Discard); !errors.Is(err, backup.ErrLog) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errFull = errors.New("no space left")

// limited is a disk that is full after some bytes.
type limited struct{ left int }

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestArchiveOnAFullDisk(t *testing.T) {
	s := newShop(t)
	size := len(s.make(t))
	for _, left := range []int{0, 10, 500, 300 << 10, size / 2, size - 1} {
		if _, _, err := backup.Make(t.Context(), s.ports, s.secret.Public(), madeAt, &limited{left}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}

// broken is a source with a fault.
type broken struct {
	*truth
	at   string
	rows [][]backup.Value
	err  error
}

func (b broken) Snapshot(_ context.Context, fn func(backup.Snapshot) error) error { return fn(b) }
func (b broken) Rows(ctx context.Context, t backup.Table) iter.Seq2[[]backup.Value, error] {
	if t.Name != b.at {
		return b.truth.Rows(ctx, t)
	}
	return func(yield func([]backup.Value, error) bool) {
		for _, row := range b.rows {
			if !yield(row, nil) {
				return
			}
		}
		if b.err != nil {
			yield(nil, b.err)
		}
	}
}

func TestSourcesAndSinksThatFail(t *testing.T) {
	s := newShop(t)
	wrong := errors.New("asked for")
	for name, source := range map[string]broken{
		"a source that fails": {s.truth, "mixed", nil, wrong},
		"a short row":         {s.truth, "mixed", [][]backup.Value{{backup.IntOf(1)}}, nil},
		"another kind":        {s.truth, "mixed", [][]backup.Value{{backup.TextOf("1"), {}, {}, {}}}, nil},
	} {
		p := s.ports
		p.Source = source
		if _, _, err := backup.Make(t.Context(), p, s.secret.Public(), madeAt, io.Discard); !errors.Is(err, wrong) && !errors.Is(err, backup.ErrItem) {
			t.Errorf("%s: %v", name, err)
		}
	}
	q := s.reading()
	q.Load = &taken{&truth{rows: map[string][][]backup.Value{}}, wrong}
	if _, _, err := backup.Read(t.Context(), bytes.NewReader(s.make(t)), q); !errors.Is(err, wrong) {
		t.Errorf("a sink that fails gives %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := backup.Read(ended, bytes.NewReader(s.make(t)), s.reading()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped reading gives %v", err)
	}
	s.ports.Folders = append(s.ports.Folders, backup.Folder{Name: "aanleveringen", Files: vanishing{fstest.MapFS{"a": {}, "b": {Data: []byte("b")}}}})
	m, _, err := backup.Make(t.Context(), s.ports, s.secret.Public(), madeAt, io.Discard)
	if err != nil || m.Gone != 1 || len(m.Files) != 4 {
		t.Errorf("a file that is gone: %+v, %v", m.Files, err)
	}
}

// vanishing lists a file that is gone when it is read.
type vanishing struct{ fstest.MapFS }

func (v vanishing) Open(name string) (fs.File, error) {
	if name == "a" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return v.MapFS.Open(name)
}
