// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"errors"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// What is registered ends with whatever ends first: a key whose signatures end
// would stay in the register and every signal to it would fail.
func TestRegisteredUntilItsSignaturesEnd(t *testing.T) {
	s, day := newScene(t, noon), uint32(86400)
	bind := func(e *openpgp.Entity, b *packet.Signature) {
		must(t, b.SignKey(e.Subkeys[0].PublicKey, e.PrivateKey, profile(noon)))
	}
	certify := func(e *openpgp.Entity, change func(*packet.Signature)) {
		for _, i := range e.Identities {
			c := i.SelfCertifications[0].Packet
			change(c)
			must(t, c.SignUserId(i.Name, e.PrimaryKey, e.PrivateKey, profile(noon)))
		}
	}
	tomorrow := noon.Add(24 * time.Hour)
	for name, c := range map[string]struct {
		change        func(*openpgp.Entity)
		sign, encrypt time.Time
	}{
		"nothing": {func(*openpgp.Entity) {}, time.Time{}, time.Time{}},
		"binding": {func(e *openpgp.Entity) {
			b := e.Subkeys[0].Bindings[0].Packet
			b.SigLifetimeSecs = &day
			bind(e, b)
		}, time.Time{}, tomorrow},
		"binding, and a longer one": {func(e *openpgp.Entity) {
			longer := *e.Subkeys[0].Bindings[0].Packet
			b := e.Subkeys[0].Bindings[0].Packet
			b.SigLifetimeSecs, b.CreationTime = &day, noon.Add(-time.Second)
			bind(e, b)
			bind(e, &longer)
			e.Subkeys[0].Bindings = append(e.Subkeys[0].Bindings, packet.NewVerifiableSig(&longer))
		}, time.Time{}, time.Time{}},
		"self-certification": {func(e *openpgp.Entity) {
			certify(e, func(c *packet.Signature) { c.SigLifetimeSecs = &day })
		}, tomorrow, tomorrow},
		"a later binding that shortens": {func(e *openpgp.Entity) {
			life, later := uint32(3600), *e.Subkeys[0].Bindings[0].Packet
			later.CreationTime, later.KeyLifetimeSecs = tomorrow, &life
			bind(e, &later)
			e.Subkeys[0].Bindings = append(e.Subkeys[0].Bindings, packet.NewVerifiableSig(&later))
		}, time.Time{}, tomorrow},
	} {
		k := newKey(t, "Gemeente", noon)
		c.change(k.secret())
		statement, err := MakeKeyStatement(creditorOIN, noon, k)
		must(t, err)
		_, found, err := ReadKeyStatement(statement, noon)
		if err != nil || len(found) != 2 {
			t.Errorf("%s: %d keys, %v", name, len(found), err)
			continue
		}
		if !found[0].Until.Equal(c.sign) || !found[1].Until.Equal(c.encrypt) {
			t.Errorf("%s: signs until %s, encrypts until %s", name, found[0].Until, found[1].Until)
		}
		last := found[1].Until.Add(-time.Second)
		if found[1].Until.IsZero() {
			last = noon.AddDate(10, 0, 0)
		}
		at := func() time.Time { return last }
		if _, err := NewSealer(s.ring, at).Seal(t.Context(), []seal.Letter{{Key: found[1], Content: []byte("x")}}); err != nil {
			t.Errorf("%s: registered, and %v", name, err)
		}
	}
}

// The error of a letter tells which, so that the others can go.
func TestSealNamesTheLetter(t *testing.T) {
	s := newScene(t, noon)
	good := seal.Letter{Key: s.party.Keys[0], Content: []byte("x")}
	bad := good
	bad.Key.Public = gateway.OpenPGPKey("no key")
	_, err := NewSealer(s.ring, clock).Seal(t.Context(), []seal.Letter{good, bad, bad})
	var which seal.LetterError
	if !errors.As(err, &which) || which.Index != 1 || !errors.Is(err, ErrUnsoundKey) {
		t.Errorf("%v", err)
	}
	if _, err := NewSealer(ring(nil), clock).Seal(t.Context(), []seal.Letter{good}); err == nil || errors.As(err, &which) {
		t.Errorf("our own keys are away: %v", err)
	}
}
