// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// signingOverlap is how long a rotated key may finish what was begun with it: a handle that was just given out, or
// another process that has not looked at the file yet. It is published as the key's last moment.
const signingOverlap = time.Minute

// webhookOverlap is how long events carry the signature of the old key as well: a receiver may have kept the published
// keys, and the header names no key to look for.
const webhookOverlap = 7 * 24 * time.Hour

func overlap(use keys.Use) time.Duration {
	if use == keys.WebhookSigning {
		return webhookOverlap
	}
	return signingOverlap
}

// signFunc makes one kind of signature. The private key lives in its closure only, where no type assertion reaches it.
type signFunc func(digest []byte, opts crypto.SignerOpts) ([]byte, error)

// signer is one key that can sign.
type signer struct {
	kid    string
	public crypto.PublicKey
	until  time.Time
	sign   signFunc
}

// Signer returns a handle that signs with the current key of this use, and that key's id. The handle is cheap: ask for
// one per signature, so that a rotation is followed. It refuses with keys.ErrRetired once its key may sign no more, and
// with keys.ErrAlgorithm whatever does not fit the algorithm: ES256 takes a SHA-256 digest and gives ASN.1, PS256 takes a
// SHA-256 digest with rsa.PSSOptions of salt length 32, EdDSA takes the message with crypto.Hash(0).
//
// Errors: keys.ErrUse for a use that does not sign, keys.ErrAlgorithm for an algorithm outside the use, keys.ErrUnknown
// when no such key was made yet (see EnsurePS256), keys.ErrUnavailable.
func (k *Keyring) Signer(ctx context.Context, use keys.Use, alg string) (kid string, s crypto.Signer, err error) {
	if !use.Signs() {
		return "", nil, keys.ErrUse
	}
	if !slices.Contains(use.Algorithms(), alg) {
		return "", nil, keys.ErrAlgorithm
	}
	snap, err := k.current(ctx, relaxed)
	if err != nil {
		return "", nil, err
	}
	for place, g := range snap.current {
		if place.use == use && algorithm(place.use, place.kind) == alg {
			return g.kid, &handle{kid: g.kid, public: g.public, ring: k}, nil
		}
	}
	return "", nil, fmt.Errorf("%s %s: %w", use, alg, keys.ErrUnknown)
}

// Signers returns a handle for every key of this use that may sign now: the current one first, then those that were
// rotated and whose time is not up, newest first. Who signs with all of them is understood by a verifier that knows only
// one. Errors as of [Keyring.Signer].
func (k *Keyring) Signers(ctx context.Context, use keys.Use, alg string) ([]crypto.Signer, error) {
	kid, current, err := k.Signer(ctx, use, alg)
	if err != nil {
		return nil, err
	}
	snap, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	signers, now := []crypto.Signer{current}, k.clock()
	for _, p := range snap.publics { // newest first
		if g := snap.signers[p.KID]; g != nil && p.Use == use && p.Algorithm == alg && p.KID != kid && now.Before(g.until) {
			signers = append(signers, &handle{kid: g.kid, public: g.public, ring: k})
		}
	}
	return signers, nil
}

// handle is what callers hold: a name and a way to ask.
type handle struct {
	kid    string
	public crypto.PublicKey
	ring   *Keyring
}

// Public returns the public half.
func (h *handle) Public() crypto.PublicKey { return h.public }

// Sign asks the keyring. The reader is ignored: randomness is not the caller's choice.
func (h *handle) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	snap, err := h.ring.current(context.Background(), relaxed)
	if err != nil {
		return nil, err
	}
	g, ok := snap.signers[h.kid]
	if !ok || (!g.until.IsZero() && !h.ring.clock().Before(g.until)) {
		return nil, keys.ErrRetired
	}
	return g.sign(digest, opts)
}

func signES256(key *ecdsa.PrivateKey) signFunc {
	return func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		if opts == nil || opts.HashFunc() != crypto.SHA256 || len(digest) != 32 {
			return nil, keys.ErrAlgorithm
		}
		return ecdsa.SignASN1(rand.Reader, key, digest)
	}
}

func signPS256(key *rsa.PrivateKey) signFunc {
	return func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		pss, ok := opts.(*rsa.PSSOptions)
		if !ok || pss == nil || pss.HashFunc() != crypto.SHA256 || len(digest) != 32 {
			return nil, keys.ErrAlgorithm
		}
		if pss.SaltLength != rsa.PSSSaltLengthEqualsHash && pss.SaltLength != 32 {
			return nil, keys.ErrAlgorithm
		}
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest, pss)
	}
}

func signEdDSA(key ed25519.PrivateKey) signFunc {
	return func(message []byte, opts crypto.SignerOpts) ([]byte, error) {
		if opts == nil || opts.HashFunc() != crypto.Hash(0) {
			return nil, keys.ErrAlgorithm
		}
		if o, ok := opts.(*ed25519.Options); ok && o.Context != "" {
			return nil, keys.ErrAlgorithm // Ed25519ctx is another signature
		}
		return ed25519.Sign(key, message), nil
	}
}
