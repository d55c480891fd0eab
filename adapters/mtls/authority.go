// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// MaxStale is how long the outcome of a check may be used again for the same
// certificate: a revocation, or a party that is suspended, reaches an open
// connection within this time.
const MaxStale = time.Second

// maxKnown bounds the outcomes that are kept, good and bad each; there are fewer
// parties.
const maxKnown = 4096

// Register finds parties. It may be called at every request; a second answer
// of false means that no such party exists, an error that it cannot be known.
type Register interface {
	Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error)
}

// Config is what an Authority needs.
type Config struct {
	Roots      *x509.CertPool // the trust anchors of client certificates; peers send their own intermediates
	Revoked    Lists          // nil: revocation is not checked, which only fits a test or a closed demonstration
	Register   Register
	Clock      gateway.Clock
	AllowTLS12 bool
}

// Authority checks peers. It is safe for concurrent use.
type Authority struct {
	config Config

	lists shelf

	mu      sync.Mutex
	passed  map[[sha256.Size]byte]outcome
	refused map[[sha256.Size]byte]outcome // apart, so that these never push those out
}

// outcome is a peer that passed, or why it did not, and until when that may be
// believed.
type outcome struct {
	peer  gateway.Peer
	fail  *gateway.Error
	until time.Time
}

// New makes an Authority; roots, register and clock are required.
func New(c Config) (*Authority, error) {
	if c.Roots == nil || c.Register == nil || c.Clock == nil {
		return nil, errors.New("mtls: roots, register and clock are needed")
	}
	return &Authority{config: c, passed: map[[sha256.Size]byte]outcome{}, refused: map[[sha256.Size]byte]outcome{}}, nil
}

// Peer says who is at the other end of the connection. It is asked at every
// request, so that a long connection does not outlive a revocation; an earlier
// outcome for the same certificate, good or bad, is used again for at most
// [MaxStale].
//
// Errors: KindUnauthenticated without a certificate or with one that may not
// be used, KindForbidden for a party that is unknown or not active,
// KindUnavailable when revocation or register cannot be known.
func (a *Authority) Peer(ctx context.Context, s *tls.ConnectionState) (gateway.Peer, *gateway.Error) {
	if s == nil || len(s.PeerCertificates) == 0 {
		return gateway.Peer{}, refuse(gateway.CodeNoCertificate, nil)
	}
	if err := extendedMasterSecret(s); err != nil {
		return gateway.Peer{}, refuse(gateway.CodeCertificateInvalid, err)
	}
	now := a.config.Clock()
	print := sha256.Sum256(s.PeerCertificates[0].Raw)
	o, ok := a.recall(print, now)
	if !ok {
		o = outcome{until: now.Add(MaxStale)}
		o.peer, o.fail = a.check(ctx, s.PeerCertificates, hex.EncodeToString(print[:]), now)
		if o.fail == nil || ctx.Err() == nil { // that a caller left says nothing about the peer
			a.keep(print, o)
		}
	}
	return o.peer, o.fail
}

// check finds out who shows these certificates, leaf first, and whether that
// party is in.
func (a *Authority) check(ctx context.Context, certificates []*x509.Certificate, print string, now time.Time) (gateway.Peer, *gateway.Error) {
	oin, fail := a.verify(certificates, now)
	if fail != nil {
		return gateway.Peer{}, fail
	}
	party, found, err := a.config.Register.Party(ctx, oin)
	switch {
	case err != nil:
		return gateway.Peer{}, refuse(gateway.CodeUnavailable, err)
	case !found || party.OIN != oin:
		return gateway.Peer{}, refuse(gateway.CodePartyUnknown, nil)
	case party.State != gateway.PartyActive:
		return gateway.Peer{}, refuse(gateway.CodePartyInactive, nil)
	}
	return gateway.Authenticated(party, print), nil
}

func (a *Authority) recall(print [sha256.Size]byte, now time.Time) (outcome, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o, ok := a.refused[print]
	if !ok {
		o, ok = a.passed[print]
	}
	// A clock that was set back must not stretch an outcome.
	return o, ok && now.Before(o.until) && o.until.Sub(now) <= MaxStale
}

func (a *Authority) keep(print [sha256.Size]byte, o outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.passed, print)
	delete(a.refused, print)
	kept := a.passed
	if o.fail != nil {
		kept = a.refused
	}
	if len(kept) >= maxKnown {
		clear(kept)
	}
	kept[print] = o
}

// extendedMasterSecret refuses TLS 1.2 without RFC 7627: NCSC-NL asks for it,
// and crypto/tls exports keying material only where it was negotiated.
func extendedMasterSecret(s *tls.ConnectionState) error {
	if s.Version != tls.VersionTLS12 {
		return nil
	}
	_, err := s.ExportKeyingMaterial("EXPERIMENTAL seinhuis", nil, 16)
	return err
}
