// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// What a command does to the file is seen by the running server: at once where a body is at stake, within a second
// elsewhere.
func TestRunningServerSeesCommand(t *testing.T) {
	server := newBench(t)
	w := wrapOne(t, server.Keyring, "GM0268/2026-10", "a", "x")
	command := server.second(t)
	before, _, err := server.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)

	must(t, command.Rotate(t.Context(), keys.ReceiptSigning))
	if kid, _, _ := server.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); kid != before {
		t.Error("the clock stood still, yet the file was looked at")
	}
	server.clock.advance(time.Second)
	if kid, _, _ := server.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); kid == before {
		t.Error("after a second the rotation is not seen")
	}

	before, _, _ = server.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, command.Rotate(t.Context(), keys.ReceiptSigning))
	server.clock.advance(-time.Hour)
	if kid, _, _ := server.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); kid == before {
		t.Error("a clock that went back keeps the old state alive")
	}

	must(t, command.Destroy(t.Context(), "GM0268/2026-10"))
	if _, err := unwrapOne(t, server.Keyring, "GM0268/2026-10", "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("Unwrap right after another process destroyed = %v, want ErrDestroyed", err)
	}
	must(t, command.Destroy(t.Context(), "GM0268/2026-09"))
	wrapOne(t, command, "GM0268/2026-08", "a", "x")
	wrapOne(t, server.Keyring, "GM0268/2026-08", "b", "x") // the server holds the key now
	must(t, command.Destroy(t.Context(), "GM0268/2026-08"))
	for _, scope := range []string{"GM0268/2026-09", "GM0268/2026-08"} {
		it := keys.WrapItem{Scope: scope, ID: "b", Data: []byte("te laat")}
		if _, err := server.Wrap(t.Context(), []keys.WrapItem{it}); !errors.Is(err, keys.ErrDestroyed) {
			t.Errorf("Wrap right after another process destroyed %s = %v, want ErrDestroyed", scope, err)
		}
	}
	w = wrapOne(t, command, "GM0268/2026-11", "a", "nieuw")
	if got, err := unwrapOne(t, server.Keyring, "GM0268/2026-11", "a", w); err != nil || got != "nieuw" {
		t.Errorf("body under another process's key: %q, %v", got, err)
	}
}

func TestRotatedKeySignsForAMinute(t *testing.T) {
	b := newBench(t)
	digest := make([]byte, 32)
	kid, h, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	must(t, b.Rotate(t.Context(), keys.ReceiptSigning))
	b.clock.advance(signingOverlap - time.Second)
	if _, err := h.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	b.clock.advance(time.Second)
	if _, err := h.Sign(rand.Reader, digest, crypto.SHA256); !errors.Is(err, keys.ErrRetired) {
		t.Errorf("after the published end: %v, want ErrRetired", err)
	}
	must(t, b.Destroy(t.Context(), "GM0268/2026-01")) // any write
	entries, err := b.Inventory(t.Context())
	must(t, err)
	for _, e := range entries {
		if e.KID == kid && (e.Acts || !e.Until.Equal(start.Add(signingOverlap))) {
			t.Errorf("the private half outlives its time: %+v", e)
		}
	}
}

func TestRetireBlindingVersion(t *testing.T) {
	b := newBench(t)
	must(t, b.Rotate(t.Context(), keys.SubjectBlinding))
	if err := b.Retire(t.Context(), "subject-blinding.2"); !errors.Is(err, keys.ErrCurrent) {
		t.Errorf("current version: %v, want ErrCurrent", err)
	}
	must(t, b.Retire(t.Context(), "subject-blinding.1"))
	out, err := b.MAC(t.Context(), [][]byte{[]byte("x")})
	if err != nil || len(out[0]) != 1 || out[0][0].Version != 2 {
		t.Errorf("tags %v, %v; want version 2 only", out, err)
	}
	if err := b.Retire(t.Context(), "subject-blinding.1"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("a version that is gone: %v, want ErrUnknown", err)
	}
}

