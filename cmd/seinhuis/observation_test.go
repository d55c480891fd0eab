// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority issues certificates for whoever looks at metrics.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{c, key}
}

func (a authority) issue(t *testing.T, name string, use x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{use}, KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, of, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// write puts a server certificate, its key and the authority in a folder.
func (a authority) write(t *testing.T, dir string) {
	t.Helper()
	pair := a.issue(t, "node", x509.ExtKeyUsageServerAuth)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"metrics.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		"metrics.key": {Type: "PRIVATE KEY", Bytes: key}, "metrics-ca.pem": {Type: "CERTIFICATE", Bytes: a.certificate.Raw}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (a authority) client(certificates ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificates}, DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

// freeAddress is one of loopback on which nobody listens now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestMetricsForOthers: only a certificate of the own authority with a name on
// the list sees metrics, and nothing else is there to see.
func TestMetricsForOthers(t *testing.T) {
	ours, strange := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	ours.write(t, dir)
	c := &observationConfig{Metrics: &metricsConfig{Listen: freeAddress(t), Certificate: "metrics.crt", Key: "metrics.key", ClientCAs: "metrics-ca.pem", Names: []string{"prometheus"}}}
	if wrong := c.check("tls/client-ca.pem"); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "seinhuis_ready 1\n") })
	stop, err := c.open(t.Context(), dir, observed{metrics: page})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	get := func(path string, with ...tls.Certificate) (int, string, error) {
		answer, err := ours.client(with...).Get("https://" + c.Metrics.Listen + path)
		if err != nil {
			return 0, "", err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text), err
	}
	allowed := ours.issue(t, "prometheus", x509.ExtKeyUsageClientAuth)
	if status, text, err := get("/metrics", allowed); err != nil || status != http.StatusOK || text != "seinhuis_ready 1\n" {
		t.Errorf("prometheus gets %d %q: %v", status, text, err)
	}
	if status, _, err := get("/debug/pprof", allowed); err != nil || status != http.StatusNotFound {
		t.Errorf("another path: %d %v", status, err)
	}
	for name, with := range map[string][]tls.Certificate{"nobody": nil, "another name": {ours.issue(t, "creditor", x509.ExtKeyUsageClientAuth)},
		"another authority": {strange.issue(t, "prometheus", x509.ExtKeyUsageClientAuth)}, "a server": {ours.issue(t, "prometheus", x509.ExtKeyUsageServerAuth)}} {
		if status, text, err := get("/metrics", with...); err == nil {
			t.Errorf("%s gets %d %q", name, status, text)
		}
	}
}

// TestProbes: one bit at two paths; a node that drains is alive and not ready.
func TestProbes(t *testing.T) {
	ctx, drain := context.WithCancel(t.Context())
	ready := errors.New("store away")
	asked := 0
	c := &observationConfig{Probe: freeAddress(t)}
	stop, err := c.open(ctx, "", observed{ready: func(context.Context) error { asked++; return ready }})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	want := func(path string, status int) {
		t.Helper()
		answer, err := http.Get("http://" + c.Probe + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if text, _ := io.ReadAll(answer.Body); answer.StatusCode != status || status < 300 && len(text) > 0 || strings.Contains(string(text), "store") {
			t.Errorf("%s: %d %q, want %d", path, answer.StatusCode, text, status)
		}
	}
	want("/levend", http.StatusNoContent)
	want("/gereed", http.StatusServiceUnavailable)
	want("/gereed", http.StatusServiceUnavailable)
	if asked != 1 {
		t.Errorf("the store was asked %d times within a second", asked)
	}
	want("/metrics", http.StatusNotFound)
	stop()
	if stop, err = c.open(ctx, "", observed{ready: func(context.Context) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	want("/gereed", http.StatusNoContent)
	drain()
	want("/gereed", http.StatusServiceUnavailable)
	want("/levend", http.StatusNoContent)
	stop()
}

func TestObservationConfig(t *testing.T) {
	good := func() *observationConfig {
		return &observationConfig{Probe: ":8081", Metrics: &metricsConfig{Listen: ":9464", Certificate: "a", Key: "b", ClientCAs: "c", Names: []string{"prometheus"}}}
	}
	if wrong := good().check("tls/client-ca.pem"); len(wrong) > 0 {
		t.Error(wrong)
	}
	for name, change := range map[string]func(c *observationConfig){
		"no port":            func(c *observationConfig) { c.Probe = "127.0.0.1" },
		"no address":         func(c *observationConfig) { c.Metrics.Listen = "" },
		"no names":           func(c *observationConfig) { c.Metrics.Names = nil },
		"empty name":         func(c *observationConfig) { c.Metrics.Names = []string{""} },
		"no key":             func(c *observationConfig) { c.Metrics.Key = "" },
		"no own ca":          func(c *observationConfig) { c.Metrics.ClientCAs = "" },
		"parties' authority": func(c *observationConfig) { c.Metrics.ClientCAs = "tls/./client-ca.pem" },
	} {
		c := good()
		if change(c); len(c.check("tls/client-ca.pem")) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
}
