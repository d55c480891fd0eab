// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// The actors of the tests.
const (
	GatewayOIN      gateway.OIN          = "00000099000000000001"
	CreditorOIN     gateway.OIN          = "00000099000000001000"
	MunicipalityOIN gateway.OIN          = "00000099000000002000"
	Municipality    gateway.Municipality = "GM0268"
)

// Gateway is one gateway in memory. Safe for concurrent use; set the hooks
// before the first request or under Lock.
type Gateway struct {
	sync.Mutex
	// Judge refuses a report after it was opened; nil accepts all.
	Judge func(payload []byte) *gateway.Error
	// Around, when set, stands between the connection and the routes, to make faults.
	Around func(w http.ResponseWriter, r *http.Request, routes http.Handler)
	// Seen counts requests by route pattern.
	Seen map[string]int

	url       string
	authority authority
	parties   map[string]gateway.Party // by OIN
	keys      *store
	log       note.Signer
	logKey    string

	// Audience, when set, is whom summaries of files are made out to, wrongly.
	Audience gateway.OIN

	messages map[string]stored // by path: reports, withdrawals, feedback
	files    map[gateway.BatchID]*file
	pgp      pgp
	signals  []*signal
	notices  []*notice
	pauses   map[gateway.PauseID]*paused
}

type stored struct {
	digest  gateway.Digest
	receipt []byte
}

// New starts a gateway that stops with the test.
func New(t testing.TB) *Gateway {
	t.Helper()
	g := &Gateway{Seen: map[string]int{}, authority: newAuthority(t), parties: map[string]gateway.Party{}, messages: map[string]stored{},
		files: map[gateway.BatchID]*file{}, pauses: map[gateway.PauseID]*paused{}, pgp: newPGP(t)}
	g.keys = newStore(t)
	secret, public, err := note.GenerateKey(rand.Reader, "seinhuis.test/log")
	check(t, err)
	g.logKey = public
	g.log, err = note.NewSigner(secret)
	check(t, err)
	routes := g.routes()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.Lock()
		around := g.Around
		g.Unlock()
		if around != nil {
			around(w, r, routes)
			return
		}
		routes.ServeHTTP(w, r)
	}))
	server.TLS = g.authority.serverTLS(t)
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// URL is where the gateway listens.
func (g *Gateway) URL() string { return g.url }

// SignReceipt signs whatever claims a test wants, with the receipt key.
func (g *Gateway) SignReceipt(typ gateway.StatementType, r gateway.Receipt) []byte {
	payload, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return g.sign(keys.ReceiptSigning, typ, payload)
}

// Rotate gives the gateway new keys; the old ones are forgotten.
func (g *Gateway) Rotate(t testing.TB) {
	t.Helper()
	g.Lock()
	defer g.Unlock()
	g.keys.renew(t)
}

// Count tells how often a route was asked, by its pattern ("PUT /v1/meldingen/{id}").
func (g *Gateway) Count(pattern string) int {
	g.Lock()
	defer g.Unlock()
	return g.Seen[pattern]
}

func (g *Gateway) sign(use keys.Use, typ gateway.StatementType, payload []byte) []byte {
	signed, err := jose.NewIssuer(g.keys, use).Sign(context.Background(), []gateway.Statement{{Type: typ, Payload: payload}})
	if err != nil {
		panic(err)
	}
	return signed[0]
}

// store is a key store in memory.
type store struct {
	mu      sync.Mutex
	signing map[keys.Use]*ecdsa.PrivateKey
	intake  *ecdh.PrivateKey
}

func newStore(t testing.TB) *store {
	s := &store{signing: map[keys.Use]*ecdsa.PrivateKey{}}
	s.renew(t)
	return s
}

func (s *store) renew(t testing.TB) {
	intake, err := ecdh.P256().GenerateKey(rand.Reader)
	check(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intake = intake
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.NoticeSigning} {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		check(t, err)
		s.signing[use] = k
	}
}

func (s *store) Signer(_ context.Context, use keys.Use, _ string) (string, crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.signing[use]
	kid, err := keys.Thumbprint(k.Public())
	return kid, k, err
}

func (s *store) IntakeKeys(context.Context) ([]keys.Intake, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kid, err := keys.Thumbprint(s.intake.PublicKey())
	return []keys.Intake{{KID: kid, Algorithm: keys.ECDHES, Key: s.intake}}, err
}

// publics are what GET /v1/sleutels shows.
func (s *store) publics() []keys.Public {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []keys.Public{{Use: keys.IntakeDecryption, Algorithm: keys.ECDHES, Key: s.intake.PublicKey()}}
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.NoticeSigning} {
		list = append(list, keys.Public{Use: use, Algorithm: keys.ES256, Key: s.signing[use].Public()})
	}
	for i := range list {
		kid, err := keys.Thumbprint(list[i].Key)
		if err != nil {
			panic(err)
		}
		list[i].KID, list[i].From = kid, time.Now().Add(-time.Hour)
	}
	return list
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
