// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// The closed set of algorithms (RFC 7518, RFC 8037).
const (
	algES256      = keys.ES256
	algEdDSA      = keys.EdDSA
	algPS256      = keys.PS256
	algECDHES     = keys.ECDHES
	algRSAOAEP256 = keys.RSAOAEP256
	algRSAOAEP    = "RSA-OAEP" // SHA-1; for conformance with the Dutch encryption module, per party
	encA256GCM    = "A256GCM"
)

// RSA keys: 3072 bits is the least that lasts (NCSC-NL); more than 8192 only
// costs time, and a party could make us spend it.
const (
	minRSABits  = 3072
	maxRSABits  = 8192
	minExponent = 65537
)

// ErrUnsoundKey says that a key may not be registered or used: wrong type,
// curve, size or exponent for its use and algorithm.
var ErrUnsoundKey = errors.New("key does not fit its use and algorithm")

func signs(alg string) bool { return alg == algES256 || alg == algEdDSA || alg == algPS256 }

func encrypts(alg string) bool {
	return alg == algECDHES || alg == algRSAOAEP256 || alg == algRSAOAEP
}

// sound checks that the public key is what use and algorithm ask, so that no
// later step has to trust the register.
func sound(use gateway.KeyUse, alg string, public crypto.PublicKey) error {
	ok := false
	switch use {
	case gateway.KeySign:
		ok = soundSigning(alg, public)
	case gateway.KeyEncrypt:
		ok = soundEncryption(alg, public)
	}
	if !ok {
		return ErrUnsoundKey
	}
	return nil
}

func soundSigning(alg string, public crypto.PublicKey) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return alg == algES256 && k != nil && k.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return alg == algEdDSA && len(k) == ed25519.PublicKeySize
	case *rsa.PublicKey:
		return alg == algPS256 && soundRSA(k)
	}
	return false
}

func soundEncryption(alg string, public crypto.PublicKey) bool {
	switch k := public.(type) {
	case *ecdh.PublicKey:
		return alg == algECDHES && k != nil && (k.Curve() == ecdh.P256() || k.Curve() == ecdh.X25519())
	case *rsa.PublicKey:
		return (alg == algRSAOAEP256 || alg == algRSAOAEP) && soundRSA(k)
	}
	return false
}

func soundRSA(k *rsa.PublicKey) bool {
	if k == nil || k.N == nil {
		return false
	}
	bits := k.N.BitLen()
	return bits >= minRSABits && bits <= maxRSABits && k.N.Bit(0) == 1 && k.E >= minExponent && k.E&1 == 1
}
