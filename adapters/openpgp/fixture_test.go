// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	creditorOIN = gateway.OIN("00000001001234567000")
	gatewayOIN  = gateway.OIN("00000001009999999000")
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// ring is a key store in memory.
type ring [][]byte

func (r ring) OpenPGPKeys(context.Context) ([][]byte, error) {
	if r == nil {
		return nil, errors.New("store is away")
	}
	return r, nil
}

// scene is a gateway, a creditor and a municipality with a key each.
type scene struct {
	ring     ring
	intake   gateway.OpenPGPKey
	creditor PrivateKey
	party    gateway.Party
}

func newScene(t testing.TB, at time.Time) scene {
	t.Helper()
	private, public, err := NewIntakeKey(gatewayOIN, "Seinhuis", at)
	must(t, err)
	c := newKey(t, "Energie BV", at)
	return scene{ring{private}, public, c, partyOf(c.Public(), at)}
}

func newKey(t testing.TB, name string, at time.Time) PrivateKey {
	t.Helper()
	k, err := NewKey(creditorOIN, name, at)
	must(t, err)
	return k
}

func partyOf(public gateway.OpenPGPKey, at time.Time) gateway.Party {
	id, err := Fingerprint(public)
	if err != nil {
		panic(err)
	}
	return gateway.Party{OIN: creditorOIN, Kind: gateway.KindCreditor, State: gateway.PartyActive,
		Keys: []gateway.PartyKey{{ID: id, Use: gateway.KeySign, Algorithm: gateway.AlgOpenPGP, Public: public, From: at.Add(-time.Hour)}}}
}

// seal is what a creditor does.
func (s scene) seal(t testing.TB, plain []byte, at time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := EncryptSign(&b, s.intake, s.creditor, func() time.Time { return at })
	must(t, err)
	_, err = w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// open reads a file to its end.
func (s scene) open(sealed []byte, at time.Time) ([]byte, error) {
	r, err := NewOpener(s.ring).OpenFile(context.Background(), s.party, at, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// refusal tells by which code something was refused; any other end fails.
func refusal(t testing.TB, err error) gateway.Code {
	t.Helper()
	var e *gateway.Error
	if !errors.As(err, &e) || len(e.Findings) != 1 || errors.Is(err, errLibrary) {
		t.Fatalf("%v is not a refusal with one finding", err)
	}
	return e.Findings[0].Code
}

func clock() time.Time { return noon }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lines is synthetic content that shrinks like a real file.
func lines(size int) []byte {
	line := []byte(`{"meldingId":"019aa6b2-0000-7000-8000-000000000001","soort":"Energie","bedragInCenten":12345}` + "\n")
	return slices.Clip(bytes.Repeat(line, size/len(line)+1)[:size])
}
