// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// keySigner signs notes with an Ed25519 key that stays where it is. It is a note.Verifier for the same key as well.
type keySigner struct {
	note.Verifier
	key crypto.Signer
}

// NewNoteSigner makes a note signer of a key that can only be asked to sign. Name is the origin of the log: not empty, no
// spaces, no plus. The key must be Ed25519. It also gives the verifier key string, which is public and is handed to whoever verifies.
// The signer is a [note.Verifier] too.
func NewNoteSigner(name string, key crypto.Signer) (note.Signer, string, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, "", errors.New("audit: checkpoint key is not Ed25519")
	}
	text, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, "", fmt.Errorf("audit: checkpoint key: %w", err)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, "", fmt.Errorf("audit: checkpoint key name: %w", err)
	}
	return keySigner{v, key}, text, nil
}

// Sign signs the text of a note. The signature is verified before it is given, so that a broken key store cannot publish
// a checkpoint that nobody accepts.
func (s keySigner) Sign(msg []byte) ([]byte, error) {
	sig, err := s.key.Sign(rand.Reader, msg, crypto.Hash(0)) // Ed25519 reads no randomness; other key stores may insist
	if err != nil {
		return nil, fmt.Errorf("audit: sign checkpoint: %w", err)
	}
	if !s.Verify(msg, sig) {
		return nil, errors.New("audit: the key store gave a signature that does not verify")
	}
	return sig, nil
}
