// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seinhuis/seinhuis/keys"
)

// The form of a wrapped body, see the package. The keyring's is version 1.
const (
	wrapVersion = 2
	headSize    = 3 // version and length
	nonceSize   = 12
	tagSize     = 16
	maxHead     = 1000 // a data key as Vault encrypts it has about 90 bytes
)

// Wrap encrypts each body under a data key of its scope, bound to scope and id. A scope that has no key yet gets one. It
// costs two or three calls per scope of which no data key is in memory, and none for the others; a result is about 120 bytes
// longer than its body. Members that fail (keys.ErrItem, keys.ErrDestroyed) are nil in the result and listed in a
// keys.BatchError; when Vault fails the whole call does.
func (s *Store) Wrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	have, err := s.wrapping(ctx, items)
	if err != nil {
		return nil, err
	}
	return each(items, func(it keys.WrapItem) ([]byte, error) {
		key := have[it.Scope]
		if key.err != nil {
			return nil, key.err
		}
		return seal(key.dataKey, it), nil
	})
}

// outcome is a data key, or why a scope has none.
type outcome struct {
	dataKey
	err error
}

// wrapping gathers a data key for every scope of a group.
func (s *Store) wrapping(ctx context.Context, items []keys.WrapItem) (map[string]outcome, error) {
	now := s.config.Clock()
	have := map[string]outcome{}
	var missing []string
	for _, it := range items {
		if _, seen := have[it.Scope]; seen || it.Check() != nil {
			continue
		}
		key, ok, gone := s.data.get(place{scope: it.Scope}, now)
		have[it.Scope] = outcome{key, nil}
		switch {
		case gone:
			have[it.Scope] = outcome{err: keys.ErrDestroyed}
		case !ok:
			missing = append(missing, it.Scope)
		}
	}
	fetched := make([]outcome, len(missing))
	err := parallel(len(missing), width, func(i int) error {
		key, err := s.fetch(ctx, missing[i])
		fetched[i] = outcome{key, err}
		if errors.Is(err, keys.ErrDestroyed) {
			return nil
		}
		return err
	})
	for i, scope := range missing {
		have[scope] = fetched[i]
	}
	return have, err
}

func seal(key dataKey, it keys.WrapItem) []byte {
	head := make([]byte, headSize, headSize+len(key.wrapped)+nonceSize+len(it.Data)+tagSize)
	head[0] = wrapVersion
	binary.BigEndian.PutUint16(head[1:], uint16(len(key.wrapped))) //nolint:gosec // at most maxHead
	head = append(head, key.wrapped...)
	bound := append(append([]byte(nil), head...), it.AAD()...)
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails, it ends the process instead (Go 1.24)
	return key.aead().Seal(append(head, nonce...), nonce, it.Data, bound)
}

// opening is a wrapped body, taken apart.
type opening struct {
	head    []byte // all before the nonce
	wrapped string
	rest    []byte // nonce, ciphertext, tag
}

func parse(data []byte) (opening, error) {
	if len(data) < headSize || data[0] != wrapVersion {
		return opening{}, keys.ErrTampered
	}
	n := headSize + int(binary.BigEndian.Uint16(data[1:]))
	if n == headSize || n > headSize+maxHead || len(data) < n+nonceSize+tagSize {
		return opening{}, keys.ErrTampered
	}
	return opening{data[:n], string(data[headSize:n]), data[n:]}, nil
}

func (o opening) open(key dataKey, it keys.WrapItem) ([]byte, error) {
	bound := append(append([]byte(nil), o.head...), it.AAD()...)
	plain, err := key.aead().Open(make([]byte, 0, len(o.rest)), o.rest[:nonceSize], o.rest[nonceSize:], bound)
	if err != nil {
		return nil, keys.ErrTampered
	}
	return plain, nil
}

// Unwrap is the reverse of Wrap. It costs two calls per scope, and one more for every 400 data keys, of which the data keys
// are not in memory. Members that fail are nil in the result and listed in a keys.BatchError: keys.ErrDestroyed,
// keys.ErrUnknown for a scope that never was, keys.ErrTampered, keys.ErrItem.
func (s *Store) Unwrap(ctx context.Context, items []keys.WrapItem) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	have, err := s.unwrapping(ctx, items)
	if err != nil {
		return nil, err
	}
	return each(items, func(it keys.WrapItem) ([]byte, error) {
		o, err := parse(it.Data)
		if err != nil {
			// A destroyed or unknown scope is told as such whatever the bytes are worth.
			if why := have[place{scope: it.Scope}].err; why != nil {
				return nil, why
			}
			return nil, err
		}
		key := have[place{it.Scope, o.wrapped}]
		if key.err != nil {
			return nil, key.err
		}
		return o.open(key.dataKey, it)
	})
}

