// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// X25519 asks NewEncryptionKey for an ECDH-ES+A256KW key on that curve. Such a
// key cannot sign, so it cannot prove that it is held, and MakeKeyStatement refuses it.
const X25519 = "X25519"

// PrivateKey is a participant's own key, for one use and one algorithm. It
// shows only its kid, however it is printed; Marshal is the one way out.
type PrivateKey struct {
	public gateway.PartyKey
	secret *secret
}

// secret sits behind a pointer, so that reflection prints an address at most.
type secret struct{ key any }

// NewSigningKey makes a key for ES256, EdDSA or PS256 (RSA-3072).
func NewSigningKey(alg string) (PrivateKey, error) {
	switch alg {
	case algES256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return newPrivateKey(gateway.KeySign, alg, k, err)
	case algEdDSA:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return newPrivateKey(gateway.KeySign, alg, k, err)
	case algPS256:
		k, err := rsa.GenerateKey(rand.Reader, minRSABits)
		return newPrivateKey(gateway.KeySign, alg, k, err)
	}
	return PrivateKey{}, ErrUnsoundKey
}

// NewEncryptionKey makes a key for ECDH-ES+A256KW on P-256, for X25519, for
// RSA-OAEP-256 or for RSA-OAEP (RSA-3072).
func NewEncryptionKey(alg string) (PrivateKey, error) {
	switch alg {
	case algECDHES:
		k, err := ecdh.P256().GenerateKey(rand.Reader)
		return newPrivateKey(gateway.KeyEncrypt, alg, k, err)
	case X25519:
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		return newPrivateKey(gateway.KeyEncrypt, algECDHES, k, err)
	case algRSAOAEP256, algRSAOAEP:
		k, err := rsa.GenerateKey(rand.Reader, minRSABits)
		return newPrivateKey(gateway.KeyEncrypt, alg, k, err)
	}
	return PrivateKey{}, ErrUnsoundKey
}

// newPrivateKey checks the key and names it after its thumbprint.
func newPrivateKey(use gateway.KeyUse, alg string, key any, err error) (PrivateKey, error) {
	if err != nil {
		return PrivateKey{}, err
	}
	holder, ok := key.(interface{ Public() crypto.PublicKey })
	if !ok {
		return PrivateKey{}, ErrUnsoundKey
	}
	public := holder.Public()
	if err := sound(use, alg, public); err != nil {
		return PrivateKey{}, err
	}
	kid, err := keys.Thumbprint(public)
	if err != nil {
		return PrivateKey{}, err
	}
	return PrivateKey{gateway.PartyKey{ID: kid, Use: use, Algorithm: alg, Public: public}, &secret{key}}, nil
}

// Public gives the public half, as it is registered; From and Until are zero.
func (k PrivateKey) Public() gateway.PartyKey { return k.public }

// IsZero reports whether there is no key.
func (k PrivateKey) IsZero() bool { return k.secret == nil }

// raw gives the private key for work inside this package.
func (k PrivateKey) raw() any {
	if k.secret == nil {
		return nil
	}
	return k.secret.key
}

// signer gives the signing half, or ErrUnsoundKey for a key of another use.
func (k PrivateKey) signer() (crypto.Signer, error) {
	s, ok := k.raw().(crypto.Signer)
	if !ok || k.public.Use != gateway.KeySign {
		return nil, ErrUnsoundKey
	}
	return s, nil
}

// The methods below serve every path into text; TestPrivateKeyRedacts holds them.

// Format prints the kid only.
func (k PrivateKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.label()) }

// MarshalJSON prints the kid only; Marshal writes the key.
func (k PrivateKey) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, k.label()), nil }

// LogValue prints the kid only.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.label()) }

func (k PrivateKey) label() string { return "private-key:" + k.public.ID }
