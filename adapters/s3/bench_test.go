// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"errors"
	"fmt"
	"net/http"
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

// commitOf is a full commit: 256 bodies of 4 KiB over so many municipalities.
func commitOf(municipalities int) []seal.Body {
	all := make([]seal.Body, 256)
	for i := range all {
		all[i] = gatewaytest.SealedBody(fmt.Sprintf("GM%04d/2026-11", i%municipalities), i, 4096)
	}
	return all
}

// BenchmarkLayout measures docs/decisions/0020-bodies-in-objects.md: a commit as one object per municipality beside a commit
// as one object per signal; then a municipality that fetches what waits for it; then erasure of all.
func BenchmarkLayout(b *testing.B) {
	for _, municipalities := range []int{1, 8, 64, 256} {
		commit := commitOf(municipalities)
		b.Run(fmt.Sprintf("commit/municipalities=%d", municipalities), func(b *testing.B) { benchLayout(b, [][]seal.Body{commit}) })
	}
	var alone [][]seal.Body
	for _, body := range commitOf(8) {
		alone = append(alone, []seal.Body{body})
	}
	b.Run("signal", func(b *testing.B) { benchLayout(b, alone) })
}

// benchLayout puts the parts at the same time, as callers would, within the turns of the store.
func benchLayout(b *testing.B, parts [][]seal.Body) {
	server := s3test.Start(b)
	store, c := server.Store(b)
	bodies := store.Bodies()
	var put, get, erase time.Duration
	objects := 0
	for b.Loop() {
		began := time.Now()
		places := putAll(b, bodies, parts)
		put += time.Since(began)
		began = time.Now()
		if _, err := bodies.Get(b.Context(), places); err != nil {
			b.Fatal(err)
		}
		get += time.Since(began)
		var names []string
		for _, p := range places {
			names = append(names, p.Object)
		}
		slices.Sort(names)
		names = slices.Compact(names)
		objects = len(names)
		began = time.Now()
		if err := bodies.Erase(b.Context(), names); err != nil {
			b.Fatal(err)
		}
		erase += time.Since(began)
	}
	if left := server.Raw(b).Versions(c.Bodies); len(left) > 0 {
		b.Fatalf("%d objects are left", len(left))
	}
	each := func(d time.Duration, what string) {
		b.ReportMetric(float64(d.Microseconds())/1000/float64(b.N), what+"-ms")
	}
	each(put, "put")
	each(get, "get")
	each(erase, "erase")
	b.ReportMetric(float64(objects), "objects")
	b.ReportMetric(0, "ns/op")
}

func putAll(b *testing.B, bodies *s3.Bodies, parts [][]seal.Body) []mailbox.Place {
	b.Helper()
	found, errs := make([][]mailbox.Place, len(parts)), make([]error, len(parts))
	done := make(chan int)
	for i := range parts {
		go func() {
			found[i], errs[i] = bodies.Put(b.Context(), parts[i])
			done <- i
		}()
	}
	for range parts {
		<-done
	}
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	return slices.Concat(found...)
}

// A commit asks the store once per municipality, and a municipality that fetches its signals asks once per commit.
func TestRequestsPerCommit(t *testing.T) {
	b := newBench(t)
	places, err := b.bodies.Put(t.Context(), commitOf(8))
	if err != nil || b.count(http.MethodPut) != 8 || len(b.Seen()) != 8 {
		t.Errorf("%d requests for a commit of 8 municipalities, %v", len(b.Seen()), err)
	}
	own := slices.DeleteFunc(slices.Clone(places), func(p mailbox.Place) bool { return !strings.HasPrefix(p.Object, "GM0003/") })
	b.Play(nil)
	if _, err := b.bodies.Get(t.Context(), own); err != nil || len(own) != 32 || len(b.Seen()) != 1 {
		t.Errorf("%d requests for %d bodies, %v", len(b.Seen()), len(own), err)
	}
	b.Play(nil)
	if err := b.bodies.Erase(t.Context(), []string{own[0].Object, places[0].Object}); err != nil || len(b.Seen()) != 2 {
		t.Errorf("%d requests to erase two objects: %v, %v", len(b.Seen()), b.Seen(), err)
	}
}
