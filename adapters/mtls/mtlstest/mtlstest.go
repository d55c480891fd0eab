// SPDX-License-Identifier: EUPL-1.2

// Package mtlstest issues certificates and revocation lists of a made-up
// authority for tests. Every key is made when it is asked for and lives in
// memory only. It may not be imported by anything but tests.
package mtlstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"testing"
	"time"
)

// Root is a made-up trust anchor.
type Root struct {
	Certificate *x509.Certificate
	key         crypto.Signer
	number      int64
}

// Leaf says what to issue; the zero fields are those of a good client.
type Leaf struct {
	Serials  []string // subject.serialNumber, as often as given
	Uses     []x509.ExtKeyUsage
	Key      crypto.Signer
	From, To time.Time
}

// NewRoot makes an authority that is good around the given moment.
func NewRoot(t testing.TB, now time.Time) *Root {
	t.Helper()
	r := &Root{key: NewKey(t, elliptic.P256())}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Proefbakwortel"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, r.key.Public(), r.key)
	r.Certificate = must(t, der, err)
	return r
}

// Between makes an intermediate authority under r.
func (r *Root) Between(t testing.TB) *Root {
	t.Helper()
	b := &Root{key: NewKey(t, elliptic.P256())}
	r.number++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(100 + r.number), Subject: pkix.Name{CommonName: "Proeftussenlaag"},
		NotBefore: r.Certificate.NotBefore, NotAfter: r.Certificate.NotAfter, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.Certificate, b.key.Public(), r.key)
	b.Certificate = must(t, der, err)
	return b
}

// Pool holds the authority alone.
func (r *Root) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(r.Certificate)
	return p
}

// Client issues a client certificate.
func (r *Root) Client(t testing.TB, l Leaf) tls.Certificate {
	t.Helper()
	if l.Key == nil {
		l.Key = NewKey(t, elliptic.P256())
	}
	if l.Uses == nil {
		l.Uses = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if l.From.IsZero() {
		l.From, l.To = r.Certificate.NotBefore, r.Certificate.NotAfter
	}
	r.number++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + r.number), NotBefore: l.From, NotAfter: l.To,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: l.Uses,
		Subject: pkix.Name{Organization: []string{"Proefpartij"}},
	}
	for _, s := range l.Serials {
		template.Subject.ExtraNames = append(template.Subject.ExtraNames,
			pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 5}, Value: s})
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.Certificate, l.Key.Public(), r.key)
	c := must(t, der, err)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: l.Key, Leaf: c}
}

// Server issues a certificate for a listener on the loopback address.
func (r *Root) Server(t testing.TB) tls.Certificate {
	t.Helper()
	key := NewKey(t, elliptic.P256())
	r.number++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + r.number), NotBefore: r.Certificate.NotBefore, NotAfter: r.Certificate.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		Subject: pkix.Name{CommonName: "seinhuis"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.Certificate, key.Public(), r.key)
	c := must(t, der, err)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

// List signs a revocation list with the given certificates on it.
func (r *Root) List(t testing.TB, from, to time.Time, revoked ...tls.Certificate) *x509.RevocationList {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: from, NextUpdate: to}
	for _, c := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.Leaf.SerialNumber, RevocationTime: from})
	}
	return r.Sign(t, template)
}

// Sign signs a revocation list as it is given.
func (r *Root) Sign(t testing.TB, template *x509.RevocationList) *x509.RevocationList {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, template, r.Certificate, r.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// NewKey makes a key on a curve.
func NewKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func must(t testing.TB, der []byte, err error) *x509.Certificate {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
