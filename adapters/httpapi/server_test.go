// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// register knows one party: a creditor, or a municipality where a test says so.
type register struct{ *house }

func (r register) Party(_ context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	kind := gateway.KindCreditor
	if r.municipal {
		kind = gateway.KindMunicipality
	}
	return gateway.Party{OIN: oin, Kind: kind, State: gateway.PartyActive}, oin == energy, nil
}

// street is a door behind a real listener on the loopback address.
type street struct {
	*house
	root *mtlstest.Root
	url  string

	clock   sync.Mutex
	now     time.Time
	revoked []tls.Certificate
}

func (s *street) Now() time.Time {
	s.clock.Lock()
	defer s.clock.Unlock()
	return s.now
}

func (s *street) revoke(c tls.Certificate) {
	s.clock.Lock()
	defer s.clock.Unlock()
	s.revoked, s.now = append(s.revoked, c), s.now.Add(mtls.MaxStale)
}

func newStreet(t testing.TB, o Options) *street {
	t.Helper()
	s := &street{house: newHouse(t, o), root: mtlstest.NewRoot(t, noon), now: noon}
	authority, err := mtls.New(mtls.Config{Roots: s.root.Pool(), Register: register{s.house}, Clock: s.Now,
		Revoked: func() ([]*x509.RevocationList, error) {
			s.clock.Lock()
			defer s.clock.Unlock()
			return []*x509.RevocationList{s.root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour), s.revoked...)}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	services := s.services()
	services.Peers, services.Clock = authority, s.Now
	handler, err := New(services, o)
	if err != nil {
		t.Fatal(err)
	}
	s.url = listen(t, s.root, Server(handler, authority.TLSConfig(nil), o))
	return s
}

// listen serves until the end of the test.
func listen(t testing.TB, root *mtlstest.Root, server *http.Server) string {
	t.Helper()
	certificate := root.Server(t)
	server.TLSConfig.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(l, "", "") }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "https://" + l.Addr().String()
}

func client(t testing.TB, root *mtlstest.Root, http2 bool, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	tr := &http.Transport{ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{RootCAs: root.Pool(), Certificates: certificates,
		Time: func() time.Time { return noon }}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 20 * time.Second}
}

func send1(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("PUT", url+"/v1/meldingen/"+idA, strings.NewReader(jwe))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/jose")
	w, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	return w, string(b)
}

func TestRealListener(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStreet(t, Options{})
		w, err := client(t, s.root, http2).Get(s.url + "/v1/openapi.json")
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if w.StatusCode != 200 || (w.ProtoMajor == 2) != http2 {
			t.Fatalf("without a certificate: %d over HTTP/%d", w.StatusCode, w.ProtoMajor)
		}
		if w, body := send1(t, client(t, s.root, http2), s.url); w.StatusCode != 401 || !strings.Contains(body, string(gateway.CodeNoCertificate)) {
			t.Fatalf("%d %s", w.StatusCode, body)
		}
		stranger := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(nijmegen)}})
		if w, body := send1(t, client(t, s.root, http2, stranger), s.url); w.StatusCode != 403 || !strings.Contains(body, string(gateway.CodePartyUnknown)) {
			t.Fatalf("%d %s", w.StatusCode, body)
		}
		mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
		c := client(t, s.root, http2, mine)
		if w, body := send1(t, c, s.url); w.StatusCode != 201 || body != jws || w.Header.Get("API-Version") != APIVersion {
			t.Fatalf("%d %s", w.StatusCode, body)
		}
		s.revoke(mine) // the connection stays open
		if w, body := send1(t, c, s.url); w.StatusCode != 401 || !strings.Contains(body, string(gateway.CodeCertificateRevoked)) {
			t.Fatalf("after revocation: %d %s", w.StatusCode, body)
		}
		if len(s.reports) != 1 || len(s.refused) != 3 {
			t.Fatalf("%d reports, log %v", len(s.reports), s.refused)
		}
	}
}

// TestTooLargeIsReadByTheClient: whoever is still writing must get to see the
// answer, and whoever asked first must not be told to go on.
func TestTooLargeIsReadByTheClient(t *testing.T) {
	s := newStreet(t, Options{})
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	for _, c := range []struct {
		name          string
		http2, expect bool
	}{{"HTTP/1.1", false, false}, {"HTTP/2", true, false}, {"asked first", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			sent := &counting{Reader: strings.NewReader(strings.Repeat("a", 5*maxBody))}
			r, err := http.NewRequest("PUT", s.url+"/v1/meldingen/"+idA, sent)
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = 5 * maxBody
			r.Header.Set("Content-Type", "application/jose")
			cl := client(t, s.root, c.http2, mine)
			if c.expect {
				r.Header.Set("Expect", "100-continue")
				cl.Transport.(*http.Transport).ExpectContinueTimeout = 10 * time.Second
			}
			w, err := cl.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = w.Body.Close()
			if w.StatusCode != 413 || c.expect && sent.n.Load() > 0 {
				t.Fatalf("%d after %d bytes", w.StatusCode, sent.n.Load())
			}
		})
	}
}

