// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/keys"
)

// oneKey signs with keys of the test.
type oneKey []crypto.Signer

func (k oneKey) Signers(context.Context, keys.Use, string) ([]crypto.Signer, error) { return k, nil }

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// receiver is an https server on the loopback address, for the names localhost
// and 127.0.0.1.
type receiver struct {
	root  *mtlstest.Root
	port  int
	calls atomic.Int64
	conns atomic.Int64
}

func newReceiver(t testing.TB, handle http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{root: mtlstest.NewRoot(t, time.Now())}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.calls.Add(1)
		handle(w, q)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{r.root.Server(t)}}
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			r.conns.Add(1)
		}
	}
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	r.port = server.Listener.Addr().(*net.TCPAddr).Port
	return r
}

func ok(http.ResponseWriter, *http.Request) {}

// options allow this receiver, on loopback.
func (r *receiver) options(t testing.TB, loopback bool, more ...int) Options {
	t.Helper()
	list, err := NewAllowlist([]string{"localhost", "127.0.0.1", "hook.example.nl", "*.gemeente.example"}, append(more, r.port), loopback)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Allow: list, Roots: r.root.Pool()}
}

func (r *receiver) at(t testing.TB, host string) announce.Address {
	t.Helper()
	a, err := announce.ParseAddress("https://" + net.JoinHostPort(host, strconv.Itoa(r.port)) + "/hook?sleutel=abc")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func send(t testing.TB, o Options, to announce.Address) announce.Answer {
	t.Helper()
	answer, err := NewSender(oneKey{newKey(t)}, o).Send(t.Context(), to, gatewaytest.WebhookEvent("00000099000000220001", announce.Signals, 7), gatewaytest.Now())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// nameServer answers every name with addresses: those of the first list to the
// first question of a kind, and so on; the last list stays.
func nameServer(t testing.TB, lists ...[]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		asked, buffer := map[uint16]int{}, make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			end := 12
			for end < n && buffer[end] != 0 {
				end += int(buffer[end]) + 1
			}
			kind := binary.BigEndian.Uint16(buffer[end+1:])
			addresses := lists[min(asked[kind], len(lists)-1)]
			asked[kind]++
			_, _ = conn.WriteTo(dnsAnswer(buffer[:end+5], kind, addresses), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// dnsAnswer answers one question (RFC 1035): header and question are given.
func dnsAnswer(question []byte, kind uint16, addresses []string) []byte {
	out := append([]byte(nil), question...)
	copy(out[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	for _, text := range addresses {
		a := netip.MustParseAddr(text)
		data := a.AsSlice()
		if a.Is4() != (kind == 1) || a.Is6() != (kind == 28) {
			continue
		}
		out[7]++
		out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(data)))
		out = append(out, data...)
	}
	return out
}

type noKey struct{}

func (noKey) Signers(context.Context, keys.Use, string) ([]crypto.Signer, error) {
	return nil, keys.ErrUnknown
}
