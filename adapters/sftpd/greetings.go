// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// greetings are the connections that did not log in yet. Each address has its
// own limit; when there are too many of all, the oldest goes and the new one
// comes in: whoever logs in is done in a second, whoever holds places with
// silence loses them.
type greetings struct {
	all, each int

	mu     sync.Mutex
	inside []greeting // oldest first
	of     map[netip.Prefix]int
}

type greeting struct {
	conn net.Conn
	from netip.Prefix
}

func newGreetings(all, each int) *greetings {
	return &greetings{all: all, each: each, of: map[netip.Prefix]int{}}
}

func (g *greetings) enter(c net.Conn) bool {
	from := addressOf(c)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[from] >= g.each {
		return false
	}
	if len(g.inside) >= g.all {
		_ = g.inside[0].conn.Close() // its greeting fails, and ends
		g.remove(0)
	}
	g.inside = append(g.inside, greeting{c, from})
	g.of[from]++
	return true
}

// leave ends a greeting; one that lost its place has left already.
func (g *greetings) leave(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.IndexFunc(g.inside, func(x greeting) bool { return x.conn == c }); i >= 0 {
		g.remove(i)
	}
}

func (g *greetings) remove(i int) {
	from := g.inside[i].from
	if g.of[from]--; g.of[from] == 0 {
		delete(g.of, from)
	}
	g.inside = slices.Delete(g.inside, i, i+1)
}

// addressOf is what one caller counts as: an IPv4 address, or the /64 of an
// IPv6 address, which is the least that anybody has (RFC 6177, 2).
func addressOf(c interface{ RemoteAddr() net.Addr }) netip.Prefix {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Prefix{} // not TCP: all of those together
	}
	a, bits := at.Addr().Unmap().WithZone(""), 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails only on a wrong number of bits
	return p
}
