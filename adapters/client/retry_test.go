// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
)

const putReport = "PUT /v1/meldingen/{id}"

// The gateway committed, the answer was lost: the repetition gives the receipt
// of the first time.
func TestLostAnswerGivesSameReceipt(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	var puts atomic.Int32
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.Method == http.MethodPut && puts.Add(1) <= 2 {
			lost(w, r, routes)
			return
		}
		routes.ServeHTTP(w, r)
	})
	m, _ := client.Prepare(report())
	r, err := c.Send(ctx, m)
	if err != nil || !r.Replayed || g.Count(putReport) != 3 {
		t.Fatalf("replayed %v after %d attempts: %v", r.Replayed, g.Count(putReport), err)
	}
	around(g, nil)
	if again, err := c.Send(ctx, m); err != nil || again.Compact != r.Compact {
		t.Errorf("another receipt: %v", err)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	g := clienttest.New(t)
	dir := g.Creditor(t)
	c := connect(t, dir, func(c *client.Config) { c.Attempts = 3 })
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.Method == http.MethodPut {
			lost(w, r, routes)
			return
		}
		routes.ServeHTTP(w, r)
	})
	_, err := c.Report(ctx, report())
	mustFail(t, err, client.ErrUnreachable)
	if n := g.Count(putReport); n != 3 {
		t.Errorf("%d attempts", n)
	}
}

func TestBusyGateway(t *testing.T) {
	g := clienttest.New(t)
	dir := g.Creditor(t)
	var puts atomic.Int32
	busy := func(retryAfter string, times int32) {
		puts.Store(0)
		around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
			if r.Method == http.MethodPut && puts.Add(1) <= times {
				w.Header().Set("Retry-After", retryAfter)
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			routes.ServeHTTP(w, r)
		})
	}
	busy("1", 1)
	start := time.Now()
	if _, err := connect(t, dir).Report(ctx, report()); err != nil || time.Since(start) < time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	busy("3600", 1) // too long to hold the caller up: its own to decide
	_, err := connect(t, dir).Report(ctx, report())
	var p *client.Problem
	if !errors.As(err, &p) || !p.Temporary() || p.RetryAfter != time.Hour || puts.Load() != 1 {
		t.Errorf("problem %+v after %d attempts", p, puts.Load())
	}
}

func TestCallerGivesUp(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.MinWait, c.MaxWait = time.Hour, time.Hour })
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	around(g, lost)
	_, err := c.Report(limited, report())
	mustFail(t, err, context.DeadlineExceeded)
}

func TestRotatedKeys(t *testing.T) {
	g := clienttest.New(t)
	now := time.Now()
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.Clock = func() time.Time { return now } })
	if _, err := c.Report(ctx, report()); err != nil {
		t.Fatal(err)
	}
	g.Rotate(t)
	now = now.Add(time.Minute)
	if _, err := c.Report(ctx, report()); err != nil {
		t.Fatalf("after the rotation: %v", err)
	}
	g.Post(gateway.Notice{Kind: gateway.NoticeClosed, ReportID: gateway.ReportID(gateway.NewUUID(now, nil))})
	g.Rotate(t)
	g.Post(gateway.Notice{Kind: gateway.NoticeClosed, ReportID: gateway.ReportID(gateway.NewUUID(now, nil))})
	now = now.Add(time.Minute)
	page, err := c.Notices(ctx, 0, 0) // the first by a key in the cache, the second by one that must be fetched
	if err != nil || len(page.Notices) != 2 {
		t.Errorf("with a new notice key: %+v %v", page, err)
	}
}

func TestConnectionIsReusedWithHybridKeyExchange(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	seen := map[string]bool{}
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		seen[r.RemoteAddr] = true
		if r.ProtoMajor != 1 || r.TLS.Version != tls.VersionTLS13 || r.TLS.CurveID != tls.X25519MLKEM768 {
			t.Errorf("HTTP/%d, TLS %x, group %v", r.ProtoMajor, r.TLS.Version, r.TLS.CurveID)
		}
		if gateway.ParseTraceparent(r.Header.Get("Traceparent")).IsZero() {
			t.Error("no trace")
		}
		routes.ServeHTTP(w, r)
	})
	for range 3 {
		if _, err := c.Report(ctx, report()); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 1 {
		t.Errorf("%d connections", len(seen))
	}
}

// A server of another authority, or of the same authority but another
// organisation, gets nothing, and is not asked again.
func TestUntrustedServer(t *testing.T) {
	g, other := clienttest.New(t), clienttest.New(t)
	strange := connect(t, g.Creditor(t), func(c *client.Config) { c.Gateway = other.URL() })
	_, err := strange.Report(ctx, report())
	mustFail(t, err, client.ErrUntrusted)
	impostor := connect(t, g.Creditor(t), func(c *client.Config) { c.GatewayOIN = clienttest.MunicipalityOIN })
	_, err = impostor.Report(ctx, report())
	mustFail(t, err, client.ErrUntrusted)
	// our own certificate is of an authority that the gateway does not know
	unknown := connect(t, other.Creditor(t), func(c *client.Config) {
		own, err := client.ReadFolder(g.Creditor(t))
		if err != nil {
			t.Fatal(err)
		}
		c.Gateway, c.Roots = g.URL(), own.Roots
	})
	_, err = unknown.Report(ctx, report())
	mustFail(t, err, client.ErrUntrusted)
	if len(g.Seen)+len(other.Seen) != 0 {
		t.Error("a request came through")
	}
}

// One caller waits for the gateway's keys; another must not have to.
func TestWaitingForKeysEndsWithTheCaller(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	busy, release := make(chan struct{}), make(chan struct{})
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.URL.Path == "/v1/sleutels" {
			close(busy)
			<-release
		}
		routes.ServeHTTP(w, r)
	})
	first := make(chan error, 1)
	go func() {
		_, err := c.Report(ctx, report())
		first <- err
	}()
	<-busy
	limited, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err := c.Report(limited, report())
	mustFail(t, err, context.DeadlineExceeded)
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	g := clienttest.New(t)
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.Clock = func() time.Time { return now } })
	for text, want := range map[string]time.Duration{
		"Sat, 21 Nov 2026 12:00:00 GMT": 2 * time.Hour, "Sat, 21 Nov 2026 09:00:00 GMT": 0, "soon": 0, "-5": 0, "7200": 2 * time.Hour,
	} {
		around(g, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := c.Report(ctx, report())
		var p *client.Problem
		if !errors.As(err, &p) || p.RetryAfter != want {
			t.Errorf("%q: %v", text, p)
		}
	}
}