// unwrapping gathers the data keys of a group. An entry without wrapped form says what is wrong with a whole scope.
func (s *Store) unwrapping(ctx context.Context, items []keys.WrapItem) (map[place]outcome, error) {
	now := s.config.Clock()
	have := map[place]outcome{}
	missing := map[string][]string{}
	var scopes []string
	for _, it := range items {
		o, err := parse(it.Data)
		at := place{it.Scope, o.wrapped}
		if _, seen := have[at]; seen || it.Check() != nil {
			continue
		}
		key, ok, gone := s.data.get(at, now)
		switch {
		case gone:
			have[at], have[place{scope: it.Scope}] = outcome{err: keys.ErrDestroyed}, outcome{err: keys.ErrDestroyed}
		case err != nil:
		case ok:
			have[at] = outcome{key, nil}
		default:
			have[at] = outcome{err: keys.ErrTampered} // until it is opened
			if missing[it.Scope] == nil {
				scopes = append(scopes, it.Scope)
			}
			missing[it.Scope] = append(missing[it.Scope], o.wrapped)
		}
	}
	opened := make([]map[string]outcome, len(scopes))
	err := parallel(len(scopes), width, func(i int) (err error) {
		opened[i], err = s.openKeys(ctx, scopes[i], missing[scopes[i]])
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, scope := range scopes {
		for wrapped, f := range opened[i] {
			have[place{scope, wrapped}] = f
		}
	}
	return have, nil
}

// openKeys asks Vault for data keys of one scope. Only a failure of Vault is an error; the rest is told per key.
func (s *Store) openKeys(ctx context.Context, scope string, wrapped []string) (map[string]outcome, error) {
	out := make(map[string]outcome, len(wrapped))
	whole := func(why error) map[string]outcome {
		for _, w := range wrapped {
			out[w] = outcome{err: why}
		}
		return out
	}
	results := make([]member, len(wrapped))
	err := chunks(len(wrapped), func(from, to int) error { return s.decrypt(ctx, scope, wrapped[from:to], results[from:to]) })
	if err != nil && !isUnknown(err) {
		return nil, err
	}
	_, dead, look := s.buried(ctx, scope)
	switch {
	case look != nil:
		return nil, look
	case dead:
		s.data.destroy(scope)
		return whole(keys.ErrDestroyed), nil
	case err != nil:
		return whole(keys.ErrUnknown), nil
	}
	now := s.config.Clock()
	for i, w := range wrapped {
		raw, err := base64.StdEncoding.DecodeString(results[i].Plaintext)
		if err != nil || len(raw) != 32 || results[i].Error != "" {
			out[w] = outcome{err: keys.ErrTampered}
			continue
		}
		key, err := newDataKey(raw, w, now.Add(dataKeyLife))
		clear(raw)
		if err != nil {
			return nil, fmt.Errorf("data key of a scope: %w", keys.ErrUnavailable)
		}
		out[w] = outcome{key, nil}
		s.data.put(place{scope, w}, key, now)
	}
	return out, nil
}

// decrypt opens one batch. Vault answers 400 when a member fails, with the results of all in its body.
func (s *Store) decrypt(ctx context.Context, scope string, wrapped []string, results []member) error {
	in := make([]member, len(wrapped))
	for i, w := range wrapped {
		in[i].Ciphertext = w
	}
	got, err := s.send(ctx, "scopes/decrypt/"+scopeName(scope), map[string]any{"batch_input": in}, len(wrapped))
	r, isRefusal := refused(err)
	switch {
	case err == nil:
	case isRefusal && r.says("key not found"):
		return keys.ErrUnknown
	case isRefusal && r.status == 400:
		var partly struct {
			Data struct {
				Results []member `json:"batch_results"`
			} `json:"data"`
		}
		if json.Unmarshal(r.body, &partly) != nil || len(partly.Data.Results) != len(wrapped) {
			return err
		}
		got = partly.Data.Results
	default:
		return err
	}
	copy(results, got)
	return nil
}

// each applies one act to every well-formed item and gathers the failures.
func each(items []keys.WrapItem, act func(keys.WrapItem) ([]byte, error)) ([][]byte, error) {
	out := make([][]byte, len(items))
	var failed keys.BatchError
	for i, it := range items {
		err := it.Check()
		if err == nil {
			out[i], err = act(it)
		}
		if err != nil {
			out[i] = nil
			failed = append(failed, keys.ItemError{Index: i, Err: err})
		}
	}
	return out, failed.OrNil()
}
