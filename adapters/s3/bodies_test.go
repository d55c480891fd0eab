// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

var _ mailbox.Bodies = (*s3.Bodies)(nil)

func TestMain(m *testing.M) { os.Exit(s3test.Main(m)) }

func TestBodies(t *testing.T) {
	server := s3test.Start(t)
	gatewaytest.Bodies(t, func(t *testing.T) mailbox.Bodies {
		store, _ := server.Store(t)
		return store.Bodies()
	})
}

// Erased means erased, also in a bucket that keeps versions, and before it and after.
func TestBodiesWithVersions(t *testing.T) {
	server := s3test.Start(t)
	gatewaytest.Bodies(t, func(t *testing.T) mailbox.Bodies {
		store, c := server.Store(t)
		server.Raw(t).KeepVersions(c.Bodies)
		t.Cleanup(func() {
			for _, v := range server.Raw(t).Versions(c.Bodies) {
				if v.Marker {
					t.Errorf("%s left a delete marker", v.Name)
				}
			}
		})
		return store.Bodies()
	})
}

// What Erase left half done, or a delete of another program, still shows to the sweep and goes.
func TestBodiesBehindAMarker(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	raw, b := server.Raw(t), store.Bodies()
	raw.KeepVersions(c.Bodies)
	places, err := b.Put(t.Context(), []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 1, 10)})
	if err != nil {
		t.Fatal(err)
	}
	if !raw.Delete(c.Bodies, places[0].Object, "") || len(raw.Versions(c.Bodies)) != 2 {
		t.Fatalf("no marker: %v", raw.Versions(c.Bodies))
	}
	n := 0
	for o, err := range b.Before(t.Context(), time.Now().Add(time.Hour)) {
		if err != nil || o.Name != places[0].Object {
			t.Errorf("%q, %v", o.Name, err)
		}
		n++
	}
	if err := b.Erase(t.Context(), []string{places[0].Object}); n != 1 || err != nil || len(raw.Versions(c.Bodies)) != 0 {
		t.Errorf("listed %d, error %v, left %v", n, err, raw.Versions(c.Bodies))
	}
}

// Whoever has the bucket has nothing readable, and reads no body at the place of another.
func TestBodiesShowNothing(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	raw, b := server.Raw(t), store.Bodies()
	canary := seal.Body{Scope: "GM0268/2026-11", Wrapped: []byte("kanarie Zwartebloem")}
	places, err := b.Put(t.Context(), []seal.Body{canary, canary})
	if err != nil {
		t.Fatal(err)
	}
	data := raw.Bytes(c.Bodies, places[0].Object)
	if bytes.Contains(data, []byte("Zwarte")) || bytes.Contains(data, places[0].Key[:]) {
		t.Error("the object shows its body or its key")
	}
	half := len(data) / 2
	raw.Put(c.Bodies, places[0].Object, append(bytes.Clone(data[half:]), data[:half]...)) // the two swapped
	if _, err := b.Get(t.Context(), places[:1]); !errors.Is(err, mailbox.ErrBody) {
		t.Errorf("a body at the place of another: %v", err)
	}
	raw.Put(c.Bodies, "GM0268/2026-11/other", data)
	moved := places[0]
	moved.Object = "GM0268/2026-11/other"
	if _, err := b.Get(t.Context(), []mailbox.Place{moved}); !errors.Is(err, mailbox.ErrBody) {
		t.Errorf("a body in another object: %v", err)
	}
}

// A commit with many municipalities costs one request for those of a month; a
// body on hold stays apart, because the store's own rule may not delete it.
func TestManyMunicipalitiesShareAnObject(t *testing.T) {
	store, _ := s3test.Start(t).Store(t)
	objects := func(n int) (names []string) {
		t.Helper()
		bodies := []seal.Body{gatewaytest.SealedBody("GM0001/00000000-0000-7000-8000-000000000001", 0, 100)}
		for i := range n {
			bodies = append(bodies, gatewaytest.SealedBody(fmt.Sprintf("GM%04d/2026-11", i+2), i+1, 100))
		}
		places, err := store.Bodies().Put(t.Context(), bodies)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Bodies().Get(t.Context(), places)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range places {
			if !bytes.Equal(got[i], bodies[i].Wrapped) {
				t.Errorf("body %d is another", i)
			}
			names = append(names, p.Object)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	if few := objects(5); len(few) != 6 {
		t.Errorf("five municipalities and a hold are %d objects", len(few))
	}
	many := objects(40)
	if len(many) != 2 || !strings.HasPrefix(many[0], "GM0001/0000") || !strings.HasPrefix(many[1], "samen/2026-11/") {
		t.Errorf("forty municipalities and a hold are %q", many)
	}
}
