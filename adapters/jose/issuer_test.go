// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

func issue(t testing.TB, use keys.Use, alg string, typ gateway.StatementType) gateway.Compact {
	t.Helper()
	tokens, err := NewIssuer(theWorld().store, use).Sign(context.Background(),
		[]gateway.Statement{{Type: typ, Algorithm: alg, Payload: payload}})
	if err != nil {
		t.Fatal(err)
	}
	return tokens[0]
}

func sealTo(t testing.TB, key gateway.PartyKey) []byte {
	t.Helper()
	bodies, err := NewSealer().Seal(context.Background(), []seal.Letter{{Key: key, Content: payload}})
	if err != nil {
		t.Fatal(err)
	}
	return bodies[0]
}

// keySet publishes the world's keys: receipts ES256, notices PS256, and all intake keys.
func keySet(t testing.TB) []byte {
	t.Helper()
	w := theWorld()
	publics := []keys.Public{
		{Use: keys.ReceiptSigning, KID: w.sign[algES256].public.ID, Algorithm: algES256, Key: w.sign[algES256].public.Public, From: now},
		{Use: keys.NoticeSigning, KID: w.sign[algPS256].public.ID, Algorithm: algPS256, Key: w.sign[algPS256].public.Public, From: now, Until: now.Add(time.Hour)},
		{Use: keys.CheckpointSigning, KID: w.sign[algEdDSA].public.ID, Algorithm: algEdDSA, Key: w.sign[algEdDSA].public.Public, From: now},
	}
	for _, alg := range []string{algECDHES, X25519, algRSAOAEP256} {
		k := w.open[alg].Public()
		publics = append(publics, keys.Public{Use: keys.IntakeDecryption, KID: k.ID, Algorithm: k.Algorithm, Key: k.Public, From: now})
	}
	return must(JWKS(publics))
}

func TestSealToEveryKind(t *testing.T) {
	for alg, k := range theWorld().open {
		body := sealTo(t, k.Public())
		got, err := Decrypt(body, []PrivateKey{theWorld().sign[algES256], k})
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: %v", alg, err)
		}
		head := string(must(strict64.DecodeString(parts(body)[0])))
		if !strings.HasSuffix(head, `"typ":"signaal+jwe","cty":"json"}`) || !strings.Contains(head, k.public.ID) {
			t.Errorf("%s header: %s", alg, head)
		}
		if _, err := Decrypt(body, nil); !hasCode(gateway.AsError(err), gateway.CodeKey) {
			t.Errorf("%s without its key: %v", alg, err)
		}
	}
}

func TestSealIsAllOrNothing(t *testing.T) {
	good := theWorld().open[algECDHES].Public()
	bad := good
	bad.Algorithm = algRSAOAEP256
	bodies, err := NewSealer().Seal(context.Background(), []seal.Letter{{Key: good, Content: payload}, {Key: bad, Content: payload}})
	if !errors.Is(err, ErrUnsoundKey) || bodies != nil {
		t.Errorf("%v, %d bodies", err, len(bodies))
	}
}

