// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

const leaf = `{"v":1,"tijd":"2026-03-01T12:00:00.123Z","gebeurtenis":"melding-ontvangen","actor":"00000003123456780000",` +
	`"rol":"meldende-partij","object":"melding/00000003123456780000/0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90","resultaat":"gelukt",` +
	`"herkomst":"lokaal","spoor":"4bf92f3577b34da6a3ce929d0e0e4736"}`

func TestDecode(t *testing.T) {
	if _, err := proof.Decode([]byte(leaf)); err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) string { return strings.Replace(leaf, old, new, 1) }
	for name, bad := range map[string]string{
		"empty":          ``,
		"not an object":  `[]`,
		"no fields":      `{}`,
		"unknown field":  swap(`{"v":1,`, `{"v":1,"naam":"jansen",`),
		"doubled field":  swap(`{"v":1,`, `{"v":1,"v":1,`),
		"other order":    swap(`"v":1,"tijd":"2026-03-01T12:00:00.123Z"`, `"tijd":"2026-03-01T12:00:00.123Z","v":1`),
		"space":          swap(`{"v":1,`, `{"v": 1,`),
		"trailing":       leaf + "\n",
		"two":            leaf + leaf,
		"other case":     swap(`"v"`, `"V"`),
		"escape":         swap(`lokaal`, `\u006cokaal`),
		"version":        swap(`"v":1`, `"v":2`),
		"empty option":   swap(`4736"}`, `4736","beleid":""}`),
		"explicit zero":  swap(`4736"}`, `4736","aantal":0}`),
		"empty codes":    swap(`4736"}`, `4736","codes":[]}`),
		"negative count": swap(`4736"}`, `4736","aantal":-1}`),
		"fraction":       swap(`4736"}`, `4736","aantal":1.0}`),
		"null":           swap(`"lokaal"`, `null`),
		"local time":     swap(`.123Z`, `.123+01:00`),
		"microseconds":   swap(`.123Z`, `.123456Z`),
		"no such day":    swap(`03-01T`, `02-30T`),
		"capital hex":    swap(`4bf9`, `4BF9`),
		"result":         swap(`gelukt`, `prima`),
		"object":         swap(`0190a7c3-5b1e`, `jansen`),
		"object depth":   swap(`"melding/`, `"melding/GM0268/GM0268/`),
		"month":          swap(`/0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90`, `/2026-13`),
		"too long":       swap(`4736"}`, `4736","codes":["`+strings.Repeat("a", 66000)+`"]}`),
	} {
		if _, err := proof.Decode([]byte(bad)); !errors.Is(err, proof.ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What decodes encodes to the same bytes, and holds nothing but printable ASCII.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(leaf))
	f.Add(gatewaytest.AuditLeaf(f, 1))
	f.Add([]byte(strings.Replace(leaf, `"gelukt"`, `"geweigerd"`, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := proof.Decode(b)
		if err != nil {
			return
		}
		again, err := proof.Encode(e)
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%q encodes to %q, %v", b, again, err)
		}
		if i := bytes.IndexFunc(b, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
			t.Errorf("byte %d of %q", i, b)
		}
	})
}

// Vectors from the C2SP tlog-tiles text and from the encoding of package tlog.
func TestPaths(t *testing.T) {
	for _, c := range []struct {
		n     int64
		width int
		want  string
	}{
		{0, 256, "000"}, {0, 1, "000.p/1"}, {999, 255, "999.p/255"}, {1000, 256, "x001/000"},
		{1234067, 256, "x001/x234/067"}, {1234067, 8, "x001/x234/067.p/8"}, {1 << 55, 256, "x036/x028/x797/x018/x963/968"},
	} {
		if got := proof.TilePath(3, c.n, c.width); got != "tile/3/"+c.want {
			t.Errorf("tile %d: %s", c.n, got)
		}
		if got := proof.EntriesPath(c.n, c.width); got != "tile/entries/"+c.want {
			t.Errorf("bundle %d: %s", c.n, got)
		}
		own := tlog.Tile{H: 8, L: 3, N: c.n, W: c.width}.Path()
		if got := strings.Replace(own, "tile/8/", "tile/", 1); got != proof.TilePath(3, c.n, c.width) {
			t.Errorf("tile %d: package tlog says %s", c.n, got)
		}
	}
}

