// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/keys"
)

const creditorOIN gateway.OIN = "00000099000000001000"

var (
	now     = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	payload = []byte(`{"meldingId":"01932b1c-0000-7000-8000-000000000001","soort":"Energie"}`)
)

// store is a key store in memory: it fills IntakeKeys and SigningKeys.
type store struct {
	intake  []keys.Intake
	signing map[string]PrivateKey
	err     error
	calls   int
}

func (s *store) IntakeKeys(context.Context) ([]keys.Intake, error) {
	s.calls++
	return s.intake, s.err
}

func (s *store) Signer(_ context.Context, _ keys.Use, alg string) (string, crypto.Signer, error) {
	s.calls++
	k := s.signing[alg]
	if k.IsZero() || s.err != nil {
		return "", nil, keys.ErrAlgorithm
	}
	signer, err := k.signer()
	return k.public.ID, handle{signer}, err
}

// handle hides the private key's type, as a key store's handle does.
type handle struct{ s crypto.Signer }

func (h handle) Public() crypto.PublicKey { return h.s.Public() }
func (h handle) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return h.s.Sign(r, digest, o)
}

// world is one creditor, another creditor and the gateway's keys.
type world struct {
	sign  map[string]PrivateKey // the creditor's, by algorithm
	open  map[string]PrivateKey // the gateway's intake keys, by algorithm (and X25519)
	other PrivateKey            // another party's ES256 key
	store *store
}

// RSA keys take a second to make, so one world serves every test; nothing changes it.
var theWorld = sync.OnceValue(func() world {
	w := world{sign: map[string]PrivateKey{}, open: map[string]PrivateKey{}, store: &store{signing: map[string]PrivateKey{}}}
	for _, alg := range []string{algES256, algEdDSA, algPS256} {
		w.sign[alg] = must(NewSigningKey(alg))
	}
	for _, alg := range []string{algECDHES, X25519, algRSAOAEP256} {
		k := must(NewEncryptionKey(alg))
		w.open[alg] = k
		w.store.intake = append(w.store.intake, keys.Intake{KID: k.public.ID, Algorithm: k.public.Algorithm, Key: k.raw()})
	}
	w.other = must(NewSigningKey(algES256))
	w.store.signing = w.sign
	return w
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w world) party() gateway.Party {
	p := gateway.Party{OIN: creditorOIN, Kind: gateway.KindCreditor, State: gateway.PartyActive}
	for _, alg := range []string{algES256, algEdDSA, algPS256} {
		k := w.sign[alg].Public()
		k.From = now.Add(-time.Hour)
		p.Keys = append(p.Keys, k)
	}
	return p
}

func letterOf(p gateway.Party, token []byte) intake.Letter {
	return intake.Letter{Peer: gateway.Authenticated(p, "00"), At: now, Token: token}
}

// receive opens one token as the gateway does.
func (w world) receive(p gateway.Party, token []byte) ([]byte, *gateway.Error) {
	c := NewOpener(w.store, Limits{}).Open(context.Background(), []intake.Letter{letterOf(p, token)})[0]
	return c.Payload, c.Err
}

func (w world) receiveSigned(p gateway.Party, token []byte) ([]byte, *gateway.Error) {
	c := NewVerifier(Limits{}).Verify(context.Background(), []intake.Letter{letterOf(p, token)})[0]
	return c.Payload, c.Err
}

// forgeJWS signs whatever header it is given: everything but the header is right.
func forgeJWS(t testing.TB, head string, content []byte, key PrivateKey) []byte {
	t.Helper()
	input := b64(head) + "." + b64(string(content))
	s := must(key.signer())
	sum := crypto.SHA256.New()
	sum.Write([]byte(input))
	var signature []byte
	switch key.public.Algorithm {
	case algEdDSA:
		signature = must(s.Sign(rand.Reader, []byte(input), crypto.Hash(0)))
	case algPS256:
		signature = must(s.Sign(rand.Reader, sum.Sum(nil), pss(32)))
	default:
		signature = rs(must(s.Sign(rand.Reader, sum.Sum(nil), crypto.SHA256)))
	}
	return []byte(input + "." + b64(string(signature)))
}

// forgeJWE encrypts under whatever header it is given; epk and key wrap are
// right, and {epk} in the header stands for the ephemeral key, {epk+} for one
// with a member too many.
func forgeJWE(t testing.TB, head string, content []byte, to gateway.PartyKey) []byte {
	t.Helper()
	cek := make([]byte, cekSize)
	wrapped, epk, err := wrapKey(cek, to)
	if err != nil {
		t.Fatal(err)
	}
	more := append(bytes.Clone(epk[:len(epk)-1]), `,"d":"AA"}`...)
	encoded := b64(strings.NewReplacer("{epk}", string(epk), "{epk+}", string(more)).Replace(head))
	iv := make([]byte, ivSize)
	box := must(newGCM(cek)).Seal(nil, iv, content, []byte(encoded))
	return join([]byte(encoded), wrapped, iv, box[:len(content)], box[len(content):])
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func quote(s string) string { return string(must(json.Marshal(s))) }

func parts(token []byte) []string { return strings.Split(string(token), ".") }

func hasCode(e *gateway.Error, code gateway.Code) bool {
	if e == nil {
		return false
	}
	for _, c := range e.Codes() {
		if c == code {
			return true
		}
	}
	return false
}
