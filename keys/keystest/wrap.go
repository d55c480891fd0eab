// SPDX-License-Identifier: EUPL-1.2

package keystest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

const (
	november = "GM0268/2026-11"
	december = "GM0268/2026-12"
)

func wrapRoundTrip(t *testing.T, s Store) {
	items := []keys.WrapItem{
		{Scope: november, ID: "a", Data: []byte("een")},
		{Scope: december, ID: "b", Data: bytes.Repeat([]byte{7}, 1500)},
		{Scope: "00000003123456780000/2026-11", ID: "c"},
	}
	wrapped := wrap(t, s, items)
	for i, it := range items {
		if len(it.Data) > 2 && bytes.Contains(wrapped[i], it.Data) {
			t.Errorf("item %d is readable", i)
		}
		if got := unwrap(t, s, it.Scope, it.ID, wrapped[i]); !bytes.Equal(got, it.Data) {
			t.Errorf("item %d came back different", i)
		}
	}
	if again := wrap(t, s, items[:1]); bytes.Equal(again[0], wrapped[0]) {
		t.Error("wrapping twice gives equal bytes: a nonce was used again")
	}
	scopes, err := s.Scopes(t.Context())
	must(t, err)
	if len(scopes) != 3 || scopes[1].Name != november || scopes[1].Created.IsZero() || !scopes[1].Destroyed.IsZero() {
		t.Errorf("Scopes() = %+v", scopes)
	}
}

func wrapBinds(t *testing.T, s Store) {
	w := wrap(t, s, []keys.WrapItem{
		{Scope: november, ID: "a", Data: []byte("verzegeld")}, {Scope: december, ID: "a", Data: []byte("ander")},
	})[0]
	for i := range w {
		bad := bytes.Clone(w)
		bad[i] ^= 1
		wantUnwrap(t, s, keys.WrapItem{Scope: november, ID: "a", Data: bad}, keys.ErrTampered)
	}
	for _, n := range []int{0, 1, 12, len(w) - 1} {
		wantUnwrap(t, s, keys.WrapItem{Scope: november, ID: "a", Data: w[:n]}, keys.ErrTampered)
	}
	wantUnwrap(t, s, keys.WrapItem{Scope: november, ID: "b", Data: w}, keys.ErrTampered)
	wantUnwrap(t, s, keys.WrapItem{Scope: december, ID: "a", Data: w}, keys.ErrTampered)
	wantUnwrap(t, s, keys.WrapItem{Scope: "GM0268/1999-01", ID: "a", Data: w}, keys.ErrUnknown)
}

func wrapGroup(t *testing.T, s Store) {
	must(t, s.Destroy(t.Context(), december))
	items := []keys.WrapItem{
		{Scope: november, ID: "a", Data: []byte("een")},
		{Scope: "GM 0268", ID: "b", Data: []byte("twee")},
		{Scope: december, ID: "c", Data: []byte("drie")},
		{Scope: november, ID: "", Data: []byte("vier")},
		{Scope: november, ID: "e", Data: []byte("vijf")},
	}
	out, err := s.Wrap(t.Context(), items)
	var batch keys.BatchError
	if !errors.As(err, &batch) || len(batch) != 3 || len(out) != len(items) {
		t.Fatalf("Wrap = %d results, %v; want 5 and three failures", len(out), err)
	}
	want := keys.BatchError{{Index: 1, Err: keys.ErrItem}, {Index: 2, Err: keys.ErrDestroyed}, {Index: 3, Err: keys.ErrItem}}
	for i, f := range batch {
		if f.Index != want[i].Index || !errors.Is(f, want[i].Err) || out[f.Index] != nil {
			t.Errorf("failure %d is %v, want %v and no bytes", i, f, want[i])
		}
	}
	for _, i := range []int{0, 4} {
		if got := unwrap(t, s, items[i].Scope, items[i].ID, out[i]); !bytes.Equal(got, items[i].Data) {
			t.Errorf("item %d suffered from its neighbours", i)
		}
	}
}

