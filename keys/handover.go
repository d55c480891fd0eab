// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// WrappedBlinding is one version of the blinding key, encrypted to another key store (see [WrapFor]), so that tokens keep
// their meaning when an installation moves.
type WrappedBlinding struct {
	Version uint32
	From    time.Time
	Wrapped []byte
}

// WrapFor encrypts a key to the store that holds the private half, in the form that hardware modules and Vault take:
// RSA-OAEP with SHA-256 of a fresh AES-256 key, then the key wrapped with it (RFC 5649; PKCS #11 CKM_RSA_AES_KEY_WRAP).
// A wrapping key under 3072 bits is ErrAlgorithm. Called by the stores only.
func WrapFor(to *rsa.PublicKey, key []byte) ([]byte, error) {
	if to == nil || to.N == nil || to.N.BitLen() < 3072 || len(key) == 0 {
		return nil, ErrAlgorithm
	}
	kek := make([]byte, 32)
	defer clear(kek)
	_, _ = rand.Read(kek) // never fails, it ends the process instead (Go 1.24)
	head, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, to, kek, nil)
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	wrapped, err := wrapPadded(kek, key)
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	return append(head, wrapped...), nil
}

// wrapPadded is AES key wrap with padding, RFC 5649 section 4.1.
func wrapPadded(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	n := (len(key) + 7) / 8
	out := make([]byte, 8+8*n)
	copy(out, []byte{0xA6, 0x59, 0x59, 0xA6})
	binary.BigEndian.PutUint32(out[4:], uint32(len(key))) //nolint:gosec // keys are short
	copy(out[8:], key)
	if n == 1 {
		block.Encrypt(out, out)
		return out, nil
	}
	var b [16]byte
	defer clear(b[:])
	for j := range 6 { // RFC 3394 section 2.2.1
		for i := 1; i <= n; i++ {
			copy(b[:8], out[:8])
			copy(b[8:], out[8*i:])
			block.Encrypt(b[:], b[:])
			t := binary.BigEndian.Uint64(b[:8]) ^ uint64(n*j+i) //nolint:gosec // small
			binary.BigEndian.PutUint64(out, t)
			copy(out[8*i:8*i+8], b[8:])
		}
	}
	return out, nil
}
