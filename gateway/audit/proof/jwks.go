// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/go-json-experiment/json"
)

// ErrKeys is wrapped by every error about a key set.
var ErrKeys = errors.New("key set not accepted")

// Algorithms that may sign a receipt.
const (
	ES256 = "ES256" // ECDSA on P-256 with SHA-256
	PS256 = "PS256" // RSA-PSS with SHA-256, salt of 32 bytes, modulus of at least 3072 bits
)

const (
	minRSABits = 3072
	maxRSABits = 8192
	maxKeys    = 256
	maxKeySet  = 1 << 20
)

// KeySet holds the public keys of a JWKS document, each bound to one algorithm. Made by [ParseKeySet].
type KeySet struct {
	keys map[string]verifyKey
}

type verifyKey struct {
	algorithm   string
	ec          *ecdsa.PublicKey
	rsa         *rsa.PublicKey
	purpose     string    // the one use that the gateway says it is bound to; empty when it says none
	from, until time.Time // when it was in use; zero for not said
}

// webKey is the part of a JWK (RFC 7517) that matters here; the standard tells readers to pass over other members.
type webKey struct {
	Type      string `json:"kty"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	N         string `json:"n"`
	E         string `json:"e"`
	D         string `json:"d"`
	Purpose   string `json:"doel"` // this and the next two are the gateway's own
	From      string `json:"geldigVan"`
	Until     string `json:"geldigTot"`
}

// ParseKeySet reads a JWKS document. Keys for encryption and of other types are passed over; a doubled kid, a private key
// or a broken key for signatures fails all with [ErrKeys].
func ParseKeySet(doc []byte) (KeySet, error) {
	var set struct {
		Keys []webKey `json:"keys"`
	}
	if len(doc) > maxKeySet || json.Unmarshal(doc, &set) != nil {
		return KeySet{}, fmt.Errorf("%w: not a JWKS document", ErrKeys)
	}
	if len(set.Keys) > maxKeys {
		return KeySet{}, fmt.Errorf("%w: more than %d keys", ErrKeys, maxKeys)
	}
	out := KeySet{keys: map[string]verifyKey{}}
	for i, w := range set.Keys {
		k, use, err := w.parse()
		if err != nil {
			return KeySet{}, fmt.Errorf("%w: key %d: %w", ErrKeys, i+1, err)
		}
		if !use {
			continue
		}
		if _, double := out.keys[w.KeyID]; double {
			return KeySet{}, fmt.Errorf("%w: key %d: doubled kid", ErrKeys, i+1)
		}
		out.keys[w.KeyID] = k
	}
	if len(out.keys) == 0 {
		return KeySet{}, fmt.Errorf("%w: no key for ES256 or PS256 with a kid", ErrKeys)
	}
	return out, nil
}

// parse makes a key of w; use is false for keys that cannot sign a receipt.
func (w webKey) parse() (k verifyKey, use bool, err error) {
	if w.D != "" {
		return k, false, errors.New("holds a private key")
	}
	if w.Use != "" && w.Use != "sig" || w.KeyID == "" {
		return k, false, nil
	}
	switch {
	case w.Type == "EC" && w.Curve == "P-256" && (w.Algorithm == "" || w.Algorithm == ES256):
		k.algorithm = ES256
		k.ec, err = w.ec()
	case w.Type == "RSA" && (w.Algorithm == "" || w.Algorithm == PS256):
		k.algorithm = PS256
		k.rsa, err = w.rsa()
	default:
		return k, false, nil
	}
	if err == nil {
		err = k.bind(w)
	}
	return k, err == nil, err
}

// bind reads what the gateway says of the use of a key.
func (k *verifyKey) bind(w webKey) error {
	k.purpose = w.Purpose
	for _, m := range []struct {
		text string
		into *time.Time
	}{{w.From, &k.from}, {w.Until, &k.until}} {
		if m.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, m.text)
		if err != nil {
			return errors.New("bad geldigVan or geldigTot")
		}
		*m.into = at
	}
	return nil
}

// usedAt reports whether the key was in use at a moment, give or take what clocks differ.
func (k verifyKey) usedAt(at time.Time) bool {
	return !at.Before(k.from.Add(-clockSkew)) && (k.until.IsZero() || !at.After(k.until.Add(clockSkew)))
}

func (w webKey) ec() (*ecdsa.PublicKey, error) {
	x, err1 := decode64(w.X)
	y, err2 := decode64(w.Y)
	if err1 != nil || err2 != nil || len(x) != 32 || len(y) != 32 {
		return nil, errors.New("bad coordinates")
	}
	point := append(append([]byte{4}, x...), y...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, errors.New("not a point of P-256")
	}
	return key, nil
}

func (w webKey) rsa() (*rsa.PublicKey, error) {
	n, err1 := decode64(w.N)
	e, err2 := decode64(w.E)
	if err1 != nil || err2 != nil || len(e) < 1 || len(e) > 4 {
		return nil, errors.New("bad modulus or exponent")
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits || key.E < 3 || key.E%2 == 0 {
		return nil, fmt.Errorf("RSA keys have %d to %d bits and an odd exponent", minRSABits, maxRSABits)
	}
	return key, nil
}

// decode64 reads base64url without padding, in its one canonical spelling.
func decode64(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || base64.RawURLEncoding.EncodeToString(b) != s {
		return nil, errors.New("not canonical base64url")
	}
	return b, nil
}
