// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"crypto/tls"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	maxBody      = 256 << 10 // of one form, in bytes
	maxHeader    = 16 << 10
	requestTime  = 30 * time.Second
	downloadTime = 10 * time.Minute
)

// parseAddress reads the address that browsers use: https, or http on loopback
// for a trial.
func parseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errAddress("is not https://host")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, errAddress("must be https; http is for loopback only")
	}
	u.Path = ""
	return u, nil
}

type errAddress string

func (e errAddress) Error() string { return "console: the address " + string(e) }

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// guarded puts before every handler: the headers of every answer, the host, the
// bounds, and the check that a form was sent from one of our own pages.
func (k *Console) guarded(next http.Handler) http.Handler {
	// Sec-Fetch-Site and Origin are checked by the standard library; requests
	// with neither, which it lets pass as no browser's, are refused below.
	crossing := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if k.address.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		if r.Host != k.address.Host { // a name that someone made point here
			k.bare(w, r, http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if changes(r.Method) && (crossing.Check(r) != nil || r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "") {
			k.bare(w, r, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead
}

// contentPolicy lets a page load from here and nowhere else, and no script or
// style in the page itself.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// localPath reports whether a browser that goes there stays here.
func localPath(s string) bool {
	return len(s) <= maxValue && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.ContainsAny(s, "\\\r\n\t")
}

// Server is an HTTP server with every bound set. config is nil for a trial in
// the clear on loopback.
func Server(handler http.Handler, config *tls.Config, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, TLSConfig: config, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: requestTime, WriteTimeout: 2 * requestTime, IdleTimeout: time.Minute,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       log.New(serverLog{logger}, "", 0),
	}
}

// serverLog hears what net/http has to say. The text may hold addresses and
// bits of what a client sent; only that something was said goes on.
type serverLog struct{ logger *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	l.logger.Warn("", slog.String("gebeurtenis", "console-verbinding-fout"))
	return len(line), nil
}

const (
	// attemptsOfOne bounds the wrong codes from one address of a client in a
	// span. Codes cannot be guessed anyway; it keeps the noise down.
	attemptsOfOne = 30
	attemptsSpan  = 10 * time.Minute
	// maxAddresses bounds what is remembered; beyond it new addresses are let
	// through uncounted: who has many must not keep everybody else out.
	maxAddresses = 10_000
	// refusalsLogged bounds the entries about refused tries in a span: nobody
	// fills the log by knocking.
	refusalsLogged = 100
)

// attempts counts tries to sign in that were refused, within a span of time.
type attempts struct {
	mu      sync.Mutex
	began   time.Time
	each    map[string]int
	written int
}

func newAttempts() *attempts { return &attempts{each: map[string]int{}} }

// may reports whether an address may try.
func (a *attempts) may(r *http.Request, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(now)
	return a.each[client(r)] < attemptsOfOne
}

// refused counts a try, and reports whether it is still written down.
func (a *attempts) refused(r *http.Request, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(now)
	if _, known := a.each[client(r)]; known || len(a.each) < maxAddresses {
		a.each[client(r)]++
	}
	return a.write()
}

// stray reports whether a try that is nobody's guess is still written down:
// any site can have an officer's browser make it, and must not lock him out.
func (a *attempts) stray(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(now)
	return a.write()
}

func (a *attempts) write() bool {
	a.written++
	return a.written <= refusalsLogged
}

func (a *attempts) turn(now time.Time) {
	if now.Sub(a.began) >= attemptsSpan || now.Before(a.began) {
		a.began, a.written = now, 0
		clear(a.each)
	}
}

// client is the address that a request came from; of IPv6 its first 64 bits, for
// whoever has one has all that begin so.
func client(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Unmap().Is4() {
		return host
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return host
	}
	return network.String()
}
