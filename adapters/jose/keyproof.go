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
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// ErrCannotProve says that a key cannot sign (X25519) and so cannot prove that
// it is held: register a P-256 or RSA key for encryption instead.
var ErrCannotProve = errors.New("key cannot sign, so it cannot prove possession: use P-256 or RSA")

// makeProof signs with the key itself, also when it is an encryption key: the
// type and the fixed content keep that one signature from meaning anything else.
func makeProof(oin gateway.OIN, at time.Time, k PrivateKey) ([]byte, error) {
	var signer crypto.Signer
	switch key := k.raw().(type) {
	case *ecdh.PrivateKey:
		if key.Curve() != ecdh.P256() {
			return nil, ErrCannotProve
		}
		s, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Bytes())
		if err != nil {
			return nil, ErrUnsoundKey
		}
		signer = s
	case crypto.Signer:
		signer = key
	default:
		return nil, ErrUnsoundKey
	}
	proof, err := proofKey(k.public)
	if err != nil {
		return nil, err
	}
	return sign(proofPayload(oin, k.public.ID, moment(at)), signer, proof.Algorithm, k.public.ID, typKeyProof, "")
}

func proofPayload(oin gateway.OIN, kid, at string) []byte {
	var o object
	o.text("oin", string(oin))
	o.text("duimafdruk", kid)
	o.text("opgesteldOp", at)
	return o.close()
}

// proofKey gives the key as a verification key with the algorithm of its kind.
func proofKey(key gateway.PartyKey) (gateway.PartyKey, error) {
	proof := gateway.PartyKey{ID: key.ID, Use: gateway.KeySign, Public: key.Public}
	switch k := key.Public.(type) {
	case *ecdsa.PublicKey:
		proof.Algorithm = algES256
	case ed25519.PublicKey:
		proof.Algorithm = algEdDSA
	case *rsa.PublicKey:
		proof.Algorithm = algPS256
	case *ecdh.PublicKey:
		if k.Curve() != ecdh.P256() {
			return proof, ErrCannotProve
		}
		point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Bytes())
		if err != nil {
			return proof, ErrUnsoundKey
		}
		proof.Algorithm, proof.Public = algES256, point
	default:
		return proof, ErrUnsoundKey
	}
	return proof, nil
}

func (s keyStatement) proven(k gateway.PartyKey) *gateway.Error {
	key, err := proofKey(k)
	if err != nil {
		return refuse(gateway.CodeAlgorithm, ruleStatement, "De sleutel kan niet tekenen en dus geen bezit bewijzen; gebruik P-256 of RSA.")
	}
	proof, refused := readSigned([]byte(s.proofs[k.ID]), Limits{}.orDefault())
	if refused != nil {
		return refused
	}
	if proof.header.typ != typKeyProof || proof.header.kid != k.ID {
		return refuse(gateway.CodeHeader, ruleStatement, "Een bewijs hoort niet bij zijn sleutel.")
	}
	payload, refused := proof.verify(key)
	if refused != nil {
		return refused
	}
	if string(payload) != string(proofPayload(s.oin, k.ID, s.made)) {
		return refuse(gateway.CodeSignature, ruleStatement, "Een bewijs is voor een andere verklaring gemaakt.")
	}
	return nil
}
