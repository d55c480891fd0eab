// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// Moving is a key store that hands its keys over. Filled by keys/keyring.
type Moving interface {
	// HandOver gives signing and blinding keys, closed to a wrapping key.
	HandOver(ctx context.Context, wrapping *rsa.PublicKey) ([]keys.Moved, error)
	Publics(ctx context.Context) ([]keys.Public, error)
	IntakeKeys(ctx context.Context) ([]keys.Intake, error)
	OpenPGPKeys(ctx context.Context) ([][]byte, error)    // newest first
	OpenPGPPublics(ctx context.Context) ([][]byte, error) // in the same order
}

// ErrTaken says that this Vault has keys of a gateway already. Nothing was changed.
var ErrTaken = errors.New("this Vault has keys of a gateway already")

// Import takes over the keys of another store, instead of [Create]: what they signed stays verifiable under the same key
// ids, and tags stay what they were. Private halves of signing and blinding keys come closed to Vault's own wrapping key and
// lie open nowhere else. Keys that have ended come with their public half. It must be a Vault without keys (ErrTaken); when it
// fails halfway, what it made there must be taken away before the next try, because a version of a key cannot be replaced.
// It needs the policy deploy/vault/verhuizing.hcl. Called by seinhuis migrate.
func Import(ctx context.Context, c Config, from Moving) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("import keys into Vault: %w", err)
	}
	if err := s.take(ctx, from); err != nil {
		return nil, errors.Join(fmt.Errorf("import keys into Vault: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) take(ctx context.Context, from Moving) error {
	s.register.changes.Lock()
	defer s.register.changes.Unlock()
	switch _, err := s.look(ctx); {
	case err == nil:
		return ErrTaken
	case !isUnknown(err):
		return err
	}
	wrapping, err := s.wrappingKey(ctx)
	if err != nil {
		return err
	}
	moved, err := from.HandOver(ctx, wrapping)
	if err != nil {
		return err
	}
	d := document{OpenPGP: []openpgpRecord{}}
	now := s.config.Clock()
	for _, m := range moved {
		if m.Use == keys.SubjectBlinding {
			err = s.takeBlinding(ctx, &d, m)
		} else {
			err = s.takeSigning(ctx, &d, m, now)
		}
		if err != nil {
			return err
		}
	}
	if err := s.takeIntake(ctx, &d, from); err != nil {
		return err
	}
	if err := s.takeOpenPGP(ctx, &d, from, now); err != nil {
		return err
	}
	_, stored, err := s.store(ctx, d, 0)
	if err == nil && !stored {
		err = ErrTaken
	}
	return err
}

// wrappingKey is the public key that transit opens imported keys with.
func (s *Store) wrappingKey(ctx context.Context) (*rsa.PublicKey, error) {
	var answer struct {
		Data struct {
			PublicKey string `json:"public_key"`
		} `json:"data"`
	}
	if err := s.read(ctx, "keys/wrapping_key", &answer); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(answer.Data.PublicKey))
	if block == nil {
		return nil, fmt.Errorf("the wrapping key of Vault cannot be read: %w", keys.ErrUnavailable)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := public.(*rsa.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("the wrapping key of Vault is of another kind: %w", keys.ErrUnavailable)
	}
	return key, nil
}

// imported puts one key into transit, as the next version of its name, and gives that version.
func (s *Store) imported(ctx context.Context, name, typ string, sealed []byte) (uint32, error) {
	_, err := s.transit(ctx, name)
	switch {
	case isUnknown(err):
		err = s.write(ctx, "keys/keys/"+name+"/import", map[string]any{"type": typ, "hash_function": "SHA256", "allow_rotation": true, "ciphertext": sealed}, nil)
	case err == nil:
		err = s.write(ctx, "keys/keys/"+name+"/import_version", map[string]any{"hash_function": "SHA256", "ciphertext": sealed}, nil)
	}
	if err != nil {
		return 0, err
	}
	v, err := s.transit(ctx, name)
	return v.Latest, err
}

// takeSigning imports a current key, and registers one that ended with its public half.
func (s *Store) takeSigning(ctx context.Context, d *document, m keys.Moved, now time.Time) error {
	public, err := x509.ParsePKIXPublicKey(m.Public)
	if err != nil {
		return fmt.Errorf("a key that was handed over cannot be read: %w", keys.ErrAlgorithm)
	}
	place := slot{m.Use, kindOf(public)}
	r := keyRecord{Use: m.Use, KID: m.KID, Algorithm: m.Algorithm, Kind: place.kind, From: moment(m.From), Until: moment(m.Until), Public: m.Public}
	if m.Until.IsZero() {
		r.Until = time.Time{}
	}
	if m.Sealed != nil {
		if r.Version, err = s.imported(ctx, place.name(), place.transitType(), m.Sealed); err != nil {
			return err
		}
		if v, err := s.transit(ctx, place.name()); err != nil {
			return err
		} else if got, err := v.public(place); err != nil || !sameKey(got, public) {
			return fmt.Errorf("vault has another %s key than was handed over: %w", m.Use, keys.ErrUnavailable)
		}
	} else if r.Until.After(now) { // it ends with the move: the store that it was in signs no more
		r.Until = moment(now)
	}
	d.Keys = append(d.Keys, r)
	return nil
}

// takeBlinding imports a version under its own number, because tags bear it. One that has ended only fills its number.
func (s *Store) takeBlinding(ctx context.Context, d *document, m keys.Moved) error {
	version, err := s.imported(ctx, blindingName, "hmac", m.Sealed)
	if err != nil {
		return err
	}
	if version != m.Version {
		return fmt.Errorf("vault gave a blinding version another number: %w", keys.ErrUnavailable)
	}
	if m.Until.IsZero() {
		d.Blinding = slices.Insert(d.Blinding, 0, blindingRecord{m.Version, moment(m.From)})
	}
	return nil
}

// takeIntake keeps the keys that open reports, which leave any store.
func (s *Store) takeIntake(ctx context.Context, d *document, from Moving) error {
	publics, err := from.Publics(ctx)
	if err != nil {
		return err
	}
	private, err := from.IntakeKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range slices.Backward(private) { // oldest first
		at := slices.IndexFunc(publics, func(p keys.Public) bool { return p.KID == k.KID })
		if at < 0 {
			return keys.ErrUnknown
		}
		p := publics[at]
		der, err := x509.MarshalPKIXPublicKey(p.Key)
		if err != nil {
			return fmt.Errorf("intake key: %w", keys.ErrAlgorithm)
		}
		raw, err := x509.MarshalPKCS8PrivateKey(k.Key)
		if err != nil {
			return fmt.Errorf("intake key: %w", keys.ErrAlgorithm)
		}
		parsed, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return fmt.Errorf("intake key: %w", keys.ErrAlgorithm)
		}
		if err := s.keepSecret(ctx, "kv/data/intake/"+k.KID, raw); err != nil && !lost(err) {
			clear(raw)
			return err
		}
		clear(raw)
		d.Keys = append(d.Keys, keyRecord{Use: keys.IntakeDecryption, KID: k.KID, Algorithm: k.Algorithm, Kind: kindOf(parsed), From: moment(p.From), Until: p.Until, Public: der})
	}
	return nil
}

func (s *Store) takeOpenPGP(ctx context.Context, d *document, from Moving, now time.Time) error {
	private, err := from.OpenPGPKeys(ctx)
	if err != nil {
		return err
	}
	publics, err := from.OpenPGPPublics(ctx)
	if err != nil {
		return err
	}
	for i := len(private) - 1; i >= 0; i-- { // oldest first
		raw := slices.Clone(private[i])
		err := s.addOpenPGP(ctx, d, func() ([]byte, []byte, error) { return raw, publics[i], nil }, now)
		if err != nil {
			return err
		}
		if n := len(d.OpenPGP); n > 1 {
			d.OpenPGP[n-2].Until = moment(now)
		}
	}
	return nil
}

// kindOf tells what a public key is made of.
func kindOf(public any) kind {
	switch public.(type) {
	case *ecdsa.PublicKey:
		return p256
	case ed25519.PublicKey:
		return ed
	case *rsa.PublicKey:
		return rsa3072
	default:
		return x25519
	}
}

func sameKey(a, b any) bool {
	one, err := x509.MarshalPKIXPublicKey(a)
	other, err2 := x509.MarshalPKIXPublicKey(b)
	return err == nil && err2 == nil && string(one) == string(other)
}
