// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"testing"
)

// The vectors of RFC 5649, section 6.
func TestWrapPaddedVectors(t *testing.T) {
	kek := unhex(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for key, want := range map[string]string{
		"c37b7e6492584340bed12207808941155068f738": "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
		"466f7250617369": "afbeb0f07dfbf5419200f2ccb50bb24f",
	} {
		if got, err := wrapPadded(kek, unhex(t, key)); err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%s: %x, %v", key, got, err)
		}
	}
}

func TestWrapFor(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []*rsa.PublicKey{nil, {}, &weak.PublicKey} {
		if got, err := WrapFor(to, make([]byte, 32)); got != nil || !errors.Is(err, ErrAlgorithm) {
			t.Errorf("wrapped to a key that is none: %v", err)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
