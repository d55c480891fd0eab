// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
)

// Thumbprint returns the RFC 7638 SHA-256 thumbprint of a public key (for Ed25519 and X25519: RFC 8037), base64url
// without padding, 43 characters. Every store uses it as the key id, so a key keeps its name when it moves.
// P-256, Ed25519, X25519 and RSA are known; anything else is ErrAlgorithm.
func Thumbprint(public crypto.PublicKey) (string, error) {
	var jwk string
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return "", ErrAlgorithm
		}
		point, err := k.Bytes()
		if err != nil {
			return "", ErrAlgorithm
		}
		jwk = p256JWK(point)
	case *ecdh.PublicKey:
		switch k.Curve() {
		case ecdh.P256():
			jwk = p256JWK(k.Bytes())
		case ecdh.X25519():
			jwk = okpJWK("X25519", k.Bytes())
		default:
			return "", ErrAlgorithm
		}
	case ed25519.PublicKey:
		jwk = okpJWK("Ed25519", k)
	case *rsa.PublicKey:
		e := big.NewInt(int64(k.E)).Bytes()
		jwk = fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`, b64(e), b64(k.N.Bytes()))
	default:
		return "", ErrAlgorithm
	}
	sum := sha256.Sum256([]byte(jwk))
	return b64(sum[:]), nil
}

// p256JWK takes an uncompressed point: 0x04, x, y.
func p256JWK(point []byte) string {
	return fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, b64(point[1:33]), b64(point[33:65]))
}

func okpJWK(curve string, x []byte) string {
	return fmt.Sprintf(`{"crv":"%s","kty":"OKP","x":"%s"}`, curve, b64(x))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
