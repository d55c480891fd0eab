// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
)

// frame is one frame of HTTP/2 (RFC 9113, 4.1).
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind)) //nolint:gosec // test payloads are short
	b = binary.BigEndian.AppendUint32(append(b, flags), stream)
	return append(b, payload...)
}

// unread asks one path many times over one connection of HTTP/2, with a window
// of nothing, so that no byte of an answer can be sent. It returns once every
// answer has begun.
func unread(t *testing.T, s *street, path string, times uint32, certificates ...tls.Certificate) {
	t.Helper()
	c, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{RootCAs: s.root.Pool(), NextProtos: []string{"h2"},
		Certificates: certificates, Time: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	out := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, []byte{0, 4, 0, 0, 0, 0})...)
	// GET and https from the static table, then :authority and :path in full.
	block := append([]byte{0x82, 0x87, 0x01, 9}, "localhost"...)
	block = append(append(block, 0x04, byte(len(path))), path...)
	for i := range times {
		out = append(out, frame(1, 5, 2*i+1, block)...) // END_HEADERS and END_STREAM
	}
	if _, err := c.Write(out); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	for begun := uint32(0); begun < times; {
		head := make([]byte, 9)
		if _, err := io.ReadFull(c, head); err != nil {
			t.Fatalf("%d answers begun: %v", begun, err)
		}
		if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(append([]byte{0}, head[:3]...)))); err != nil {
			t.Fatal(err)
		}
		if head[3] == 1 {
			begun++
		}
	}
}

// TestUnreadAnswersLeaveTheDoorOpen: whoever asks and does not read holds up
// neither a creditor nor, at another address, the public routes.
func TestUnreadAnswersLeaveTheDoorOpen(t *testing.T) {
	second := net.IPv4(127, 0, 0, 2)
	if probe, err := net.ListenTCP("tcp", &net.TCPAddr{IP: second}); err != nil {
		if os.Getenv("SEINHUIS_REAL") == "require" {
			t.Fatal("no second loopback address here: ", err)
		}
		t.Skip("no second loopback address here: ", err)
	} else if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	s := newStreet(t, Options{Concurrent: 16, Public: 16, PublicPerAddress: 8})
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	unread(t, s, "/v1/openapi.json", 100)
	unread(t, s, "/v1/meldingen/"+idA+"/bewijs", 100) // refused, for want of a certificate
	if w, body := send1(t, client(t, s.root, false, mine), s.url); w.StatusCode != 201 {
		t.Fatalf("a creditor behind unread answers: %d %s", w.StatusCode, body)
	}
	c := client(t, s.root, false)
	c.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: second}}).DialContext
	w, err := c.Get(s.url + "/v1/gezondheid")
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	if w.StatusCode != 200 {
		t.Fatalf("another address: %d", w.StatusCode)
	}
}

// TestUnreadAnswersOfAParty: also a party with a certificate keeps only its own
// places while it does not read.
func TestUnreadAnswersOfAParty(t *testing.T) {
	s := newStreet(t, Options{Concurrent: 16, ConcurrentPerParty: 64})
	s.leaf = []byte(strings.Repeat("a", 8000)) // more than a buffer of net/http
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	for range 4 {
		unread(t, s, "/v1/meldingen/"+idA+"/bewijs", 8, mine)
	}
	if w, body := send1(t, client(t, s.root, false, mine), s.url); w.StatusCode != 201 {
		t.Fatalf("behind unread answers: %d %s", w.StatusCode, body)
	}
}

// TestUnreadAnswersEnd: an answer that nobody reads ends long before the bound
// that leaves room for a long poll.
func TestUnreadAnswersEnd(t *testing.T) {
	m := NewMetrics()
	s := newStreet(t, Options{Metrics: m, AnswerTimeout: 300 * time.Millisecond})
	unread(t, s, "/v1/openapi.json", 8)
	for range 500 {
		if strings.Contains(m.text(), "seinhuis_http_in_flight 0\n") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("unread answers are still being written")
}

// TestUnreadSignalIsNotDelivered: a small body fits in buffers; that it went
// nowhere must still be seen.
func TestUnreadSignalIsNotDelivered(t *testing.T) {
	s := newStreet(t, Options{AnswerTimeout: 300 * time.Millisecond})
	s.municipal = true
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	unread(t, s, "/v1/signalen/"+idA, 1, mine)
	time.Sleep(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) != 1 || !strings.HasPrefix(s.calls[0], "fetch ") {
		t.Fatalf("calls %v", s.calls)
	}
}

// TestConnectionsPerAddress: one address gets its number and no more, another
// is not locked out, and a closed connection makes room.
func TestConnectionsPerAddress(t *testing.T) {
	s := newStreet(t, Options{ConnectionsPerAddress: 2})
	config := &tls.Config{RootCAs: s.root.Pool(), Time: func() time.Time { return noon }}
	dial := func(from byte) (*tls.Conn, error) {
		d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, from)}, Timeout: 10 * time.Second}
		return tls.DialWithDialer(d, "tcp", strings.TrimPrefix(s.url, "https://"), config)
	}
	var open []*tls.Conn
	for i := range 3 {
		c, err := dial(1)
		if (err == nil) != (i < 2) {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		if err == nil {
			open = append(open, c)
		}
	}
	if c, err := dial(2); err != nil {
		t.Logf("no second loopback address, or locked out: %v", err)
		if l, e := net.Listen("tcp", "127.0.0.2:0"); e == nil {
			_ = l.Close()
			t.Error("another address is locked out")
		}
	} else {
		_ = c.Close()
	}
	_ = open[0].Close()
	for range 200 {
		if c, err := dial(1); err == nil {
			_ = c.Close()
			_ = open[1].Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("a closed connection makes no room")
}

func TestAddresses(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.7:1": "192.0.2.7", "[::ffff:192.0.2.7]:1": "192.0.2.7",
		"[2001:db8:0:1:2:3:4:5]:1": "2001:db8:0:1::/64", "[fe80::1%eth0]:1": "fe80::/64", "": "", "@": ""} {
		if got := addressOf(remote); got != want {
			t.Errorf("%s: %q", remote, got)
		}
	}
}
