// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// openpgpKID names a key by the SHA-256 of its public half, as the keyring does.
func openpgpKID(public []byte) string {
	sum := sha256.Sum256(public)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// OpenPGPKeys returns the private keys that open OpenPGP files, the current one first, then the rotated ones that are not
// yet retired, newest first. They are read from Vault each time; the list is empty until [Store.EnsureOpenPGP].
func (s *Store) OpenPGPKeys(ctx context.Context) ([][]byte, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(snap.doc.OpenPGP))
	for _, r := range slices.Backward(snap.doc.OpenPGP) {
		raw, err := s.secret(ctx, "kv/data/openpgp/"+r.KID)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// OpenPGPPublics returns the public halves in the order of [Store.OpenPGPKeys].
func (s *Store) OpenPGPPublics(ctx context.Context) ([][]byte, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(snap.doc.OpenPGP))
	for _, r := range slices.Backward(snap.doc.OpenPGP) {
		out = append(out, slices.Clone(r.Public))
	}
	return out, nil
}

// EnsureOpenPGP stores a first OpenPGP key, durably, unless there is one. generate is called only when it is needed.
func (s *Store) EnsureOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error {
	_, err := s.change(ctx, func(d *document, now time.Time) error {
		if len(d.OpenPGP) > 0 {
			return errUnchanged
		}
		return s.addOpenPGP(ctx, d, generate, now)
	})
	return err
}

// RotateOpenPGP stores a new current OpenPGP key, durably. The one before opens files until it is retired; [Store.Rotate]
// cannot do this, as it cannot make such a key.
func (s *Store) RotateOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error {
	_, err := s.change(ctx, func(d *document, now time.Time) error {
		if n := len(d.OpenPGP); n > 0 {
			d.OpenPGP[n-1].Until = moment(now)
		}
		return s.addOpenPGP(ctx, d, generate, now)
	})
	return err
}

func (s *Store) addOpenPGP(ctx context.Context, d *document, generate func() (private, public []byte, err error), now time.Time) error {
	private, public, err := generate()
	if err == nil && (len(private) == 0 || len(public) == 0) {
		err = errors.New("empty key")
	}
	if err != nil {
		return fmt.Errorf("make OpenPGP key: %w", err)
	}
	defer clear(private)
	r := openpgpRecord{KID: openpgpKID(public), From: moment(now), Public: public}
	if slices.ContainsFunc(d.OpenPGP, func(o openpgpRecord) bool { return o.KID == r.KID }) {
		return fmt.Errorf("make OpenPGP key: the same key again: %w", keys.ErrCurrent)
	}
	if err := s.keepSecret(ctx, "kv/data/openpgp/"+r.KID, private); err != nil && !lost(err) {
		return err
	}
	d.OpenPGP = append(d.OpenPGP, r)
	return nil
}
