// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"fmt"
	"io"
	"log/slog"
)

// What is secret in this package (the token, data keys, intake keys) lives in closures, which no print path opens. The methods
// below keep the rest short.

// Format prints that this is a key store and nothing more.
func (*Store) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "keys in Vault [redacted]") }

// MarshalJSON prints that this is a key store and nothing more.
func (*Store) MarshalJSON() ([]byte, error) { return []byte(`"keys in Vault [redacted]"`), nil }

// LogValue prints that this is a key store and nothing more.
func (*Store) LogValue() slog.Value { return slog.StringValue("keys in Vault [redacted]") }

// Format prints the key id only.
func (h *handle) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "signer:"+h.key.KID) }

// MarshalJSON prints the key id only.
func (h *handle) MarshalJSON() ([]byte, error) { return []byte(`"signer:` + h.key.KID + `"`), nil }

// LogValue prints the key id only.
func (h *handle) LogValue() slog.Value { return slog.StringValue("signer:" + h.key.KID) }
