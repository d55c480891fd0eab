// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/announce"
)

// A name that first meant a public address, and at the time of the call this
// machine, reaches nothing (DNS rebinding).
func TestRebinding(t *testing.T) {
	r := newReceiver(t, ok)
	o := r.options(t, false)
	o.Resolver = nameServer(t, []string{"93.184.215.14"}, []string{"127.0.0.1"})
	first, err := o.Resolver.LookupNetIP(t.Context(), "ip4", "hook.example.nl")
	if err != nil || !public(first[0]) {
		t.Fatalf("the first answer is to be public: %v, %v", first, err)
	}
	if got := send(t, o, r.at(t, "hook.example.nl")); got.Failure != announce.NotAllowed || r.conns.Load() != 0 {
		t.Errorf("%+v, %d connections", got, r.conns.Load())
	}
}

// What a name resolves to on the inside is not called, in whatever clothes.
func TestInsideIsNotCalled(t *testing.T) {
	r := newReceiver(t, ok)
	for name, addresses := range map[string][]string{
		"loopback": {"127.0.0.1"}, "another loopback": {"127.8.9.10"}, "mapped": {"::ffff:127.0.0.1"}, "metadata": {"169.254.169.254"},
		"private": {"10.0.0.1"}, "unspecified": {"0.0.0.0"}, "all of several": {"127.0.0.1", "192.168.1.1", "100.64.0.1"},
	} {
		o := r.options(t, false)
		o.Resolver, o.Patience = nameServer(t, addresses), 2*time.Second
		if got := send(t, o, r.at(t, "hook.example.nl")); got.Failure != announce.NotAllowed || r.conns.Load() != 0 {
			t.Errorf("%s: %+v, %d connections", name, got, r.conns.Load())
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if got := send(t, r.options(t, false), r.at(t, host)); got.Failure != announce.NotAllowed || r.conns.Load() != 0 {
			t.Errorf("%s: %+v", host, got)
		}
	}
	if got := send(t, r.options(t, true), r.at(t, "localhost")); !got.Delivered {
		t.Errorf("a trial on loopback: %+v", got)
	}
}

// The opt-out for trials opens loopback and nothing else.
func TestTableOfAddresses(t *testing.T) {
	for _, text := range []string{"8.8.8.8", "93.184.215.14", "145.0.0.1", "2a02:10::1", "2001:200::1", "2606:4700::1111", "223.255.255.255", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s is public", text)
		}
	}
	strict, err := NewAllowlist([]string{"a.nl"}, nil, false)
	trial, err2 := NewAllowlist([]string{"a.nl"}, nil, true)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1",
		"100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "2a02::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "4000::1",
	} {
		a := netip.MustParseAddr(text)
		if public(a) {
			t.Errorf("%s is taken as public", text)
		}
		address, loopback := netip.AddrPortFrom(a, 443).String(), a.Unmap().IsLoopback()
		if strict.control("tcp6", address) == nil || trial.control("tcp6", address) == nil != loopback {
			t.Errorf("%s: strict %v, trial %v", text, strict.control("tcp6", address), trial.control("tcp6", address))
		}
	}
	for _, address := range []string{"8.8.8.8:80", "8.8.8.8:8443", "8.8.8.8", "", "hook.example.nl:443"} {
		if strict.control("tcp4", address) == nil {
			t.Errorf("%q was let through", address)
		}
	}
	if strict.control("udp4", "8.8.8.8:443") == nil || strict.control("unix", "/run/x") == nil || strict.control("tcp4", "8.8.8.8:443") != nil {
		t.Error("the wrong networks are let through")
	}
}

