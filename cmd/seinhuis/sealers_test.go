// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// echo gives each letter back with its own name; a letter "bad" it refuses.
type echo string

func (e echo) Seal(_ context.Context, letters []seal.Letter) ([][]byte, error) {
	out := make([][]byte, len(letters))
	for i, l := range letters {
		if string(l.Content) == "bad" {
			return nil, seal.LetterError{Index: i, Err: errors.New("unsound")}
		}
		out[i] = []byte(string(e) + string(l.Content))
	}
	return out, nil
}

// TestMixedLettersKeepTheirPlaces: each letter goes to the sealer of its key
// and comes back at its place, and an unsound one is named by its place among
// all.
func TestMixedLettersKeepTheirPlaces(t *testing.T) {
	s := sealers{echo("jose:"), echo("pgp:")}
	letter := func(algorithm, content string) seal.Letter {
		return seal.Letter{Key: gateway.PartyKey{Algorithm: algorithm}, Content: []byte(content)}
	}
	sealed, err := s.Seal(t.Context(), []seal.Letter{letter(gateway.AlgOpenPGP, "a"), letter("x", "b"), letter(gateway.AlgOpenPGP, "c"), letter("x", "d")})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"pgp:a", "jose:b", "pgp:c", "jose:d"} {
		if string(sealed[i]) != want {
			t.Errorf("place %d: %s, want %s", i, sealed[i], want)
		}
	}
	for algorithm, want := range map[string]int{gateway.AlgOpenPGP: 2, "x": 3} {
		letters := []seal.Letter{letter(gateway.AlgOpenPGP, "a"), letter("x", "b"), letter(gateway.AlgOpenPGP, "c"), letter("x", "d")}
		letters[want].Content = []byte("bad")
		var named seal.LetterError
		if _, err := s.Seal(t.Context(), letters); !errors.As(err, &named) || named.Index != want {
			t.Errorf("%s: %v, want place %d", algorithm, err, want)
		}
	}
}
