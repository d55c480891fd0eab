// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/policies"
)

// start is when every script begins: a Monday morning.
var start = time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)

// role is who acts in a script.
type role string

const (
	creditorA role = "A"
	creditorB role = "B" // whose acts the others may not see
	creditorC role = "C"
	townN     role = "N" // Nijmegen
	townL     role = "L" // Leiden
	nobody    role = "-" // the gateway itself
)

func creditors() []role { return []role{creditorA, creditorB, creditorC} }
func towns() []role     { return []role{townN, townL} }

var roleParties = map[role]gateway.Party{
	creditorA: {OIN: "00000099000000110001", Kind: gateway.KindCreditor, Name: "Voorbeeld Energie", State: gateway.PartyActive},
	creditorB: {OIN: "00000099000000110002", Kind: gateway.KindCreditor, Name: "Voorbeeld Water", State: gateway.PartyActive},
	creditorC: {OIN: "00000099000000110003", Kind: gateway.KindCreditor, Name: "Woonstichting Voorbeeld", State: gateway.PartyActive},
	townN:     {OIN: "00000099000000220001", Kind: gateway.KindMunicipality, Name: "Nijmegen", Municipality: "GM0268", State: gateway.PartyActive},
	townL:     {OIN: "00000099000000220002", Kind: gateway.KindMunicipality, Name: "Leiden", Municipality: "GM0546", State: gateway.PartyActive},
}

// mould is an installation with its parties, made once; every script begins on
// a copy of it.
type mould struct {
	dir       string
	roots     *x509.CertPool
	policy    *policies.Bundle
	pairs     map[role]tls.Certificate
	signers   map[role]jose.PrivateKey
	recipient gateway.PartyKey

	letters sync.Map // sealed letters by what they hold: both plays of a script send the same bytes
	reached sync.Map // what scripts came to, see reaches
}

