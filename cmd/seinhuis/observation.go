// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
)

// observationConfig is the section waarneming of seinhuis.yaml: what whoever
// runs the gateway may see of it from another machine. Without the section
// there is nothing but metrics on loopback.
type observationConfig struct {
	Probe   string         `yaml:"peiling,omitempty"` // address:port of /levend and /gereed, for an orchestrator
	Metrics *metricsConfig `yaml:"metrics,omitempty"`
}

// metricsConfig is a listener for /metrics behind mutual TLS. Its authority is
// another than that of participants, and only the names that are listed get in.
type metricsConfig struct {
	Listen      string   `yaml:"luister"` // address:port
	Certificate string   `yaml:"certificaat"`
	Key         string   `yaml:"sleutel"`
	ClientCAs   string   `yaml:"client-ca"`
	Names       []string `yaml:"namen"` // DNS names in the certificates of those who may look; none: nobody may
}

// check gives all that is wrong with the section. clientCAs is the file of the
// authorities of participants.
func (c *observationConfig) check(clientCAs string) (wrong []error) {
	if c == nil {
		return nil
	}
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("waarneming."+format, args...)) }
	if _, _, err := net.SplitHostPort(c.Probe); c.Probe != "" && err != nil {
		say("peiling is not address:port")
	}
	m := c.Metrics
	if m == nil {
		return wrong
	}
	if _, _, err := net.SplitHostPort(m.Listen); err != nil {
		say("metrics.luister is not address:port")
	}
	for name, value := range map[string]string{"certificaat": m.Certificate, "sleutel": m.Key, "client-ca": m.ClientCAs} {
		if value == "" {
			say("metrics.%s is missing", name)
		}
	}
	if m.ClientCAs != "" && filepath.Clean(m.ClientCAs) == filepath.Clean(clientCAs) {
		say("metrics.client-ca is that of the participants: take an authority of your own")
	}
	if len(m.Names) == 0 || slices.Contains(m.Names, "") {
		say("metrics.namen is missing: the DNS names in the certificates of those who may look")
	}
	return wrong
}

// observed is what the listeners of the section show.
type observed struct {
	metrics http.Handler
	ready   func(ctx context.Context) error
}

// open answers on the addresses of the section until stop is called. From the
// end of ctx on the gateway is alive and not ready, so that an orchestrator
// sends nobody to a node that drains.
func (c *observationConfig) open(ctx context.Context, dir string, o observed) (stop func(), err error) {
	var servers []*http.Server
	stop = func() {
		for _, s := range servers {
			_ = s.Close()
		}
	}
	if c == nil {
		return stop, nil
	}
	if c.Probe != "" {
		l, err := net.Listen("tcp", c.Probe)
		if err != nil {
			return stop, fmt.Errorf("waarneming.peiling: %w", err)
		}
		servers = append(servers, serveQuietly(l, probes(ctx, o.ready)))
	}
	if c.Metrics != nil {
		l, err := c.Metrics.listen(dir)
		if err != nil {
			stop()
			return stop, fmt.Errorf("waarneming.metrics: %w", err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", o.metrics)
		servers = append(servers, serveQuietly(l, mux))
	}
	return stop, nil
}

// serveQuietly serves with every bound set; it logs nothing, for whoever asks
// may ask anything.
func serveQuietly(l net.Listener, h http.Handler) *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10, ErrorLog: nothing()}
	go func() { _ = s.Serve(l) }()
	return s
}

// probes tells one bit at each of two paths and nothing else, so it may be in
// the clear: the public route of the door tells the same. The store is asked at
// most once a second.
func probes(ctx context.Context, ready func(context.Context) error) http.Handler {
	asked := remember(time.Second, time.Now, func(within context.Context) (struct{}, error) { return struct{}{}, ready(within) })
	mux := http.NewServeMux()
	mux.Handle("GET /levend", httpapi.Probe(func(context.Context) error { return nil }))
	mux.Handle("GET /gereed", httpapi.Probe(func(within context.Context) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, err := asked(within)
		return err
	}))
	return mux
}

var errNotListed = errors.New("the certificate has no name that may look")

// listen opens the address. Files are read at each handshake: certificates are
// replaced while the gateway runs.
func (m *metricsConfig) listen(dir string) (net.Listener, error) {
	if _, err := m.tls(dir); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", m.Listen)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return m.tls(dir) }}), nil
}

func (m *metricsConfig) tls(dir string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(in(dir, m.Certificate), in(dir, m.Key))
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(in(dir, m.ClientCAs))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("client-ca holds no certificate")
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		SessionTicketsDisabled: true, VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !slices.ContainsFunc(s.PeerCertificates[0].DNSNames, func(n string) bool { return slices.Contains(m.Names, n) }) {
				return errNotListed
			}
			return nil
		}}, nil
}
