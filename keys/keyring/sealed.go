// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

const (
	magic         = "SEINKEYS"
	formatVersion = 1
	saltSize      = 32
	headerSize    = len(magic) + 1 + saltSize
	sealOverhead  = 12 + 16 // nonce and tag
	fileKeyInfo   = "seinhuis keyring v1"
)

// sealBytes encrypts plain into a whole file. A new salt gives a new key each time, so no nonce is ever reused.
func sealBytes(plain []byte, unlock *secret) ([]byte, error) {
	raw := make([]byte, headerSize, headerSize+len(plain)+sealOverhead)
	copy(raw, magic)
	raw[len(magic)] = formatVersion
	_, _ = rand.Read(raw[len(magic)+1:])
	aead, err := fileAEAD(unlock, raw[len(magic)+1:])
	if err != nil {
		return nil, err
	}
	return aead.Seal(raw, nil, plain, raw[:headerSize]), nil
}

// openBytes is the reverse. Every byte of the file is authenticated: the header as additional data, the rest as ciphertext.
func openBytes(raw []byte, unlock *secret) ([]byte, error) {
	if len(raw) < headerSize+sealOverhead || !bytes.HasPrefix(raw, []byte(magic)) {
		return nil, ErrFormat
	}
	if v := raw[len(magic)]; v != formatVersion {
		return nil, fmt.Errorf("format version %d: %w", v, ErrFormat)
	}
	aead, err := fileAEAD(unlock, raw[len(magic)+1:headerSize])
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, raw[headerSize:], raw[:headerSize])
	if err != nil {
		return nil, ErrUnlock
	}
	return plain, nil
}

func fileAEAD(unlock *secret, salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, unlock.reveal(), salt, fileKeyInfo, 32)
	if err != nil {
		return nil, fmt.Errorf("derive file key: %w", err)
	}
	defer clear(key)
	return newAEAD(key)
}

// newAEAD is AES-256-GCM that puts a random nonce before the ciphertext. One key is good for 2^32 messages; a scope sees
// thousands.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return aead, nil
}
