// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrReceipt is wrapped by every error about a receipt: its form, its algorithm, its key or its signature.
var ErrReceipt = errors.New("receipt not accepted")

// maxReceipt bounds a compact JWS in bytes.
const maxReceipt = 256 << 10

// Receipt is a compact JWS of which the signature holds. Made by [KeySet.Open].
type Receipt struct {
	KeyID     string         // kid that signed it
	Algorithm string         // ES256 or PS256
	Type      string         // typ of its header: what it is evidence of
	Payload   jsontext.Value // the claims: one JSON object, strict (no doubled names, valid UTF-8)
	Digest    string         // SHA-256 of the compact text in hex, as an entry's bewijs
}

// ReceiptDigest is the SHA-256 of a compact JWS text in hex, as it stands in an entry's bewijs.
func ReceiptDigest(jws string) string {
	sum := sha256.Sum256([]byte(jws))
	return hex.EncodeToString(sum[:])
}

// Open checks a compact JWS. The key is the one that kid names, and only that key's own algorithm is accepted; crit, b64
// and headers that bring their own key are refused.
func (s KeySet) Open(jws string) (Receipt, error) {
	if len(jws) > maxReceipt {
		return Receipt{}, fmt.Errorf("%w: too long", ErrReceipt)
	}
	part := strings.Split(jws, ".")
	if len(part) != 3 {
		return Receipt{}, fmt.Errorf("%w: not a compact JWS", ErrReceipt)
	}
	var raw [3][]byte
	for i, p := range part {
		b, err := decode64(p)
		if err != nil {
			return Receipt{}, fmt.Errorf("%w: part %d is %w", ErrReceipt, i+1, err)
		}
		raw[i] = b
	}
	kid, alg, typ, err := parseHeader(raw[0])
	if err != nil {
		return Receipt{}, err
	}
	key, ok := s.keys[kid]
	if !ok {
		return Receipt{}, fmt.Errorf("%w: the key set has no key with its kid", ErrReceipt)
	}
	if key.algorithm != alg {
		return Receipt{}, fmt.Errorf("%w: its algorithm is not that of the key", ErrReceipt)
	}
	if !key.verify([]byte(part[0]+"."+part[1]), raw[2]) {
		return Receipt{}, fmt.Errorf("%w: the signature does not match", ErrReceipt)
	}
	payload := jsontext.Value(raw[1])
	if !payload.IsValid() || payload.Kind() != '{' {
		return Receipt{}, fmt.Errorf("%w: the payload is not a JSON object", ErrReceipt)
	}
	return Receipt{KeyID: kid, Algorithm: alg, Type: typ, Payload: payload, Digest: ReceiptDigest(jws)}, nil
}

// parseHeader reads kid, alg and typ from the protected header.
func parseHeader(raw []byte) (kid, alg, typ string, err error) {
	var h struct {
		Algorithm string         `json:"alg"`
		KeyID     string         `json:"kid"`
		Type      string         `json:"typ"`
		Critical  jsontext.Value `json:"crit"`
		Encoded   jsontext.Value `json:"b64"`
		KeyURL    jsontext.Value `json:"jku"`
		Key       jsontext.Value `json:"jwk"`
		CertURL   jsontext.Value `json:"x5u"`
		Zip       jsontext.Value `json:"zip"`
	}
	if json.Unmarshal(raw, &h) != nil {
		return "", "", "", fmt.Errorf("%w: bad header", ErrReceipt)
	}
	for _, v := range []jsontext.Value{h.Critical, h.Encoded, h.KeyURL, h.Key, h.CertURL, h.Zip} {
		if v != nil {
			return "", "", "", fmt.Errorf("%w: the header holds crit, b64, jku, jwk, x5u or zip", ErrReceipt)
		}
	}
	if h.KeyID == "" {
		return "", "", "", fmt.Errorf("%w: no kid in the header", ErrReceipt)
	}
	return h.KeyID, h.Algorithm, h.Type, nil
}

func (k verifyKey) verify(signed, signature []byte) bool {
	sum := sha256.Sum256(signed)
	switch {
	case k.ec != nil:
		if len(signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(k.ec, sum[:], r, s)
	case k.rsa != nil:
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		return rsa.VerifyPSS(k.rsa, crypto.SHA256, sum[:], signature, opts) == nil
	default:
		return false
	}
}
