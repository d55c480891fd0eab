// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// errRead ends a look at the document; nothing is written.
var errRead = errors.New("only read")

// WrapBlinding hands the live versions of the blinding key, newest first, to another key store, encrypted to its wrapping key.
// It is the only way in which they leave this file, and only that store can read them: be sure whose key it is. For moving
// an installation to a cluster (keys/vault.Move); without it no objection would be recognised there.
func (k *Keyring) WrapBlinding(ctx context.Context, to *rsa.PublicKey) (out []keys.WrappedBlinding, err error) {
	_, err = k.change(ctx, func(d *document, _ time.Time) error {
		for _, r := range d.Blinding {
			wrapped, err := keys.WrapFor(to, r.Key)
			if err != nil {
				return err
			}
			out = append(out, keys.WrappedBlinding{Version: r.Version, From: r.From, Wrapped: wrapped})
		}
		return errRead
	})
	if !errors.Is(err, errRead) {
		return nil, fmt.Errorf("hand over blinding keys: %w", err)
	}
	return out, nil
}
