// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keystest"
)

// start is when the story of every test begins.
var start = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// ticking is a clock that only moves when told.
type ticking struct{ past atomic.Int64 }

func (c *ticking) now() time.Time          { return start.Add(time.Duration(c.past.Load())) }
func (c *ticking) advance(d time.Duration) { c.past.Add(int64(d)) }

// bench is one keyring with all that is needed to open it again.
type bench struct {
	*Keyring
	path   string
	unlock []byte
	clock  *ticking
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{path: filepath.Join(t.TempDir(), "sleutels"), unlock: NewUnlock(), clock: &ticking{}}
	k, err := Create(b.path, b.unlock, start, Options{Clock: b.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	b.Keyring = k
	return b
}

// second opens the same file as another process would.
func (b *bench) second(t testing.TB) *Keyring {
	t.Helper()
	k, err := Open(b.path, b.unlock, b.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// Reopen lets the contract suite see what a restart sees.
func (b *bench) Reopen(t *testing.T) keystest.Store {
	c := *b
	c.Keyring = b.second(t)
	return &c
}

func (b *bench) raw(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) {
	keystest.Suite(t, func(t *testing.T) keystest.Store { return newBench(t) })
}

func wrapOne(t testing.TB, k *Keyring, scope, id, body string) []byte {
	t.Helper()
	out, err := k.Wrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: []byte(body)}})
	must(t, err)
	return out[0]
}

func unwrapOne(t testing.TB, k *Keyring, scope, id string, data []byte) (string, error) {
	t.Helper()
	out, err := k.Unwrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: data}})
	if err != nil {
		return "", err
	}
	return string(out[0]), nil
}
