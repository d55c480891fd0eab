// SPDX-License-Identifier: EUPL-1.2

package seal

import (
	"context"
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// Letter is content and the municipality's key that it is to be sealed to.
type Letter struct {
	Key     gateway.PartyKey
	Content []byte
}

// Sealer seals each letter so that only the holder of its key can open it.
// All or nothing: on an error nothing may be used. A letter that can never be
// sealed, because its key is unsound, gives a LetterError. Filled by
// adapters/jose and adapters/openpgp.
type Sealer interface {
	Seal(ctx context.Context, letters []Letter) ([][]byte, error)
}

// LetterError names the first letter that could not be sealed, so that the
// caller can set that one aside and seal the others.
type LetterError struct {
	Index int // its place among the letters given
	Err   error
}

// Error never tells what a letter says.
func (e LetterError) Error() string {
	return "seal letter " + strconv.Itoa(e.Index) + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e LetterError) Unwrap() error { return e.Err }

// Wrapper wraps sealed bodies once more under a key per scope, which the key
// store can destroy: that erases the body in every copy (invariant I10).
// Filled by the key stores.
type Wrapper interface {
	Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
}
