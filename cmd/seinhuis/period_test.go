// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/keys"
)

// deafNodes are engines that answer or do not.
type deafNodes struct{ silent atomic.Bool }

func (d *deafNodes) Watch(context.Context, string, func(context.Context, period) error) error {
	return nil
}
func (d *deafNodes) Listen(context.Context, func(...gateway.OIN)) {}
func (d *deafNodes) Ready(context.Context) error {
	if d.silent.Load() {
		return errors.New("no answer")
	}
	return nil
}

type noKeys struct{ keyStore }

func (noKeys) Publics(context.Context) ([]keys.Public, error) { return nil, nil }

func node(n nodes) *installation {
	return &installation{truth: truth{Register: gatewaytest.NewMemory().Register}, ring: noKeys{}, nodes: n}
}

// TestDeafNodeLetsGo: a node gives the watch up when its servers have not
// answered for a while, and not when they were silent for a moment.
func TestDeafNodeLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := new(deafNodes)
		s, began := node(n), time.Now()
		ended := make(chan error, 1)
		go func() { ended <- s.deaf(t.Context()) }()
		time.Sleep(time.Second / 2) // between two looks, not at one
		for range 10 {              // three seconds of silence, two of answers
			n.silent.Store(true)
			time.Sleep(watchPatience - 2*time.Second)
			n.silent.Store(false)
			time.Sleep(2 * time.Second)
		}
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("let go after %s: %v", time.Since(began), err)
		default:
		}
		n.silent.Store(true)
		silent := time.Now()
		if err := <-ended; !errors.Is(err, errNotAnswering) || time.Since(silent) > watchPatience+2*time.Second {
			t.Errorf("after %s: %v", time.Since(silent), err)
		}
	})
}

// TestLeavingNodeSaysSo: a node that stops is not ready for as long as it drains,
// and asks its servers no more.
func TestLeavingNodeSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := node(new(deafNodes))
		s.asked = func(ctx context.Context) (struct{}, error) { return struct{}{}, s.answers(ctx) }
		s.config.Profile, s.config.Drain = profileCluster, 7*time.Second
		if err := s.healthy(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		go s.leave()
		synctest.Wait()
		if err := s.healthy(t.Context()); !errors.Is(err, errLeaving) {
			t.Errorf("while it drains: %v", err)
		}
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("drained for %s", took)
		}
	})
}

// TestRingerNeverWaits: rings are passed on in groups, each party once, and what
// does not fit is dropped.
func TestRingerNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var groups [][]gateway.OIN
		hold := make(chan struct{})
		r := newRinger(func(_ context.Context, parties ...gateway.OIN) error {
			groups = append(groups, slices.Sorted(slices.Values(parties)))
			<-hold
			return errors.New("nobody heard")
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go r.work(ctx)
		r.Ring("a")
		synctest.Wait() // it rings now, and waits for the database
		r.Ring("b", "c", "b")
		for range maxRung {
			r.Ring("c")
		}
		close(hold)
		synctest.Wait()
		if len(groups) != 2 || !slices.Equal(groups[0], []gateway.OIN{"a"}) || !slices.Equal(groups[1], []gateway.OIN{"b", "c"}) {
			t.Errorf("rang %v", groups)
		}
	})
}
