// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// tombstone is what stays of a scope for ever, so that it cannot come back.
type tombstone struct {
	Scope     string    `json:"scope"`
	Created   time.Time `json:"created,omitzero"`
	Destroyed time.Time `json:"destroyed"`
}

// scopeName writes a scope as a name that Vault takes in a path and for a key. It can be read back: an escape is an
// underscore and a letter, and a plain underscore does not occur.
func scopeName(scope string) string {
	name := escapes.Replace(scope)
	if rest, ok := strings.CutSuffix(name, "-"); ok {
		name = rest + "_m" // Vault wants a letter or digit at the end
	}
	return "s." + name
}

func scopeOf(name string) (string, bool) {
	name, ok := strings.CutPrefix(name, "s.")
	scope := unescapes.Replace(name)
	return scope, ok && keys.CheckScope(scope) == nil && scopeName(scope) == "s."+name
}

var (
	escapes   = strings.NewReplacer("_", "_u", "/", "_s", ".", "_d")
	unescapes = strings.NewReplacer("_u", "_", "_s", "/", "_d", ".", "_m", "-")
)

// Destroy erases the key of a scope for ever, and keeps its name so that it cannot come back. On return it is durable, and
// this store refuses the scope; other nodes do within two minutes (see the package). Destroying twice, or before first use,
// is no error; when it fails halfway, do it again.
func (s *Store) Destroy(ctx context.Context, scope string) error {
	if err := keys.CheckScope(scope); err != nil {
		return err
	}
	name := scopeName(scope)
	created, found, err := s.scopeKey(ctx, name)
	if err != nil {
		return err
	}
	stone := tombstone{Scope: scope, Created: created, Destroyed: moment(s.config.Clock())}
	err = s.write(ctx, "kv/data/scopes/"+name, map[string]any{"data": stone, "options": map[string]uint64{"cas": 0}}, nil)
	if err != nil && !lost(err) { // lost: it has its tombstone
		return err
	}
	s.data.destroy(scope)
	if !found {
		return nil
	}
	if err := s.write(ctx, "scopes/keys/"+name+"/config", map[string]bool{"deletion_allowed": true}, nil); err != nil {
		return err
	}
	return s.remove(ctx, "scopes/keys/"+name)
}