func TestBundle(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, proof.MaxEntry)
	bundle := proof.AppendEntry(proof.AppendEntry(proof.AppendEntry(nil, []byte("ab")), nil), long)
	if !bytes.HasPrefix(bundle, []byte("\x00\x02ab\x00\x00\xff\xffx")) {
		t.Errorf("%q", bundle[:10])
	}
	for _, want := range [][]byte{[]byte("ab"), {}, long} {
		var got []byte
		var err error
		if got, bundle, err = proof.CutEntry(bundle); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	for _, bad := range []string{"", "\x00", "\x00\x01", "\x00\x03ab"} {
		if _, _, err := proof.CutEntry([]byte(bad)); !errors.Is(err, proof.ErrBundle) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func sign(t testing.TB, text string, seeds ...string) []byte {
	t.Helper()
	var signers []note.Signer
	for _, s := range seeds {
		signer, _ := gatewaytest.AuditSigner(t, s)
		signers = append(signers, signer)
	}
	msg, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestOpenCheckpoint(t *testing.T) {
	_, known := gatewaytest.AuditSigner(t, "log")
	c := proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{N: 7, Hash: tlog.RecordHash([]byte("x"))}}
	root := strings.Split(c.Text(), "\n")[2]
	for _, msg := range [][]byte{sign(t, c.Text(), "log"), sign(t, c.Text(), "log", "a witness")} {
		if got, err := proof.OpenCheckpoint(msg, known); err != nil || got != c {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for name, msg := range map[string][]byte{
		"unknown key":    sign(t, c.Text(), "other"),
		"another origin": sign(t, "elsewhere\n7\n"+root+"\n", "log"),
		"extension":      sign(t, c.Text()+"more\n", "log"),
		"no root":        sign(t, gatewaytest.AuditOrigin+"\n7\n", "log"),
		"leading zero":   sign(t, gatewaytest.AuditOrigin+"\n07\n"+root+"\n", "log"),
		"negative":       sign(t, gatewaytest.AuditOrigin+"\n-7\n"+root+"\n", "log"),
		"short root":     sign(t, gatewaytest.AuditOrigin+"\n7\n"+root[:40]+"\n", "log"),
		"not a note":     []byte("hello\n"),
	} {
		if _, err := proof.OpenCheckpoint(msg, known); !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := sign(t, c.Text(), "log")
	for i := range whole {
		for bit := range 8 {
			msg := bytes.Clone(whole)
			msg[i] ^= 1 << bit
			if _, err := proof.OpenCheckpoint(msg, known); err == nil {
				t.Errorf("bit %d of byte %d may be flipped", bit, i)
			}
		}
	}
}

// No input makes it panic; what opens is signed and canonical.
func FuzzOpenCheckpoint(f *testing.F) {
	_, known := gatewaytest.AuditSigner(f, "log")
	c := proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{N: 7, Hash: tlog.RecordHash([]byte("x"))}}
	f.Add(sign(f, c.Text(), "log"))
	f.Add(sign(f, c.Text(), "log", "a witness"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if got, err := proof.OpenCheckpoint(msg, known); err == nil && !bytes.HasPrefix(msg, []byte(got.Text()+"\n")) {
			t.Errorf("%q opens as %+v", msg, got)
		}
	})
}

func TestInclusion(t *testing.T) {
	_, known := gatewaytest.AuditSigner(t, "log")
	a, b := []byte("a"), []byte("b")
	root := tlog.NodeHash(proof.LeafHash(a), proof.LeafHash(b))
	msg := sign(t, proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{N: 2, Hash: root}}.Text(), "log")
	p := proof.Inclusion{Index: 1, Path: tlog.RecordProof{proof.LeafHash(a)}, Checkpoint: msg}
	got, err := proof.ParseInclusion(p.Text())
	if err != nil || !strings.HasPrefix(p.Text(), "c2sp.org/tlog-proof@v1\nindex 1\n") {
		t.Fatalf("%v\n%s", err, p.Text())
	}
	if _, err := got.Verify(b, known); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		index int64
		leaf  []byte
	}{"another leaf": {1, a}, "another place": {0, b}, "outside": {2, b}} {
		wrong := p
		wrong.Index = c.index
		if _, err := wrong.Verify(c.leaf, known); !errors.Is(err, proof.ErrInclusion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string][2]string{
		"header": {"@v1", "@v2"}, "extra": {"index 1", "extra eA==\nindex 1"}, "index": {"index 1", "index 01"}, "sign": {"index 1", "index +1"},
		"hash": {"=\n\n", "\n\n"}, "no blank line": {"=\n\n", "=\n"}, "spare bits": {"=\n\n", "\u00e9=\n\n"},
	} {
		if _, err := proof.ParseInclusion(strings.Replace(p.Text(), change[0], change[1], 1)); !errors.Is(err, proof.ErrInclusion) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What parses has the same text again.
func FuzzParseInclusion(f *testing.F) {
	f.Add("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n1\n\n")
	f.Add("c2sp.org/tlog-proof@v1\nindex 73894\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\nexample.com/log\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := proof.ParseInclusion(text); err == nil && p.Text() != text {
			t.Errorf("%q comes back as %q", text, p.Text())
		}
	})
}