// Hosts and ports that are not on the list are not called, and spellings of an
// address that programs read differently are no address at all.
func TestAllowlist(t *testing.T) {
	list, err := NewAllowlist([]string{"hook.example.nl", "*.gemeente.example", "8.8.8.8", "2a02:10::1"}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"https://hook.example.nl/": true, "https://hook.example.nl:443/a": true, "https://a.gemeente.example/": true, "https://a.b.gemeente.example/": true,
		"https://8.8.8.8/": true, "https://[2a02:10::1]/": true,
		"https://hook.example.nl:8443/": false, "https://evil.example/": false, "https://gemeente.example/": false, "https://.gemeente.example/": false,
		"https://agemeente.example/": false, "https://bagemeente.example/": false, "https://gemeente.example.evil.nl/": false, "https://a.hook.example.nl/": false, "https://hook.example.nl.evil.nl/": false,
		"https://8.8.4.4/": false, "https://134744072/": false, "https://0x08080808/": false, "https://010.010.010.010/": false, "https://8.8.2056/": false,
		"https://[::ffff:8.8.8.8]/": false, "https://hook.example.nl@evil.nl/": false,
	} {
		a, err := announce.ParseAddress(text)
		if got := err == nil && list.Allows(a) == nil; got != want {
			t.Errorf("%s: allowed %v", text, got)
		}
	}
	if a, _ := announce.ParseAddress("https://hook.example.nl/"); (Allowlist{}).Allows(a) == nil {
		t.Error("no list allows everything")
	}
	inside, err := NewAllowlist([]string{"10.0.0.1", "127.0.0.1"}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"https://10.0.0.1/": false, "https://127.0.0.1/": true} {
		if a, _ := announce.ParseAddress(text); (inside.Allows(a) == nil) != want {
			t.Errorf("%s: %v", text, inside.Allows(a))
		}
	}
	for _, host := range []string{"", "*", "*.nl", "*.", "*.8.8.8.8", "Hook.nl", "a.nl/", "a.nl:443", "u@a.nl", "a..nl", "0x7f.1", "::ffff:8.8.8.8"} {
		if _, err := NewAllowlist([]string{host}, nil, false); err == nil {
			t.Errorf("%q is a host of the list", host)
		}
	}
	if _, err := NewAllowlist(nil, []int{0}, false); err == nil {
		t.Error("port 0")
	}
}

// The list holds at every attempt, not only when the address was set.
func TestNotListedIsNotCalled(t *testing.T) {
	r := newReceiver(t, ok)
	o := r.options(t, true)
	o.Resolver = nameServer(t, []string{"127.0.0.1"})
	if got := send(t, o, r.at(t, "evil.example")); got.Failure != announce.NotAllowed || r.conns.Load() != 0 {
		t.Errorf("host: %+v", got)
	}
	list, err := NewAllowlist([]string{"localhost"}, []int{443}, true)
	if err != nil {
		t.Fatal(err)
	}
	o.Allow, o.Resolver = list, nil
	if got := send(t, o, r.at(t, "localhost")); got.Failure != announce.NotAllowed || r.conns.Load() != 0 {
		t.Errorf("port: %+v", got)
	}
}

// A redirect is a failure, wherever it leads.
func TestRedirect(t *testing.T) {
	inside := newReceiver(t, ok)
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, inside.at(t, "127.0.0.1").Reveal(), status)
		})
		o := r.options(t, true, inside.port)
		o.Roots.AddCert(inside.root.Certificate)
		if got := send(t, o, r.at(t, "localhost")); got.Delivered || got.Failure != announce.BadAnswer || inside.calls.Load() != 0 {
			t.Errorf("%d: %+v, %d calls inside", status, got, inside.calls.Load())
		}
	}
}

// The certificate must be of a known authority and of the name that was called.
func TestCertificate(t *testing.T) {
	r := newReceiver(t, ok)
	o := r.options(t, true)
	o.Resolver = nameServer(t, []string{"127.0.0.1"})
	if got := send(t, o, r.at(t, "hook.example.nl")); got.Failure != announce.Certificate || r.calls.Load() != 0 {
		t.Errorf("another name: %+v", got)
	}
	o = r.options(t, true)
	o.Roots = nil
	if got := send(t, o, r.at(t, "localhost")); got.Failure != announce.Certificate || r.calls.Load() != 0 {
		t.Errorf("unknown authority: %+v", got)
	}
}

// The environment does not decide who hears our events.
func TestNoProxy(t *testing.T) {
	if NewSender(oneKey{}, Options{}).http.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy from the environment would be asked")
	}
}

// Nothing of an address or an answer comes out as text.
func TestNothingIsTold(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "geheim van de ontvanger", 500) })
	for _, host := range []string{"localhost", "evil.example"} {
		if text := fmt.Sprintf("%+v", send(t, r.options(t, true), r.at(t, host))); strings.Contains(text, "geheim") || strings.Contains(text, host) || strings.Contains(text, "abc") {
			t.Error(text)
		}
	}
}
