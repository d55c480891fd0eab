// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Lists gives the revocation lists that count now. An error means that they
// cannot be known, and every certificate is then refused. It is called at most
// once a second per certificate and must be quick.
type Lists func() ([]*x509.RevocationList, error)

var (
	errNoList  = errors.New("mtls: no revocation list of an issuer in the chain is in force")
	errRevoked = errors.New("mtls: a certificate in the chain is on its issuer's revocation list")
)

// unrevoked passes when, in one of the chains, every certificate but the root
// is covered by a list in force of its issuer and is not on it. A certificate
// that is on a list is refused, whatever other chains say.
func (a *Authority) unrevoked(chains [][]*x509.Certificate, now time.Time) *gateway.Error {
	lists, err := a.config.Revoked()
	if err != nil {
		return refuse(gateway.CodeUnavailable, err)
	}
	covered := false
	for _, chain := range chains {
		switch err := checkChain(chain, lists, now); {
		case errors.Is(err, errRevoked):
			return refuse(gateway.CodeCertificateRevoked, err)
		case err == nil:
			covered = true
		}
	}
	if !covered {
		return refuse(gateway.CodeUnavailable, errNoList)
	}
	return nil
}

func checkChain(chain []*x509.Certificate, lists []*x509.RevocationList, now time.Time) error {
	if len(chain) < 2 { // a trust anchor that shows itself as client
		return errNoList
	}
	missing := false
	for i, c := range chain[:len(chain)-1] {
		covered := false
		for _, l := range lists {
			if !inForce(l, chain[i+1], now) {
				continue
			}
			covered = true
			for _, e := range l.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
					return errRevoked
				}
			}
		}
		missing = missing || !covered
	}
	if missing {
		return errNoList
	}
	return nil
}

// inForce reports whether a list is the issuer's own, is of this time and says
// all: a list with a critical extension covers only a part (a delta, one kind
// of certificate, one distribution point) and is not believed.
func inForce(l *x509.RevocationList, issuer *x509.Certificate, now time.Time) bool {
	if string(l.RawIssuer) != string(issuer.RawSubject) || now.Before(l.ThisUpdate) || !now.Before(l.NextUpdate) {
		return false
	}
	for _, e := range l.Extensions {
		if e.Critical {
			return false
		}
	}
	return l.CheckSignatureFrom(issuer) == nil
}

// Static gives the same lists always.
func Static(lists ...*x509.RevocationList) Lists {
	return func() ([]*x509.RevocationList, error) { return lists, nil }
}

func parseList(der []byte) (*x509.RevocationList, error) {
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("mtls: not a revocation list: %w", err)
	}
	return l, nil
}
