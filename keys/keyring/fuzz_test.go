// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzOpen puts other bytes somewhere in the file and cuts it. Only the file as it was written opens. The edit is the
// input, not the file, because every fuzzing process makes keys of its own.
func FuzzOpen(f *testing.F) {
	b := newBench(f)
	raw := b.raw(f)
	f.Add(uint16(0), []byte{}, uint16(0))
	f.Add(uint16(len(magic)), []byte{2}, uint16(0))
	f.Add(uint16(headerSize), []byte("xxxxxxxxxxxx"), uint16(0))
	f.Add(uint16(0), []byte(magic), uint16(len(raw)-headerSize))
	f.Add(uint16(len(raw)), []byte{0}, uint16(0))
	path := filepath.Join(f.TempDir(), "sleutels")
	f.Fuzz(func(t *testing.T, at uint16, put []byte, cut uint16) {
		data := bytes.Clone(raw)
		at = min(at, uint16(len(data)))
		data = append(data[:at], append(bytes.Clone(put), raw[min(int(at)+len(put), len(raw)):]...)...)
		data = data[:len(data)-min(int(cut), len(data))]
		must(t, os.WriteFile(path, data, 0o600))
		k, err := Open(path, b.unlock, func() time.Time { return start })
		if same := bytes.Equal(data, raw); same != (err == nil) || same != (k != nil) {
			t.Fatalf("the same file %v, opened %v", same, err)
		}
		if err == nil {
			must(t, k.Close())
		} else if !errors.Is(err, ErrUnlock) && !errors.Is(err, ErrFormat) {
			t.Fatalf("error of no kind: %v", err)
		}
	})
}

// FuzzDocument looks behind the encryption, where only someone with the unlock secret comes. What opens has one encoding
// and can be written again.
func FuzzDocument(f *testing.F) {
	b := newBench(f)
	wrapOne(f, b.Keyring, "GM0268/2026-11", "a", "x")
	must(f, b.Destroy(f.Context(), "GM0268/2026-10"))
	must(f, b.Rotate(f.Context(), "subject-blinding"))
	plain := mustOpen(f, b)
	f.Add(plain)
	f.Add([]byte(`{"generation":1,"keys":[],"blinding":[],"scopes":[]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decodeDocument(data)
		if err != nil {
			if d != nil || !errors.Is(err, ErrFormat) {
				t.Fatalf("%v with a document %v", err, d != nil)
			}
			return
		}
		s, err := buildSnapshot(d)
		if (s == nil) != (err != nil) || (err != nil && !errors.Is(err, ErrFormat)) {
			t.Fatalf("snapshot %v, %v", s != nil, err)
		}
		if again, err := d.encode(); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("encodes differently: %v", err)
		}
	})
}

// Documents that decode but break a rule are refused whole.
func TestDocumentRules(t *testing.T) {
	b := newBench(t)
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	must(t, b.Rotate(t.Context(), "subject-blinding"))
	for name, spoil := range map[string]func(*document){
		"no generation":         func(d *document) { d.Generation = 0 },
		"no keys":               func(d *document) { d.Keys = nil },
		"no receipt key":        func(d *document) { d.Keys = d.Keys[1:] },
		"two current keys":      func(d *document) { d.Keys = append(d.Keys, mustKey(t, d.Keys[0])) },
		"same key twice":        func(d *document) { d.Keys = append(d.Keys, d.Keys[0]) },
		"other use":             func(d *document) { d.Keys[0].Use = "intake-decryption" },
		"unknown use":           func(d *document) { d.Keys[0].Use = "all" },
		"other algorithm":       func(d *document) { d.Keys[0].Algorithm = "PS256" },
		"other kind":            func(d *document) { d.Keys[0].Kind = ed },
		"other kid":             func(d *document) { d.Keys[0].KID = d.Keys[1].KID + "x" },
		"other public half":     func(d *document) { d.Keys[0].Public = d.Keys[1].Public },
		"other private half":    func(d *document) { d.Keys[0].Private = d.Keys[1].Private },
		"private of other kind": func(d *document) { d.Keys[0].Private = d.Keys[2].Private },
		"no private half":       func(d *document) { d.Keys[0].Private = nil },
		"no start":              func(d *document) { d.Keys[0].From = time.Time{} },
		"no blinding":           func(d *document) { d.Blinding = nil },
		"blinding out of order": func(d *document) { d.Blinding[0].Version = 1 },
		"blinding version 0":    func(d *document) { d.Blinding[1].Version = 0 },
		"short blinding":        func(d *document) { d.Blinding[0].Key = d.Blinding[0].Key[:31] },
		"scope name":            func(d *document) { d.Scopes[0].Name = "a b" },
		"scope twice":           func(d *document) { d.Scopes = append(d.Scopes, d.Scopes[0]) },
		"scope without key":     func(d *document) { d.Scopes[0].Key = nil },
		"destroyed with key":    func(d *document) { d.Scopes[0].Destroyed = start },
		"no scopes":             func(d *document) { d.Scopes = nil },
	} {
		d, err := decodeDocument(mustOpen(t, b))
		must(t, err)
		if _, err := buildSnapshot(d); err != nil {
			t.Fatalf("untouched: %v", err)
		}
		spoil(d)
		if s, err := buildSnapshot(d); s != nil || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
}

// There is one way to write a document.
func TestDocumentIsStrict(t *testing.T) {
	b := newBench(t)
	plain := mustOpen(t, b)
	for name, bad := range map[string][]byte{
		"unknown field": bytes.Replace(plain, []byte(`{"generation"`), []byte(`{"extra":1,"generation"`), 1),
		"doubled field": bytes.Replace(plain, []byte(`{"generation":1`), []byte(`{"generation":9,"generation":1`), 1),
		"other case":    bytes.Replace(plain, []byte(`"generation"`), []byte(`"Generation"`), 1),
		"space":         append([]byte(" "), plain...),
		"trailing":      append(bytes.Clone(plain), '{'),
		"fraction":      bytes.Replace(plain, []byte("09:30:00Z"), []byte("09:30:00.5Z"), 1),
		"other zone":    bytes.Replace(plain, []byte("09:30:00Z"), []byte("10:30:00+01:00"), 1),
	} {
		if bytes.Equal(bad, plain) {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if _, err := decodeDocument(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
}

func mustKey(t *testing.T, like keyRecord) keyRecord {
	t.Helper()
	r, err := newKey(slot{like.Use, like.Kind}, start)
	must(t, err)
	return r
}
