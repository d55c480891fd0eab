// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

// A party loses a key and registers another; the statement of the lost key,
// which is good for 30 days, does not bring it back.
func TestOldStatementRevivesNothing(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	oin := gateway.OIN(testCity)
	for name, state := range map[string]func(at time.Time) []byte{
		"jose":    func(at time.Time) []byte { return joseStatement(t, oin, at) },
		"openpgp": func(at time.Time) []byte { return openpgpStatement(t, oin, at) },
	} {
		p := gateway.Party{OIN: oin}
		lost, next := written(t, state(now)), written(t, state(now.AddDate(0, 0, 1)))
		for day, path := range []string{lost, lost, next} { // the first one twice: nothing replaced it
			at := now.AddDate(0, 0, day)
			added, err := readStatement(path, p, at)
			if err != nil {
				t.Fatalf("%s, day %d: %v", name, day, err)
			}
			p.Keys = succeed(p.Keys, added, at)
		}
		if added, err := readStatement(lost, p, now.AddDate(0, 0, 3)); err == nil || !replacedBefore(p.Keys, added[0]) {
			t.Errorf("%s: the lost key is back: %v", name, err)
		}
		if _, err := readStatement(next, p, now.AddDate(0, 0, 3)); err != nil {
			t.Errorf("%s: the current key: %v", name, err)
		}
	}
}

// The end that an OpenPGP key states itself may be moved, until another key
// takes its place; any other end is the register's.
func TestReplacedBefore(t *testing.T) {
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	key := func(id, algorithm string, from int, ended bool) gateway.PartyKey {
		k := gateway.PartyKey{ID: id, Use: gateway.KeySign, Algorithm: algorithm, From: t0.AddDate(0, from, 0)}
		if ended {
			k.Until = t0.AddDate(0, 6, 0)
		}
		return k
	}
	for name, c := range map[string]struct {
		known []gateway.PartyKey
		want  bool
	}{
		"unknown":                {nil, false},
		"without end":            {[]gateway.PartyKey{key("a", "ES256", 0, false)}, false},
		"ended":                  {[]gateway.PartyKey{key("a", "ES256", 0, true)}, true},
		"ended login":            {[]gateway.PartyKey{key("a", gateway.AlgSSH, 0, true)}, true},
		"own end":                {[]gateway.PartyKey{key("a", gateway.AlgOpenPGP, 0, true)}, false},
		"own end, older one":     {[]gateway.PartyKey{key("b", gateway.AlgOpenPGP, -1, true), key("a", gateway.AlgOpenPGP, 0, true)}, false},
		"own end, other format":  {[]gateway.PartyKey{key("b", "ES256", 1, false), key("a", gateway.AlgOpenPGP, 0, true)}, false},
		"openpgp, newer one":     {[]gateway.PartyKey{key("b", gateway.AlgOpenPGP, 1, false), key("a", gateway.AlgOpenPGP, 0, true)}, true},
		"openpgp, at one moment": {[]gateway.PartyKey{key("b", gateway.AlgOpenPGP, 0, false), key("a", gateway.AlgOpenPGP, 0, true)}, true},
	} {
		if got := replacedBefore(c.known, gateway.PartyKey{ID: "a", Use: gateway.KeySign}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func joseStatement(t *testing.T, oin gateway.OIN, at time.Time) []byte {
	t.Helper()
	k, err := jose.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	statement, err := jose.MakeKeyStatement(oin, at, k)
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

func openpgpStatement(t *testing.T, oin gateway.OIN, at time.Time) []byte {
	t.Helper()
	k, err := openpgp.NewKey(oin, "Gemeente", at)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := openpgp.MakeKeyStatement(oin, at, k)
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

func written(t *testing.T, statement []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "verklaring")
	if err := os.WriteFile(path, statement, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
