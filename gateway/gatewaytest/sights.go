// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Sights is the contract of [oversight.Sights]. open gives an empty store, a new
// one at each call.
func Sights(t *testing.T, open func(t *testing.T) Truth) {
	truth := open(t)
	sights, ctx := truth.Sights, t.Context()
	me, other := gateway.NewUUID(Now(), nil), gateway.NewUUID(Now(), nil)
	rows := 0
	entry := func() []audit.Entry { rows++; return []audit.Entry{Entry(t, rows)} }
	want := func(account gateway.UUID, want oversight.Sight, doubted int) {
		t.Helper()
		got, err := sights.Sight(ctx, account)
		n, err2 := sights.Doubted(ctx)
		leaves, err3 := truth.Rows.Leaves(ctx, 0, 100)
		if err := errors.Join(err, err2, err3); err != nil || !reflect.DeepEqual(got, want) || n != doubted || len(leaves) != rows {
			t.Errorf("got %+v, want %+v; %d doubted, want %d; %d rows, want %d; %v", got, want, n, doubted, len(leaves), rows, err)
		}
	}
	want(me, oversight.Sight{}, 0)
	want("", oversight.Sight{}, 0)
	at := func(hours int) time.Time {
		return Now().Add(time.Duration(hours) * time.Hour).UTC().Truncate(time.Millisecond)
	}
	five := oversight.Sight{Size: 5, Checkpoint: []byte("five"), At: at(0)}
	if err := errors.Join(sights.See(ctx, me, five, entry()), sights.Doubt(ctx, other, at(1), entry())); err != nil {
		t.Fatal(err)
	}
	want(me, five, 0)
	want(other, oversight.Sight{}, 0)
	for _, worse := range []oversight.Sight{{Size: 4, Checkpoint: []byte("four"), At: at(2)}, {Size: 5, Checkpoint: []byte("other five"), At: at(2)}} {
		if err := sights.See(ctx, me, worse, []audit.Entry{Entry(t, 99)}); !errors.Is(err, oversight.ErrSightMoved) {
			t.Errorf("%s took the place of five: %v", worse.Checkpoint, err)
		}
		want(me, five, 0)
	}
	for hours := 3; hours < 5; hours++ { // the first doubt counts
		if err := sights.Doubt(ctx, me, at(hours), entry()); err != nil {
			t.Fatal(err)
		}
		five.Doubted = at(3)
		want(me, five, 1)
	}
	five.Doubted, five.At = time.Time{}, at(5)
	if err := sights.See(ctx, me, five, entry()); err != nil {
		t.Fatal(err)
	}
	want(me, five, 0)
	nine := oversight.Sight{Size: 9, Checkpoint: []byte("nine"), At: at(24*oversight.KeepSight + 48)}
	if err := sights.See(ctx, other, nine, entry()); err != nil {
		t.Fatal(err)
	}
	want(other, nine, 0)
	want(me, oversight.Sight{}, 0) // past its term
}

// Cosignatures is the contract of [audit.Cosignatures]. open gives an empty
// store, a new one at each call.
func Cosignatures(t *testing.T, open func(t *testing.T) Truth) {
	truth := open(t)
	store, ctx := truth.Cosignatures, t.Context()
	rows := 0
	put := func(c audit.Cosigned) error { return store.PutCosigned(ctx, c, []audit.Entry{Entry(t, rows+1)}) }
	want := func(want ...audit.Cosigned) {
		t.Helper()
		got, err := store.Cosigned(ctx)
		leaves, err2 := truth.Rows.Leaves(ctx, 0, 100)
		if err := errors.Join(err, err2); err != nil || !slices.EqualFunc(got, want, func(a, b audit.Cosigned) bool { return reflect.DeepEqual(a, b) }) || len(leaves) != rows {
			t.Errorf("got %+v, want %+v; %d rows, want %d; %v", got, want, len(leaves), rows, err)
		}
	}
	want()
	at := Now().UTC().Truncate(time.Second)
	b := audit.Cosigned{Witness: "b", Party: Issuer, Size: 5, Checkpoint: []byte("five"), At: at}
	a := audit.Cosigned{Witness: "a", Party: Issuer, Size: 3, Checkpoint: []byte("three"), At: at}
	for _, c := range []audit.Cosigned{b, a, b} { // the same again is fine
		if err := put(c); err != nil {
			t.Fatal(err)
		}
		rows++
	}
	want(a, b)
	if err := put(audit.Cosigned{Witness: "b", Party: Issuer, Size: 4, Checkpoint: []byte("four"), At: at}); !errors.Is(err, audit.ErrCosignedOlder) {
		t.Errorf("an older one: %v", err)
	}
	want(a, b)
	b.Size, b.Checkpoint = 9, []byte("nine")
	if err := put(b); err != nil {
		t.Fatal(err)
	}
	rows++
	want(a, b)
}
