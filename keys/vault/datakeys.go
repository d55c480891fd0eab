// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"sync"
	"time"
)

// dataKeyLife is how long a data key may be used after Vault gave it. It is also how long another node may go on with a scope
// that was destroyed, so it is short.
const dataKeyLife = 2 * time.Minute

// maxHeld is the most data keys in memory; at that number the expired ones are dropped, or else all.
const maxHeld = 20_000

// dataKey is a key that Vault made for one scope. The cipher is in a closure, which no print path opens.
type dataKey struct {
	aead    func() cipher.AEAD
	wrapped string // as Vault encrypted it
	until   time.Time
}

func newDataKey(raw []byte, wrapped string, until time.Time) (dataKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return dataKey{}, err
	}
	aead, err := cipher.NewGCM(block)
	return dataKey{func() cipher.AEAD { return aead }, wrapped, until}, err
}

// place names a data key in memory: its scope, and its wrapped form when it opens.
type place struct{ scope, wrapped string }

// dataKeys are the data keys in memory, and the scopes that were seen to be destroyed. The latter never leave it.
type dataKeys struct {
	mu        sync.Mutex
	held      map[place]dataKey // wrapped is "" for the one that wraps
	destroyed map[string]bool
}

// get gives a key that may still be used. gone reports that the scope is destroyed.
func (d *dataKeys) get(p place, now time.Time) (key dataKey, ok, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.destroyed[p.scope] {
		return dataKey{}, false, true
	}
	key, ok = d.held[p]
	// A clock that went back makes no key older than it is allowed to be.
	ok = ok && now.Before(key.until) && key.until.Sub(now) <= dataKeyLife
	return key, ok, false
}

// put keeps a key, unless its scope was destroyed meanwhile.
func (d *dataKeys) put(p place, key dataKey, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.destroyed[p.scope] {
		return
	}
	if len(d.held) >= maxHeld {
		for at, k := range d.held {
			if !now.Before(k.until) {
				delete(d.held, at)
			}
		}
		if len(d.held) >= maxHeld {
			clear(d.held)
		}
	}
	if d.held == nil {
		d.held = map[place]dataKey{}
	}
	d.held[p] = key
}

// destroy drops all keys of a scope and refuses it from now on.
func (d *dataKeys) destroy(scope string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.destroyed == nil {
		d.destroyed = map[string]bool{}
	}
	d.destroyed[scope] = true
	for at := range d.held {
		if at.scope == scope {
			delete(d.held, at)
		}
	}
}

func (d *dataKeys) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.held)
}
