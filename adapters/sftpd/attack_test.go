// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// A client may fetch many files side by side on one connection.
func TestParallelDownloads(t *testing.T) {
	h := newHouse(t)
	h.deposit(40, 2000)
	var files []string
	for _, g := range h.signals {
		files = append(files, "/signalen/nieuw/"+nameOf(g))
	}
	for range 20 {
		c, conn := h.both(town)
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := worker; i < len(files); i += 8 {
					f, err := c.Open(files[i])
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
	l, err := s.files(town, ShelfProofs)
	if shown := names(t, c, "/bewijzen"); err != nil || len(l) < 13 || len(shown) != len(l) {
		t.Error(len(shown), "shown of", len(l), err)
	}
	for _, odd := range []string{strings.Repeat("b", 200), ".odd", "a b"} {
		f, err := s.root.Create(s.path(town, ShelfProofs, odd))
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
	if err := s.sweep(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if l, err := s.files(town, ShelfProofs); len(l) != 0 || err != nil {
		t.Error("the sweep leaves", len(l), err)
	}
}

// A scan fills neither the log nor the room of the parties.
func TestRefusalsAreThinned(t *testing.T) {
	r, at, n := &refusals{}, time.Unix(6000, 0), 0
	knock := func(x refused) {
		if r.over(at); r.fresh(x, at) {
			n++
		}
	}
	scan := func(print, from int) {
		knock(refused{code: gateway.CodePartyUnknown, print: strconv.Itoa(print), from: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, byte(from >> 8), byte(from)}), 32)})
	}
	for i := range 1000 {
		scan(i, 0)
		scan(0, i)
	}
	if n != 4 { // two with both, then one of the address and one of the key
		t.Error(n, "entries of one address and one key")
	}
	for i := range 100_000 {
		scan(i, i)
	}
	if n != maxRefusals || len(r.seen) > 2*maxRefusals {
		t.Error(n, "entries in one minute;", len(r.seen), "kept")
	}
	n = 0
	for range 100 {
		knock(refused{code: gateway.CodeKey, oin: town})
		knock(refused{code: gateway.CodeKey, oin: energy})
	}
	if n != 2 {
		t.Error(n, "entries of two parties in a second")
	}
	at = at.Add(time.Second)
	if knock(refused{code: gateway.CodeKey, oin: town}); n != 3 {
		t.Error("a party's next second")
	}
	if thinned := r.over(at.Add(time.Minute)); thinned != 102_000-maxRefusals+198 {
		t.Error(thinned, "counted")
	}
}

// forged offers a key of another.
type forged struct {
	ssh.Signer
	key ssh.PublicKey
}

func (f forged) PublicKey() ssh.PublicKey { return f.key }

// garbled signs with what no signature looks like.
type garbled struct{ forged }

func (garbled) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return &ssh.Signature{Format: ssh.KeyAlgoED25519, Blob: []byte("x")}, nil
}

func TestForgedSignatureIsLogged(t *testing.T) {
	h := newHouse(t)
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	lie := forged{newKey(t), k.PublicKey()}
	for _, key := range []ssh.Signer{lie, garbled{lie}} {
		h.set(func() { h.refusals = nil })
		h.server.refusals.mu.Lock()
		h.server.refusals.named = nil
		h.server.refusals.mu.Unlock()
		if _, err := h.dial(town, key); err == nil {
			t.Fatal("logged in")
		}
		eventually(t, "not in the log", func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Equal(h.refusals, []gateway.Code{gateway.CodeSignature})
		})
	}
}

// logged counts what the desk writes an entry for.
type logged struct {
	Batches
	entries *atomic.Int64
}

func (l logged) Status(ctx context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error) {
	r, err := l.Batches.Status(ctx, v, id)
	if r.Summary != nil {
		l.entries.Add(1)
	}
	return r, err
}

func (l logged) Outcomes(ctx context.Context, v gateway.Visit, id gateway.BatchID, to io.Writer) error {
	l.entries.Add(1)
	return l.Batches.Outcomes(ctx, v, id, to)
}

// A client that lists again and again writes nothing in the log.
func TestListingIsNotLogged(t *testing.T) {
	h := newHouse(t)
	var entries atomic.Int64
	h.server.Batches = logged{h.server.Batches, &entries}
	c := h.client(energy)
	for range 10 {
		if err := put(c, "/aanleveringen/"+string(newID())+".csv.pgp", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, c, "/uitkomsten"); len(got) != 10 || entries.Load() != 0 {
		t.Fatal(got, entries.Load())
	}
	n := 0
	h.set(func() {
		for i, r := range h.batches {
			r.State, r.Summary, r.DoneAt = batch.Done, gateway.Compact("a.b.c"), time.Now()
			if n++; n%2 == 0 {
				r.State = batch.Rejected
			}
			h.batches[i] = r
		}
	})
	if got := names(t, c, "/uitkomsten"); len(got) != 25 { // a rejected one has no outcomes
		t.Fatal(len(got))
	}
	entries.Store(0)
	for range 3 {
		c := h.client(energy)
		if len(names(t, c, "/uitkomsten")) != 25 || len(names(t, c, "/bewijzen")) != 10 {
			t.Error("another listing")
		}
	}
	if n := entries.Load(); n != 0 {
		t.Error(n, "entries for listings")
	}
	infos, err := c.ReadDir("/uitkomsten")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range infos {
		if got := get(t, c, "/uitkomsten/"+i.Name()); int64(len(got)) != i.Size() {
			t.Errorf("%s: %d listed, %d read", i.Name(), i.Size(), len(got))
		}
	}
	if n := entries.Load(); n != 25 {
		t.Error(n, "entries for 25 files opened")
	}
}
