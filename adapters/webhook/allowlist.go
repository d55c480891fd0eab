// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/announce"
)

var (
	// ErrNotListed: the configuration does not allow the host or the port.
	ErrNotListed = errors.New("webhook: host or port is not on the list of the configuration")
	// ErrNotPublic: the host resolved to an address that is not public.
	ErrNotPublic = errors.New("webhook: the host resolves to an address that is not public")
)

// Allowlist is which hosts and ports may be called. It fills
// [announce.Allowlist]. The zero Allowlist allows nothing.
type Allowlist struct {
	hosts    []string
	suffixes []string
	ports    []int
	loopback bool
}

// NewAllowlist reads the list of a configuration. A host is an exact name, an
// IP address, or *.suffix for every name below the suffix. Without ports, 443
// is allowed. loopback lets hosts of this machine be called, for tests and trials
// on a machine that nobody else reaches; they must be on the list as well.
func NewAllowlist(hosts []string, ports []int, loopback bool) (Allowlist, error) {
	a := Allowlist{ports: ports, loopback: loopback}
	if len(ports) == 0 {
		a.ports = []int{443}
	}
	var wrong []error
	for _, p := range ports {
		if p < 1 || p > 65535 {
			wrong = append(wrong, fmt.Errorf("port %d does not exist", p))
		}
	}
	for _, h := range hosts {
		suffix, wild := strings.CutPrefix(h, "*.")
		if err := plain(suffix, wild); err != nil {
			wrong = append(wrong, fmt.Errorf("host %q is no name in lower case, no IP address and no *.suffix of two labels or more", h))
			continue
		}
		if wild {
			a.suffixes = append(a.suffixes, "."+suffix)
		} else {
			a.hosts = append(a.hosts, h)
		}
	}
	return a, errors.Join(wrong...)
}

// plain holds a listed host to the form that addresses have. *.nl would be no
// list.
func plain(host string, wild bool) error {
	text := host
	if ip, err := netip.ParseAddr(host); err == nil {
		if wild {
			return ErrNotListed
		}
		text = net.JoinHostPort(ip.String(), "443")
	}
	parsed, err := announce.ParseAddress("https://" + text)
	switch {
	case err != nil:
		return err
	case parsed.Host() != host || wild && !strings.Contains(host, "."):
		return ErrNotListed
	}
	return nil
}

// Allows fills announce.Allowlist.
func (a Allowlist) Allows(to announce.Address) error {
	listed := slices.Contains(a.hosts, to.Host()) ||
		slices.ContainsFunc(a.suffixes, func(s string) bool { return strings.HasSuffix(to.Host(), s) })
	if !listed || !slices.Contains(a.ports, to.Port()) {
		return ErrNotListed
	}
	if ip, err := netip.ParseAddr(to.Host()); err == nil && !a.reachable(ip) {
		return ErrNotPublic
	}
	return nil
}

func (a Allowlist) reachable(ip netip.Addr) bool {
	return public(ip) || a.loopback && ip.Unmap().IsLoopback() && ip.Zone() == ""
}

// control judges a connection that is about to be made: address is what the
// name resolved to, in this very attempt.
func (a Allowlist) control(network, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !a.reachable(to.Addr()) {
		return ErrNotPublic
	}
	if !slices.Contains(a.ports, int(to.Port())) {
		return ErrNotListed
	}
	return nil
}

// String shows the list to an operator.
func (a Allowlist) String() string {
	words := slices.Clone(a.hosts)
	for _, s := range a.suffixes {
		words = append(words, "*"+s)
	}
	ports := make([]string, len(a.ports))
	for i, p := range a.ports {
		ports[i] = strconv.Itoa(p)
	}
	return strings.Join(words, ", ") + " on port " + strings.Join(ports, ", ")
}
