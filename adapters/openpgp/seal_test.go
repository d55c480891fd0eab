// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

func encKey(t testing.TB, k PrivateKey) gateway.PartyKey {
	return gateway.PartyKey{ID: k.ID(), Use: gateway.KeyEncrypt, Algorithm: gateway.AlgOpenPGP, Public: k.Public(), From: noon}
}

func TestSealAndDecrypt(t *testing.T) {
	s := newScene(t, noon)
	town, village := newKey(t, "Gemeente", noon), newKey(t, "Dorp", noon)
	letters := []seal.Letter{{Key: encKey(t, town), Content: []byte("een")}, {Key: encKey(t, village), Content: lines(100_000)}}
	bodies, err := NewSealer(s.ring, clock).Seal(t.Context(), letters)
	must(t, err)
	for i, k := range []PrivateKey{town, village} {
		got, err := read(bodies[i], noon.Add(time.Minute), []PrivateKey{newKey(t, "Oud", noon), k}, s.intake)
		if err != nil || !bytes.Equal(got, letters[i].Content) {
			t.Errorf("letter %d: %v", i, err)
		}
	}
	if bytes.Contains(bodies[0], []byte("een")) {
		t.Error("readable")
	}
	if _, err := read(bodies[0], noon.Add(time.Minute), []PrivateKey{village}, s.intake); refusal(t, err) != gateway.CodeKey {
		t.Errorf("another municipality: %v", err)
	}
	if _, err := read(bodies[0], noon.Add(time.Minute), []PrivateKey{town}, village.Public()); refusal(t, err) != gateway.CodeKey {
		t.Errorf("not from the gateway: %v", err)
	}
}

