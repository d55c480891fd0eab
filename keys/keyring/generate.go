// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"

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

// slot is a place for one current key.
type slot struct {
	use  keys.Use
	kind kind
}

// required are the slots every keyring has from its first day.
func required() []slot {
	return []slot{
		{keys.ReceiptSigning, p256}, {keys.NoticeSigning, p256}, {keys.CheckpointSigning, ed}, {keys.IntakeDecryption, p256},
	}
}

// webhookSlot is in every keyring that is made now, and not required: keyrings from before webhooks have none until the
// first rotation makes it.
func webhookSlot() slot { return slot{keys.WebhookSigning, ed} }

func firstDocument(now time.Time, o Options) (*document, error) {
	slots := append(required(), webhookSlot())
	if o.PS256 {
		slots = append(slots, slot{keys.ReceiptSigning, rsa3072}, slot{keys.NoticeSigning, rsa3072})
	}
	if o.X25519Intake {
		slots = append(slots, slot{keys.IntakeDecryption, x25519})
	}
	if o.RSAIntake {
		slots = append(slots, slot{keys.IntakeDecryption, rsa3072})
	}
	d := &document{Scopes: []scopeRecord{}, Blinding: []blindingRecord{newBlinding(1, now)}}
	for _, s := range slots {
		r, err := newKey(s, now)
		if err != nil {
			return nil, err
		}
		d.Keys = append(d.Keys, r)
	}
	return d, nil
}

// newKey makes a key pair for a slot.
func newKey(s slot, now time.Time) (keyRecord, error) {
	private, public, err := newPair(s)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", s.use, err)
	}
	kid, err := keys.Thumbprint(public)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", s.use, err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", s.use, err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", s.use, err)
	}
	return keyRecord{
		Use: s.use, KID: kid, Algorithm: algorithm(s.use, s.kind), Kind: s.kind,
		From: moment(now), Public: publicDER, Private: privateDER,
	}, nil
}

func newPair(s slot) (private any, public crypto.PublicKey, err error) {
	switch s.kind {
	case p256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return k, k.Public(), nil
	case ed:
		public, k, err := ed25519.GenerateKey(rand.Reader)
		return k, public, err
	case x25519:
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return k, k.PublicKey(), nil
	case rsa3072:
		k, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return nil, nil, err
		}
		return k, k.Public(), nil
	default:
		return nil, nil, keys.ErrAlgorithm
	}
}

func newBlinding(version uint32, now time.Time) blindingRecord {
	return blindingRecord{Version: version, From: moment(now), Key: randomKey()}
}

// randomKey makes 32 random bytes.
func randomKey() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, it ends the process instead (Go 1.24)
	return b
}
