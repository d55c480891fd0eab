// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"path/filepath"
	"testing"
)

// TestCertificateFromVault: a node's certificate comes from Vault's PKI, a door that
// is open takes it without a stop, and files that do not fit each other change
// nothing.
func TestCertificateFromVault(t *testing.T) {
	e := newEngines(t)
	login := e.vault.Login(t, "pki")
	dir := filepath.Join(t.TempDir(), "knooppunt")
	e.prepare(t, dir, "--oin", string(demoOIN))
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	door, err := newDoorCertificate(in(dir, c.TLS.Certificate), in(dir, c.TLS.Key))
	if err != nil {
		t.Fatal(err)
	}
	served := func() *x509.Certificate {
		pair, err := door.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf
	}
	trial := served()
	e.run(t, "cluster", "certificate", "--dir", dir, "--name", "een.localhost", "--address", "127.0.0.1",
		"--vault-role-id", login.RoleID, "--vault-secret-id", login.SecretIDFile)
	if err := door.reload(); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(e.vault.Must(t, http.MethodGet, e.vault.Mount+"/pki/cert/ca", nil)["certificate"].(string)))
	first := served()
	if _, err := first.Verify(x509.VerifyOptions{Roots: roots, DNSName: "een.localhost"}); err != nil || first.Equal(trial) {
		t.Errorf("the door does not show Vault's certificate: %v", err)
	}
	if _, err := tls.LoadX509KeyPair(in(dir, c.TLS.Certificate), in(dir, c.TLS.Key)); err != nil {
		t.Error(err)
	}
	if err := replaceFile(in(dir, c.TLS.Key), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := door.reload(); err == nil || !served().Equal(first) {
		t.Errorf("files that do not fit changed the door's certificate: %v", err)
	}
}
