// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/register"
)

type registerSuite struct {
	Actors
	open func(t *testing.T) Truth
}

// Register is the contract of [register.Store]. open gives an empty store, a
// new one at each call.
func Register(t *testing.T, open func(t *testing.T) Truth) {
	s := registerSuite{NewActors(t), open}
	t.Run("parties", s.parties)
	t.Run("every kind of key", s.keys)
	t.Run("agreements", s.agreements)
	t.Run("replaced whole", s.replaced)
	t.Run("version", s.version)
	t.Run("one active municipality per code", s.codes)
}

// sameParty compares parties and their keys.
func sameParty(a, b gateway.Party) bool {
	if len(a.Keys) != len(b.Keys) {
		return false
	}
	for i := range a.Keys {
		if !sameKey(a.Keys[i], b.Keys[i]) {
			return false
		}
	}
	a.Keys, b.Keys = nil, nil
	return reflect.DeepEqual(a, b)
}

func sameKey(a, b gateway.PartyKey) bool {
	public, ok := a.Public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(b.Public) && a.ID == b.ID && a.Use == b.Use && a.Algorithm == b.Algorithm &&
		a.From.Equal(b.From) && a.Until.Equal(b.Until)
}

func (s registerSuite) put(t *testing.T, truth Truth, parties []gateway.Party, agreements []gateway.Agreement) error {
	t.Helper()
	return truth.Register.Write(t.Context(), func(tx register.Tx) error {
		if _, err := tx.Append([]audit.Entry{Entry(t, 1)}); err != nil {
			return err
		}
		if parties != nil {
			if err := tx.PutParties(parties); err != nil {
				return err
			}
		}
		if agreements != nil {
			return tx.PutAgreements(agreements)
		}
		return nil
	})
}

func (s registerSuite) parties(t *testing.T) {
	truth := s.open(t)
	parties := s.Parties()
	parties[0].ReceiptAlg, parties[0].NumberFormat, parties[0].MayRSAOAEP = "PS256", "K[0-9]{6}", true
	parties[1].State, parties[2].Keys = gateway.PartySuspended, nil
	parties[3].BodyDays, parties[3].TokenDays = 14, 90
	shuffled := slices.Clone(parties)
	slices.Reverse(shuffled)
	if err := s.put(t, truth, shuffled, nil); err != nil {
		t.Fatal(err)
	}
	got, err := truth.Register.Parties(t.Context())
	if err != nil || !slices.EqualFunc(got, parties, sameParty) {
		t.Errorf("%+v, want %+v (%v)", got, parties, err)
	}
}

func (s registerSuite) keys(t *testing.T) {
	truth := s.open(t)
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	montgomery, err2 := ecdh.X25519().GenerateKey(rand.Reader)
	big, err3 := rsa.GenerateKey(rand.Reader, 2048)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	p := s.Nijmegen
	p.Keys = append(p.Keys, s.Energy.Keys[0], partyKey(t, gateway.KeySign, "EdDSA", edwards),
		partyKey(t, gateway.KeyEncrypt, "ECDH-ES+A256KW", montgomery.PublicKey()),
		partyKey(t, gateway.KeyEncrypt, "RSA-OAEP-256", &big.PublicKey), partyKey(t, gateway.KeySign, "PS256", &big.PublicKey))
	p.Keys[1].Until = Now().Add(time.Hour)
	if err := s.put(t, truth, []gateway.Party{p}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := truth.Register.Parties(t.Context())
	if err != nil || len(got) != 1 || len(got[0].Keys) != len(p.Keys) {
		t.Fatalf("%d parties, %v", len(got), err)
	}
	for i, k := range got[0].Keys {
		if reflect.TypeOf(k.Public) != reflect.TypeOf(p.Keys[i].Public) || !sameKey(k, p.Keys[i]) {
			t.Errorf("key %d: %s %s, %T, want %T", i, k.Use, k.Algorithm, k.Public, p.Keys[i].Public)
		}
	}
}

func (s registerSuite) agreements(t *testing.T) {
	truth := s.open(t)
	want := slices.Clone(s.Agreements)
	want[0].Until, want[0].ThresholdInCents, want[0].BirthDateAllowed = gateway.Today(Now()), 7500, true
	if err := s.put(t, truth, nil, want); err != nil {
		t.Fatal(err)
	}
	if got, err := truth.Register.Agreements(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
}

func (s registerSuite) replaced(t *testing.T) {
	truth := s.open(t)
	party, agreement := s.Energy, s.Agreements[0]
	party.Name, party.State, party.Keys = "Nieuwe Naam", gateway.PartyEnded, s.Water.Keys
	agreement.Kinds, agreement.Until = []gateway.ReportKind{gateway.ReportWater}, gateway.Today(Now())
	err := errors.Join(s.put(t, truth, []gateway.Party{s.Energy}, s.Agreements[:1]),
		s.put(t, truth, []gateway.Party{party}, []gateway.Agreement{agreement}))
	if err != nil {
		t.Fatal(err)
	}
	parties, err := truth.Register.Parties(t.Context())
	agreements, err2 := truth.Register.Agreements(t.Context())
	if err != nil || err2 != nil || len(parties) != 1 || !sameParty(parties[0], party) || !reflect.DeepEqual(agreements, []gateway.Agreement{agreement}) {
		t.Errorf("%+v, %+v, %v, %v", parties, agreements, err, err2)
	}
}

func (s registerSuite) version(t *testing.T) {
	truth := s.open(t)
	last, err := truth.Register.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, change := range []func() error{
		func() error { return s.put(t, truth, []gateway.Party{s.Energy}, nil) },
		func() error { return s.put(t, truth, nil, s.Agreements) },
		func() error { return s.put(t, truth, []gateway.Party{s.Energy}, nil) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		now, err := truth.Register.Version(t.Context())
		if err != nil || now <= last {
			t.Errorf("change %d: version %d after %d, %v", i, now, last, err)
		}
		last = now
	}
	err = truth.Register.Write(t.Context(), func(tx register.Tx) error {
		return errors.Join(tx.PutParties([]gateway.Party{s.Water}), errOnPurpose)
	})
	now, err2 := truth.Register.Version(t.Context())
	parties, err3 := truth.Register.Parties(t.Context())
	if !errors.Is(err, errOnPurpose) || err2 != nil || err3 != nil || now != last || len(parties) != 1 {
		t.Errorf("after a rollback: version %d, %d parties, %v %v %v", now, len(parties), err, err2, err3)
	}
}

func (s registerSuite) codes(t *testing.T) {
	truth := s.open(t)
	rival := s.Leiden
	rival.Municipality = s.Nijmegen.Municipality
	if err := s.put(t, truth, []gateway.Party{s.Nijmegen}, nil); err != nil {
		t.Fatal(err)
	}
	err := s.put(t, truth, []gateway.Party{rival}, nil)
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindConflict {
		t.Errorf("a second active municipality with one code: %v", err)
	}
	ended := s.Nijmegen
	ended.State = gateway.PartyEnded
	if err := s.put(t, truth, []gateway.Party{rival, ended}, nil); err != nil {
		t.Errorf("the code cannot pass to another: %v", err)
	}
	parties, err := truth.Register.Parties(t.Context())
	if err != nil || len(parties) != 2 {
		t.Errorf("%d parties, %v", len(parties), err)
	}
}
