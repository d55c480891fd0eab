// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire carries TCP from a node to a server and can be cut, so that the node is
// partitioned from it: what is sent disappears, and nothing is refused.
type wire struct {
	address string // to connect to
	to      string

	mu     sync.Mutex
	silent bool
	conns  map[net.Conn]bool
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{address: l.Addr().String(), to: to, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); w.mend() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

func (w *wire) carry(from net.Conn) {
	w.keep(from)
	defer w.drop(from)
	if w.cutOff() { // a connection that is made and never answered
		_, _ = io.Copy(io.Discard, from)
		return
	}
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	w.keep(to)
	defer w.drop(to)
	var both sync.WaitGroup
	both.Go(func() { w.pass(to, from) })
	both.Go(func() { w.pass(from, to) })
	both.Wait()
}

// pass copies until an end; what arrives while the wire is cut is lost.
func (w *wire) pass(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if w.cutOff() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (w *wire) keep(c net.Conn) { w.mu.Lock(); w.conns[c] = true; w.mu.Unlock() }
func (w *wire) drop(c net.Conn) { w.mu.Lock(); delete(w.conns, c); w.mu.Unlock(); _ = c.Close() }
func (w *wire) cutOff() bool    { w.mu.Lock(); defer w.mu.Unlock(); return w.silent }
func (w *wire) cut()            { w.mu.Lock(); w.silent = true; w.mu.Unlock() }

// mend lets traffic through again. Connections that lost bytes are closed: no
// stream goes on with a hole in it.
func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = false
	for c := range w.conns {
		_ = c.Close()
	}
}
