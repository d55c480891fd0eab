// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// Source is the key store that an installation moves from. Filled by keys/keyring.
type Source interface {
	WrapBlinding(ctx context.Context, to *rsa.PublicKey) ([]keys.WrappedBlinding, error)
	MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error)
	Publics(ctx context.Context) ([]keys.Public, error)
	IntakeKeys(ctx context.Context) ([]keys.Intake, error)
	Inventory(ctx context.Context) ([]keys.Entry, error)
	OpenPGPKeys(ctx context.Context) ([][]byte, error)
	OpenPGPPublics(ctx context.Context) ([][]byte, error)
}

// ErrMoved says that this Vault has keys already: nothing is moved into them.
var ErrMoved = errors.New("this Vault has keys already")

// maxVersions is how many versions of the blinding key a move fills in; each is a call.
const maxVersions = 200

// Move makes the keys of a cluster out of those of a standalone installation, and opens the store:
//
//   - the blinding versions keep their key and number, so tokens and objections keep their meaning; they travel encrypted to
//     Vault's own wrapping key, and the tags of both stores are compared before anything counts;
//   - intake and OpenPGP keys move, so what was encrypted to them opens;
//   - signing keys are made anew in Vault, as they never leave the keyring; the old public halves stay published, ended now;
//   - scope keys do not move: bodies are unwrapped there and wrapped here by who moves them.
//
// The source must not be used after it. When it fails halfway, do it again. It is for role verhuizing.
func Move(ctx context.Context, c Config, from Source) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("move keys into Vault: %w", err)
	}
	if err := s.moveAll(ctx, from); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("move keys into Vault: %w", err)
	}
	return s, nil
}

func (s *Store) moveAll(ctx context.Context, from Source) error {
	s.register.changes.Lock()
	defer s.register.changes.Unlock()
	if _, err := s.look(ctx); err == nil {
		return ErrMoved
	} else if !isUnknown(err) {
		return err
	}
	now := s.config.Clock()
	d := document{OpenPGP: []openpgpRecord{}}
	for _, step := range []func(context.Context, Source, *document, time.Time) error{s.moveBlinding, s.movePublics, s.moveIntake, s.moveOpenPGP} {
		if err := step(ctx, from, &d, now); err != nil {
			return err
		}
	}
	_, stored, err := s.store(ctx, d, 0)
	if err == nil && !stored {
		err = ErrMoved
	}
	return err
}

// moveBlinding imports the live versions under their own numbers; those before them are filled with keys that nobody knows,
// and erased.
func (s *Store) moveBlinding(ctx context.Context, from Source, d *document, _ time.Time) error {
	to, err := s.wrappingKey(ctx)
	if err != nil {
		return err
	}
	live, err := from.WrapBlinding(ctx, to)
	if err != nil {
		return err
	}
	if len(live) == 0 || live[0].Version > maxVersions {
		return fmt.Errorf("blinding versions to move: %w", keys.ErrUnknown)
	}
	have, err := s.transit(ctx, blindingName)
	if err != nil && !isUnknown(err) {
		return err
	}
	for version := have.Latest + 1; version <= live[0].Version; version++ {
		i := slices.IndexFunc(live, func(w keys.WrappedBlinding) bool { return w.Version == version })
		var wrapped []byte
		if i >= 0 {
			wrapped = live[i].Wrapped
		} else if wrapped, err = keys.WrapFor(to, filler()); err != nil {
			return err
		}
		body := map[string]any{"ciphertext": base64.StdEncoding.EncodeToString(wrapped), "hash_function": "SHA256"}
		path := "keys/keys/" + blindingName + "/import_version"
		if version == 1 {
			path = "keys/keys/" + blindingName + "/import"
			body["type"], body["allow_rotation"] = "hmac", true
		}
		if err := s.write(ctx, path, body, nil); err != nil {
			return err
		}
	}
	for _, w := range live {
		d.Blinding = append(d.Blinding, blindingRecord{w.Version, moment(w.From)})
	}
	return s.compareTags(ctx, from, live)
}

func filler() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, it ends the process instead (Go 1.24)
	return b
}

// compareTags proves that both stores make the same tags, before the register says that they do.
func (s *Store) compareTags(ctx context.Context, from Source, live []keys.WrappedBlinding) error {
	in := [][]byte{[]byte("verhuizing"), filler()}
	want, err := from.MAC(ctx, in)
	if err != nil {
		return err
	}
	for v, w := range live {
		got, err := s.tag(ctx, w.Version, in)
		if err != nil {
			return err
		}
		for i := range in {
			if len(want[i]) != len(live) || got[i] != want[i][v] {
				return fmt.Errorf("blinding version %d in Vault makes other tags: %w", w.Version, ErrMoved)
			}
		}
	}
	return nil
}

