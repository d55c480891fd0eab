// SPDX-License-Identifier: EUPL-1.2

// Package keystest holds the contract that every key store keeps.
//
// Its one job is Suite. It may not know any store: what it asks is what the product's ports say, so that another store
// can take the keyring's place. Called by the tests of the key stores only.
package keystest

import (
	"context"
	"crypto"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

// Store is everything the product asks of a key store. No consumer takes it whole; each declares the few methods it
// needs. It is larger than a port because a suite must see all sides of one store.
type Store interface {
	Signer(ctx context.Context, use keys.Use, alg string) (kid string, s crypto.Signer, err error)
	Signers(ctx context.Context, use keys.Use, alg string) ([]crypto.Signer, error)
	MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error)
	Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
	Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error)
	Destroy(ctx context.Context, scope string) error
	Scopes(ctx context.Context) ([]keys.Scope, error)
	IntakeKeys(ctx context.Context) ([]keys.Intake, error)
	Publics(ctx context.Context) ([]keys.Public, error)
	Rotate(ctx context.Context, use keys.Use) error
	Retire(ctx context.Context, kid string) error
	EnsurePS256(ctx context.Context) error
}

// Reopener is the extra ability to come back after a restart: Reopen gives a second store over the same truth, as a new
// process would have it. Suite tests durability with it when a store has it.
type Reopener interface {
	Reopen(t *testing.T) Store
}

// Suite runs the contract. open gives a fresh store with default keys, and cleans up through t.
func Suite(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"each key is bound to its use", boundToUse},
		{"signatures verify with the published key", signaturesVerify},
		{"a handle hides its key", handleHides},
		{"rotation of a signing key overlaps", signingRotates},
		{"old and new key sign together", signTogether},
		{"PS256 is made once, on request", ps256},
		{"tags are stable and separate", tagsStable},
		{"two blinding versions overlap", blindingRotates},
		{"intake keys stay until retired", intakeRotates},
		{"intake keys redact themselves", intakeRedacts},
		{"what is wrapped unwraps", wrapRoundTrip},
		{"a wrapped body is bound to its place", wrapBinds},
		{"a bad member does not fail its group", wrapGroup},
		{"a destroyed scope stays destroyed", destroyForEver},
		{"a second store sees everything", durable},
		{"concurrent use", concurrent},
		{"a cancelled request is refused", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}
