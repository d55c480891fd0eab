// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// The examples of RFC 5649, part 6.
func TestWrapPadded(t *testing.T) {
	for _, c := range []struct{ kek, secret, want string }{
		{"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "c37b7e6492584340bed12207808941155068f738",
			"138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
		{"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
	} {
		kek, _ := hex.DecodeString(c.kek)
		secret, _ := hex.DecodeString(c.secret)
		got, err := wrapPadded(kek, secret)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%x, %v, want %s", got, err, c.want)
		}
	}
}

// Keys leave closed, current ones whole and ended ones as their public half.
func TestHandOver(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	k, err := Create(filepath.Join(t.TempDir(), "ring"), NewUnlock(), now, Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.SubjectBlinding} {
		if err := k.Rotate(t.Context(), use); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	wrapping, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := k.HandOver(t.Context(), &wrapping.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publics, err := k.Publics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signing, sealed, versions := 0, 0, []uint32{}
	for _, m := range moved {
		if m.Use == keys.SubjectBlinding {
			versions = append(versions, m.Version)
		} else {
			signing++
		}
		if m.Sealed != nil {
			sealed++
		}
		if ended := !m.Until.IsZero(); ended != (m.Sealed == nil) {
			t.Errorf("%s until %s has %d sealed bytes", m.Use, m.Until, len(m.Sealed))
		}
	}
	signers := 0
	for _, p := range publics {
		if p.Use.Signs() {
			signers++
		}
	}
	if signing != signers || sealed != signers-1+2 || len(versions) != 2 || versions[0] != 1 || versions[1] != 2 {
		t.Errorf("%d of %d signing keys, %d sealed, versions %v", signing, signers, sealed, versions)
	}
	k.mu.Lock()
	d, pin, _, err := k.load()
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	defer pin.Close()
	for _, m := range moved {
		for _, r := range d.Blinding {
			if bytes.Contains(m.Sealed, r.Key) {
				t.Error("a blinding key leaves open")
			}
		}
		for _, r := range d.Keys {
			if len(r.Private) > 0 && bytes.Contains(m.Sealed, r.Private) {
				t.Error("a signing key leaves open")
			}
		}
	}
	short, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.HandOver(t.Context(), &short.PublicKey); !errors.Is(err, keys.ErrAlgorithm) {
		t.Errorf("a short wrapping key: %v", err)
	}
}
