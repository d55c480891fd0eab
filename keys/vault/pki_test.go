// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// A node gets a certificate that its peers trust, and a new one with a new key when two thirds are over.
func TestCertificates(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	clock := &ticking{}
	clock.past.Store(int64(time.Since(start))) // certificates are of this time
	config := configFor(t, realm, realm.Login(t, "pki"), clock)
	node := Node{Names: []string{"een.localhost", "localhost"}, Addresses: []net.IP{net.IPv4(127, 0, 0, 1)}, Life: 3 * time.Hour}
	c, err := OpenCertificates(t.Context(), config, node)
	must(t, err)
	defer c.Close()

	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(realm.Must(t, http.MethodGet, realm.Mount+"/pki/cert/ca", nil)["certificate"].(string)))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: c.GetCertificate})
	must(t, err)
	defer listener.Close()
	shake := func() *x509.Certificate {
		t.Helper()
		go func() {
			if conn, err := listener.Accept(); err == nil {
				_ = conn.(*tls.Conn).Handshake()
				_ = conn.Close()
			}
		}()
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "een.localhost"})
		must(t, err)
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0]
	}
	first := shake()
	if renewed, err := c.Renew(t.Context()); err != nil || renewed {
		t.Errorf("renewed at once: %v", err)
	}
	clock.advance(2*time.Hour + time.Minute)
	if renewed, err := c.Renew(t.Context()); err != nil || !renewed {
		t.Fatalf("not renewed: %v", err)
	}
	second := shake()
	if own := second.PublicKey.(*ecdsa.PublicKey); second.SerialNumber.Cmp(first.SerialNumber) == 0 || own.Equal(first.PublicKey) {
		t.Error("the old certificate or the old key is still served")
	}
	if !c.Until().Equal(second.NotAfter) {
		t.Errorf("until %v, want %v", c.Until(), second.NotAfter)
	}

	node.Names = []string{"elders.example"}
	if _, err := OpenCertificates(t.Context(), config, node); err == nil {
		t.Error("a name outside the role's domain was signed")
	}
	config.AppRole.RoleID, config.AppRole.SecretIDFile = roleOf(t, realm, "console")
	node.Names = []string{"localhost"}
	if _, err := OpenCertificates(t.Context(), config, node); !errors.Is(err, ErrDenied) {
		t.Errorf("another role: %v, want ErrDenied", err)
	}
}

func roleOf(t testing.TB, realm vaulttest.Realm, name string) (id, file string) {
	t.Helper()
	l := realm.Login(t, name)
	return l.RoleID, l.SecretIDFile
}
