// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// intakeKeys remembers the private halves that were read, each in a closure that no print path opens.
type intakeKeys struct {
	mu   sync.Mutex
	held map[string]func() keys.Intake
}

// secretBody is how a private key lies in KV v2.
type secretBody struct {
	Private []byte `json:"private"`
}

// IntakeKeys returns the keys that open reports, current ones first, then the rotated ones that are not yet retired. A key is
// read from Vault once and then held in memory until it is retired.
func (s *Store) IntakeKeys(ctx context.Context) ([]keys.Intake, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	s.private.mu.Lock()
	known := s.private.held
	s.private.mu.Unlock()
	held := make(map[string]func() keys.Intake, len(snap.intake)) // a new one each time, as others read the old
	out := make([]keys.Intake, len(snap.intake))
	for i, kid := range snap.intake {
		get := known[kid]
		if get == nil {
			if get, err = s.readIntake(ctx, snap, kid); err != nil {
				return nil, err
			}
		}
		held[kid] = get
		out[i] = get()
	}
	s.private.mu.Lock()
	s.private.held = held // those that were retired are let go
	s.private.mu.Unlock()
	return out, nil
}

func (s *Store) readIntake(ctx context.Context, snap *snapshot, kid string) (func() keys.Intake, error) {
	raw, err := s.secret(ctx, "kv/data/intake/"+kid)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	private, err := x509.ParsePKCS8PrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("intake key %s in Vault cannot be read: %w", kid, keys.ErrUnavailable)
	}
	if k, ok := private.(*ecdsa.PrivateKey); ok {
		if private, err = k.ECDH(); err != nil {
			return nil, fmt.Errorf("intake key %s in Vault cannot be read: %w", kid, keys.ErrUnavailable)
		}
	}
	for _, p := range snap.publics {
		if own, ok := private.(interface{ Public() crypto.PublicKey }); ok && p.KID == kid {
			if same, ok := own.Public().(interface{ Equal(crypto.PublicKey) bool }); ok && same.Equal(p.Key) {
				k := keys.Intake{KID: kid, Algorithm: p.Algorithm, Key: private}
				return func() keys.Intake { return k }, nil
			}
		}
	}
	return nil, fmt.Errorf("intake key %s in Vault does not fit its published half: %w", kid, keys.ErrUnavailable)
}

// newIntake makes an intake key here and puts its private half in KV. When the register is not changed after all, what was
// written stays behind unused.
func (s *Store) newIntake(ctx context.Context, p slot, now time.Time) (keyRecord, error) {
	private, public, err := newPair(p.kind)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make intake key: %w", err)
	}
	r, err := record(p, 0, public, now)
	if err != nil {
		return keyRecord{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make intake key: %w", err)
	}
	defer clear(der)
	return r, s.keepSecret(ctx, "kv/data/intake/"+r.KID, der)
}

func newPair(kd kind) (private any, public crypto.PublicKey, err error) {
	switch kd {
	case p256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return k, k.Public(), nil
	case x25519:
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return k, k.Public(), nil
	case rsa3072:
		k, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return nil, nil, err
		}
		return k, k.Public(), nil
	default:
		return nil, nil, keys.ErrAlgorithm
	}
}

// keepSecret writes a private key once; it is never overwritten.
func (s *Store) keepSecret(ctx context.Context, path string, private []byte) error {
	return s.write(ctx, path, map[string]any{"data": secretBody{private}, "options": map[string]uint64{"cas": 0}}, nil)
}

func (s *Store) secret(ctx context.Context, path string) ([]byte, error) {
	var answer struct {
		Data struct {
			Data secretBody `json:"data"`
		} `json:"data"`
	}
	if err := s.read(ctx, path, &answer); err != nil {
		if r, ok := refused(err); ok && r.status == 404 {
			return nil, fmt.Errorf("a private key that the register names is not in Vault: %w", keys.ErrUnavailable)
		}
		return nil, err
	}
	return answer.Data.Data.Private, nil
}

// eraseIntake deletes every version of a private half, of either form; what is not there is no error.
func (s *Store) eraseIntake(ctx context.Context, kid string) error {
	for _, folder := range []string{"intake", "openpgp"} {
		if err := s.remove(ctx, "kv/metadata/"+folder+"/"+kid); err != nil {
			if r, ok := refused(err); !ok || r.status != 404 {
				return err
			}
		}
	}
	return nil
}
