// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// logSigner is the checkpoint key as a note signer, with the public text to
// verify with.
func logSigner(ctx context.Context, c config, ring *keyring.Keyring) (note.Signer, string, error) {
	_, key, err := ring.Signer(ctx, keys.CheckpointSigning, keys.EdDSA)
	if err != nil {
		return nil, "", err
	}
	return audit.NewNoteSigner(c.Origin, key)
}

func openSequencer(ctx context.Context, dir string, c config, ring *keyring.Keyring, db *sqlite.DB) (*audit.Sequencer, error) {
	signer, _, err := logSigner(ctx, c, ring)
	if err != nil {
		return nil, notReady(err)
	}
	tiles, err := files.Open(filepath.Join(dir, logDir))
	if err != nil {
		return nil, notReady(err)
	}
	return audit.NewSequencer(audit.Config{Rows: db.Audit(), Heads: db.Audit(), Tiles: tiles, Signer: signer, Origin: c.Origin})
}

// publicKeys answers GET /v1/sleutels.
type publicKeys struct{ ring *keyring.Keyring }

func (p publicKeys) JWKS(ctx context.Context) ([]byte, error) {
	publics, err := p.ring.Publics(ctx)
	if err != nil {
		return nil, err
	}
	return jose.JWKS(publics)
}

func (p publicKeys) OpenPGP(ctx context.Context) ([]byte, error) {
	publics, err := p.ring.OpenPGPPublics(ctx)
	if err != nil || len(publics) == 0 {
		return nil, err
	}
	return publics[0], nil // the current one: what is encrypted from now on goes to it
}
