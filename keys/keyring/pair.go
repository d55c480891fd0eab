// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"

	"github.com/seinhuis/seinhuis/keys"
)

// pair is a parsed and checked key record.
type pair struct {
	public  crypto.PublicKey
	private any      // intake keys only
	sign    signFunc // signing keys that still hold a private half
}

// parsePair checks that a record is what it says: use, algorithm, kind, public half, private half and key id agree.
func parsePair(r keyRecord) (pair, error) {
	alg := algorithm(r.Use, r.Kind)
	if alg == "" || alg != r.Algorithm || r.From.IsZero() {
		return pair{}, ErrFormat
	}
	public, err := parsePublic(r)
	if err != nil {
		return pair{}, ErrFormat
	}
	if kid, err := keys.Thumbprint(public); err != nil || kid != r.KID {
		return pair{}, ErrFormat
	}
	if len(r.Private) == 0 {
		if !r.Use.Signs() || r.Until.IsZero() {
			return pair{}, ErrFormat
		}
		return pair{public: public}, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(r.Private)
	if err != nil {
		return pair{}, ErrFormat // the cause could quote the key
	}
	return bind(r, public, parsed)
}

// bind turns a private key into the one act its use allows.
func bind(r keyRecord, public crypto.PublicKey, parsed any) (pair, error) {
	switch k := parsed.(type) {
	case *ecdsa.PrivateKey:
		if r.Use.Signs() {
			return pair{public: public, sign: signES256(k)}, equal(k.Public(), public)
		}
		e, err := k.ECDH()
		if err != nil {
			return pair{}, ErrFormat
		}
		return pair{public: public, private: e}, equal(e.PublicKey(), public)
	case *ecdh.PrivateKey:
		return pair{public: public, private: k}, equal(k.PublicKey(), public)
	case ed25519.PrivateKey:
		return pair{public: public, sign: signEdDSA(k)}, equal(k.Public(), public)
	case *rsa.PrivateKey:
		if r.Use.Signs() {
			return pair{public: public, sign: signPS256(k)}, equal(k.Public(), public)
		}
		return pair{public: public, private: k}, equal(k.Public(), public)
	default:
		return pair{}, ErrFormat
	}
}

// equal compares with the public half, whose kind is already checked, so a private key of another kind fails too.
func equal(have, want crypto.PublicKey) error {
	if p, ok := have.(interface{ Equal(crypto.PublicKey) bool }); ok && p.Equal(want) {
		return nil
	}
	return ErrFormat
}

// parsePublic returns the key in the type its use and kind ask for.
func parsePublic(r keyRecord) (crypto.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(r.Public)
	if err != nil {
		return nil, ErrFormat
	}
	switch k := parsed.(type) {
	case *ecdsa.PublicKey:
		if r.Kind != p256 || k.Curve != elliptic.P256() {
			return nil, ErrFormat
		}
		if r.Use == keys.IntakeDecryption {
			return k.ECDH()
		}
		return k, nil
	case *ecdh.PublicKey:
		if r.Kind != x25519 || k.Curve() != ecdh.X25519() {
			return nil, ErrFormat
		}
		return k, nil
	case ed25519.PublicKey:
		if r.Kind != ed {
			return nil, ErrFormat
		}
		return k, nil
	case *rsa.PublicKey:
		if r.Kind != rsa3072 || k.N.BitLen() < rsaBits {
			return nil, ErrFormat
		}
		return k, nil
	default:
		return nil, ErrFormat
	}
}
