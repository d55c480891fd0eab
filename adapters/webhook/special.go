// SPDX-License-Identifier: EUPL-1.2

package webhook

import "net/netip"

// special4 are the blocks of the IANA IPv4 Special-Purpose Address Registry
// (RFC 6890 and its updates, as of 2025-10) that are not globally reachable or lead to
// another address, with multicast and what is reserved (RFC 1112), and one address that a cloud
// gave to its own machinery.
var special4 = prefixes(
	"0.0.0.0/8",        // this network, RFC 791
	"10.0.0.0/8",       // private use, RFC 1918
	"100.64.0.0/10",    // shared by a carrier (CGNAT), RFC 6598; a cloud's metadata at 100.100.100.200
	"127.0.0.0/8",      // loopback, RFC 1122
	"169.254.0.0/16",   // link local, RFC 3927; clouds' metadata at 169.254.169.254
	"172.16.0.0/12",    // private use, RFC 1918
	"192.0.0.0/24",     // IETF protocol assignments, RFC 6890; a cloud's metadata at 192.0.0.192
	"192.0.2.0/24",     // documentation, RFC 5737
	"192.88.99.0/24",   // 6to4 relay, ended by RFC 7526
	"192.168.0.0/16",   // private use, RFC 1918
	"198.18.0.0/15",    // benchmarking, RFC 2544
	"198.51.100.0/24",  // documentation, RFC 5737
	"203.0.113.0/24",   // documentation, RFC 5737
	"224.0.0.0/4",      // multicast, RFC 5771
	"240.0.0.0/4",      // reserved and broadcast, RFC 1112 and RFC 8190
	"168.63.129.16/32", // not in the registry: a cloud's own services for its machines
)

// global6 is all that IANA ever gave out as global unicast (RFC 4291 2.4).
// Outside it lie unspecified, loopback, IPv4-mapped (::ffff:0:0/96), NAT64
// (64:ff9b::/96 and 64:ff9b:1::/48), discard (100::/64), segment routing (5f00::/16), unique local
// (fc00::/7, with a cloud's metadata at fd00:ec2::254), link local (fe80::/10) and multicast (ff00::/8).
var global6 = netip.MustParsePrefix("2000::/3")

// special6 are the blocks of the IANA IPv6 Special-Purpose Address Registry
// inside global6.
var special6 = prefixes(
	"2001::/23",     // IETF protocol assignments, RFC 2928: Teredo (2001::/32, holds an IPv4 address), benchmarking, ORCHID
	"2001:db8::/32", // documentation, RFC 3849
	"2002::/16",     // 6to4, RFC 3056: holds an IPv4 address
	"3fff::/20",     // documentation, RFC 9637
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// public reports whether an address belongs to a machine on the open internet.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap() // the system connects to the IPv4 address inside
	if a.Is4() {
		return !within(a, special4)
	}
	return global6.Contains(a) && !within(a, special6)
}

func within(a netip.Addr, blocks []netip.Prefix) bool {
	for _, b := range blocks {
		if b.Contains(a) {
			return true
		}
	}
	return false
}
