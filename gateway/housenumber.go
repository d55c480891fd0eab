// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// HouseNumber is 1 to 99999; with a postcode it points at a home, so it
// redacts itself like Personal does.
type HouseNumber struct{ n *int }

// ErrHouseNumber says that a value is no house number.
var ErrHouseNumber = errors.New("no house number: 1 to 99999 is needed")

// NewHouseNumber checks the range.
func NewHouseNumber(n int) (HouseNumber, error) {
	if n < 1 || n > 99999 {
		return HouseNumber{}, ErrHouseNumber
	}
	return HouseNumber{&n}, nil
}

// Reveal returns the number, 0 when absent.
func (h HouseNumber) Reveal() int {
	if h.n == nil {
		return 0
	}
	return *h.n
}

func (h HouseNumber) IsZero() bool                 { return h.n == nil }
func (h HouseNumber) String() string               { return redacted }
func (h HouseNumber) GoString() string             { return redacted }
func (h HouseNumber) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, redacted) }
func (h HouseNumber) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (h HouseNumber) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (h HouseNumber) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// UnmarshalJSON takes a whole JSON number in range.
func (h *HouseNumber) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return ErrHouseNumber
	}
	*h, err = NewHouseNumber(n)
	return err
}
