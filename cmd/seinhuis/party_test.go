// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

func TestSucceed(t *testing.T) {
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now, end := t0.AddDate(0, 6, 0), t0.AddDate(0, 7, 0)
	key := func(id string, use gateway.KeyUse, from, until time.Time) gateway.PartyKey {
		return gateway.PartyKey{ID: id, Use: use, From: from, Until: until}
	}
	known := []gateway.PartyKey{
		key("sig1", gateway.KeySign, t0, time.Time{}),
		key("enc1", gateway.KeyEncrypt, t0, time.Time{}),
		key("sig0", gateway.KeySign, t0, now.AddDate(0, 0, -1)), // ended before
	}
	got := succeed(known, []gateway.PartyKey{key("sig2", gateway.KeySign, now, time.Time{}), key("sig1", gateway.KeySign, now, time.Time{})}, end)
	want := []gateway.PartyKey{
		key("sig2", gateway.KeySign, now, time.Time{}),
		key("sig1", gateway.KeySign, t0, time.Time{}), // stated again: keeps its own begin
		key("enc1", gateway.KeyEncrypt, t0, time.Time{}),
		key("sig0", gateway.KeySign, t0, now.AddDate(0, 0, -1)), // is not made longer
	}
	if len(got) != len(want) {
		t.Fatalf("%d keys, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].ID != want[i].ID || !got[i].From.Equal(want[i].From) || !got[i].Until.Equal(want[i].Until) {
			t.Errorf("key %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if got := succeed(known, []gateway.PartyKey{key("sig2", gateway.KeySign, now, time.Time{})}, end); !got[1].Until.Equal(end) {
		t.Errorf("an older key ends at %v, want %v", got[1].Until, end)
	}
}

func TestKitFitsItsKeys(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	ca, err := makeTestCA(filepath.Join(dir, "test-ca"), now)
	if err != nil {
		t.Fatal(err)
	}
	kit := filepath.Join(dir, "kit")
	p := gateway.Party{OIN: testCity, Kind: gateway.KindMunicipality, Name: "Gemeente Nijmegen", Municipality: "GM0268"}
	made, err := makeKit(ca, kit, p, kitGateway{url: "https://127.0.0.1:1", oin: testGateway}, now)
	if err != nil || len(made) != 3 { // signing, login, encryption
		t.Fatalf("%d keys, %v", len(made), err)
	}
	for i, name := range map[int]string{0: kitSigning, 2: kitEncryption} {
		data, err := os.ReadFile(filepath.Join(kit, name))
		if err != nil {
			t.Fatal(err)
		}
		private, err := jose.ParsePrivateKey(data)
		if err != nil {
			t.Fatal(err)
		}
		if private.Public().ID != made[i].ID || private.Public().Use != made[i].Use {
			t.Errorf("%s is not the key that is registered", name)
		}
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(kit, kitCert), filepath.Join(kit, kitKey))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	if pair.Leaf.Subject.SerialNumber != testCity {
		t.Error("the certificate does not name the OIN")
	}
	data, err := os.ReadFile(filepath.Join(kit, kitParty))
	if err != nil {
		t.Fatal(err)
	}
	var d kitDescription
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d); err != nil || d.OIN != testCity || d.Kind != gateway.KindMunicipality || d.Municipality != "GM0268" || d.GatewayOIN != testGateway {
		t.Errorf("%+v, %v", d, err)
	}
}