func destroyForEver(t *testing.T, s Store) {
	it := keys.WrapItem{Scope: november, ID: "a", Data: []byte("te vergeten")}
	keep := keys.WrapItem{Scope: december, ID: "a", Data: []byte("te bewaren")}
	w := wrap(t, s, []keys.WrapItem{it, keep})
	must(t, s.Destroy(t.Context(), november))
	must(t, s.Destroy(t.Context(), november))
	check := func(s Store) {
		wantUnwrap(t, s, keys.WrapItem{Scope: november, ID: "a", Data: w[0]}, keys.ErrDestroyed)
		if _, err := s.Wrap(t.Context(), []keys.WrapItem{it}); !errors.Is(err, keys.ErrDestroyed) {
			t.Errorf("wrapping under a destroyed scope = %v: it would come back to life", err)
		}
		if got := unwrap(t, s, december, "a", w[1]); !bytes.Equal(got, keep.Data) {
			t.Error("destroying one scope hurt another")
		}
	}
	check(s)
	if r, ok := s.(Reopener); ok {
		check(r.Reopen(t))
	}
	if err := s.Destroy(t.Context(), "not a scope"); !errors.Is(err, keys.ErrItem) {
		t.Errorf("Destroy of a malformed scope = %v, want ErrItem", err)
	}
}

func durable(t *testing.T, s Store) {
	r, ok := s.(Reopener)
	if !ok {
		t.Skip("store cannot be reopened here")
	}
	must(t, s.Rotate(t.Context(), keys.SubjectBlinding))
	must(t, s.Rotate(t.Context(), keys.NoticeSigning))
	w := wrap(t, s, []keys.WrapItem{{Scope: november, ID: "a", Data: []byte("blijft")}})
	in := [][]byte{[]byte("x")}
	kid, _ := signer(t, s, keys.NoticeSigning, keys.ES256)

	again := r.Reopen(t)
	if got := unwrap(t, again, november, "a", w[0]); string(got) != "blijft" {
		t.Error("body lost")
	}
	if !reflect.DeepEqual(tags(t, s, in), tags(t, again, in)) {
		t.Error("tags differ")
	}
	if !reflect.DeepEqual(publics(t, s), publics(t, again)) {
		t.Error("published keys differ")
	}
	got, h := signer(t, again, keys.NoticeSigning, keys.ES256)
	if got != kid {
		t.Error("another key signs")
	}
	sign(t, h, keys.ES256, public(t, s, kid).Key)
}

// concurrent mixes all acts with changes; the race detector and the checks inside do the judging.
func concurrent(t *testing.T, s Store) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 6 {
				scope := fmt.Sprintf("GM0268/2026-%02d", i+1)
				id := fmt.Sprintf("%d-%d", g, i)
				out, err := s.Wrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: []byte(id)}})
				if err != nil {
					t.Error(err)
					return
				}
				back, err := s.Unwrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: out[0]}})
				if err != nil || string(back[0]) != id {
					t.Errorf("%s: %v", id, err)
				}
				if _, err := s.MAC(t.Context(), [][]byte{[]byte(id)}); err != nil {
					t.Error(err)
				}
				if _, h, err := s.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); err != nil {
					t.Error(err)
				} else {
					sign(t, h, keys.ES256, h.Public())
				}
			}
		})
	}
	wg.Go(func() {
		for range 3 {
			if err := s.Rotate(t.Context(), keys.ReceiptSigning); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}

func wrap(t *testing.T, s Store, items []keys.WrapItem) [][]byte {
	t.Helper()
	out, err := s.Wrap(t.Context(), items)
	must(t, err)
	if len(out) != len(items) {
		t.Fatalf("%d results for %d items", len(out), len(items))
	}
	return out
}

func unwrap(t *testing.T, s Store, scope, id string, data []byte) []byte {
	t.Helper()
	out, err := s.Unwrap(t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: data}})
	if err != nil {
		t.Errorf("Unwrap: %v", err)
		return nil
	}
	return out[0]
}

func wantUnwrap(t *testing.T, s Store, it keys.WrapItem, want error) {
	t.Helper()
	out, err := s.Unwrap(t.Context(), []keys.WrapItem{it})
	if !errors.Is(err, want) || len(out) != 1 || out[0] != nil {
		t.Errorf("Unwrap of %v = %v, want %v and no bytes", it, err, want)
	}
}
