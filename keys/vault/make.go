// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// first makes the keys of a new store and its register, unless there is one.
func (s *Store) first(ctx context.Context, o Options) error {
	s.register.changes.Lock()
	defer s.register.changes.Unlock()
	_, err := s.look(ctx)
	if err == nil || !isUnknown(err) {
		return err
	}
	slots := required()
	if o.PS256 {
		slots = append(slots, slot{keys.ReceiptSigning, rsa3072}, slot{keys.NoticeSigning, rsa3072})
	}
	if o.X25519Intake {
		slots = append(slots, slot{keys.IntakeDecryption, x25519})
	}
	if o.RSAIntake {
		slots = append(slots, slot{keys.IntakeDecryption, rsa3072})
	}
	now := s.config.Clock()
	d := document{OpenPGP: []openpgpRecord{}}
	for _, place := range slots {
		r, err := s.newKey(ctx, place, now)
		if err != nil {
			return err
		}
		d.Keys = append(d.Keys, r)
	}
	if err := s.write(ctx, "keys/keys/"+blindingName, map[string]any{"type": "hmac", "key_size": 32}, nil); err != nil {
		return err
	}
	v, err := s.transit(ctx, blindingName)
	if err != nil {
		return err
	}
	d.Blinding = []blindingRecord{{v.Latest, moment(now)}}
	if _, stored, err := s.store(ctx, d, 0); err != nil || stored {
		return err
	}
	_, err = s.look(ctx) // another was first
	return err
}

// newKey makes the next key of a slot: a new version in transit, or an intake key here.
func (s *Store) newKey(ctx context.Context, p slot, now time.Time) (keyRecord, error) {
	if !p.use.Signs() {
		return s.newIntake(ctx, p, now)
	}
	at := "keys/keys/" + p.name()
	_, err := s.transit(ctx, p.name())
	switch {
	case err == nil:
		err = s.write(ctx, at+"/rotate", map[string]any{}, nil)
	case isUnknown(err):
		err = s.write(ctx, at, map[string]any{"type": p.transitType()}, nil)
	}
	if err != nil {
		return keyRecord{}, err
	}
	v, err := s.transit(ctx, p.name())
	if err != nil {
		return keyRecord{}, err
	}
	public, err := v.public(p)
	if err != nil {
		return keyRecord{}, err
	}
	return record(p, v.Latest, public, now)
}

func record(p slot, version uint32, public crypto.PublicKey, now time.Time) (keyRecord, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", p.use, err)
	}
	kid, err := keys.Thumbprint(public)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", p.use, err)
	}
	return keyRecord{Use: p.use, KID: kid, Algorithm: algorithm(p.use, p.kind), Kind: p.kind, Version: version, From: moment(now), Public: der}, nil
}

// transitKey is what Vault tells about a key.
type transitKey struct {
	Latest    uint32         `json:"latest_version"`
	MinUse    uint32         `json:"min_encryption_version"`
	Available uint32         `json:"min_available_version"`
	Keys      map[string]any `json:"keys"` // a moment for symmetric keys, an object for pairs
}

func (s *Store) transit(ctx context.Context, name string) (transitKey, error) {
	var answer struct {
		Data transitKey `json:"data"`
	}
	err := s.read(ctx, "keys/keys/"+name, &answer)
	if r, ok := refused(err); ok && r.status == 404 {
		return transitKey{}, fmt.Errorf("transit key %s: %w", name, keys.ErrUnknown)
	}
	return answer.Data, err
}

// public reads the public half of the newest version.
func (v transitKey) public(p slot) (crypto.PublicKey, error) {
	object, _ := v.Keys[strconv.FormatUint(uint64(v.Latest), 10)].(map[string]any)
	text, _ := object["public_key"].(string)
	var public crypto.PublicKey
	if p.kind == ed {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err == nil && len(raw) == ed25519.PublicKeySize {
			public = ed25519.PublicKey(raw)
		}
	} else if block, _ := pem.Decode([]byte(text)); block != nil {
		public, _ = x509.ParsePKIXPublicKey(block.Bytes)
	}
	public, err := fit(p.use, p.kind, public)
	if err != nil {
		return nil, fmt.Errorf("the %s key that Vault made is of another kind: %w", p.use, keys.ErrUnavailable)
	}
	return public, nil
}
