// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ErrAddress says that a text is no address for events; it never quotes the
// text.
var ErrAddress = errors.New("address must be https://host[:port]/path, with the host in lower-case ASCII and no user, password or fragment")

const maxAddress = 1000

// Address is an https address in the one form that every reader understands
// the same way. It prints without path and query, which may hold a secret of
// the receiver. Only [ParseAddress] makes one.
type Address struct {
	text string
	host string
	port int
}

// ParseAddress takes an address as an operator types it. Which hosts and ports
// may be called is not decided here, see [Allowlist]; a host that looks like a
// number in another notation than the usual (octal, hexadecimal, short) is
// refused, because programs differ on which machine it names.
func ParseAddress(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAddress || u.Scheme != "https" || u.Opaque != "" || u.User != nil || strings.Contains(text, "#") {
		return Address{}, ErrAddress
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return Address{}, ErrAddress
		}
	}
	a := Address{text: text, host: u.Hostname(), port: 443}
	if strings.HasSuffix(u.Host, ":") || !plainHost(a.host) {
		return Address{}, ErrAddress
	}
	if p := u.Port(); p != "" {
		a.port, err = strconv.Atoi(p)
		if err != nil || strconv.Itoa(a.port) != p || a.port < 1 || a.port > 65535 {
			return Address{}, ErrAddress
		}
	}
	return a, nil
}

// plainHost takes a DNS name, or an IP address as the standard library writes
// it.
func plainHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String() == host && ip.Zone() == "" && !ip.Is4In6()
	}
	if host == "" || len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.text == "" }

// Host is a DNS name or an IP address without brackets; Port is 443 unless the
// address says otherwise.
func (a Address) Host() string { return a.host }

// Port is the port to call.
func (a Address) Port() int { return a.port }

// Reveal is the whole address.
func (a Address) Reveal() string { return a.text }

// String shows host and port only.
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return "https://" + host + ":" + strconv.Itoa(a.port)
}

// MarshalText writes what String shows.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
