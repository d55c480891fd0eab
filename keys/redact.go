// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// The methods below cover every way a value gets into text: Format serves all fmt verbs, MarshalJSON serves JSON (and
// slog's JSON handler), LogValue serves slog. TestRedaction holds them.

// Format prints the version only: the sum is a pseudonym.
func (t Tag) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, t.label()) }

// MarshalJSON prints the version only.
func (t Tag) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, t.label()), nil }

// LogValue prints the version only.
func (t Tag) LogValue() slog.Value { return slog.StringValue(t.label()) }

func (t Tag) label() string { return "tag:v" + strconv.FormatUint(uint64(t.Version), 10) }

// Format prints the key id only.
func (k Intake) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.label()) }

// MarshalJSON prints the key id only.
func (k Intake) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, k.label()), nil }

// LogValue prints the key id only.
func (k Intake) LogValue() slog.Value { return slog.StringValue(k.label()) }

func (k Intake) label() string { return "intake-key:" + k.KID }

// Format prints scope and size only.
func (w WrapItem) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, w.label()) }

// MarshalJSON prints scope and size only.
func (w WrapItem) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, w.label()), nil }

// LogValue prints scope and size only.
func (w WrapItem) LogValue() slog.Value { return slog.StringValue(w.label()) }

func (w WrapItem) label() string {
	return "body:" + w.Scope + ":" + strconv.Itoa(len(w.Data)) + " bytes"
}
