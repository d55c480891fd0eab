// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/keys"
)

// HandOver gives every signing and blinding key, closed to the wrapping key of the store that takes them: a current one and
// each that may still act with its private half, older ones with the public half alone. Scopes do not go along: bodies are
// wrapped anew. Intake keys are not among them; see IntakeKeys and OpenPGPKeys. The keyring keeps what it has. wrapping must
// have 4096 bits or more. Called once in the life of an installation, by seinhuis migrate.
func (k *Keyring) HandOver(ctx context.Context, wrapping *rsa.PublicKey) ([]keys.Moved, error) {
	if wrapping == nil || wrapping.N.BitLen() < 4096 {
		return nil, fmt.Errorf("hand over keys: the wrapping key is too short: %w", keys.ErrAlgorithm)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	d, pin, _, err := k.load()
	if err != nil {
		return nil, failClosed(err)
	}
	defer func() { _ = pin.Close() }()
	defer d.wipe()
	d.prune(k.clock())
	var out []keys.Moved
	for _, r := range d.Keys {
		if !r.Use.Signs() {
			continue
		}
		m := keys.Moved{Use: r.Use, KID: r.KID, Algorithm: r.Algorithm, From: r.From, Until: r.Until, Public: slices.Clone(r.Public)}
		if len(r.Private) > 0 && r.Until.IsZero() {
			if m.Sealed, err = sealFor(wrapping, r.Private); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	// Tags bear the number of their version. Those before the oldest are gone: random keys that nobody has stand in for them.
	for version := uint32(1); version < d.Blinding[len(d.Blinding)-1].Version; version++ {
		sealed, err := sealFor(wrapping, randomKey())
		if err != nil {
			return nil, err
		}
		out = append(out, keys.Moved{Use: keys.SubjectBlinding, Algorithm: "HMAC-SHA-256", Until: moment(k.clock()), Version: version, Sealed: sealed})
	}
	for _, r := range slices.Backward(d.Blinding) { // oldest first
		sealed, err := sealFor(wrapping, r.Key)
		if err != nil {
			return nil, err
		}
		out = append(out, keys.Moved{Use: keys.SubjectBlinding, Algorithm: "HMAC-SHA-256", From: r.From, Version: r.Version, Sealed: sealed})
	}
	return out, nil
}

// sealFor closes a key to a wrapping key, in the form that transit imports.
func sealFor(wrapping *rsa.PublicKey, secret []byte) ([]byte, error) {
	once := randomKey()
	defer clear(once)
	head, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, wrapping, once, nil)
	if err != nil {
		return nil, fmt.Errorf("hand over keys: %w", err)
	}
	tail, err := wrapPadded(once, secret)
	if err != nil {
		return nil, fmt.Errorf("hand over keys: %w", err)
	}
	return append(head, tail...), nil
}

// wrapPadded is AES key wrap with padding (RFC 5649, part 4.1).
func wrapPadded(kek, secret []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	padded := make([]byte, 8+(len(secret)+7)/8*8)
	binary.BigEndian.PutUint32(padded, 0xa65959a6)
	binary.BigEndian.PutUint32(padded[4:], uint32(len(secret)))
	copy(padded[8:], secret)
	if len(padded) == 16 {
		block.Encrypt(padded, padded)
		return padded, nil
	}
	// RFC 3394, part 2.2.1, with the register A in the first eight bytes.
	a, n := padded[:8], len(padded)/8-1
	var b [16]byte
	for j := range 6 {
		for i := 1; i <= n; i++ {
			copy(b[:8], a)
			copy(b[8:], padded[8*i:8*i+8])
			block.Encrypt(b[:], b[:])
			binary.BigEndian.PutUint64(a, binary.BigEndian.Uint64(b[:8])^uint64(n*j+i))
			copy(padded[8*i:], b[8:])
		}
	}
	return padded, nil
}
