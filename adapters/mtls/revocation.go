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
// once a second per certificate and must be quick. A list that was given is not
// changed: another one is another pointer. The same pointer again costs nothing,
// for lists are verified and indexed when they are new.
type Lists func() ([]*x509.RevocationList, error)

var (
	errNoList  = errors.New("mtls: no revocation list of an issuer in the chain is in force")
	errRevoked = errors.New("mtls: a certificate in the chain is on its issuer's revocation list")
)

// unrevoked passes when, in one of the chains, every certificate but the root
// is covered by a list in force of its issuer and is not on it. A certificate
// that is on a list is refused, whatever other chains say.
func (a *Authority) unrevoked(chains [][]*x509.Certificate, now time.Time) *gateway.Error {
	given, err := a.config.Revoked()
	if err != nil {
		return refuse(gateway.CodeUnavailable, err)
	}
	lists := a.lists.take(given)
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

func checkChain(chain []*x509.Certificate, lists []*listIndex, now time.Time) error {
	if len(chain) < 2 { // a trust anchor that shows itself as client
		return errNoList
	}
	missing := false
	for i, c := range chain[:len(chain)-1] {
		covered := false
		for _, l := range lists {
			if !l.covers(chain[i+1], now) {
				continue
			}
			if covered = true; l.holds(c) {
				return errRevoked
			}
		}
		missing = missing || !covered
	}
	if missing {
		return errNoList
	}
	return nil
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