func (s *Store) wrappingKey(ctx context.Context) (*rsa.PublicKey, error) {
	var answer struct {
		Data struct {
			Public string `json:"public_key"`
		} `json:"data"`
	}
	if err := s.read(ctx, "keys/wrapping_key", &answer); err != nil {
		return nil, err
	}
	if block, _ := pem.Decode([]byte(answer.Data.Public)); block != nil {
		if parsed, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			if key, ok := parsed.(*rsa.PublicKey); ok {
				return key, nil
			}
		}
	}
	return nil, fmt.Errorf("vault's wrapping key cannot be read: %w", keys.ErrUnavailable)
}

// movePublics keeps what earlier signatures are verified with, and makes a new key in every slot that had one.
func (s *Store) movePublics(ctx context.Context, from Source, d *document, now time.Time) error {
	publics, err := from.Publics(ctx)
	if err != nil {
		return err
	}
	slots := slices.DeleteFunc(required(), func(p slot) bool { return !p.use.Signs() })
	for _, p := range slices.Backward(publics) { // oldest first
		place := slot{p.Use, kindOf(p.Use, p.Algorithm)}
		if !p.Use.Signs() {
			continue
		}
		r, err := record(place, 0, p.Key, p.From)
		if err != nil {
			return err
		}
		if r.Until = moment(p.Until); p.Until.IsZero() || now.Before(p.Until) {
			r.Until = moment(now)
		}
		d.Keys = append(d.Keys, r)
		if p.Until.IsZero() && !slices.Contains(slots, place) {
			slots = append(slots, place)
		}
	}
	for _, place := range slots {
		r, err := s.newKey(ctx, place, now)
		if err != nil {
			return err
		}
		d.Keys = append(d.Keys, r)
	}
	return nil
}

func kindOf(use keys.Use, alg string) kind {
	for _, kd := range []kind{p256, ed, rsa3072} {
		if algorithm(use, kd) == alg {
			return kd
		}
	}
	return ""
}

func (s *Store) moveIntake(ctx context.Context, from Source, d *document, _ time.Time) error {
	in, err := from.IntakeKeys(ctx)
	if err != nil {
		return err
	}
	publics, err := from.Publics(ctx)
	if err != nil {
		return err
	}
	for _, p := range slices.Backward(publics) {
		i := slices.IndexFunc(in, func(k keys.Intake) bool { return k.KID == p.KID })
		if i < 0 {
			continue
		}
		kd := p256
		if p.Algorithm == keys.RSAOAEP256 {
			kd = rsa3072
		} else if _, err := fit(p.Use, x25519, p.Key); err == nil {
			kd = x25519
		}
		r, err := record(slot{p.Use, kd}, 0, p.Key, p.From)
		if err != nil {
			return err
		}
		r.Until = moment(p.Until)
		der, err := x509.MarshalPKCS8PrivateKey(in[i].Key)
		if err != nil {
			return fmt.Errorf("intake key: %w", err)
		}
		err = s.keepSecret(ctx, "kv/data/intake/"+r.KID, der)
		clear(der)
		if err != nil && !lost(err) {
			return err
		}
		d.Keys = append(d.Keys, r)
	}
	return nil
}

func (s *Store) moveOpenPGP(ctx context.Context, from Source, d *document, _ time.Time) error {
	privates, err := from.OpenPGPKeys(ctx)
	if err != nil {
		return err
	}
	publics, err := from.OpenPGPPublics(ctx)
	if err != nil {
		return err
	}
	entries, err := from.Inventory(ctx)
	if err != nil {
		return err
	}
	for n := range slices.Backward(publics) { // oldest first
		kid := openpgpKID(publics[n])
		i := slices.IndexFunc(entries, func(e keys.Entry) bool { return e.KID == kid })
		if i < 0 || n >= len(privates) {
			return fmt.Errorf("OpenPGP key: %w", keys.ErrUnknown)
		}
		if err := s.keepSecret(ctx, "kv/data/openpgp/"+kid, privates[n]); err != nil && !lost(err) {
			return err
		}
		clear(privates[n])
		d.OpenPGP = append(d.OpenPGP, openpgpRecord{KID: kid, From: entries[i].From, Until: entries[i].Until, Public: publics[n]})
	}
	return nil
}
