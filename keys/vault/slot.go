// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"strings"

	"github.com/seinhuis/seinhuis/keys"
)

// kind is what a key pair is made of. Use and kind together are a slot: it has one current key, and is rotated as one.
type kind string

const (
	p256    kind = "P-256"
	x25519  kind = "X25519"
	ed      kind = "Ed25519"
	rsa3072 kind = "RSA-3072"
)

// rsaBits is the least that NCSC calls sufficient.
const rsaBits = 3072

// slot is a place for one current key.
type slot struct {
	use  keys.Use
	kind kind
}

// algorithm returns the name that keys of this use and kind carry, or "" when they do not go together.
func algorithm(use keys.Use, kd kind) string {
	switch {
	case (use == keys.ReceiptSigning || use == keys.NoticeSigning) && kd == p256:
		return keys.ES256
	case (use == keys.ReceiptSigning || use == keys.NoticeSigning) && kd == rsa3072:
		return keys.PS256
	case (use == keys.CheckpointSigning || use == keys.WebhookSigning) && kd == ed:
		return keys.EdDSA
	case use == keys.IntakeDecryption && (kd == p256 || kd == x25519):
		return keys.ECDHES
	case use == keys.IntakeDecryption && kd == rsa3072:
		return keys.RSAOAEP256
	default:
		return ""
	}
}

// required are the slots every store has from its first day. Webhooks are younger than the keyring, not than this package.
func required() []slot {
	return []slot{
		{keys.ReceiptSigning, p256}, {keys.NoticeSigning, p256}, {keys.CheckpointSigning, ed}, {keys.WebhookSigning, ed}, {keys.IntakeDecryption, p256},
	}
}

// blindingName is the transit key of the pseudonyms.
const blindingName = string(keys.SubjectBlinding)

// name is the transit key of a signing slot.
func (p slot) name() string { return string(p.use) + "-" + strings.ToLower(algorithm(p.use, p.kind)) }

// transitType is what Vault calls the kind.
func (p slot) transitType() string {
	switch p.kind {
	case p256:
		return "ecdsa-p256"
	case ed:
		return "ed25519"
	default:
		return "rsa-3072"
	}
}

// fit returns a public key in the type its use and kind ask for.
func fit(use keys.Use, kd kind, public crypto.PublicKey) (crypto.PublicKey, error) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if kd != p256 || k.Curve != elliptic.P256() {
			return nil, keys.ErrAlgorithm
		}
		if use == keys.IntakeDecryption {
			return k.ECDH()
		}
		return k, nil
	case *ecdh.PublicKey:
		if kd == x25519 && k.Curve() == ecdh.X25519() {
			return k, nil
		}
	case ed25519.PublicKey:
		if kd == ed {
			return k, nil
		}
	case *rsa.PublicKey:
		if kd == rsa3072 && k.N.BitLen() >= rsaBits {
			return k, nil
		}
	}
	return nil, keys.ErrAlgorithm
}