// scopeKey tells when the key of a scope was made.
func (s *Store) scopeKey(ctx context.Context, name string) (created time.Time, found bool, err error) {
	var answer struct {
		Data struct {
			Keys map[string]int64 `json:"keys"` // version to seconds since 1970
		} `json:"data"`
	}
	err = s.read(ctx, "scopes/keys/"+name, &answer)
	if r, ok := refused(err); ok && r.status == 404 {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	for _, seconds := range answer.Data.Keys {
		if at := time.Unix(seconds, 0).UTC(); created.IsZero() || at.Before(created) {
			created = at
		}
	}
	return created, true, nil
}

// buried reads the tombstone of a scope, if it has one. One that somebody deleted the soft way still counts.
func (s *Store) buried(ctx context.Context, scope string) (tombstone, bool, error) {
	var answer struct {
		Data struct {
			Data tombstone `json:"data"`
		} `json:"data"`
	}
	err := s.read(ctx, "kv/data/scopes/"+scopeName(scope), &answer)
	if r, ok := refused(err); ok && r.status == 404 {
		var left struct {
			Data struct {
				Metadata struct {
					Version uint64 `json:"version"`
				} `json:"metadata"`
			} `json:"data"`
		}
		_ = json.Unmarshal(r.body, &left)
		return tombstone{Scope: scope}, left.Data.Metadata.Version > 0, nil
	}
	return answer.Data.Data, err == nil, err
}

// Scopes lists every scope that has or had a key, by name. The first time it costs one call per scope, after that one per
// new scope. A scope whose destruction stopped halfway is listed as alive, so that who sweeps does it again.
func (s *Store) Scopes(ctx context.Context) ([]keys.Scope, error) {
	living, err := s.names(ctx, "scopes/keys")
	if err != nil {
		return nil, err
	}
	buried, err := s.names(ctx, "kv/metadata/scopes")
	if err != nil {
		return nil, err
	}
	type entry struct {
		name  string
		alive bool
	}
	var all []entry
	for _, name := range living {
		all = append(all, entry{name, true})
	}
	for _, name := range buried {
		if !slices.Contains(living, name) {
			all = append(all, entry{name, false})
		}
	}
	out := make([]keys.Scope, len(all))
	err = parallel(len(all), width, func(i int) (err error) {
		out[i], err = s.scope(ctx, all[i].name, all[i].alive)
		return err
	})
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(k keys.Scope) bool { return k.Name == "" })
	slices.SortFunc(out, func(a, b keys.Scope) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// scope reads one scope, and remembers it: neither moment ever changes. The zero scope is one that went meanwhile, or a name
// that is none of ours.
func (s *Store) scope(ctx context.Context, name string, alive bool) (keys.Scope, error) {
	scope, ours := scopeOf(name)
	if !ours {
		return keys.Scope{}, nil
	}
	if held, ok := s.seenName.Load(name); ok && held.(keys.Scope).Destroyed.IsZero() == alive {
		return held.(keys.Scope), nil
	}
	k := keys.Scope{Name: scope}
	if alive {
		created, found, err := s.scopeKey(ctx, name)
		if err != nil || !found {
			return keys.Scope{}, err
		}
		k.Created = created
	} else {
		stone, found, err := s.buried(ctx, scope)
		if err != nil || !found {
			return keys.Scope{}, err
		}
		k.Created, k.Destroyed = stone.Created, stone.Destroyed
		if k.Destroyed.IsZero() {
			return keys.Scope{}, fmt.Errorf("the tombstone of a scope cannot be read: %w", keys.ErrUnavailable)
		}
	}
	s.seenName.Store(name, k)
	return k, nil
}

// names lists a folder; an empty one is 404 to Vault.
func (s *Store) names(ctx context.Context, path string) ([]string, error) {
	var answer struct {
		Data struct {
			Keys []string `json:"keys"`
		} `json:"data"`
	}
	err := s.list(ctx, path, &answer)
	if r, ok := refused(err); ok && r.status == 404 {
		return nil, nil
	}
	return answer.Data.Keys, err
}

// fetch asks Vault for a data key to wrap with, and makes the key of the scope when it has none.
//
// The tombstone is looked at last, also for a key that existed: whoever makes the key of a scope that is being destroyed then
// sees the tombstone, which is written before the key is deleted, and uses nothing of it.
func (s *Store) fetch(ctx context.Context, scope string) (dataKey, error) {
	now := s.config.Clock()
	raw, wrapped, err := s.datakey(ctx, scopeName(scope))
	if isUnknown(err) {
		if _, dead, err := s.buried(ctx, scope); err != nil || dead {
			return dataKey{}, s.goneOr(scope, err)
		}
		// This role may give a type and nothing else (deploy/vault/poort.hcl): no exportable keys, no backups.
		if err := s.write(ctx, "scopes/keys/"+scopeName(scope), map[string]string{"type": "aes256-gcm96"}, nil); err != nil {
			return dataKey{}, err
		}
		raw, wrapped, err = s.datakey(ctx, scopeName(scope))
	}
	if err != nil {
		return dataKey{}, err
	}
	defer clear(raw)
	if _, dead, err := s.buried(ctx, scope); err != nil || dead {
		return dataKey{}, s.goneOr(scope, err)
	}
	key, err := newDataKey(raw, wrapped, now.Add(dataKeyLife))
	if err != nil {
		return dataKey{}, fmt.Errorf("vault's data key cannot be used: %w", keys.ErrUnavailable)
	}
	s.data.put(place{scope: scope}, key, now)
	s.data.put(place{scope, wrapped}, key, now)
	return key, nil
}

func (s *Store) goneOr(scope string, err error) error {
	if err != nil {
		return err
	}
	s.data.destroy(scope)
	return keys.ErrDestroyed
}

func (s *Store) datakey(ctx context.Context, name string) (raw []byte, wrapped string, err error) {
	var answer struct {
		Data struct {
			Plaintext  []byte `json:"plaintext"`
			Ciphertext string `json:"ciphertext"`
		} `json:"data"`
	}
	err = s.write(ctx, "scopes/datakey/plaintext/"+name, map[string]int{"bits": 256}, &answer)
	if r, ok := refused(err); ok && r.says("key not found") {
		return nil, "", fmt.Errorf("key of the scope: %w", keys.ErrUnknown)
	}
	if err == nil && (len(answer.Data.Plaintext) != 32 || answer.Data.Ciphertext == "" || len(answer.Data.Ciphertext) > maxHead) {
		err = errors.Join(errors.New("vault's data key has another form"), keys.ErrUnavailable)
	}
	return answer.Data.Plaintext, answer.Data.Ciphertext, err
}
