// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDrain stops a node with SIGTERM while reports come in. Its readiness turns
// false while its door still answers; no request fails but by 503 or a door that
// is closed; every report gets its receipt here or there.
func TestDrain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and engines")
	}
	w := nodesOver(t, newEngines(t), 2, func(c *config) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.Drain, c.Observation = 2*time.Second, &observationConfig{Probe: l.Addr().String()}
		_ = l.Close()
	})
	n := w.nodes[1]
	c, err := readConfig(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	l := newLoad(t, w.story, w.urls(), 100)
	saw := l.watch()
	under, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- l.run(t.Context(), 25, func(sent int) {
			if sent == 20 {
				close(under)
			}
		})
	}()
	<-under
	if err := askReady(t.Context(), c.Observation.Probe); err != nil {
		t.Fatalf("before it stops: %v", err)
	}
	if err := n.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, "the node says that it leaves", func() bool { return askReady(t.Context(), c.Observation.Probe) != nil })
	door, err := net.Dial("tcp", strings.TrimPrefix(n.url, "https://"))
	if err != nil {
		t.Errorf("the door was closed before anybody could know: %v", err)
	} else {
		_ = door.Close()
	}
	if err := n.process.Wait(); err != nil {
		t.Errorf("the node ended: %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	saw.only(t)
	l.nodes = []string{w.nodes[0].url}
	l.repeat(t)
	w.story.at(t, w.nodes[0].url)
	deliveredOnce(t, w.story, l.messages)
	provable(t, w.story, l.messages)
}