type counting struct {
	io.Reader
	n atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// TestTooLargeIsReadByOneWhoWritesFirst: a plain client reads nothing before it
// has written all.
func TestTooLargeIsReadByOneWhoWritesFirst(t *testing.T) {
	s := newStreet(t, Options{})
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{RootCAs: s.root.Pool(), Certificates: []tls.Certificate{mine},
		NextProtos: []string{"http/1.1"}, Time: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	size := 15 * maxBody / 2
	head := "PUT /v1/meldingen/" + idA + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose\r\nContent-Length: " + itoa(int64(size)) + "\r\n\r\n"
	if _, err := io.WriteString(conn, head+strings.Repeat("a", size)); err != nil {
		t.Fatalf("cut off while writing: %v", err)
	}
	w, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || w.StatusCode != 413 {
		t.Fatalf("%v %v", w, err)
	}
	_ = w.Body.Close()
}

// TestWaitingOutlivesTheReadTimeout: a deadline that net/http has set for
// reading the request must not end its context while a handler waits.
func TestWaitingOutlivesTheReadTimeout(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStreet(t, Options{ReadTimeout: 500 * time.Millisecond})
		cut := make(chan bool, 1)
		s.onNotices = func(ctx context.Context, _ time.Duration) {
			select {
			case <-ctx.Done():
				cut <- true
			case <-time.After(1500 * time.Millisecond):
				cut <- false
			}
		}
		mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
		w, err := client(t, s.root, http2, mine).Get(s.url + "/v1/berichten?wacht=60")
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if <-cut || w.StatusCode != 200 {
			t.Fatalf("a waiting creditor was cut off (HTTP/%d)", w.ProtoMajor)
		}
	}
}

// TestWaitingEndsWithTheCertificate: who is revoked or suspended while it waits
// gets nothing of what came meanwhile, and the visit of who may still listen is
// of the moment after the wait.
func TestWaitingEndsWithTheCertificate(t *testing.T) {
	s := newStreet(t, Options{})
	mine := s.root.Client(t, mtlstest.Leaf{Serials: []string{string(energy)}})
	s.notices = []feedback.Delivered{{Sequence: 1, ID: idA, Kind: gateway.NoticeHelpAccepted, Compact: []byte(jws)}}
	ask := func() (int, string) {
		w, err := client(t, s.root, true, mine).Get(s.url + "/v1/berichten?wacht=60")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		return w.StatusCode, string(b)
	}
	s.onNotices = func(context.Context, time.Duration) {
		s.clock.Lock()
		defer s.clock.Unlock()
		s.now = s.now.Add(30 * time.Second)
	}
	if status, body := ask(); status != 200 || !strings.Contains(body, jws) || len(s.listed) != 1 || !s.listed[0].Equal(noon.Add(30*time.Second)) {
		t.Fatalf("%d %s, listed at %v", status, body, s.listed)
	}
	s.onNotices = func(context.Context, time.Duration) { s.revoke(mine) }
	if status, body := ask(); status != 401 || !strings.Contains(body, string(gateway.CodeCertificateRevoked)) || len(s.listed) != 1 {
		t.Fatalf("%d %s, listed at %v", status, body, s.listed)
	}
	if len(s.refused) != 1 || s.refused[0] != gateway.CodeCertificateRevoked {
		t.Fatalf("log %v", s.refused)
	}
}

// TestWaitingClientLeaves: that is nothing for the log, and nothing is opened
// for it.
func TestWaitingClientLeaves(t *testing.T) {
	h := newHouse(t, Options{})
	ctx, leave := context.WithCancel(t.Context())
	h.onNotices = func(context.Context, time.Duration) { leave() }
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, good()["GET /berichten"].request(t).WithContext(ctx))
	if w.Code != 200 || len(h.listed) != 0 || len(h.refused) != 0 {
		t.Fatalf("%d, listed %v, refused %v", w.Code, h.listed, h.refused)
	}
}

func TestServerIsBounded(t *testing.T) {
	s := Server(http.NotFoundHandler(), &tls.Config{}, Options{})
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 1<<16 ||
		!s.DisableGeneralOptionsHandler || s.Protocols.UnencryptedHTTP2() || !s.Protocols.HTTP2() || !s.Protocols.HTTP1() {
		t.Fatalf("%+v", s)
	}
	if s.WriteTimeout < s.ReadTimeout+maxWait+(Options{}).filled().RequestTimeout {
		t.Fatalf("write timeout %s cuts off a creditor who waits", s.WriteTimeout)
	}
}

func TestServerLogTellsOnlyTheSort(t *testing.T) {
	var log bytes.Buffer
	m := NewMetrics()
	s := Server(http.NotFoundHandler(), &tls.Config{}, Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Metrics: m})
	s.ErrorLog.Print("http: TLS handshake error from 192.0.2.7:4711: client sent jansen")
	s.ErrorLog.Print("http2: jansen")
	if strings.Contains(log.String(), "jansen") || strings.Contains(log.String(), "192.0.2.7") || !strings.Contains(log.String(), "tls-handdruk-mislukt") {
		t.Fatal(log.String())
	}
	if !strings.Contains(m.text(), `seinhuis_http_connection_events_total{event="verbinding-fout"} 1`) {
		t.Fatal(m.text())
	}
}

// BenchmarkPut sets one report through the door, with a journey that does
// nothing, beside a bare net/http handler behind the same listener.
func BenchmarkPut(b *testing.B) {
	s := newStreet(b, Options{})
	bare := listen(b, s.root, Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(jws))
	}), &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: s.root.Pool(), Time: s.Now}, Options{}))
	mine := s.root.Client(b, mtlstest.Leaf{Serials: []string{string(energy)}})
	for _, c := range []struct{ name, url string }{{"bare", bare}, {"door", s.url}} {
		b.Run(c.name, func(b *testing.B) {
			cl := client(b, s.root, false, mine)
			b.ReportAllocs()
			for b.Loop() {
				if w, _ := send1(b, cl, c.url); w.StatusCode != 201 {
					b.Fatal(w.StatusCode)
				}
			}
		})
	}
}
