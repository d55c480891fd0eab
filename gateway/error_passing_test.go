// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// A key store that does not answer is no fault of ours: the caller hears that it
// may try again, whichever step asked.
func TestKeyStoreAwayMayPass(t *testing.T) {
	for err, want := range map[error]gateway.ErrorKind{
		fmt.Errorf("blind: %w", keys.ErrUnavailable):                                             gateway.KindUnavailable,
		fmt.Errorf("sign: %w", fmt.Errorf("%w: %w", keys.ErrUnavailable, errors.ErrUnsupported)): gateway.KindUnavailable,
		keys.ErrUse: gateway.KindInternal,
		gateway.Fail(gateway.KindConflict, keys.ErrUnavailable): gateway.KindConflict,
	} {
		if got := gateway.AsError(err).Kind; got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
}
