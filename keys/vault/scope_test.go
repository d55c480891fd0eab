// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

const november = "GM0268/2026-11"

// After a destruction the store that did it refuses at once, and another node when its data keys have had their time.
func TestDestroyReachesOtherNodes(t *testing.T) {
	node := newBench(t)
	sweeper := node.second(t)
	w := wrapOne(t, node.Store, november, "a", "te vergeten")
	must(t, sweeper.Destroy(t.Context(), november))
	if _, err := unwrapOne(t, sweeper, november, "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("the store that destroyed: %v, want ErrDestroyed", err)
	}
	node.clock.advance(dataKeyLife - time.Second)
	if got, err := unwrapOne(t, node.Store, november, "a", w); err != nil || got != "te vergeten" {
		t.Errorf("a node with the data key in memory: %v (the package says that it may)", err)
	}
	node.clock.advance(time.Second)
	if _, err := unwrapOne(t, node.Store, november, "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("after two minutes: %v, want ErrDestroyed", err)
	}
	if _, err := node.Wrap(t.Context(), []keys.WrapItem{{Scope: november, ID: "b"}}); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("wrapping after it: %v, want ErrDestroyed", err)
	}
	scopes, err := node.Scopes(t.Context())
	if err != nil || len(scopes) != 1 || scopes[0].Name != november || scopes[0].Created.IsZero() || !scopes[0].Destroyed.Equal(start) {
		t.Errorf("%+v, %v", scopes, err)
	}
	// Even when somebody makes a key with that name again, nothing is wrapped under it.
	node.realm.Must(t, http.MethodPost, node.realm.Mount+"/scopes/keys/"+scopeName(november), map[string]any{"type": "aes256-gcm96"})
	fresh := node.second(t)
	if _, err := fresh.Wrap(t.Context(), []keys.WrapItem{{Scope: november, ID: "b"}}); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("a key from the dead: %v, want ErrDestroyed", err)
	}
	if _, err := unwrapOne(t, fresh, november, "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("a body under it: %v, want ErrDestroyed", err)
	}
	// The sweeper sees it as alive and ends it.
	if scopes, err := fresh.Scopes(t.Context()); err != nil || len(scopes) != 1 || !scopes[0].Destroyed.IsZero() {
		t.Errorf("%+v, %v", scopes, err)
	}
	must(t, fresh.Destroy(t.Context(), november))
	if _, found, err := fresh.scopeKey(t.Context(), scopeName(november)); err != nil || found {
		t.Errorf("it stands: %v", err)
	}
}

// A destruction that stopped between its steps: refused already, listed as alive, and finished by the next try.
func TestDestroyHalfway(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Store, november, "a", "x")
	at := b.realm.Mount + "/kv/data/scopes/" + scopeName(november)
	b.realm.Must(t, http.MethodPost, at, map[string]any{"data": tombstone{Scope: november, Destroyed: start}})
	other := b.second(t)
	if _, err := unwrapOne(t, other, november, "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("with a tombstone: %v, want ErrDestroyed", err)
	}
	b.realm.Must(t, http.MethodDelete, at, nil) // the soft way, which leaves a trace
	if _, err := unwrapOne(t, b.second(t), november, "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("with a deleted tombstone: %v, want ErrDestroyed", err)
	}
	if scopes, err := other.Scopes(t.Context()); err != nil || len(scopes) != 1 || !scopes[0].Destroyed.IsZero() {
		t.Errorf("%+v, %v", scopes, err)
	}
	must(t, other.Destroy(t.Context(), november))
	if _, found, err := other.scopeKey(t.Context(), scopeName(november)); err != nil || found {
		t.Errorf("the key stands: %v", err)
	}
}

// Wrapping and destroying at the same time: whatever was wrapped is either readable or destroyed, and in the end nothing of
// the scope is left in Vault.
func TestWrapWhileDestroying(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	for n := range 3 {
		node := b.second(t)
		wg.Go(func() {
			_, err := node.Wrap(t.Context(), []keys.WrapItem{{Scope: november, ID: fmt.Sprint(n)}})
			if err != nil && !errors.Is(err, keys.ErrDestroyed) && !errors.Is(err, keys.ErrUnknown) {
				t.Error(err)
			}
		})
	}
	wg.Go(func() { must(t, b.Destroy(t.Context(), november)) })
	wg.Wait()
	must(t, b.Destroy(t.Context(), november))
	if _, found, err := b.scopeKey(t.Context(), scopeName(november)); err != nil || found {
		t.Errorf("the key stands: %v", err)
	}
	if _, err := b.second(t).Wrap(t.Context(), []keys.WrapItem{{Scope: november, ID: "x"}}); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("%v, want ErrDestroyed", err)
	}
}

func TestScopeNames(t *testing.T) {
	seen := map[string]string{}
	for _, scope := range []string{"GM0268/2026-11", "GM0268_2026-11", "GM0268.2026-11", "GM0268-2026-11", "a_s", "a/", "a_", "a.", "a-", "a_m", "-", "_", "a--",
		"GM0268/0192f0c1-7c5e-7000-8000-000000000001"} {
		must(t, keys.CheckScope(scope))
		name := scopeName(scope)
		if other, twice := seen[name]; twice {
			t.Errorf("%q and %q are both %q", scope, other, name)
		}
		seen[name] = scope
		if back, ok := scopeOf(name); !ok || back != scope {
			t.Errorf("%q became %q, %v", scope, back, ok)
		}
	}
	for _, bad := range []string{"", "s.", "x", "s.a_q", "s.a/b", "GM0268"} {
		if scope, ok := scopeOf(bad); ok {
			t.Errorf("%q is taken for scope %q", bad, scope)
		}
	}
}

func TestDataKeysAreBounded(t *testing.T) {
	var d dataKeys
	key, err := newDataKey(make([]byte, 32), "w", start.Add(dataKeyLife))
	must(t, err)
	for n := range maxHeld + 10 {
		d.put(place{scope: fmt.Sprint(n)}, key, start)
	}
	if len(d.held) > maxHeld {
		t.Errorf("%d keys in memory", len(d.held))
	}
	d.destroy("x")
	d.put(place{scope: "x"}, key, start)
	if _, ok, gone := d.get(place{scope: "x"}, start); ok || !gone {
		t.Error("a key of a destroyed scope was kept")
	}
}
