// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// PrivateKey is a participant's own key for signing and decrypting. It shows
// only its fingerprint, however it is printed; Marshal is the one way out.
type PrivateKey struct {
	id     string
	secret func() *openpgp.Entity // a closure, because fmt follows pointers
}

// NewKey makes a key that GnuPG 2.2 can use: version 4, Ed25519 and Curve25519,
// without an end. Its user id is the name with the OIN; the name may not hold
// "()<>".
func NewKey(oin gateway.OIN, name string, at time.Time) (PrivateKey, error) {
	e, err := openpgp.NewEntity(name, string(oin), "", profile(at))
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make key: %w", err)
	}
	return own(e), nil
}

// NewIntakeKey makes a key for the gateway itself, as a key store keeps it.
func NewIntakeKey(oin gateway.OIN, name string, at time.Time) (private, public []byte, err error) {
	k, err := NewKey(oin, name, at)
	if err != nil {
		return nil, nil, err
	}
	if private, err = k.Marshal(); err != nil {
		return nil, nil, err
	}
	return private, k.Public(), nil
}

// ReadPrivate reads one private key, binary or armored, without a passphrase
// (ErrLocked). It may have expired, so that what was sealed to it before still
// opens.
func ReadPrivate(raw []byte) (PrivateKey, error) {
	e, err := readEntity(raw)
	if err != nil || e.PrivateKey == nil {
		return PrivateKey{}, ErrUnsoundKey
	}
	if e.PrivateKey.Encrypted {
		return PrivateKey{}, ErrLocked
	}
	for _, s := range e.Subkeys {
		if s.PrivateKey != nil && s.PrivateKey.Encrypted {
			return PrivateKey{}, ErrLocked
		}
	}
	return own(e), nil
}

func own(e *openpgp.Entity) PrivateKey {
	return PrivateKey{fingerprint(e), func() *openpgp.Entity { return e }}
}

// ID is the fingerprint in lower-case hexadecimal.
func (k PrivateKey) ID() string { return k.id }

// IsZero reports whether there is no key.
func (k PrivateKey) IsZero() bool { return k.secret == nil }

// Public gives the public half, binary; nil of the zero key.
func (k PrivateKey) Public() gateway.OpenPGPKey {
	var b bytes.Buffer
	if k.IsZero() || k.secret().Serialize(&b) != nil {
		return nil
	}
	return b.Bytes()
}

// Marshal gives the private key, binary and without a passphrase. Keep it as a
// secret.
func (k PrivateKey) Marshal() ([]byte, error) {
	if k.IsZero() {
		return nil, ErrUnsoundKey
	}
	var b bytes.Buffer
	if err := k.secret().SerializePrivateWithoutSigning(&b, nil); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return b.Bytes(), nil
}

// The methods below serve every path into text; TestPrivateKeyRedacts holds them.

// Format prints the fingerprint only.
func (k PrivateKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.label()) }

// MarshalJSON prints the fingerprint only; Marshal writes the key.
func (k PrivateKey) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, k.label()), nil }

// LogValue prints the fingerprint only.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.label()) }

func (k PrivateKey) label() string { return "openpgp-key:" + k.id }

func entities(own []PrivateKey) openpgp.EntityList {
	var list openpgp.EntityList
	for _, k := range own {
		if !k.IsZero() {
			list = append(list, k.secret())
		}
	}
	return list
}
