// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keystest"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// start is when the story of every test begins.
var start = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// ticking is a clock that only moves when told.
type ticking struct{ past atomic.Int64 }

func (c *ticking) now() time.Time          { return start.Add(time.Duration(c.past.Load())) }
func (c *ticking) advance(d time.Duration) { c.past.Add(int64(d)) }

// bench is one store in a realm of its own, with all that is needed to open it again.
type bench struct {
	*Store
	realm  vaulttest.Realm
	clock  *ticking
	config Config
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return benchIn(t, vaulttest.Start(t).Open(t))
}

func benchIn(t testing.TB, realm vaulttest.Realm) *bench {
	t.Helper()
	b := &bench{realm: realm, clock: &ticking{}}
	b.config = configFor(t, realm, realm.Allow(t), b.clock)
	s, err := Create(t.Context(), b.config, Options{})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	b.Store = s
	return b
}

func configFor(t testing.TB, realm vaulttest.Realm, l vaulttest.Login, clock *ticking) Config {
	t.Helper()
	return Config{
		Address: realm.Address, CAFile: realm.CAFile(t), Mount: realm.Mount, Clock: clock.now,
		AppRole: &AppRole{Mount: realm.Auth, Role: l.Role, RoleID: l.RoleID, SecretIDFile: l.SecretIDFile},
	}
}

// second opens the same keys as another node would.
func (b *bench) second(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), b.config)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Reopen lets the contract suite see what a restart sees.
func (b *bench) Reopen(t *testing.T) keystest.Store {
	c := *b
	c.Store = b.second(t)
	return &c
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

func wrapOne(t testing.TB, s *Store, scope, id, body string) []byte {
	t.Helper()
	out, err := s.Wrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: []byte(body)}})
	must(t, err)
	return out[0]
}

func unwrapOne(t testing.TB, s *Store, scope, id string, data []byte) (string, error) {
	t.Helper()
	out, err := s.Unwrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: data}})
	if err != nil {
		return "", err
	}
	return string(out[0]), nil
}
