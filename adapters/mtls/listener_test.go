// SPDX-License-Identifier: EUPL-1.2

package mtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
)

// listen answers every connection with one byte.
func listen(t *testing.T, root *mtlstest.Root, c mtls.Config) string {
	t.Helper()
	server := root.Server(t)
	config := authority(t, c).TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &server, nil })
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = conn.Write([]byte{1}); _ = conn.Close() }()
		}
	}()
	return l.Addr().String()
}

// dial makes a connection and reads the byte, so that the server's verdict on
// the client certificate has come in as well.
func dial(address string, c *tls.Config) (tls.ConnectionState, error) {
	raw, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = raw.Close() }()
	conn := tls.Client(raw, c)
	if err := conn.Handshake(); err != nil {
		return tls.ConnectionState{}, err
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return conn.ConnectionState(), err
}

func TestListener(t *testing.T) {
	root, other := mtlstest.NewRoot(t, noon), mtlstest.NewRoot(t, noon)
	strict := listen(t, root, mtls.Config{Roots: root.Pool()})
	older := listen(t, root, mtls.Config{Roots: root.Pool(), AllowTLS12: true})
	with := func(c *tls.Config, certificates ...tls.Certificate) *tls.Config {
		c.RootCAs, c.ServerName, c.Certificates = root.Pool(), "localhost", certificates
		c.Time = func() time.Time { return noon }
		return c
	}
	group := func(g tls.CurveID) *tls.Config { return with(&tls.Config{CurvePreferences: []tls.CurveID{g}}) }
	suite := func(s uint16) *tls.Config {
		return with(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{s}})
	}
	good := mtlstest.Leaf{Serials: []string{energy}}
	expired := mtlstest.Leaf{Serials: []string{energy}, From: noon.AddDate(0, -1, 0), To: noon.AddDate(0, 0, -1)}
	server := mtlstest.Leaf{Serials: []string{energy}, Uses: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, c := range []struct {
		name    string
		address string
		config  *tls.Config
		ok      bool
	}{
		{"no certificate", strict, with(&tls.Config{}), true},
		{"good certificate", strict, with(&tls.Config{}, root.Client(t, good)), true},
		{"wrong root", strict, with(&tls.Config{}, other.Client(t, good)), false},
		{"expired", strict, with(&tls.Config{}, root.Client(t, expired)), false},
		{"wrong use", strict, with(&tls.Config{}, root.Client(t, server)), false},
		{"X25519MLKEM768", strict, group(tls.X25519MLKEM768), true},
		{"X25519", strict, group(tls.X25519), true},
		{"P-256", strict, group(tls.CurveP256), true},
		{"P-384", strict, group(tls.CurveP384), true},
		{"P-521 is not offered", strict, group(tls.CurveP521), false},
		{"TLS 1.2 by default", strict, with(&tls.Config{MaxVersion: tls.VersionTLS12}), false},
		{"TLS 1.2 by option", older, with(&tls.Config{MaxVersion: tls.VersionTLS12}), true},
		{"TLS 1.1 by option", older, with(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), false},
		{"AEAD", older, suite(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256), true},
		{"CBC", older, suite(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := dial(c.address, c.config)
			if (err == nil) != c.ok {
				t.Fatalf("connected: %t, want %t (%v)", err == nil, c.ok, err)
			}
		})
	}
}

func TestPostQuantumFirstAndNoResumption(t *testing.T) {
	root := mtlstest.NewRoot(t, noon)
	address := listen(t, root, mtls.Config{Roots: root.Pool(), AllowTLS12: true})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := &tls.Config{RootCAs: root.Pool(), ServerName: "localhost", Time: func() time.Time { return noon }, MaxVersion: version,
			Certificates: []tls.Certificate{root.Client(t, mtlstest.Leaf{Serials: []string{energy}})}, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
		for range 2 {
			s, err := dial(address, c)
			if err != nil {
				t.Fatal(err)
			}
			if s.DidResume {
				t.Fatal("a session was resumed, without showing the certificate")
			}
			if version == tls.VersionTLS13 && s.CurveID != tls.X25519MLKEM768 {
				t.Fatalf("group %v", s.CurveID)
			}
		}
	}
}
