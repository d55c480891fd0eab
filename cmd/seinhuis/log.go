// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"io/fs"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// logSigner is the checkpoint key as a note signer, with the public text to
// verify with.
func logSigner(ctx context.Context, c config, ring keyStore) (note.Signer, string, error) {
	_, key, err := ring.Signer(ctx, keys.CheckpointSigning, keys.EdDSA)
	if err != nil {
		return nil, "", err
	}
	return audit.NewNoteSigner(c.Origin, key)
}

// logFiles is the published log: single files as the tree needs them, and all
// of them as outsiders read them.
type logFiles interface {
	audit.Tiles
	FS() fs.FS
}

// newSequencer joins what the log is made of.
func newSequencer(ctx context.Context, c config, ring keyStore, t truth, tiles audit.Tiles) (*audit.Sequencer, error) {
	signer, _, err := logSigner(ctx, c, ring)
	if err != nil {
		return nil, notReady(err)
	}
	return audit.NewSequencer(audit.Config{Rows: t.Rows, Heads: t.Heads, Tiles: tiles, Signer: signer, Origin: c.Origin})
}

// publicKeys answers GET /v1/sleutels.
type publicKeys struct{ ring keyStore }

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
