// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// openpgpRecord is one OpenPGP key for intake. Both halves are transferable keys
// (RFC 9580) that this package keeps and does not read: the format has one owner,
// adapters/openpgp.
type openpgpRecord struct {
	KID     string    `json:"kid"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"` // zero while current
	Public  []byte    `json:"public"`
	Private []byte    `json:"private"`
}

// openpgpKID names a key by the SHA-256 of its public half, in the shape of the other key ids.
func openpgpKID(public []byte) string {
	sum := sha256.Sum256(public)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// OpenPGPKeys returns the private keys that open OpenPGP files, the current one first, then the rotated ones that are not
// yet retired, newest first. They are copies; the list is empty until [Keyring.EnsureOpenPGP].
func (k *Keyring) OpenPGPKeys(ctx context.Context) ([][]byte, error) {
	s, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(s.openpgp))
	for i, p := range s.openpgp {
		out[i] = append([]byte(nil), p.private.reveal()...)
	}
	return out, nil
}

// OpenPGPPublics returns the public halves in the order of [Keyring.OpenPGPKeys].
func (k *Keyring) OpenPGPPublics(ctx context.Context) ([][]byte, error) {
	s, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(s.openpgp))
	for i, p := range s.openpgp {
		out[i] = append([]byte(nil), p.public...)
	}
	return out, nil
}

// EnsureOpenPGP stores a first OpenPGP key, durably, unless there is one. generate is called only when it is needed, by
// one process at a time.
func (k *Keyring) EnsureOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error {
	_, err := k.change(ctx, func(d *document, now time.Time) error {
		if d.currentOpenPGP() != nil {
			return errUnchanged
		}
		return d.addOpenPGP(generate, now)
	})
	return err
}

// RotateOpenPGP stores a new current OpenPGP key, durably. The one before opens files until it is retired; [Keyring.Rotate]
// cannot do this, as it cannot make such a key.
func (k *Keyring) RotateOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error {
	_, err := k.change(ctx, func(d *document, now time.Time) error {
		if r := d.currentOpenPGP(); r != nil {
			r.Until = moment(now)
		}
		return d.addOpenPGP(generate, now)
	})
	return err
}

func (d *document) currentOpenPGP() *openpgpRecord {
	for i := range d.OpenPGP {
		if d.OpenPGP[i].Until.IsZero() {
			return &d.OpenPGP[i]
		}
	}
	return nil
}

func (d *document) addOpenPGP(generate func() (private, public []byte, err error), now time.Time) error {
	private, public, err := generate()
	if err != nil {
		return fmt.Errorf("make OpenPGP key: %w", err)
	}
	d.OpenPGP = append(d.OpenPGP, openpgpRecord{KID: openpgpKID(public), From: moment(now), Public: public, Private: private})
	return nil
}

// retireOpenPGP reports whether the id named an OpenPGP key.
func (d *document) retireOpenPGP(kid string) (bool, error) {
	for i, r := range d.OpenPGP {
		if r.KID != kid {
			continue
		}
		if r.Until.IsZero() {
			return true, keys.ErrCurrent
		}
		clear(r.Private)
		d.OpenPGP = append(d.OpenPGP[:i], d.OpenPGP[i+1:]...)
		return true, nil
	}
	return false, nil
}

// openpgpPair is a key as a snapshot holds it.
type openpgpPair struct {
	public  []byte
	private *secret
}

// addOpenPGP checks the records, oldest first and at most one current, which is the last.
func (s *snapshot) addOpenPGP(records []openpgpRecord) error {
	seen := make(map[string]bool, len(records))
	for i, r := range records {
		last := i == len(records)-1
		if len(r.Public) == 0 || len(r.Private) == 0 || r.KID != openpgpKID(r.Public) || seen[r.KID] || r.From.IsZero() || r.Until.IsZero() != last {
			return fmt.Errorf("OpenPGP key %d does not fit its place: %w", i, ErrFormat)
		}
		seen[r.KID] = true
		s.entries = append(s.entries, keys.Entry{
			Use: keys.IntakeDecryption, KID: r.KID, Algorithm: keys.OpenPGP, From: r.From, Until: r.Until, Acts: true,
		})
		pair := openpgpPair{append([]byte(nil), r.Public...), newSecret(r.Private)}
		s.openpgp = append([]openpgpPair{pair}, s.openpgp...)
	}
	return nil
}
