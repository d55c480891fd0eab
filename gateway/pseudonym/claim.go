// SPDX-License-Identifier: EUPL-1.2

package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/seinhuis/seinhuis/keys"
)

// claimSecret is hashed like a token but never stored: it is the key under
// which the amount of a claim is remembered.
const claimSecret TokenKind = "claim-secret"

// ClaimMemory lets the next report of the same claim learn whether the amount
// rose, without the store being able to read any amount: the key comes from
// the claim itself and the blinding key, so only that next report makes it
// again.
type ClaimMemory struct {
	secrets []keys.Tag
	amount  int64
}

// Seal hides the amount for storage: AES-256-GCM with a random nonce.
func (c ClaimMemory) Seal() []byte {
	var plain [8]byte
	binary.BigEndian.PutUint64(plain[:], uint64(c.amount))
	return gcm(c.secrets[0]).Seal(nil, nil, plain[:], nil)
}

// NotHigher reports whether the amount is at most the remembered one. A memory
// that cannot be opened (another key version long gone) counts as no memory.
func (c ClaimMemory) NotHigher(sealed []byte) bool {
	for _, secret := range c.secrets {
		if plain, err := gcm(secret).Open(nil, nil, sealed, nil); err == nil && len(plain) == 8 {
			return c.amount <= int64(binary.BigEndian.Uint64(plain))
		}
	}
	return false
}

func gcm(secret keys.Tag) cipher.AEAD {
	block, err := aes.NewCipher(secret.Sum[:])
	if err != nil {
		panic("pseudonym: a tag has 32 bytes: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("pseudonym: AES-GCM: " + err.Error())
	}
	return aead
}
