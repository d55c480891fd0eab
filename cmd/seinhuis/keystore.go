// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/adapters/webhook"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// keyStore is the ring of keys of an installation: a keyring file in the
// standalone profile, Vault in the cluster profile. Its contract is
// keys/keystest, which both pass.
type keyStore interface {
	jose.SigningKeys
	jose.IntakeKeys
	openpgp.IntakeKeys
	webhook.Keys
	pseudonym.Keyer
	retention.Wrapper
	retention.Keys
	keyChanges

	// Publics lists the public halves of all keys.
	Publics(ctx context.Context) ([]keys.Public, error)
	// OpenPGPPublics lists the public intake keys (RFC 9580, 10.1), the current one first.
	OpenPGPPublics(ctx context.Context) ([][]byte, error)
	Close() error
}

// keyChanges is what operators do with keys.
type keyChanges interface {
	// Inventory lists every key without its secret.
	Inventory(ctx context.Context) ([]keys.Entry, error)
	// Rotate makes a new current key for a use.
	Rotate(ctx context.Context, use keys.Use) error
	// Retire ends a key that is not current.
	Retire(ctx context.Context, kid string) error
	// EnsurePS256 makes the RSA keys that some parties need, once.
	EnsurePS256(ctx context.Context) error
	// EnsureOpenPGP takes an OpenPGP intake key from generate, once.
	EnsureOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error
}

// openKeyring opens the local keyring of an installation.
func openKeyring(dir string, c config) (*keyring.Keyring, error) {
	unlock, err := keyring.ReadUnlock(in(dir, c.Unlock))
	if err != nil {
		return nil, notReady(err)
	}
	defer clear(unlock)
	ring, err := keyring.Open(filepath.Join(dir, keyringFile), unlock, time.Now)
	if err != nil {
		return nil, notReady(err)
	}
	return ring, nil
}

// openKeys opens the key store of an installation.
func openKeys(ctx context.Context, dir string, c config) (keyStore, error) {
	if c.cluster() {
		k, err := openVault(ctx, dir, c)
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	ring, err := openKeyring(dir, c)
	if err != nil {
		return nil, err // not the nil *Keyring, which is not a nil keyStore
	}
	return ring, nil
}

// errOnlyKeyring answers a command that is about the keyring file.
var errOnlyKeyring = errors.New("this installation has no keyring: Vault keeps its keys, and its keepers do this there (docs/cluster.md)")

// inKeyring gives the keyring itself, for what only a file of keys knows.
func inKeyring(ring keyStore) (*keyring.Keyring, error) {
	k, ok := ring.(*keyring.Keyring)
	if !ok {
		return nil, notReady(errOnlyKeyring)
	}
	return k, nil
}
