// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestOneHasTheWatch(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	one, other := openAt(t, c), openAt(t, c)
	first, stop := context.WithCancel(t.Context())
	had := make(chan *DB)
	ended := make(chan error, 1)
	go func() {
		ended <- one.Watch(first, "een", func(ctx context.Context, db *DB) error { had <- db; <-ctx.Done(); return nil })
	}()
	held := <-had
	second := make(chan *DB, 1)
	go func() {
		_ = other.Watch(t.Context(), "twee", func(ctx context.Context, db *DB) error { second <- db; <-ctx.Done(); return nil })
	}()
	if err := held.write.do(t.Context(), func(*tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-second:
		t.Fatal("two have the watch")
	case <-time.After(1500 * time.Millisecond):
	}
	stop()
	<-ended
	later := <-second
	if err := held.write.do(t.Context(), func(*tx) error { return nil }); !errors.Is(err, ErrFenced) {
		t.Errorf("a node that lost the watch writes: %v", err)
	}
	if err := later.write.do(t.Context(), func(*tx) error { return nil }); err != nil {
		t.Error(err)
	}
	if node, _, on, err := one.Holder(t.Context()); err != nil || node != "twee" || !on {
		t.Errorf("holder %q %v %v", node, on, err)
	}
}

func TestBellRingsOnEveryNode(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	one, other := openAt(t, c), openAt(t, c)
	heard := make(chan gateway.OIN, 1000)
	go func() {
		_ = other.Listen(t.Context(), func(creditors ...gateway.OIN) {
			for _, oin := range creditors {
				heard <- oin
			}
		})
	}()
	for {
		if err := one.Ring(t.Context(), "00000001234567890000"); err != nil {
			t.Fatal(err)
		}
		select {
		case oin := <-heard:
			if oin != "00000001234567890000" {
				t.Fatalf("heard %s", oin)
			}
			return
		case <-time.After(50 * time.Millisecond): // it was not listening yet
		}
	}
}
