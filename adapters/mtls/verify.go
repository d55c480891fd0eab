// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// minRSA is what NCSC-NL 2025-05 calls sufficient.
const minRSA = 3072

var (
	errKey    = errors.New("mtls: key of a certificate is too weak or of an unknown sort")
	errNoOIN  = errors.New("mtls: subject.serialNumber is not exactly one OIN")
	oidSerial = asn1.ObjectIdentifier{2, 5, 4, 5}
)

// verify checks the certificates of a peer, leaf first, at a moment, and gives
// the OIN of the leaf.
func (a *Authority) verify(certificates []*x509.Certificate, now time.Time) (gateway.OIN, *gateway.Error) {
	leaf, between := certificates[0], x509.NewCertPool()
	for _, c := range certificates[1:] {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: a.config.Roots, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", refuse(gateway.CodeCertificateInvalid, err)
	}
	if !namesClientAuth(leaf) {
		return "", refuse(gateway.CodeCertificateInvalid, errors.New("mtls: extended key usage does not name clientAuth"))
	}
	chains, err = strong(chains)
	if err != nil {
		return "", refuse(gateway.CodeCertificateInvalid, err)
	}
	if a.config.Revoked != nil {
		if fail := a.unrevoked(chains, now); fail != nil {
			return "", fail
		}
	}
	oin, err := oinOf(leaf)
	if err != nil {
		return "", refuse(gateway.CodeCertificateInvalid, err)
	}
	return oin, nil
}

// namesClientAuth asks for the use in so many words; package x509 also takes a
// certificate that names no use at all, or any.
func namesClientAuth(c *x509.Certificate) bool {
	for _, u := range c.ExtKeyUsage {
		if u == x509.ExtKeyUsageClientAuth {
			return true
		}
	}
	return false
}

// strong keeps the chains in which every key but the root's is long enough;
// the root was chosen by the operator.
func strong(chains [][]*x509.Certificate) ([][]*x509.Certificate, error) {
	var kept [][]*x509.Certificate
	for _, chain := range chains {
		ok := true
		for _, c := range chain[:max(1, len(chain)-1)] {
			ok = ok && strongKey(c.PublicKey)
		}
		if ok {
			kept = append(kept, chain)
		}
	}
	if len(kept) == 0 {
		return nil, errKey
	}
	return kept, nil
}

func strongKey(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521()
	case ed25519.PublicKey:
		return true
	}
	return false
}

// oinOf takes the OIN out of the subject (Digikoppeling PKI001). Two serial
// numbers would let two readers see two parties, so only one is taken.
func oinOf(c *x509.Certificate) (gateway.OIN, error) {
	var found []string
	for _, n := range c.Subject.Names {
		if n.Type.Equal(oidSerial) {
			s, ok := n.Value.(string)
			if !ok {
				return "", errNoOIN
			}
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return "", errNoOIN
	}
	oin, err := gateway.ParseOIN(found[0])
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoOIN, err)
	}
	return oin, nil
}
