// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequest sends any method, path, query, media type and body. Whatever
// comes: no panic, no 5xx, the headers of the house, and an error is a closed
// problem that repeats nothing of the request.
func FuzzRequest(f *testing.F) {
	for _, a := range good() {
		path, query, _ := strings.Cut(a.path, "?")
		mediaType := ""
		if len(a.header) > 0 {
			mediaType = a.header[0][1]
		}
		f.Add(a.method, path, query, mediaType, []byte(a.body), a.as == "gemeente")
	}
	f.Add("PUT", "/v1/meldingen/%2e%2e/x", "na=%00;x", "application/jose;a=\x00", []byte("{"), false)
	f.Add("GET", "//v1/signalen/\xff", "&&==&na", "", []byte{}, true)
	h := newHouse(f, Options{})
	f.Fuzz(func(t *testing.T, method, path, query, mediaType string, body []byte, municipality bool) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return // net/http would not have let it in
		}
		u.RawQuery = query
		as := "partij"
		if municipality {
			as = "gemeente"
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, TLS: &tls.ConnectionState{ServerName: as}}
		r = r.WithContext(context.Background())
		if mediaType != "" {
			r.Header.Set("Content-Type", mediaType)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		checkHeaders(t, w)
		if w.Code >= 500 {
			t.Fatalf("%d", w.Code)
		}
		if w.Code < 400 {
			return
		}
		p := shown(t, w)
		b, _ := json.Marshal(p)
		if bad := violates(t, "Probleem", b); bad != nil || len(p.Findings) == 0 {
			t.Fatalf("not a problem of the contract: %v", bad)
		}
		for _, f := range p.Findings { // a pointer may only name members of the contract
			if f.Pointer != "" && f.Pointer != "/stand" || f.Text == "" || f.Rule == "" {
				t.Fatalf("finding %+v", f)
			}
		}
	})
}
