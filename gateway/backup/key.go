// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The one suite: HPKE (RFC 9180) with ML-KEM-768 and X25519 together, because an
// archive that is copied today may be kept for as long as it takes to break
// either of them.
func kem() hpke.KEM   { return hpke.MLKEM768X25519() }
func kdf() hpke.KDF   { return hpke.HKDFSHA256() }
func aead() hpke.AEAD { return hpke.AES256GCM() }

const (
	publicMark  = "seinhuis-herstelsleutel-openbaar/1 "
	privateMark = "seinhuis-herstelsleutel-GEHEIM/1 "
)

// ErrKey says that a text is no recovery key, or not the half that is needed.
var ErrKey = errors.New("no recovery key")

// RecoveryKey is the public half: archives are encrypted to it.
type RecoveryKey struct {
	key hpke.PublicKey
	id  string
}

// ID is the SHA-256 of the public half in hex: it names the key in archives and
// in the log.
func (k RecoveryKey) ID() string { return k.id }

// Text is the one line that ParseRecoveryKey reads.
func (k RecoveryKey) Text() string {
	return publicMark + base64.StdEncoding.EncodeToString(k.key.Bytes()) + "\n"
}

// RecoverySecret is the private half. It belongs on no server: who has it and an
// archive has truth, in which bodies are still sealed to their municipality. It
// redacts itself when printed.
type RecoverySecret struct {
	key hpke.PrivateKey
	id  string
}

// NewRecoverySecret makes a pair.
func NewRecoverySecret() (RecoverySecret, error) {
	k, err := kem().GenerateKey()
	if err != nil {
		return RecoverySecret{}, fmt.Errorf("make recovery key: %w", err)
	}
	return RecoverySecret{k, idOf(k.PublicKey())}, nil
}

// Public is the other half.
func (s RecoverySecret) Public() RecoveryKey { return RecoveryKey{s.key.PublicKey(), s.id} }

// Reveal is the one line that ParseRecoverySecret reads. It is the secret.
func (s RecoverySecret) Reveal() (string, error) {
	b, err := s.key.Bytes()
	if err != nil {
		return "", err
	}
	return privateMark + base64.StdEncoding.EncodeToString(b) + "\n", nil
}

// Format redacts the secret.
func (RecoverySecret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "recovery secret [redacted]")
}

// MarshalJSON redacts the secret.
func (RecoverySecret) MarshalJSON() ([]byte, error) {
	return []byte(`"recovery secret [redacted]"`), nil
}

// ParseRecoveryKey reads what RecoveryKey.Text wrote.
func ParseRecoveryKey(text string) (RecoveryKey, error) {
	b, err := marked(text, publicMark)
	if err != nil {
		return RecoveryKey{}, err
	}
	k, err := kem().NewPublicKey(b)
	if err != nil {
		return RecoveryKey{}, ErrKey
	}
	return RecoveryKey{k, idOf(k)}, nil
}

// ParseRecoverySecret reads what RecoverySecret.Reveal wrote.
func ParseRecoverySecret(text string) (RecoverySecret, error) {
	b, err := marked(text, privateMark)
	if err != nil {
		return RecoverySecret{}, err
	}
	k, err := kem().NewPrivateKey(b)
	if err != nil {
		return RecoverySecret{}, ErrKey
	}
	return RecoverySecret{k, idOf(k.PublicKey())}, nil
}

func marked(text, mark string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), mark)
	if !ok {
		return nil, ErrKey
	}
	b, err := base64.StdEncoding.Strict().DecodeString(rest)
	if err != nil {
		return nil, ErrKey
	}
	return b, nil
}

func idOf(k hpke.PublicKey) string {
	sum := sha256.Sum256(k.Bytes())
	return hex.EncodeToString(sum[:])
}