func read(sealed []byte, at time.Time, own []PrivateKey, from ...gateway.OpenPGPKey) ([]byte, error) {
	r, err := Decrypt(bytes.NewReader(sealed), own, from, at)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestSealIsAllOrNothing(t *testing.T) {
	s := newScene(t, noon)
	good := seal.Letter{Key: encKey(t, newKey(t, "Gemeente", noon)), Content: []byte("Jansen")}
	for name, spoil := range map[string]func(*gateway.PartyKey){
		"other algorithm": func(k *gateway.PartyKey) { k.Algorithm = "RSA-OAEP-256" },
		"no key":          func(k *gateway.PartyKey) { k.Public = nil },
		"garbage":         func(k *gateway.PartyKey) { k.Public = gateway.OpenPGPKey("Jansen") },
	} {
		bad := good
		spoil(&bad.Key)
		bodies, err := NewSealer(s.ring, clock).Seal(t.Context(), []seal.Letter{good, bad})
		if bodies != nil || !errors.Is(err, ErrUnsoundKey) || !strings.Contains(err.Error(), "letter 1") || strings.Contains(err.Error(), "Jansen") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyStatement(t *testing.T) {
	k := newKey(t, "Energie BV", noon)
	statement, err := MakeKeyStatement(creditorOIN, noon, k)
	must(t, err)
	oin, found, err := ReadKeyStatement(statement, noon.Add(time.Hour))
	if err != nil || oin != creditorOIN || len(found) != 2 {
		t.Fatalf("%q, %d keys, %v", oin, len(found), err)
	}
	for i, use := range []gateway.KeyUse{gateway.KeySign, gateway.KeyEncrypt} {
		if f := found[i]; f.Use != use || f.ID != k.ID() || f.Algorithm != gateway.AlgOpenPGP || !bytes.Equal(f.Public.(gateway.OpenPGPKey), k.Public()) || !f.From.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s: %+v", use, f)
		}
	}
	other, err := MakeKeyStatement(creditorOIN, noon, newKey(t, "Ander", noon))
	must(t, err)
	cut := bytes.Index(statement, []byte("-----BEGIN PGP PUBLIC"))
	otherCut := bytes.Index(other, []byte("-----BEGIN PGP PUBLIC"))
	private, err := k.Marshal()
	must(t, err)
	for name, c := range map[string]struct {
		statement []byte
		at        time.Time
		code      gateway.Code
	}{
		"too old":        {statement, noon.Add(maxStatementAge + time.Second), gateway.CodeBadForm},
		"from tomorrow":  {statement, noon.Add(-time.Hour), gateway.CodeBadForm},
		"other oin":      {bytes.Replace(statement, []byte(creditorOIN), []byte(gatewayOIN), 1), noon, gateway.CodeSignature},
		"no oin":         {bytes.Replace(statement, []byte(creditorOIN), []byte("jansen"), 1), noon, gateway.CodeBadForm},
		"other key":      {append(bytes.Clone(statement[:cut]), other[otherCut:]...), noon, gateway.CodeKey},
		"other signer":   {swapSignature(statement, other), noon, gateway.CodeSignature},
		"no key":         {statement[:cut], noon, gateway.CodeKey},
		"a private key":  {append(bytes.Clone(statement[:cut]), private...), noon, gateway.CodeKey},
		"text before":    {append([]byte("Geachte,\n"), statement...), noon, gateway.CodeBadForm},
		"empty":          {nil, noon, gateway.CodeBadForm},
		"title":          {bytes.Replace(statement, []byte("v1"), []byte("v2"), 1), noon, gateway.CodeBadForm},
		"too large":      {append(bytes.Clone(statement), make([]byte, maxCertificate)...), noon, gateway.CodeTooLarge},
		"two keys":       {append(bytes.Clone(statement[:cut]), append(bytes.Clone(k.Public()), k.Public()...)...), noon, gateway.CodeKey},
		"cut in the sig": {statement[:cut-60], noon, gateway.CodeBadForm},
	} {
		_, found, err := ReadKeyStatement(c.statement, c.at)
		if code := refusal(t, err); code != c.code || found != nil {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// A key that expires is registered until then.
func TestKeyStatementOfKeyWithAnEnd(t *testing.T) {
	c := profile(noon)
	c.KeyLifetimeSecs = 3600
	e, err := openpgp.NewEntity("Energie BV", "", "", c)
	must(t, err)
	statement, err := MakeKeyStatement(creditorOIN, noon, own(e))
	must(t, err)
	_, found, err := ReadKeyStatement(statement, noon.Add(time.Minute))
	must(t, err)
	for _, k := range found {
		if !k.Until.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s until %s", k.Use, k.Until)
		}
	}
	if _, _, err := ReadKeyStatement(statement, noon.Add(2*time.Hour)); refusal(t, err) != gateway.CodeKey {
		t.Errorf("after its end: %v", err)
	}
}

func swapSignature(a, b []byte) []byte {
	const mark = "-----BEGIN PGP SIGNATURE-----"
	end := []byte("-----BEGIN PGP PUBLIC")
	out := bytes.Clone(a[:bytes.Index(a, []byte(mark))])
	out = append(out, b[bytes.Index(b, []byte(mark)):bytes.Index(b, end)]...)
	return append(out, a[bytes.Index(a, end):]...)
}

func TestReadPublicAndPrivate(t *testing.T) {
	k := newKey(t, "Energie BV", noon)
	private, err := k.Marshal()
	must(t, err)
	again, err := ReadPrivate(private)
	if err != nil || again.ID() != k.ID() || !bytes.Equal(again.Public(), k.Public()) {
		t.Errorf("private key does not come back: %v", err)
	}
	for name, raw := range map[string][]byte{"private": private, "nothing": nil, "cut": k.Public()[:100], "large": make([]byte, maxCertificate+1)} {
		if _, err := ReadPublic(raw, noon); !errors.Is(err, ErrUnsoundKey) {
			t.Errorf("%s as public key: %v", name, err)
		}
	}
	if _, err := ReadPublic(k.Public(), noon.Add(-time.Hour)); !errors.Is(err, ErrUnsoundKey) {
		t.Errorf("a key from the future: %v", err)
	}
	if _, err := ReadPrivate(k.Public()); !errors.Is(err, ErrUnsoundKey) {
		t.Errorf("public as private: %v", err)
	}
	locked := mustEntity(t, private)
	must(t, locked.EncryptPrivateKeys([]byte("geheim"), profile(noon)))
	var b bytes.Buffer
	must(t, locked.SerializePrivateWithoutSigning(&b, nil))
	if _, err := ReadPrivate(b.Bytes()); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := MakeKeyStatement(creditorOIN, noon, PrivateKey{}); !errors.Is(err, ErrUnsoundKey) {
		t.Errorf("statement of no key: %v", err)
	}
}

func TestPrivateKeyRedacts(t *testing.T) {
	k := newKey(t, "Energie BV", noon)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k)
	j, err := json.Marshal(struct{ K PrivateKey }{k})
	must(t, err)
	wrapped := struct{ k PrivateKey }{k}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%#v %+v %d %x", k, k, k, k), string(j), log.String(), fmt.Sprintf("%+v %d", wrapped, wrapped)} {
		if len(text) > 600 || strings.Contains(text, "PrivateKey:0x") {
			t.Errorf("shows more than a fingerprint: %.200s", text)
		}
	}
}

type widest struct{ most, total int }

func (w *widest) Write(b []byte) (int, error) {
	w.most, w.total = max(w.most, len(b)), w.total+len(b)
	return len(b), nil
}

func (*widest) Close() error { return nil }

func TestLargeWritesAreCut(t *testing.T) {
	var w widest
	if n, err := (pieces{&w}).Write(make([]byte, 10*piece+1)); n != 10*piece+1 || err != nil || w.total != n || w.most > piece {
		t.Errorf("%d, %v: %+v", n, err, w)
	}
}
