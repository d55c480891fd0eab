// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Bodies is the contract of mailbox.Bodies. Open gives an empty store, a new
// one at each call.
func Bodies(t *testing.T, open func(t *testing.T) mailbox.Bodies) {
	for name, part := range map[string]func(*testing.T, mailbox.Bodies){
		"what is put is got":       bodiesPutGet,
		"places":                   bodiesPlaces,
		"a false place":            bodiesFalsePlace,
		"erased":                   bodiesErased,
		"before":                   bodiesBefore,
		"a call that was given up": bodiesGivenUp,
		"many at once":             bodiesAtOnce,
	} {
		t.Run(name, func(t *testing.T) { part(t, open(t)) })
	}
}

// SealedBody is a body of a scope with bytes of its own, another one for each
// number.
func SealedBody(scope string, n, size int) seal.Body {
	wrapped := bytes.Repeat([]byte{byte(n), byte(n >> 8), 'b'}, size/3+1)[:size]
	return seal.Body{ID: gateway.SignalID(gateway.NewUUID(Now().Add(time.Duration(n)*time.Millisecond), nil)), Scope: scope,
		Format: "jwe", KeyID: "key", Size: size, Digest: gateway.DigestOf(wrapped), Wrapped: wrapped}
}

// sealedBodies are of three municipalities and two months, mixed; one is empty
// and one larger than the rest together.
func sealedBodies() []seal.Body {
	scopes := []string{"GM0268/2026-11", "GM0546/2026-11", "GM0268/2026-10", "GM0034/2026-11"}
	var all []seal.Body
	for n := range 19 {
		all = append(all, SealedBody(scopes[n*3%len(scopes)], n, 40*n))
	}
	return append(all, SealedBody(scopes[0], 19, 70_000), SealedBody(scopes[3], 20, 1))
}

func putBodies(t testing.TB, b mailbox.Bodies, bodies ...seal.Body) []mailbox.Place {
	t.Helper()
	places, err := b.Put(t.Context(), bodies)
	if err != nil || len(places) != len(bodies) {
		t.Fatalf("%d places of %d bodies, error %v", len(places), len(bodies), err)
	}
	return places
}

func wantBodies(t testing.TB, b mailbox.Bodies, places []mailbox.Place, bodies []seal.Body) {
	t.Helper()
	got, err := b.Get(t.Context(), places)
	if err != nil || len(got) != len(bodies) {
		t.Fatalf("%d of %d bodies, error %v", len(got), len(bodies), err)
	}
	for i := range got {
		if !bytes.Equal(got[i], bodies[i].Wrapped) {
			t.Errorf("place %d gives another body", i)
		}
	}
}

func wantNoBody(t testing.TB, b mailbox.Bodies, what string, places ...mailbox.Place) {
	t.Helper()
	got, err := b.Get(t.Context(), places)
	if !errors.Is(err, mailbox.ErrBody) || got != nil {
		t.Errorf("%s: %d bodies, error %v", what, len(got), err)
	}
	if kind := gateway.AsError(err); kind != nil && kind.Kind == gateway.KindUnavailable {
		t.Errorf("%s looks as a store that does not answer: trying again does not help", what)
	}
}

func bodiesPutGet(t *testing.T, b mailbox.Bodies) {
	all := sealedBodies()
	places := putBodies(t, b, all...)
	wantBodies(t, b, places, all)
	// Any order, any part, the same one twice.
	slices.Reverse(places)
	slices.Reverse(all)
	wantBodies(t, b, append(places[3:9:9], places[0], places[5]), append(all[3:9:9], all[0], all[5]))
	if places, err := b.Put(t.Context(), nil); err != nil || len(places) != 0 {
		t.Errorf("no bodies: %d places, error %v", len(places), err)
	}
	if got, err := b.Get(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no places: %d bodies, error %v", len(got), err)
	}
	if _, err := b.Put(t.Context(), []seal.Body{SealedBody("", 1, 9)}); err == nil {
		t.Error("a body without a scope was taken")
	}
}

func bodiesPlaces(t *testing.T, b mailbox.Bodies) {
	all := sealedBodies()
	first, second := putBodies(t, b, all...), putBodies(t, b, all...)
	objects, used := map[string]string{}, map[[32]byte]bool{}
	for i, p := range slices.Concat(first, second) {
		scope := all[i%len(all)].Scope
		id, ok := strings.CutPrefix(p.Object, scope+"/")
		if _, err := gateway.ParseUUID(id); err != nil || !ok {
			t.Errorf("object %q is not of scope %s", p.Object, scope)
		}
		commit := fmt.Sprint(i/len(all), scope)
		if known, ok := objects[commit]; ok && known != p.Object {
			t.Errorf("the bodies of one commit and scope %s are in more than one object", scope)
		}
		objects[commit] = p.Object
		if used[p.Key] || p.Key == [32]byte{} {
			t.Error("a key was used twice")
		}
		used[p.Key] = true
	}
	names := map[string]bool{}
	for _, name := range objects {
		names[name] = true
	}
	if len(names) != 8 {
		t.Errorf("two commits of four scopes are in %d objects", len(names))
	}
	wantBodies(t, b, first, all)
}