// newMould makes it at the moment at which scripts begin.
func newMould(t *testing.T) *mould {
	m := &mould{dir: t.TempDir(), roots: x509.NewCertPool(), pairs: map[role]tls.Certificate{}, signers: map[role]jose.PrivateKey{}}
	var err error
	if m.policy, err = policies.Embedded(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		if err := m.make(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	return m
}

func (m *mould) home() string { return filepath.Join(m.dir, "gateway") }

func (m *mould) make(ctx context.Context) error {
	c := config{OIN: string(demoOIN), Listen: "127.0.0.1:0", Unlock: "ontgrendeling", Routing: "routering.bin"}
	if err := makeInstallation(ctx, m.home(), c, true, keyring.Options{}, start); err != nil {
		return err
	}
	ca, err := openTestCA(filepath.Join(m.home(), "test-ca"))
	if err != nil {
		return err
	}
	m.roots.AddCert(ca.cert)
	s, err := openInstallation(ctx, m.home(), discard())
	if err != nil {
		return err
	}
	err = m.enrol(ctx, ca, s)
	if err == nil {
		err = m.publish(ctx, s)
	}
	return errors.Join(err, s.Close())
}

// enrol registers the parties. Every creditor may report every kind that a
// script has to every municipality, so that kinds coincide; pauses differ.
func (m *mould) enrol(ctx context.Context, ca *testCA, s *installation) error {
	registrar := register.NewRegistrar(s.truth.Register, time.Now)
	for r, p := range roleParties {
		dir := filepath.Join(m.dir, "partijen", string(r))
		made, err := makeKit(ca, dir, p, kitGateway{url: "https://localhost", oin: demoOIN}, start)
		if err != nil {
			return err
		}
		p.Keys = made
		if err := registrar.Enrol(ctx, p); err != nil {
			return err
		}
		var errs [2]error
		m.pairs[r], errs[0] = pairIn(dir)
		m.signers[r], errs[1] = signerIn(dir)
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
	}
	for i, c := range creditors() {
		for j, town := range towns() {
			err := registrar.Conclude(ctx, gateway.Agreement{ID: string(gateway.NewUUID(start, nil)), Creditor: roleParties[c].OIN,
				Municipality: roleParties[town].Municipality, Kinds: []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater},
				Bases: []gateway.Basis{gateway.BasisWgs}, From: gateway.DateOf(start).AddDays(-365), ThresholdInCents: 7500,
				BirthDateAllowed: i == 0, PauseDays: 10 + 5*i + 3*j})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// publish takes the gateway's own keys as its participants know them.
func (m *mould) publish(ctx context.Context, s *installation) error {
	set, err := publicKeys{s.ring}.JWKS(ctx)
	if err != nil {
		return err
	}
	published, err := jose.ParseJWKS(set)
	if err != nil {
		return err
	}
	m.recipient, err = jose.Recipient(published, start)
	return err
}

// copyTo gives a fresh installation.
func (m *mould) copyTo(dir string) error {
	return filepath.WalkDir(m.home(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, m.home()))
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
}

// house is a gateway that serves one play of a script, in a bubble: time stands
// still while anything works, so that a play has no chance in it but the
// gateway's own random numbers.
type house struct {
	gateway *installation
	clients map[role]*http.Client
}

// openHouse opens the gateway on a copy of the mould and serves it, over mutual
// TLS on pipes. close ends all of it.
func (m *mould) openHouse(t *testing.T) (h *house, close func()) {
	dir := t.TempDir()
	if err := m.copyTo(dir); err != nil {
		t.Fatal(err)
	}
	s, err := m.open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	door := &pipes{open: make(chan net.Conn), closed: make(chan struct{})}
	o := s.options
	o.IdleTimeout = 10 * 365 * 24 * time.Hour // scripts skip days, and a handshake is dear
	server := httpapi.Server(s.handler, s.tls, o)
	var done sync.WaitGroup
	done.Go(func() { _ = server.ServeTLS(door, "", "") })
	h = &house{gateway: s, clients: map[role]*http.Client{}}
	for r, pair := range m.pairs {
		h.clients[r] = &http.Client{Transport: &http.Transport{DialContext: door.dial,
			TLSClientConfig: &tls.Config{RootCAs: m.roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}}
	}
	return h, func() {
		for _, c := range h.clients {
			c.CloseIdleConnections()
		}
		if err := errors.Join(server.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		done.Wait()
	}
}

// open is openStandalone with the policy that was compiled before: compiling it
// would be most of the time of a play.
func (m *mould) open(ctx context.Context, dir string) (s *installation, err error) {
	s = &installation{dir: dir, policy: m.policy, logger: discard()}
	if s.config, err = readConfig(dir); err != nil {
		return nil, err
	}
	var errs [3]error
	s.ring, errs[0] = openKeys(ctx, dir, s.config)
	s.tables, errs[1] = newTables(in(dir, s.config.Routing))
	s.truth, errs[2] = makeSQLite(ctx, dir)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	if err := s.openFiles(); err != nil {
		return nil, err
	}
	return s, s.wire(ctx)
}

// sealed is a letter of a creditor. The same content comes in the same bytes;
// edition asks for other bytes around it.
func (m *mould) sealed(by role, payload []byte, edition int) ([]byte, error) {
	return m.once(fmt.Sprint(by, edition, string(payload)), func() ([]byte, error) {
		return jose.Wrap(payload, m.signers[by], m.recipient)
	})
}

// signed is a letter of a municipality.
func (m *mould) signed(by role, payload []byte) ([]byte, error) {
	return m.once(fmt.Sprint(by, string(payload)), func() ([]byte, error) { return jose.SignPayload(payload, m.signers[by], "JOSE") })
}

func (m *mould) once(key string, make func() ([]byte, error)) ([]byte, error) {
	if token, ok := m.letters.Load(key); ok {
		return token.([]byte), nil
	}
	token, err := make()
	if err != nil {
		return nil, err
	}
	kept, _ := m.letters.LoadOrStore(key, token)
	return kept.([]byte), nil
}

// pipes is a listener without a network, because a bubble cannot see that a
// socket is at rest.
type pipes struct {
	open   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.open <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.open:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return pipeAddress{} }

type pipeAddress struct{}

func (pipeAddress) Network() string { return "pipe" }
func (pipeAddress) String() string  { return "pipe" }
