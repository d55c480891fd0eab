// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"crypto/x509"
	"math/big"
	"sync"
	"time"
)

// maxIssuers bounds the issuers of whom is kept whether a list is theirs; there
// is one, and a few more while an authority changes its certificate.
const maxIssuers = 16

// listIndex is a revocation list made ready for many questions: what is on it
// is found at once, and its signature is verified once for an issuer.
type listIndex struct {
	list    *x509.RevocationList
	whole   bool            // it says all: see covers
	serials map[string]bool // what is on it

	mu      sync.Mutex
	issuers map[string]bool // by certificate: whether it signed this list
}

func newListIndex(l *x509.RevocationList) *listIndex {
	x := &listIndex{list: l, whole: true, serials: make(map[string]bool, len(l.RevokedCertificateEntries)), issuers: map[string]bool{}}
	for _, e := range l.Extensions {
		x.whole = x.whole && !e.Critical
	}
	for _, e := range l.RevokedCertificateEntries {
		x.serials[serialOf(e.SerialNumber)] = true
	}
	return x
}

// covers reports whether the list is the issuer's own, is of this time and says
// all: a list with a critical extension covers only a part (a delta, one kind
// of certificate, one distribution point) and is not believed.
func (x *listIndex) covers(issuer *x509.Certificate, now time.Time) bool {
	l := x.list
	if !x.whole || string(l.RawIssuer) != string(issuer.RawSubject) || now.Before(l.ThisUpdate) || !now.Before(l.NextUpdate) {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	signed, known := x.issuers[string(issuer.Raw)]
	if !known {
		signed = l.CheckSignatureFrom(issuer) == nil
		if len(x.issuers) < maxIssuers {
			x.issuers[string(issuer.Raw)] = signed
		}
	}
	return signed
}

func (x *listIndex) holds(c *x509.Certificate) bool { return x.serials[serialOf(c.SerialNumber)] }

// serialOf keeps the sign: minus one is not one, however odd both are.
func serialOf(n *big.Int) string { return n.Text(16) }

// shelf keeps the indexes of the lists that were given last. A list is known by
// its pointer: Lists gives the same one until there is another, and changes
// none that it gave.
type shelf struct {
	mu      sync.Mutex
	indexes map[*x509.RevocationList]*listIndex
}

// take gives the indexes of the lists and forgets all others.
func (s *shelf) take(lists []*x509.RevocationList) []*listIndex {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := make(map[*x509.RevocationList]*listIndex, len(lists))
	taken := make([]*listIndex, len(lists))
	for i, l := range lists {
		x := kept[l]
		if x == nil {
			if x = s.indexes[l]; x == nil {
				x = newListIndex(l)
			}
			kept[l] = x
		}
		taken[i] = x
	}
	s.indexes = kept
	return taken
}