func bodiesFalsePlace(t *testing.T, b mailbox.Bodies) {
	all := []seal.Body{SealedBody("GM0268/2026-11", 1, 100), SealedBody("GM0268/2026-11", 2, 100), SealedBody("GM0546/2026-11", 1, 100)}
	places := putBodies(t, b, all...)
	for name, change := range map[string]func(p *mailbox.Place){
		"another key":          func(p *mailbox.Place) { p.Key[31] ^= 1 },
		"no key":               func(p *mailbox.Place) { p.Key = [32]byte{} },
		"another body":         func(p *mailbox.Place) { p.Offset, p.Size = places[0].Offset, places[0].Size },
		"another object":       func(p *mailbox.Place) { p.Object = places[2].Object },
		"an object never put":  func(p *mailbox.Place) { p.Object = "GM0268/2026-11/" + string(gateway.NewUUID(Now(), nil)) },
		"a byte further":       func(p *mailbox.Place) { p.Offset++ },
		"a byte less":          func(p *mailbox.Place) { p.Size-- },
		"a byte more":          func(p *mailbox.Place) { p.Size++ },
		"nothing":              func(p *mailbox.Place) { p.Size = 0 },
		"beyond the end":       func(p *mailbox.Place) { p.Offset = 1 << 40 },
		"more than there is":   func(p *mailbox.Place) { p.Size = 1 << 40 },
		"before the beginning": func(p *mailbox.Place) { p.Offset = -1 },
		"a negative size":      func(p *mailbox.Place) { p.Size = -1 },
	} {
		p := places[1]
		change(&p)
		wantNoBody(t, b, name, p)
		wantNoBody(t, b, name+" among others", places[0], p, places[2])
	}
	wantBodies(t, b, places, all)
}

func bodiesErased(t *testing.T, b mailbox.Bodies) {
	all := []seal.Body{SealedBody("GM0268/2026-11", 1, 100), SealedBody("GM0546/2026-11", 2, 100), SealedBody("GM0034/2026-11", 3, 100)}
	places := putBodies(t, b, all...)
	gone := []string{places[0].Object, places[2].Object}
	for range 2 { // one that is gone is fine
		if err := b.Erase(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Erase(t.Context(), nil); err != nil {
		t.Error(err)
	}
	wantNoBody(t, b, "an erased body", places[0])
	wantNoBody(t, b, "an erased body among others", places...)
	wantBodies(t, b, places[1:2], all[1:2])
	if names := objectsBefore(t, b, future()); !slices.Equal(names, []string{places[1].Object}) {
		t.Errorf("objects after erasure: %v", names)
	}
}

// future is after anything that a store's clock can say.
func future() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }

func objectsBefore(t testing.TB, b mailbox.Bodies, before time.Time) (names []string) {
	t.Helper()
	for o, err := range b.Before(t.Context(), before) {
		if err != nil {
			t.Fatal(err)
		}
		if !o.At.Before(before) || o.At.IsZero() {
			t.Errorf("%s was stored at %v", o.Name, o.At)
		}
		names = append(names, o.Name)
	}
	return names
}

func bodiesBefore(t *testing.T, b mailbox.Bodies) {
	if names := objectsBefore(t, b, future()); len(names) != 0 {
		t.Errorf("an empty store has %v", names)
	}
	var want []string
	for range 3 {
		for _, p := range putBodies(t, b, sealedBodies()...) {
			want = append(want, p.Object)
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if names := objectsBefore(t, b, future()); !slices.Equal(names, want) {
		t.Errorf("listed %v, stored %v", names, want)
	}
	if names := objectsBefore(t, b, time.Unix(0, 0)); len(names) != 0 {
		t.Errorf("before there was anything: %v", names)
	}
	for o, err := range b.Before(t.Context(), future()) { // whoever has enough may stop
		if err != nil || o.Name != want[0] {
			t.Errorf("first %q, error %v", o.Name, err)
		}
		break
	}
}

func bodiesGivenUp(t *testing.T, b mailbox.Bodies) {
	all := sealedBodies()
	places := putBodies(t, b, all...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, put := b.Put(ctx, all)
	_, get := b.Get(ctx, places)
	var list error
	for _, list = range b.Before(ctx, future()) {
		if list != nil {
			break
		}
	}
	for name, err := range map[string]error{"put": put, "get": get, "before": list, "erase": b.Erase(ctx, []string{places[0].Object})} {
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable || errors.Is(err, mailbox.ErrBody) {
			t.Errorf("%s after its caller gave up: %v", name, err)
		}
	}
	wantBodies(t, b, places, all)
}

func bodiesAtOnce(t *testing.T, b mailbox.Bodies) {
	var done sync.WaitGroup
	for n := range 8 {
		done.Go(func() {
			all := []seal.Body{SealedBody("GM0268/2026-11", 2*n, 300), SealedBody("GM0546/2026-11", 2*n+1, 300)}
			places, err := b.Put(t.Context(), all)
			if err != nil {
				t.Error(err)
				return
			}
			got, err := b.Get(t.Context(), places)
			if err != nil || !bytes.Equal(got[0], all[0].Wrapped) || !bytes.Equal(got[1], all[1].Wrapped) {
				t.Errorf("writer %d reads other bodies, error %v", n, err)
			}
			if err := b.Erase(t.Context(), []string{places[0].Object}); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if names := objectsBefore(t, b, future()); len(names) != 8 {
		t.Errorf("%d objects are left of 8", len(names))
	}
}
