// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/ed25519"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"

	"github.com/seinhuis/seinhuis/gateway"
)

// signed is a compact JWS that passed the strict layer; its signature was not
// verified yet.
type signed struct {
	compact
	header header
}

// readSigned passes a compact JWS through the strict layer.
func readSigned(token []byte, limits Limits) (signed, *gateway.Error) {
	c, refused := split(token, jwsParts, limits)
	if refused != nil {
		return signed{}, refused
	}
	h, findings := readHeader(c.decoded[partHeader], jwsParts)
	if refused := refuseAll(findings); refused != nil {
		return signed{}, refused
	}
	if len(c.decoded[partPayload]) == 0 {
		return signed{}, refuse(gateway.CodeNotCompact, ruleDetached, "De inhoud ontbreekt; een losse handtekening is niet toegestaan.")
	}
	return signed{c, h}, nil
}

// verify checks the signature with the registered key and gives the payload.
// The algorithm is the key's own; the header may only agree with it.
func (s signed) verify(key gateway.PartyKey) ([]byte, *gateway.Error) {
	if s.header.alg != key.Algorithm {
		return nil, wrongAlgorithm(ruleJWSAlg)
	}
	if sound(gateway.KeySign, key.Algorithm, key.Public) != nil {
		return nil, unknownKey()
	}
	if !signatureFits(key, s.decoded[partSignature]) {
		return nil, badSignature()
	}
	// The library looks at alg, crit and b64 once more, and its salt length for
	// PS256 is the hash length (TestSaltLength). Its error may quote input and is dropped.
	if _, err := jws.VerifyCompactFast(key.Public, s.token, signatureAlgorithm(key.Algorithm)); err != nil {
		return nil, badSignature()
	}
	return s.decoded[partPayload], nil
}

// signatureFits checks the exact length: 64 bytes for ES256 (RFC 7518, 3.4) and Ed25519, the
// modulus for RSA.
func signatureFits(key gateway.PartyKey, signature []byte) bool {
	if k, ok := key.Public.(interface{ Size() int }); ok { // *rsa.PublicKey
		return len(signature) == k.Size()
	}
	return len(signature) == ed25519.SignatureSize
}

func signatureAlgorithm(alg string) jwa.SignatureAlgorithm {
	switch alg {
	case algEdDSA:
		return jwa.EdDSA()
	case algPS256:
		return jwa.PS256()
	}
	return jwa.ES256()
}

// sign makes a compact JWS with one call to the key.
func sign(payload []byte, key crypto.Signer, alg, kid, typ, cty string) ([]byte, error) {
	if !soundSigning(alg, key.Public()) {
		return nil, ErrUnsoundKey
	}
	input := signingInput(payload, alg, kid, typ, cty)
	signature, err := jwsbb.Sign(key, alg, input, nil)
	if err != nil {
		return nil, err
	}
	return strict64.AppendEncode(append(input, '.'), signature), nil
}

// signingInput is the encoded header, a dot and the encoded payload (RFC 7515, 5.1), with room for the signature. The header
// is written here, member by member, so that the same header always gives the same bytes; typ and cty may be empty.
func signingInput(payload []byte, alg, kid, typ, cty string) []byte {
	var o object
	o.text("alg", alg)
	o.text("kid", kid)
	o.text("typ", typ)
	o.text("cty", cty)
	head := o.close()
	n := strict64.EncodedLen(len(head)) + 1 + strict64.EncodedLen(len(payload))
	room := n + 1 + strict64.EncodedLen(maxRSABits/8)
	input := strict64.AppendEncode(make([]byte, 0, room), head)
	return strict64.AppendEncode(append(input, '.'), payload)
}