func TestIssueAndVerify(t *testing.T) {
	published := must(ParseJWKS(keySet(t)))
	receipt := issue(t, keys.ReceiptSigning, "", gateway.TypeReceipt)
	notice := issue(t, keys.NoticeSigning, algPS256, gateway.TypeNotice)
	if got, err := VerifyStatement(receipt, published, gateway.TypeReceipt); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("receipt: %v", err)
	}
	if got, err := VerifyStatement(notice, published, gateway.TypeNotice); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("notice: %v", err)
	}
	for name, c := range map[string]struct {
		token []byte
		typ   gateway.StatementType
		keys  []PublishedKey
		code  gateway.Code
	}{
		"another type":      {receipt, gateway.TypeFeedbackReceipt, published, gateway.CodeHeader},
		"no type":           {receipt, "", published, gateway.CodeHeader},
		"no keys":           {receipt, gateway.TypeReceipt, nil, gateway.CodeKey},
		"notice key":        {must(SignPayload(payload, theWorld().sign[algPS256], string(gateway.TypeReceipt))), gateway.TypeReceipt, published, gateway.CodeKey},
		"checkpoint key":    {must(SignPayload(payload, theWorld().sign[algEdDSA], string(gateway.TypeReceipt))), gateway.TypeReceipt, published, gateway.CodeKey},
		"changed signature": {tail(receipt), gateway.TypeReceipt, published, gateway.CodeSignature},
		"line break":        {append(bytes.Clone(receipt), '\n'), gateway.TypeReceipt, published, gateway.CodeNotCompact},
	} {
		if got, err := VerifyStatement(c.token, c.keys, c.typ); !hasCode(gateway.AsError(err), c.code) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tail changes the signature and keeps its form.
func tail(token []byte) []byte {
	p := parts(token)
	raw := must(strict64.DecodeString(p[2]))
	raw[9] ^= 1
	return []byte(p[0] + "." + p[1] + "." + b64(string(raw)))
}

func TestIssuerRefusesOurMistakes(t *testing.T) {
	ctx := context.Background()
	s := &store{signing: theWorld().sign}
	one := []gateway.Statement{{Type: gateway.TypeNotice, Payload: payload}}
	if _, err := NewIssuer(s, keys.ReceiptSigning).Sign(ctx, one); !errors.Is(err, ErrPurpose) {
		t.Errorf("a notice to the receipt issuer: %v", err)
	}
	if _, err := NewIssuer(s, keys.NoticeSigning).Sign(ctx, []gateway.Statement{{Type: gateway.TypeNotice, Algorithm: "HS256", Payload: payload}}); !errors.Is(err, keys.ErrAlgorithm) {
		t.Errorf("an algorithm that the store has not: %v", err)
	}
	wrong := &store{signing: map[string]PrivateKey{algES256: theWorld().sign[algEdDSA]}}
	if _, err := NewIssuer(wrong, keys.NoticeSigning).Sign(ctx, one); !errors.Is(err, ErrUnsoundKey) {
		t.Errorf("a handle of another algorithm: %v", err)
	}
	s.calls = 0
	three := []gateway.Statement{one[0], one[0], one[0]}
	if tokens, err := NewIssuer(s, keys.NoticeSigning).Sign(ctx, three); err != nil || len(tokens) != 3 || s.calls != 1 {
		t.Errorf("%d tokens, %d calls: %v", len(tokens), s.calls, err)
	}
}

func TestKeySet(t *testing.T) {
	set := keySet(t)
	if !bytes.Equal(set, keySet(t)) {
		t.Error("the same keys give other bytes")
	}
	published := must(ParseJWKS(set))
	if len(published) != 6 || published[1].Until.IsZero() || !published[0].Until.IsZero() || published[0].From != now {
		t.Errorf("%+v", published)
	}
	to, err := Recipient(published, now)
	if err != nil || to.ID != theWorld().open[algECDHES].public.ID {
		t.Errorf("%v", err)
	}
	if _, err := Recipient(published, now.Add(-time.Second)); !errors.Is(err, ErrNoKey) {
		t.Errorf("before any key: %v", err)
	}
	// What is unknown is passed over (RFC 7517, 4 and 5) and what is no key set is refused.
	odd := `{"x":[1],"keys":[{"kty":"oct","k":"AA"},{"kty":"EC","crv":"P-384","x":"AA"},` + string(set[len(`{"keys":[`):len(set)-2]) + `]}`
	if got, err := ParseJWKS([]byte(odd)); err != nil || len(got) != 6 {
		t.Errorf("%d keys: %v", len(got), err)
	}
	for _, bad := range []string{``, `[]`, `{"keys":{}}`, `{"keys":[1]}`, `{"keys":[],"keys":[]}`, `{"keys":[]} x`} {
		if _, err := ParseJWKS([]byte(bad)); err == nil {
			t.Errorf("took %s", bad)
		}
	}
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for _, p := range []keys.Public{{Use: keys.SubjectBlinding}, {Use: keys.ReceiptSigning, Algorithm: algES256, Key: &p384.PublicKey}} {
		if _, err := JWKS([]keys.Public{p}); !errors.Is(err, ErrUnsoundKey) {
			t.Errorf("published %v: %v", p.Use, err)
		}
	}
}
