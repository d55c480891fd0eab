// SPDX-License-Identifier: EUPL-1.2

package keystest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

func boundToUse(t *testing.T, s Store) {
	for _, c := range []struct {
		use  keys.Use
		alg  string
		want error
	}{
		{keys.IntakeDecryption, keys.ECDHES, keys.ErrUse},
		{keys.IntakeDecryption, keys.ES256, keys.ErrUse},
		{keys.SubjectBlinding, keys.ES256, keys.ErrUse},
		{keys.BodyWrapping, "", keys.ErrUse},
		{"", keys.ES256, keys.ErrUse},
		{"receipt-signing ", keys.ES256, keys.ErrUse},
		{keys.ReceiptSigning, keys.EdDSA, keys.ErrAlgorithm},
		{keys.ReceiptSigning, "none", keys.ErrAlgorithm},
		{keys.ReceiptSigning, "", keys.ErrAlgorithm},
		{keys.CheckpointSigning, keys.ES256, keys.ErrAlgorithm},
		{keys.WebhookSigning, keys.ES256, keys.ErrAlgorithm},
	} {
		if _, h, err := s.Signer(t.Context(), c.use, c.alg); !errors.Is(err, c.want) || h != nil {
			t.Errorf("Signer(%q, %q) = handle %v, %v; want %v", c.use, c.alg, h != nil, err, c.want)
		}
	}
	seen := map[string]keys.Use{}
	for _, p := range publics(t, s) {
		if other, twice := seen[p.KID]; twice {
			t.Errorf("key %s serves %s and %s", p.KID, other, p.Use)
		}
		seen[p.KID] = p.Use
		if kid, err := keys.Thumbprint(p.Key); err != nil || kid != p.KID {
			t.Errorf("%s: kid %q is not the thumbprint %q (%v)", p.Use, p.KID, kid, err)
		}
	}
	if err := s.Rotate(t.Context(), keys.BodyWrapping); !errors.Is(err, keys.ErrUse) {
		t.Errorf("Rotate(body-wrapping) = %v, want ErrUse", err)
	}
	if err := s.Rotate(t.Context(), "anything"); !errors.Is(err, keys.ErrUse) {
		t.Errorf("Rotate(anything) = %v, want ErrUse", err)
	}
	if err := s.Retire(t.Context(), "nobody"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("Retire(nobody) = %v, want ErrUnknown", err)
	}
}

func signaturesVerify(t *testing.T, s Store) {
	for _, c := range []struct {
		use keys.Use
		alg string
	}{
		{keys.ReceiptSigning, keys.ES256}, {keys.NoticeSigning, keys.ES256}, {keys.CheckpointSigning, keys.EdDSA}, {keys.WebhookSigning, keys.EdDSA},
	} {
		kid, h := signer(t, s, c.use, c.alg)
		p := public(t, s, kid)
		if p.Use != c.use || p.Algorithm != c.alg || !p.Until.IsZero() || p.From.IsZero() {
			t.Errorf("published key of %s is %+v", c.use, p)
		}
		sign(t, h, c.alg, p.Key)
		refuses(t, h, c.alg)
	}
}

// sign makes a signature and checks it with the published key.
func sign(t *testing.T, h crypto.Signer, alg string, key crypto.PublicKey) {
	t.Helper()
	message := []byte("ontvangstbewijs")
	digest := sha256.Sum256(message)
	var ok bool
	var err error
	var sig []byte
	switch alg {
	case keys.ES256:
		sig, err = h.Sign(rand.Reader, digest[:], crypto.SHA256)
		ok = ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), digest[:], sig)
	case keys.PS256:
		o := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		sig, err = h.Sign(rand.Reader, digest[:], o)
		ok = rsa.VerifyPSS(key.(*rsa.PublicKey), crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: 32}) == nil
	case keys.EdDSA:
		sig, err = h.Sign(rand.Reader, message, crypto.Hash(0))
		ok = ed25519.Verify(key.(ed25519.PublicKey), message, sig)
	}
	if err != nil || !ok {
		t.Errorf("%s signature: %v, verifies %v", alg, err, ok)
	}
}

// refuses asks for signatures that the algorithm does not make.
func refuses(t *testing.T, h crypto.Signer, alg string) {
	t.Helper()
	long := make([]byte, 64)
	requests := map[string]crypto.SignerOpts{"nil": nil, "SHA-512": crypto.SHA512}
	if alg != keys.PS256 {
		requests["PSS"] = &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA384}
	} else {
		requests["PKCS1"] = crypto.SHA256
		requests["short salt"] = &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256}
	}
	if alg == keys.EdDSA {
		requests["context"] = &ed25519.Options{Context: "x"}
	} else {
		requests["no hash"] = crypto.Hash(0)
	}
	for name, o := range requests {
		if sig, err := h.Sign(rand.Reader, long, o); !errors.Is(err, keys.ErrAlgorithm) || sig != nil {
			t.Errorf("%s signs with options %s: %v", alg, name, err)
		}
	}
}

