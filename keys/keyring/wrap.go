// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto/cipher"
	"slices"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// wrapVersion is the first byte of a wrapped body; then nonce (12), ciphertext, tag (16).
const wrapVersion = 1

// wrapOverhead is how many bytes wrapping adds.
const wrapOverhead = 1 + sealOverhead

// wrapper acts for one scope; its key lives in the closure. The cipher is made at first use: most of the thousands of
// scopes in a file are not touched between two changes.
type wrapper struct {
	cipher func() (cipher.AEAD, error)
}

// newWrapper takes no key for a destroyed scope.
func newWrapper(key *secret) *wrapper {
	return &wrapper{cipher: sync.OnceValues(func() (cipher.AEAD, error) {
		if key == nil {
			return nil, keys.ErrDestroyed
		}
		return newAEAD(key.reveal())
	})}
}

// Wrap encrypts each body under the key of its scope, bound to scope and id; a result is 29 bytes longer than its body.
// A scope that has no key yet gets one, durably, before anything is wrapped under it; all new scopes of one call cost one
// write. Members that fail (keys.ErrItem, keys.ErrDestroyed) are nil in the result and listed in a keys.BatchError.
func (k *Keyring) Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error) {
	s, err := k.current(ctx, exact)
	if err != nil {
		return nil, err
	}
	if missing := s.missing(items); len(missing) > 0 {
		if s, err = k.addScopes(ctx, missing); err != nil {
			return nil, err
		}
	}
	return s.each(items, func(aead cipher.AEAD, it keys.WrapItem) ([]byte, error) {
		out := make([]byte, 1, len(it.Data)+wrapOverhead)
		out[0] = wrapVersion
		return aead.Seal(out, nil, it.Data, it.AAD()), nil
	})
}

// Unwrap is the reverse of Wrap. Members that fail are nil in the result and listed in a keys.BatchError:
// keys.ErrDestroyed, keys.ErrUnknown for a scope that never was, keys.ErrTampered, keys.ErrItem.
func (k *Keyring) Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error) {
	s, err := k.current(ctx, exact)
	if err != nil {
		return nil, err
	}
	return s.each(items, func(aead cipher.AEAD, it keys.WrapItem) ([]byte, error) {
		if len(it.Data) < wrapOverhead || it.Data[0] != wrapVersion {
			return nil, keys.ErrTampered
		}
		plain, err := aead.Open(make([]byte, 0, len(it.Data)-wrapOverhead), nil, it.Data[1:], it.AAD())
		if err != nil {
			return nil, keys.ErrTampered
		}
		return plain, nil
	})
}

// Destroy erases the key of a scope for ever, and keeps its name so that it cannot come back. On return it is durable.
// Destroying twice, or before first use, is no error.
func (k *Keyring) Destroy(ctx context.Context, scope string) error {
	if err := keys.CheckScope(scope); err != nil {
		return err
	}
	_, err := k.change(ctx, func(d *document, now time.Time) error {
		i, found := d.scope(scope)
		if !found {
			d.Scopes = slices.Insert(d.Scopes, i, scopeRecord{Name: scope})
		}
		r := &d.Scopes[i]
		if !r.Destroyed.IsZero() {
			return errUnchanged
		}
		clear(r.Key)
		r.Key, r.Destroyed = nil, moment(now)
		return nil
	})
	return err
}

// Scopes lists every scope that has or had a key, by name.
func (k *Keyring) Scopes(ctx context.Context) ([]keys.Scope, error) {
	s, err := k.current(ctx, exact)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.listed), nil
}

// addScopes makes the missing keys in one write. Callers queue here, so that when many meet the same new month only the
// first writes and the others find its work done.
func (k *Keyring) addScopes(ctx context.Context, names []string) (*snapshot, error) {
	k.adding.Lock()
	defer k.adding.Unlock()
	if s := k.snap.Load(); s != nil && !slices.ContainsFunc(names, func(n string) bool { return s.scopes[n] == nil }) {
		return s, nil
	}
	return k.change(ctx, func(d *document, now time.Time) error {
		changed := errUnchanged
		for _, name := range names {
			if i, found := d.scope(name); !found {
				d.Scopes = slices.Insert(d.Scopes, i, scopeRecord{Name: name, Created: moment(now), Key: randomKey()})
				changed = nil
			}
		}
		return changed
	})
}

// missing lists the well-formed scopes without a key, each once.
func (s *snapshot) missing(items []keys.WrapItem) []string {
	var names []string
	for _, it := range items {
		if s.scopes[it.Scope] == nil && it.Check() == nil && !slices.Contains(names, it.Scope) {
			names = append(names, it.Scope)
		}
	}
	return names
}

// each applies one act to every item under its scope's cipher and gathers the failures.
func (s *snapshot) each(items []keys.WrapItem, act func(cipher.AEAD, keys.WrapItem) ([]byte, error)) ([][]byte, error) {
	out := make([][]byte, len(items))
	var failed keys.BatchError
	for i, it := range items {
		err := it.Check()
		if err == nil {
			out[i], err = s.one(it, act)
		}
		if err != nil {
			failed = append(failed, keys.ItemError{Index: i, Err: err})
		}
	}
	return out, failed.OrNil()
}

func (s *snapshot) one(it keys.WrapItem, act func(cipher.AEAD, keys.WrapItem) ([]byte, error)) ([]byte, error) {
	w := s.scopes[it.Scope]
	if w == nil {
		return nil, keys.ErrUnknown
	}
	aead, err := w.cipher()
	if err != nil {
		return nil, err
	}
	return act(aead, it)
}
