// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
)

// typJOSE marks a compact JWS or JWE (RFC 7515, 4.1.9).
const typJOSE = "JOSE"

// MaxRead bounds what the participants' half reads, in bytes of token.
const MaxRead = 64 << 20

// ErrNoKey says that no published key can be used for what is asked now.
var ErrNoKey = errors.New("no published key for this purpose")

// Wrap signs the payload and encrypts the result to the recipient: what a
// creditor sends. The signer must be a signing key, the recipient a sound
// encryption key, else ErrUnsoundKey.
func Wrap(payload []byte, signer PrivateKey, recipient gateway.PartyKey) ([]byte, error) {
	inner, err := SignPayload(payload, signer, typJOSE)
	if err != nil {
		return nil, err
	}
	return encrypt(inner, recipient, typJOSE, typJOSE)
}

// SignPayload gives a compact JWS with alg, kid and, when not empty, typ: what
// a municipality sends as feedback. An empty payload is refused, as
// it would be a detached signature.
func SignPayload(payload []byte, signer PrivateKey, typ string) ([]byte, error) {
	s, err := signer.signer()
	if err != nil {
		return nil, err
	}
	if len(payload) == 0 {
		return nil, errors.New("nothing to sign")
	}
	return sign(payload, s, signer.public.Algorithm, signer.public.ID, typ, "")
}

// Decrypt opens a signal that was sealed to one of the keys; kid chooses.
// The error is a *gateway.Error with the codes of the strict layer.
func Decrypt(token []byte, own []PrivateKey) ([]byte, error) {
	s, refused := readSealed(token, Limits{Token: MaxRead}.orDefault())
	if refused != nil {
		return nil, refused
	}
	for _, k := range own {
		if k.public.ID != s.header.kid || k.public.Use != gateway.KeyEncrypt {
			continue
		}
		if k.public.Algorithm != s.header.alg {
			return nil, wrongAlgorithm(ruleJWEAlg)
		}
		plain, refused := s.open(k.raw())
		if refused != nil {
			return nil, refused
		}
		return plain, nil
	}
	return nil, unknownKey()
}

// VerifyStatement verifies a receipt or notice of the gateway with its
// published keys and gives its payload. typ must be exactly the one asked, and the key must
// be bound to that purpose. Periods are not judged: an old receipt stays
// evidence after its key was rotated; who needs the moment compares the
// payload's own with the key's. The error is a *gateway.Error.
func VerifyStatement(token []byte, published []PublishedKey, typ gateway.StatementType) ([]byte, error) {
	s, refused := readSigned(token, Limits{Token: MaxRead}.orDefault())
	if refused != nil {
		return nil, refused
	}
	if typ == "" || s.header.typ != string(typ) {
		return nil, refuse(gateway.CodeHeader, "RFC 7515, 4.1.9", "Kopveld typ is niet het verwachte soort bericht.")
	}
	for _, k := range published {
		if k.ID != s.header.kid || k.Use != gateway.KeySign || k.Purpose != purposeOf(typ) {
			continue
		}
		payload, refused := s.verify(k.PartyKey)
		if refused != nil {
			return nil, refused
		}
		return payload, nil
	}
	return nil, unknownKey()
}