func handleHides(t *testing.T, s Store) {
	_, h := signer(t, s, keys.ReceiptSigning, keys.ES256)
	_, c := signer(t, s, keys.CheckpointSigning, keys.EdDSA)
	for _, v := range []any{h, c} {
		switch v.(type) {
		case *ecdsa.PrivateKey, ecdsa.PrivateKey, ed25519.PrivateKey, *ed25519.PrivateKey, *rsa.PrivateKey:
			t.Errorf("handle is the private key itself (%T)", v)
		}
		if _, ok := v.(crypto.Decrypter); ok {
			t.Error("handle decrypts")
		}
		if _, ok := v.(interface{ Bytes() ([]byte, error) }); ok {
			t.Error("handle gives its bytes")
		}
	}
	shortText(t, "handle", h)
}

func signingRotates(t *testing.T, s Store) {
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.CheckpointSigning, keys.WebhookSigning} {
		alg := use.Algorithms()[0]
		oldKID, oldHandle := signer(t, s, use, alg)
		if err := s.Retire(t.Context(), oldKID); !errors.Is(err, keys.ErrCurrent) {
			t.Errorf("%s: retiring the current key = %v, want ErrCurrent", use, err)
		}
		must(t, s.Rotate(t.Context(), use))
		newKID, h := signer(t, s, use, alg)
		if newKID == oldKID {
			t.Fatalf("%s: rotation kept the key", use)
		}
		sign(t, h, alg, public(t, s, newKID).Key)
		sign(t, oldHandle, alg, public(t, s, oldKID).Key) // what was begun may be finished
		if public(t, s, oldKID).Until.IsZero() || !public(t, s, newKID).Until.IsZero() {
			t.Errorf("%s: the end is on the wrong key", use)
		}
		must(t, s.Retire(t.Context(), oldKID))
		must(t, s.Retire(t.Context(), oldKID))
		if _, err := oldHandle.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, keys.ErrRetired) {
			t.Errorf("%s: a retired key signs: %v", use, err)
		}
		public(t, s, oldKID) // still there, for what it signed
	}
}

func signTogether(t *testing.T, s Store) {
	together := func(want int) []crypto.Signer {
		t.Helper()
		all, err := s.Signers(t.Context(), keys.WebhookSigning, keys.EdDSA)
		must(t, err)
		if len(all) != want {
			t.Fatalf("%d keys sign, want %d", len(all), want)
		}
		return all
	}
	oldKID, old := signer(t, s, keys.WebhookSigning, keys.EdDSA)
	sign(t, together(1)[0], keys.EdDSA, old.Public())
	must(t, s.Rotate(t.Context(), keys.WebhookSigning))
	_, current := signer(t, s, keys.WebhookSigning, keys.EdDSA)
	both := together(2)
	sign(t, both[0], keys.EdDSA, current.Public())
	sign(t, both[1], keys.EdDSA, old.Public())
	must(t, s.Retire(t.Context(), oldKID))
	sign(t, together(1)[0], keys.EdDSA, current.Public())
	if all, err := s.Signers(t.Context(), keys.SubjectBlinding, keys.EdDSA); !errors.Is(err, keys.ErrUse) || all != nil {
		t.Errorf("Signers of a use that does not sign: %v", err)
	}
}

func ps256(t *testing.T, s Store) {
	if _, _, err := s.Signer(t.Context(), keys.ReceiptSigning, keys.PS256); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("PS256 before it was made: %v, want ErrUnknown", err)
	}
	must(t, s.EnsurePS256(t.Context()))
	kid, h := signer(t, s, keys.ReceiptSigning, keys.PS256)
	sign(t, h, keys.PS256, public(t, s, kid).Key)
	refuses(t, h, keys.PS256)
	must(t, s.EnsurePS256(t.Context()))
	if again, _ := signer(t, s, keys.ReceiptSigning, keys.PS256); again != kid {
		t.Error("EnsurePS256 replaced the key")
	}
	if other, _ := signer(t, s, keys.NoticeSigning, keys.PS256); other == kid {
		t.Error("receipts and notices share a key")
	}
}

func signer(t *testing.T, s Store, use keys.Use, alg string) (string, crypto.Signer) {
	t.Helper()
	kid, h, err := s.Signer(t.Context(), use, alg)
	if err != nil {
		t.Fatalf("Signer(%s, %s): %v", use, alg, err)
	}
	return kid, h
}

func publics(t *testing.T, s Store) []keys.Public {
	t.Helper()
	ps, err := s.Publics(t.Context())
	must(t, err)
	return ps
}

func public(t *testing.T, s Store, kid string) keys.Public {
	t.Helper()
	for _, p := range publics(t, s) {
		if p.KID == kid {
			return p
		}
	}
	t.Fatalf("key %s is not published", kid)
	return keys.Public{}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cancelled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.MAC(ctx, [][]byte{[]byte("x")}); !errors.Is(err, context.Canceled) {
		t.Errorf("MAC after cancellation: %v", err)
	}
	if _, _, err := s.Signer(ctx, keys.ReceiptSigning, keys.ES256); !errors.Is(err, context.Canceled) {
		t.Errorf("Signer after cancellation: %v", err)
	}
	if _, err := s.Wrap(ctx, []keys.WrapItem{{Scope: "GM0268/2026-11", ID: "1"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Wrap after cancellation: %v", err)
	}
}
