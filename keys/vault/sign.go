// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/keys"
)

// Signer returns a handle that signs with the current key of this use, and that key's id. The handle is a [keys.BatchSigner]:
// sign a group in one call. It is cheap: ask for one per group, so that a rotation is followed. It refuses with
// keys.ErrRetired once its key may sign no more, and with keys.ErrAlgorithm whatever does not fit the algorithm: ES256 takes a
// SHA-256 digest and gives ASN.1, PS256 takes a SHA-256 digest with rsa.PSSOptions of salt length 32, EdDSA takes the message
// with crypto.Hash(0).
//
// Errors: keys.ErrUse for a use that does not sign, keys.ErrAlgorithm for an algorithm outside the use, keys.ErrUnknown
// when no such key was made yet (see EnsurePS256), keys.ErrUnavailable, ErrDenied.
func (s *Store) Signer(ctx context.Context, use keys.Use, alg string) (kid string, signer crypto.Signer, err error) {
	all, err := s.handles(ctx, use, alg)
	if err != nil {
		return "", nil, err
	}
	return all[0].key.KID, all[0], nil
}

// Signers returns a handle for every key of this use that may sign now: the current one first, then those that were
// rotated and whose time is not up, newest first. Errors as of [Store.Signer].
func (s *Store) Signers(ctx context.Context, use keys.Use, alg string) ([]crypto.Signer, error) {
	all, err := s.handles(ctx, use, alg)
	if err != nil {
		return nil, err
	}
	signers := make([]crypto.Signer, len(all))
	for i, h := range all {
		signers[i] = h
	}
	return signers, nil
}

func (s *Store) handles(ctx context.Context, use keys.Use, alg string) ([]*handle, error) {
	if !use.Signs() {
		return nil, keys.ErrUse
	}
	if !slices.Contains(use.Algorithms(), alg) {
		return nil, keys.ErrAlgorithm
	}
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	now := s.config.Clock()
	var all []*handle
	for _, p := range snap.publics { // newest first, so the current one is
		if r := snap.signers[p.KID]; p.Use == use && p.Algorithm == alg && r.acts(now) {
			all = append(all, &handle{key: r, public: p.Key, store: s})
		}
	}
	if len(all) == 0 || !all[0].key.Until.IsZero() {
		return nil, fmt.Errorf("%s %s: %w", use, alg, keys.ErrUnknown)
	}
	return all, nil
}

// tooOld is how Vault says that a version is below the minimum: an operator ended it, and this node has not looked yet.
const tooOld = "less than the minimum"

// handle is what callers hold: a name and a way to ask.
type handle struct {
	key    keyRecord
	public crypto.PublicKey
	store  *Store
}

var _ keys.BatchSigner = (*handle)(nil)

// Public returns the public half.
func (h *handle) Public() crypto.PublicKey { return h.public }

// Sign asks Vault for one signature. The reader is ignored: randomness is not the caller's choice.
func (h *handle) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	all, err := h.SignBatch(context.Background(), [][]byte{digest}, opts)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// SignBatch makes one signature per digest: one call for every 400.
func (h *handle) SignBatch(ctx context.Context, digests [][]byte, opts crypto.SignerOpts) ([][]byte, error) {
	snap, err := h.store.current(ctx)
	if err != nil {
		return nil, err
	}
	r, known := snap.signers[h.key.KID]
	if !known || !r.acts(h.store.config.Clock()) {
		return nil, keys.ErrRetired
	}
	body, err := h.request(digests, opts)
	if err != nil {
		return nil, err
	}
	path := "keys/sign/" + slot{r.Use, r.Kind}.name() + "/sha2-256"
	out := make([][]byte, len(digests))
	err = chunks(len(digests), func(from, to int) error {
		return h.signSome(ctx, path, body, digests[from:to], out[from:to])
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// request checks what is asked and gives what Vault wants to hear for it.
func (h *handle) request(digests [][]byte, opts crypto.SignerOpts) (map[string]any, error) {
	if opts == nil {
		return nil, keys.ErrAlgorithm
	}
	body := map[string]any{"key_version": h.key.Version}
	pss, isPSS := opts.(*rsa.PSSOptions)
	if h.key.Kind == ed {
		if o, ok := opts.(*ed25519.Options); opts.HashFunc() != crypto.Hash(0) || (ok && o.Context != "") {
			return nil, keys.ErrAlgorithm // Ed25519ctx is another signature
		}
		return body, nil
	}
	if opts.HashFunc() != crypto.SHA256 || slices.ContainsFunc(digests, func(d []byte) bool { return len(d) != 32 }) {
		return nil, keys.ErrAlgorithm
	}
	body["prehashed"] = true
	switch h.key.Kind {
	case p256:
		body["marshaling_algorithm"] = "asn1"
	case rsa3072:
		if !isPSS || pss == nil || (pss.SaltLength != rsa.PSSSaltLengthEqualsHash && pss.SaltLength != 32) {
			return nil, keys.ErrAlgorithm
		}
		body["signature_algorithm"], body["salt_length"] = "pss", "hash"
	}
	return body, nil
}

func (h *handle) signSome(ctx context.Context, path string, common map[string]any, digests, out [][]byte) error {
	results, err := h.store.batch(ctx, path, common, inputs(digests))
	if err != nil {
		return err
	}
	for i, r := range results {
		switch {
		case strings.Contains(r.Error, tooOld):
			h.store.register.stale()
			return keys.ErrRetired
		case r.Error != "":
			return fmt.Errorf("vault does not sign member %d: %w", i, keys.ErrUnavailable)
		}
		if out[i], err = output(r.Signature, h.key.Version); err != nil {
			return err
		}
	}
	return nil
}
