// SPDX-License-Identifier: EUPL-1.2

package seal

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// Letter is content and the municipality's key that it is to be sealed to.
type Letter struct {
	Key     gateway.PartyKey
	Content []byte
}

// Sealer seals each letter so that only the holder of its key can open it.
// All or nothing: on an error nothing may be used. Filled by adapters/jose.
type Sealer interface {
	Seal(ctx context.Context, letters []Letter) ([][]byte, error)
}

// Wrapper wraps sealed bodies once more under a key per scope, which the key
// store can destroy: that erases the body in every copy (invariant I10).
// Filled by keys/keyring.
type Wrapper interface {
	Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
}