func TestOptions(t *testing.T) {
	path := t.TempDir() + "/sleutels"
	unlock := NewUnlock()
	k, err := Create(path, unlock, start, Options{X25519Intake: true, RSAIntake: true})
	must(t, err)
	must(t, k.Close())
	k, err = Open(path, unlock, func() time.Time { return start })
	must(t, err)
	must(t, k.Rotate(t.Context(), keys.IntakeDecryption))
	in, err := k.IntakeKeys(t.Context())
	must(t, err)
	var got []string
	for _, i := range in {
		kind := i.Algorithm
		if r, ok := i.Key.(*rsa.PrivateKey); ok {
			kind += fmt.Sprint(r.N.BitLen())
		}
		got = append(got, kind)
	}
	if len(got) != 6 || strings.Count(strings.Join(got[:3], " "), keys.RSAOAEP256+"3072") != 1 {
		t.Errorf("intake keys %v, want three current ones first, one of them RSA", got)
	}
	must(t, k.Close())
	if _, err := k.IntakeKeys(t.Context()); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("after Close: %v, want ErrUnavailable", err)
	}
	if err := k.Rotate(t.Context(), keys.NoticeSigning); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("change after Close: %v, want ErrUnavailable", err)
	}
}

// Nothing private comes out of any print path, also not through a struct that holds a store in an unexported field.
func TestRedaction(t *testing.T) {
	b := newBench(t)
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	d, err := decodeDocument(mustOpen(t, b))
	must(t, err)
	_, h, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	snap := b.snap.Load()
	type holder struct{ inner any }
	values := []any{b.Keyring, h, newSecret(d.Scopes[0].Key), *d, d, d.Keys[0], d.Blinding[0], d.Scopes[0], snap, *b.Keyring.unlock,
		holder{b.Keyring}, holder{h}, &holder{snap}, holder{b.Keyring.unlock}, snap.scopes["GM0268/2026-11"], snap.blinding[0]}
	var secrets [][]byte
	for _, k := range d.Keys {
		secrets = append(secrets, k.Private)
	}
	secrets = append(secrets, d.Blinding[0].Key, d.Scopes[0].Key, b.unlock)
	for _, v := range values {
		var out strings.Builder
		fmt.Fprintf(&out, "%v|%+v|%#v|%s|%x|%X|%d|%q", v, v, v, v, v, v, v, v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("", "v", v)
		switch v.(type) {
		case document, *document, keyRecord, blindingRecord, scopeRecord: // the file itself, JSON is their purpose
		default:
			raw, _ := json.Marshal(v)
			out.Write(raw)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("", "v", v)
		}
		for i, s := range secrets {
			for _, form := range forms(s) {
				if strings.Contains(out.String(), form) {
					t.Errorf("%T tells secret %d", v, i)
				}
			}
		}
	}
}

// forms are the ways in which a piece of a secret could show in text.
func forms(s []byte) []string {
	piece := s[len(s)-12:]
	if len(s) > 100 { // PKCS #8 of a P-256 key ends with the public half; the private one is before it
		piece = s[40:52]
	}
	list := strings.Trim(fmt.Sprint(piece), "[]")
	j, _ := json.Marshal(s)
	return []string{string(piece), fmt.Sprintf("%x", piece), fmt.Sprintf("%X", piece), list, strings.ReplaceAll(list, " ", ", "),
		strings.TrimPrefix(strings.ReplaceAll(fmt.Sprintf("%#v", piece), "}", ""), "[]byte{"), strings.Trim(string(j), `"=`)}
}

func mustOpen(t testing.TB, b *bench) []byte {
	t.Helper()
	plain, err := openBytes(b.raw(t), newSecret(b.unlock))
	must(t, err)
	return plain
}

// The file holds nothing readable but its header.
func TestFileIsOpaque(t *testing.T) {
	b := newBench(t)
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	for _, word := range []string{"GM0268", "receipt", "keys", "{"} {
		if bytes.Contains(b.raw(t)[headerSize:], []byte(word)) && len(word) > 1 {
			t.Errorf("%q is readable", word)
		}
	}
}
