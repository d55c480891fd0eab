// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// connections bounds the open connections of each remote address, so that one
// address cannot take what the others need. It hears of every connection as
// http.Server.ConnState.
type connections struct {
	each    int
	metrics *Metrics

	mu   sync.Mutex
	open map[string]int
}

// state counts. A connection too many is closed before its handshake; it is
// counted until the server lets go of it, like any other.
func (c *connections) state(conn net.Conn, s http.ConnState) {
	if s != http.StateNew && s != http.StateClosed && s != http.StateHijacked {
		return
	}
	address := addressOf(conn.RemoteAddr().String())
	if s != http.StateNew {
		c.leave(address)
		return
	}
	if !c.enter(address) {
		c.metrics.connection("verbinding-te-veel")
		_ = conn.Close()
	}
}

func (c *connections) enter(address string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[address]++
	return c.open[address] <= c.each
}

func (c *connections) leave(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[address]--; c.open[address] <= 0 {
		delete(c.open, address)
	}
}

// addressOf is what counts as one address: one of IPv4, or the 64-bit network
// of IPv6, which one subscriber has to itself. What is no address at all, as
// from a listener that is not TCP, counts as one.
func addressOf(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ""
	}
	return network.String()
}
