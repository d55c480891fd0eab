// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// distant is a key store on another machine: it counts the calls.
type distant struct {
	*store
	calls int
	spoil func([][]byte) [][]byte
	err   error
}

type distantHandle struct {
	handle
	store *distant
}

func (d *distant) Signer(ctx context.Context, use keys.Use, alg string) (string, crypto.Signer, error) {
	kid, s, err := d.store.Signer(ctx, use, alg)
	return kid, distantHandle{handle{s}, d}, err
}

func (h distantHandle) SignBatch(_ context.Context, digests [][]byte, o crypto.SignerOpts) ([][]byte, error) {
	h.store.calls++
	out := make([][]byte, len(digests))
	for i, digest := range digests {
		var err error
		if out[i], err = h.s.Sign(rand.Reader, digest, o); err != nil {
			return nil, err
		}
	}
	if h.store.spoil != nil {
		out = h.store.spoil(out)
	}
	return out, h.store.err
}

// A commit costs one call per algorithm, and every token is the one of its own statement.
func TestOneCallPerAlgorithm(t *testing.T) {
	d := &distant{store: &store{signing: theWorld().sign}}
	var statements []gateway.Statement
	for n := range 256 {
		alg := []string{"", algES256, algPS256}[n%3]
		statements = append(statements, gateway.Statement{Type: gateway.TypeReceipt, Algorithm: alg, Payload: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	tokens, err := NewIssuer(d, keys.ReceiptSigning).Sign(t.Context(), statements)
	if err != nil || len(tokens) != len(statements) || d.calls != 2 {
		t.Fatalf("%d tokens in %d calls: %v", len(tokens), d.calls, err)
	}
	w := theWorld()
	published := []PublishedKey{}
	for _, alg := range []string{algES256, algPS256} {
		k := w.sign[alg].public
		published = append(published, must(ParseJWKS(must(JWKS([]keys.Public{{Use: keys.ReceiptSigning, KID: k.ID, Algorithm: alg, Key: k.Public, From: now}}))))...)
	}
	for n, token := range tokens {
		if got, err := VerifyStatement(token, published, gateway.TypeReceipt); err != nil || !bytes.Equal(got, statements[n].Payload) {
			t.Fatalf("token %d: %v", n, err)
		}
	}
}

// The same header and payload give the same signing input, whoever signs.
func TestDistantTokensLookTheSame(t *testing.T) {
	one := []gateway.Statement{{Type: gateway.TypeReceipt, Payload: payload}}
	near := must(NewIssuer(theWorld().store, keys.ReceiptSigning).Sign(t.Context(), one))[0]
	far := must(NewIssuer(&distant{store: theWorld().store}, keys.ReceiptSigning).Sign(t.Context(), one))[0]
	a, b := parts(near), parts(far)
	if a[0] != b[0] || a[1] != b[1] || len(a[2]) != len(b[2]) {
		t.Errorf("%s\n%s", near, far)
	}
}

func TestBatchIsAllOrNothing(t *testing.T) {
	two := []gateway.Statement{{Type: gateway.TypeReceipt, Payload: payload}, {Type: gateway.TypeReceipt, Payload: payload}}
	for name, c := range map[string]struct {
		spoil func([][]byte) [][]byte
		err   error
		want  error
	}{
		"store fails":   {nil, keys.ErrUnavailable, keys.ErrUnavailable},
		"one is absent": {func(s [][]byte) [][]byte { return s[:1] }, nil, keys.ErrUnavailable},
		"no signature":  {func(s [][]byte) [][]byte { s[1] = []byte("x"); return s }, nil, errSignature},
		"zero":          {func(s [][]byte) [][]byte { s[0] = []byte{0x30, 6, 2, 1, 0, 2, 1, 1}; return s }, nil, errSignature},
		"bytes after":   {func(s [][]byte) [][]byte { s[0] = append(s[0], 0); return s }, nil, errSignature},
	} {
		d := &distant{store: &store{signing: theWorld().sign}, spoil: c.spoil, err: c.err}
		if tokens, err := NewIssuer(d, keys.ReceiptSigning).Sign(t.Context(), two); !errors.Is(err, c.want) || tokens != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := &distant{store: &store{signing: map[string]PrivateKey{algES256: theWorld().sign[algEdDSA]}}}
	if _, err := NewIssuer(wrong, keys.ReceiptSigning).Sign(t.Context(), two); !errors.Is(err, ErrUnsoundKey) || wrong.calls != 0 {
		t.Errorf("a handle of another algorithm: %v", err)
	}
}
