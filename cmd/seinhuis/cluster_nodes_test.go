// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// waitFor waits for something that other processes do.
func waitFor(t testing.TB, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// TestTwoNodes: one has the watch and the other takes over; a bell that is rung
// on one wakes who waits on the other; what one logs the other can prove.
func TestTwoNodes(t *testing.T) {
	e := newEngines(t)
	dir := filepath.Join(t.TempDir(), "knooppunt")
	e.prepare(t, dir, "--oin", string(demoOIN))
	var nodes [2]*installation
	var stops [2]context.CancelFunc
	var running [2]sync.WaitGroup
	for i := range nodes {
		s, err := openInstallation(t.Context(), dir, discard())
		if err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		ctx, stops[i] = context.WithCancel(t.Context())
		running[i].Go(func() { s.keepWatch(ctx) })
		running[i].Go(func() { s.hearBells(ctx) })
		nodes[i] = s
		t.Cleanup(func() { stops[i](); running[i].Wait(); _ = s.Close() })
	}
	waitFor(t, "a watch", func() bool { return nodes[0].onWatch.Load() || nodes[1].onWatch.Load() })
	first := 0
	if nodes[1].onWatch.Load() {
		first = 1
	}
	other := 1 - first
	if err := nodes[other].started(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a checkpoint over what the other node logged", func() bool {
		_, _, err := nodes[other].sequencer.Prove(t.Context(), 2)
		return err == nil
	})
	woke := make(chan struct{})
	go func() {
		nodes[other].notices.Await(t.Context(), demoCreditors[energy].OIN, 0, time.Minute)
		close(woke)
	}()
	waitFor(t, "the bell of the other node", func() bool {
		nodes[first].bell.Ring(demoCreditors[energy].OIN)
		select {
		case <-woke:
			return true
		default:
			return false
		}
	})
	stops[first]()
	running[first].Wait()
	if nodes[first].onWatch.Load() {
		t.Error("a node that stopped thinks it has the watch")
	}
	waitFor(t, "the other node's watch", nodes[other].onWatch.Load)
}
