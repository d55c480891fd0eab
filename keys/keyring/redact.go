// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// secret keeps key bytes out of every print path. They live in a closure, because a pointer is not enough: for a verb that
// does not fit, fmt follows one, and in an unexported field it does not call the methods below. TestRedaction holds this.
type secret struct{ reveal func() []byte }

// newSecret keeps a copy.
func newSecret(b []byte) *secret {
	own := append([]byte(nil), b...)
	return &secret{reveal: func() []byte { return own }}
}

func (*secret) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, redacted) }
func (*secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (*secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// Format prints that this is a keyring and nothing more.
func (*Keyring) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "keyring "+redacted) }

// MarshalJSON prints that this is a keyring and nothing more.
func (*Keyring) MarshalJSON() ([]byte, error) { return []byte(`"keyring ` + redacted + `"`), nil }

// LogValue prints that this is a keyring and nothing more.
func (*Keyring) LogValue() slog.Value { return slog.StringValue("keyring " + redacted) }

// Format prints the key id only.
func (h *handle) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "signer:"+h.kid) }

// MarshalJSON prints the key id only.
func (h *handle) MarshalJSON() ([]byte, error) { return []byte(`"signer:` + h.kid + `"`), nil }

// LogValue prints the key id only.
func (h *handle) LogValue() slog.Value { return slog.StringValue("signer:" + h.kid) }

// The records of the file marshal for real, so only their text paths are closed.

func (document) Format(s fmt.State, _ rune)  { _, _ = io.WriteString(s, "keyring document "+redacted) }
func (document) LogValue() slog.Value        { return slog.StringValue("keyring document " + redacted) }
func (keyRecord) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "key record "+redacted) }
func (keyRecord) LogValue() slog.Value       { return slog.StringValue("key record " + redacted) }
func (blindingRecord) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "blinding record "+redacted)
}
func (blindingRecord) LogValue() slog.Value    { return slog.StringValue("blinding record " + redacted) }
func (scopeRecord) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "scope record "+redacted) }
func (openpgpRecord) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "openpgp record "+redacted)
}
func (openpgpRecord) LogValue() slog.Value { return slog.StringValue("openpgp record " + redacted) }
func (scopeRecord) LogValue() slog.Value   { return slog.StringValue("scope record " + redacted) }
