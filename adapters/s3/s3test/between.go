// SPDX-License-Identifier: EUPL-1.2

package s3test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7/pkg/signer"

	"github.com/seinhuis/seinhuis/adapters/s3"
)

// Between stands between a test and a server. It passes on what it gets, unless the test gave it something else to do.
type Between struct {
	Endpoint string

	server *Server
	out    *http.Transport
	mu     sync.Mutex
	do     Play
	seen   []string
}

// Play answers one request. Pass gives the request, as changed, to the real server. A nil answer breaks the connection; an
// answer whose body is shorter than it says breaks off there.
type Play func(r *http.Request, pass func(*http.Request) *http.Response) *http.Response

// Between starts one for a test.
func (s *Server) Between(t testing.TB) *Between {
	t.Helper()
	b := &Between{server: s, out: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.root.Pool()}, DisableCompression: true}}
	h := httptest.NewUnstartedServer(b)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.TLS = &tls.Config{Certificates: []tls.Certificate{s.root.Server(t)}}
	h.StartTLS()
	t.Cleanup(func() { h.CloseClientConnections(); h.Close(); b.out.CloseIdleConnections() })
	b.Endpoint = "https://" + h.Listener.Addr().String()
	return b
}

// Store opens and prepares a store with buckets of this test's own that is reached through b.
func (b *Between) Store(t testing.TB) (*s3.Store, s3.Config) {
	t.Helper()
	_, c := b.server.Store(t)
	c.Endpoint = b.Endpoint
	store, err := s3.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return store, c
}

// Play sets what happens from now on; nil passes everything on. It forgets what was asked.
func (b *Between) Play(p Play) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.do, b.seen = p, nil
}

// First plays p for the first request of a method whose path or query holds text, and passes on all others.
func (b *Between) First(method, text string, p Play) {
	var once sync.Once
	b.Play(func(r *http.Request, pass func(*http.Request) *http.Response) (answer *http.Response) {
		mine := false
		if r.Method == method && strings.Contains(r.URL.RequestURI(), text) {
			once.Do(func() { mine = true })
		}
		if mine {
			return p(r, pass)
		}
		return pass(r)
	})
}

// Seen lists the requests since Play as method and path.
func (b *Between) Seen() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.seen...)
}

// Answer is an answer of an S3 server that went wrong.
func Answer(status int, code string) *http.Response {
	text := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>proef</Message></Error>`, code)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/xml"}},
		ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text))}
}

// Say gives an answer another body.
func Say(r *http.Response, text string) *http.Response {
	r.ContentLength, r.Body = int64(len(text)), io.NopCloser(strings.NewReader(text))
	return r
}

// Half cuts the body of an answer. It has read all of it by then, so that the server is done with it.
func Half(r *http.Response) *http.Response {
	if r != nil {
		data, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(data[:len(data)/2]))
	}
	return r
}

// ServeHTTP fills http.Handler.
func (b *Between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	b.mu.Lock()
	do := b.do
	b.seen = append(b.seen, r.Method+" "+r.URL.RequestURI())
	b.mu.Unlock()
	pass := func(r *http.Request) *http.Response { return b.pass(r, body) }
	var answer *http.Response
	if do == nil {
		answer = pass(r)
	} else {
		answer = do(r, pass)
	}
	if answer == nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	if answer.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	}
	w.WriteHeader(answer.StatusCode)
	if n, err := io.Copy(w, answer.Body); err != nil || n < answer.ContentLength && r.Method != http.MethodHead {
		panic(http.ErrAbortHandler)
	}
}

// pass signs a request anew, so that what a test changed counts as signed. One that was not signed stays so.
func (b *Between) pass(r *http.Request, body []byte) *http.Response {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, b.server.Endpoint+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil
	}
	out.Header = r.Header.Clone()
	for _, name := range []string{"Content-Length", "Connection", "Accept-Encoding"} {
		out.Header.Del(name)
	}
	if out.Header.Get("Authorization") != "" {
		out.Header.Del("Authorization")
		out = signer.SignV4(*out, b.server.KeyID, b.server.Secret, "", "us-east-1")
	}
	answer, err := b.out.RoundTrip(out)
	if err != nil {
		return nil
	}
	return answer
}
