// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

// maker makes numbered stand-ins for OpenPGP keys: this package does not look inside.
func maker(calls *int) func() (private, public []byte, err error) {
	return func() ([]byte, []byte, error) {
		*calls++
		return fmt.Appendf(nil, "private-%d", *calls), fmt.Appendf(nil, "public-%d", *calls), nil
	}
}

func optsOf(alg string) crypto.SignerOpts {
	switch alg {
	case keys.PS256:
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	case keys.EdDSA:
		return crypto.Hash(0)
	default:
		return crypto.SHA256
	}
}

func signOne(t testing.TB, s *Store, use keys.Use, alg string) ([]byte, error) {
	t.Helper()
	_, h, err := s.Signer(t.Context(), use, alg)
	if err != nil {
		return nil, err
	}
	return h.Sign(nil, make([]byte, 32), optsOf(alg))
}

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
