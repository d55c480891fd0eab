// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

// Creditor registers the creditor and gives its party folder.
func (g *Gateway) Creditor(t testing.TB) string {
	return g.Folder(t, gateway.Party{OIN: CreditorOIN, Kind: gateway.KindCreditor, Name: "Energie Voorbeeld"})
}

// Municipal registers the municipality and gives its party folder.
func (g *Gateway) Municipal(t testing.TB) string {
	return g.Folder(t, gateway.Party{OIN: MunicipalityOIN, Kind: gateway.KindMunicipality, Name: "Gemeente Voorbeeld", Municipality: Municipality})
}

// Folder registers a party with new keys and gives its party folder.
func (g *Gateway) Folder(t testing.TB, p gateway.Party) string {
	t.Helper()
	dir := t.TempDir()
	signing, err := jose.NewSigningKey("ES256")
	check(t, err)
	own := map[string]jose.PrivateKey{"signing.jwk": signing}
	if p.Kind == gateway.KindMunicipality {
		own["encryption.jwk"], err = jose.NewEncryptionKey("ECDH-ES+A256KW")
		check(t, err)
	}
	pgpKey, err := openpgp.NewKey(p.OIN, p.Name, time.Now().Add(-time.Hour))
	check(t, err)
	secret, err := pgpKey.Marshal()
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "openpgp.key"), secret, 0o600))
	p.Keys = append(p.Keys, gateway.PartyKey{ID: pgpKey.ID(), Use: gateway.KeySign, Algorithm: gateway.AlgOpenPGP, Public: pgpKey.Public(), From: time.Now().Add(-time.Hour)})
	p.State = gateway.PartyActive
	for name, k := range own {
		data, err := k.Marshal()
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		p.Keys = append(p.Keys, k.Public())
	}
	use := gateway.PartyKey{ID: pgpKey.ID(), Use: gateway.KeyEncrypt, Algorithm: gateway.AlgOpenPGP, Public: pgpKey.Public(), From: time.Now().Add(-time.Hour)}
	p.Keys = append(p.Keys, use, newLogin(t, dir))
	cert, key := g.authority.issue(t, string(p.OIN), x509.ExtKeyUsageClientAuth)
	check(t, os.WriteFile(filepath.Join(dir, "tls.crt"), cert, 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "ca.pem"), g.authority.pem, 0o644))
	party, err := json.Marshal(map[string]any{"oin": p.OIN, "naam": p.Name, "soort": p.Kind, "gemeente": p.Municipality,
		"gateway": g.url, "gatewayOin": GatewayOIN, "logboekSleutels": []string{g.logKey}})
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "party.json"), party, 0o644))
	g.Lock()
	defer g.Unlock()
	g.parties[string(p.OIN)] = p
	return dir
}

// authority vouches for the gateway and its parties.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t testing.TB) authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(t, err)
	cert, err := x509.ParseCertificate(der)
	check(t, err)
	return authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue gives a certificate and its key as PEM.
func (a authority) issue(t testing.TB, oin string, usage x509.ExtKeyUsage) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	check(t, err)
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "test", SerialNumber: oin},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	check(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func (a authority) serverTLS(t testing.TB) *tls.Config {
	cert, key := a.issue(t, string(GatewayOIN), x509.ExtKeyUsageServerAuth)
	pair, err := tls.X509KeyPair(cert, key)
	check(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientCAs: pool,
		ClientAuth: tls.VerifyClientCertIfGiven}
}

// quiet keeps broken connections, which tests make on purpose, out of the output.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
