// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/keys"
)

func TestOpenEveryAlgorithm(t *testing.T) {
	w := theWorld()
	for enc, to := range w.open {
		for alg, from := range w.sign {
			token := must(Wrap(payload, from, to.Public()))
			got, refused := w.receive(w.party(), token)
			if refused != nil || !bytes.Equal(got, payload) {
				t.Errorf("%s %s: %v", enc, alg, refused)
			}
		}
	}
}

func TestOpenAnswersInPlace(t *testing.T) {
	w := theWorld()
	good := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	letters := []intake.Letter{
		letterOf(w.party(), []byte("x")),
		letterOf(w.party(), good),
		letterOf(gateway.Party{}, good),
	}
	s := &store{intake: w.store.intake}
	contents := NewOpener(s, Limits{}).Open(context.Background(), letters)
	if len(contents) != 3 || contents[0].Err == nil || contents[2].Err == nil {
		t.Fatalf("%v", contents)
	}
	if contents[1].Err != nil || !bytes.Equal(contents[1].Payload, payload) {
		t.Errorf("the good one in the middle: %v", contents[1].Err)
	}
	if s.calls != 1 {
		t.Errorf("asked for keys %d times for one slice", s.calls)
	}
}

func TestOpenWithoutKeysIsUnavailable(t *testing.T) {
	w := theWorld()
	down := errors.New("key store is down")
	good := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	o := NewOpener(&store{err: down}, Limits{})
	c := o.Open(context.Background(), []intake.Letter{letterOf(w.party(), good), letterOf(w.party(), []byte("x"))})
	if c[0].Err == nil || c[0].Err.Kind != gateway.KindUnavailable || !errors.Is(c[0].Err, down) {
		t.Errorf("a good letter: %v", c[0].Err)
	}
	if !hasCode(c[1].Err, gateway.CodeNotCompact) {
		t.Errorf("a bad letter is bad whatever the store does: %v", c[1].Err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c = NewOpener(w.store, Limits{}).Open(ctx, []intake.Letter{letterOf(w.party(), good)})
	if c[0].Err == nil || c[0].Err.Kind != gateway.KindUnavailable {
		t.Errorf("after the deadline: %v", c[0].Err)
	}
}

func TestRotationOverlap(t *testing.T) {
	w := theWorld()
	fresh := must(NewEncryptionKey(algECDHES))
	both := append([]keys.Intake{{KID: fresh.public.ID, Algorithm: algECDHES, Key: fresh.raw()}}, w.store.intake...)
	o := NewOpener(&store{intake: both}, Limits{})
	for _, to := range []PrivateKey{fresh, w.open[algECDHES]} {
		token := must(Wrap(payload, w.sign[algES256], to.Public()))
		if c := o.Open(context.Background(), []intake.Letter{letterOf(w.party(), token)}); c[0].Err != nil {
			t.Error(c[0].Err)
		}
	}
	if _, refused := w.receive(w.party(), must(Wrap(payload, w.sign[algES256], fresh.Public()))); !hasCode(refused, gateway.CodeKey) {
		t.Errorf("a key that is retired or never was: %v", refused)
	}
}

func TestSigningKeyPeriodAndUse(t *testing.T) {
	w := theWorld()
	token := must(SignPayload(payload, w.sign[algES256], ""))
	change := map[string]func(*gateway.PartyKey){
		"not yet valid": func(k *gateway.PartyKey) { k.From = now.Add(time.Second) },
		"expired":       func(k *gateway.PartyKey) { k.Until = now },
		"other use":     func(k *gateway.PartyKey) { k.Use = gateway.KeyEncrypt },
		"unsound":       func(k *gateway.PartyKey) { k.Public = w.sign[algEdDSA].public.Public },
		"other key id":  func(k *gateway.PartyKey) { k.ID += "x" },
	}
	for name, f := range change {
		p := w.party()
		f(&p.Keys[0])
		if _, refused := w.receiveSigned(p, token); !hasCode(refused, gateway.CodeKey) {
			t.Errorf("%s: %v", name, refused)
		}
	}
	if _, refused := w.receiveSigned(w.party(), token); refused != nil {
		t.Errorf("unchanged: %v", refused)
	}
}

func TestRSAOAEPOnlyForPartiesThatMay(t *testing.T) {
	w := theWorld()
	to := w.open[algRSAOAEP256].Public()
	to.Algorithm = algRSAOAEP
	token := must(Wrap(payload, w.sign[algES256], to))
	p := w.party()
	if _, refused := w.receive(p, token); !hasCode(refused, gateway.CodeAlgorithm) {
		t.Errorf("a party that may not: %v", refused)
	}
	p.MayRSAOAEP = true
	if got, refused := w.receive(p, token); refused != nil || !bytes.Equal(got, payload) {
		t.Errorf("a party that may: %v", refused)
	}
}

// Two texts can carry one signed payload: what recognises a message must be
// the digest of the payload.
func TestTokensAreMalleablePayloadsAreNot(t *testing.T) {
	w := theWorld()
	a := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	b := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	if bytes.Equal(a, b) {
		t.Fatal("two wrappings have one text")
	}
	first, refusedA := w.receive(w.party(), a)
	second, refusedB := w.receive(w.party(), b)
	if refusedA != nil || refusedB != nil || gateway.DigestOf(first) != gateway.DigestOf(second) {
		t.Errorf("digests differ: %v %v", refusedA, refusedB)
	}
	// Even a third party can make another text: s and its negative both verify.
	p := parts(must(SignPayload(payload, w.sign[algES256], "")))
	other := []byte(p[0] + "." + p[1] + "." + b64(string(negateS(must(strict64.DecodeString(p[2]))))))
	third, refused := w.receiveSigned(w.party(), other)
	if refused != nil || gateway.DigestOf(third) != gateway.DigestOf(first) {
		t.Errorf("negated signature: %v", refused)
	}
}
