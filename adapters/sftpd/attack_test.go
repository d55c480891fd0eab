// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A client may fetch many files side by side on one connection.
func TestParallelDownloads(t *testing.T) {
	h := newHouse(t)
	h.deposit(40, 2000)
	for range 20 {
		c, conn := h.both(town)
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := worker; i < len(h.signals); i += 8 {
					f, err := c.Open("/signalen/nieuw/" + nameOf(h.signals[i]))
					if err != nil {
						t.Error(err)
						return
					}
					if n, err := io.Copy(io.Discard, f); n != 2000 || err != nil {
						t.Error(n, err)
					}
					if err := f.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan bool)
		go func() { all.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = conn.Close()
			<-done
			t.Fatal("the connection stands still")
		}
		_ = conn.Close()
	}
}

// Silent connections from several addresses do not keep anybody out.
func TestSilentConnections(t *testing.T) {
	h := newHouse(t)
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	for i := range 160 {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i/32))}}
		c, err := d.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	eventually(t, "not full", func() bool {
		h.server.greeting.mu.Lock()
		defer h.server.greeting.mu.Unlock()
		return len(h.server.greeting.inside) == 128
	})
	for range 5 {
		conn, err := h.dial(town, k)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
}

// from is a connection of which only the address counts.
type from struct {
	net.Conn
	at   string
	gone bool
}

func (f *from) RemoteAddr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", f.at)
	if err != nil {
		panic(err)
	}
	return a
}
func (f *from) Close() error { f.gone = true; return nil }

func TestGreetings(t *testing.T) {
	g := newGreetings(4, 2)
	var all []*from
	for _, c := range []struct {
		at string
		in bool
	}{
		{"[2001:db8::1]:1", true}, {"[2001:db8::ffff:1]:1", true}, {"[2001:db8:0:0:1::1]:1", false}, {"[2001:db8:0:1::1]:1", true},
		{"192.0.2.1:1", true}, {"192.0.2.1:2", true}, {"[::ffff:192.0.2.1]:3", false}, {"192.0.2.2:1", true},
	} {
		f := &from{at: c.at}
		if g.enter(f) != c.in {
			t.Errorf("%s: %v", c.at, !c.in)
		}
		all = append(all, f)
	}
	for i, f := range all {
		if want := i < 2; f.gone != want { // the oldest made room
			t.Errorf("%s: gone: %v", f.at, f.gone)
		}
		g.leave(f)
	}
	if len(g.inside) != 0 || len(g.of) != 0 {
		t.Error("places stay taken", g.inside, g.of)
	}
}

// What a name makes stays within what is shown, counted and swept.
func TestLongNames(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.ConnectionsPerParty = 64 })
	h.deposit(12, 10)
	c := h.client(town)
	name := func(n int) string { return "/terugkoppelingen/" + strings.Repeat("a", n-4) + ".jws" }
	if put(c, name(97), letterOf(newID(), h.signals[0].ID, "")) == nil {
		t.Error("a name of 97 was taken")
	}
	for i := range 12 {
		c := h.client(town)
		if err := put(c, name(96), letterOf(newID(), h.signals[i].ID, "")); err != nil {
			t.Fatal(err)
		}
		if put(h.client(town), name(96), []byte(strings.Repeat("x", i))) == nil {
			t.Fatal("nonsense was taken")
		}
	}
	s := h.server.spool
	l, err := s.files(town, shelfProofs)
	if shown := names(t, c, "/bewijzen"); err != nil || len(l) < 13 || len(shown) != len(l) {
		t.Error(len(shown), "shown of", len(l), err)
	}
	for _, odd := range []string{strings.Repeat("b", 200), ".odd", "a b"} {
		f, err := s.root.Create(s.path(town, shelfProofs, odd))
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
	if err := s.sweep(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if l, err := s.files(town, shelfProofs); len(l) != 0 || err != nil {
		t.Error("the sweep leaves", len(l), err)
	}
}
