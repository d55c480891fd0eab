// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

var b64 = base64.RawURLEncoding.EncodeToString

func ecKey(t testing.TB, kid string) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return key, fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":"%s","alg":"ES256","use":"sig","x":"%s","y":"%s","key_ops":["verify"]}`,
		kid, b64(point[1:33]), b64(point[33:]))
}

func es256(t testing.TB, key *ecdsa.PrivateKey, header, payload string) string {
	t.Helper()
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func TestOpenReceipt(t *testing.T) {
	key, jwk := ecKey(t, "a")
	_, otherJWK := ecKey(t, "b")
	keys, err := proof.ParseKeySet([]byte(`{"keys":[` + jwk + `,` + otherJWK + `,{"kty":"OKP","crv":"X25519","kid":"c","use":"enc","x":"AA"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	good := es256(t, key, `{"alg":"ES256","kid":"a","typ":"JOSE"}`, `{"meldingId":"x"}`)
	r, err := keys.Open(good)
	if err != nil || r.KeyID != "a" || string(r.Payload) != `{"meldingId":"x"}` || r.Digest != proof.ReceiptDigest(good) {
		t.Fatalf("%+v, %v", r, err)
	}
	part := strings.Split(good, ".")
	for name, jws := range map[string]string{
		"empty":               "",
		"two parts":           part[0] + "." + part[1],
		"five parts":          good + ".x.y",
		"other key's kid":     es256(t, key, `{"alg":"ES256","kid":"b"}`, `{}`),
		"unknown kid":         es256(t, key, `{"alg":"ES256","kid":"z"}`, `{}`),
		"no kid":              es256(t, key, `{"alg":"ES256"}`, `{}`),
		"none":                b64([]byte(`{"alg":"none","kid":"a"}`)) + "." + part[1] + ".",
		"other algorithm":     es256(t, key, `{"alg":"PS256","kid":"a"}`, `{}`),
		"crit":                es256(t, key, `{"alg":"ES256","kid":"a","crit":["x"],"x":1}`, `{}`),
		"b64":                 es256(t, key, `{"alg":"ES256","kid":"a","b64":false}`, `{}`),
		"own key":             es256(t, key, `{"alg":"ES256","kid":"a","jwk":`+jwk+`}`, `{}`),
		"doubled header":      es256(t, key, `{"alg":"ES256","alg":"ES256","kid":"a"}`, `{}`),
		"payload not JSON":    es256(t, key, `{"alg":"ES256","kid":"a"}`, `hello`),
		"payload not object":  es256(t, key, `{"alg":"ES256","kid":"a"}`, `[1]`),
		"doubled in payload":  es256(t, key, `{"alg":"ES256","kid":"a"}`, `{"x":1,"x":2}`),
		"padding":             good + "=",
		"newline":             part[0] + "." + part[1] + "\n." + part[2],
		"another payload":     part[0] + "." + b64([]byte(`{"meldingId":"y"}`)) + "." + part[2],
		"signature cut":       good[:len(good)-2],
		"spare bits set":      good[:len(good)-1] + string(good[len(good)-1]+1),
		"signature elsewhere": part[0] + "." + part[1] + "." + strings.Split(es256(t, key, `{}`, `{}`), ".")[2],
	} {
		if _, err := keys.Open(jws); !errors.Is(err, proof.ErrReceipt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenPS256(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	jwk := fmt.Sprintf(`{"kty":"RSA","kid":"r","alg":"PS256","n":"%s","e":"AQAB"}`, b64(key.N.Bytes()))
	keys, err := proof.ParseKeySet([]byte(`{"keys":[` + jwk + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	signed := b64([]byte(`{"alg":"PS256","kid":"r"}`)) + "." + b64([]byte(`{}`))
	sum := sha256.Sum256([]byte(signed))
	for salt, ok := range map[int]bool{32: true, 20: false, 0x10: false} {
		sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Open(signed + "." + b64(sig)); ok != (err == nil) {
			t.Errorf("salt of %d bytes: %v", salt, err)
		}
	}
}

func TestParseKeySet(t *testing.T) {
	_, jwk := ecKey(t, "a")
	small := fmt.Sprintf(`{"kty":"RSA","kid":"r","n":"%s","e":"AQAB"}`, b64(new(big.Int).Lsh(big.NewInt(3), 2046).Bytes()))
	for name, doc := range map[string]string{
		"empty":         ``,
		"no keys":       `{"keys":[]}`,
		"only unusable": `{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}`,
		"doubled kid":   `{"keys":[` + jwk + `,` + jwk + `]}`,
		"doubled name":  `{"keys":[],"keys":[` + jwk + `]}`,
		"private":       `{"keys":[` + strings.Replace(jwk, `"x"`, `"d":"AA","x"`, 1) + `]}`,
		"no point":      `{"keys":[` + strings.Replace(jwk, `"y":"`, `"y":"`+b64(make([]byte, 32))+`","z":"`, 1) + `]}`,
		"small RSA":     `{"keys":[` + small + `]}`,
		"without kid":   `{"keys":[` + strings.Replace(jwk, `"kid":"a"`, `"kid":""`, 1) + `]}`,
		"other alg":     `{"keys":[` + strings.Replace(jwk, `ES256`, `ES384`, 1) + `]}`,
		"for sealing":   `{"keys":[` + strings.Replace(jwk, `"sig"`, `"enc"`, 1) + `]}`,
	} {
		if _, err := proof.ParseKeySet([]byte(doc)); !errors.Is(err, proof.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The whole chain: a receipt, the act that issued it, its entry in the log, the document that a creditor keeps.
func TestEvidence(t *testing.T) {
	key, jwk := ecKey(t, "a")
	keys, err := proof.ParseKeySet([]byte(`{"keys":[` + jwk + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	jws := es256(t, key, `{"alg":"ES256","kid":"a"}`, `{"meldingId":"x"}`)
	by := audit.By{Actor: "00000003123456780000", Role: audit.Creditor, Origin: audit.Local, Trace: gatewaytest.Trace(1)}
	entry, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, "0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90"),
		time.Unix(0, 0), audit.Receipt(jws))
	if err != nil {
		t.Fatal(err)
	}
	signer, known := gatewaytest.AuditSigner(t, "log")
	rows := new(audit.MemoryRows)
	_ = rows.Append(t.Context(), gatewaytest.AuditLeaf(t, 1), entry.Leaf(), gatewaytest.AuditLeaf(t, 2))
	s, err := audit.NewSequencer(audit.Config{Rows: rows, Tiles: new(audit.MemoryTiles), Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, leaf, err := s.Prove(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Evidence(t.Context(), jws, 2)
	if err != nil || made != proof.NewEvidence(jws, leaf, string(text)) {
		t.Fatalf("%+v, %v", made, err)
	}
	if later, err := s.Evidence(t.Context(), jws, 4); err != nil || later.Status != proof.StatusPending {
		t.Errorf("before publication: %+v, %v", later, err)
	}
	doc, err := made.Encode()
	if err != nil {
		t.Fatal(err)
	}
	e, err := proof.ParseEvidence(doc)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Verify(keys, known)
	if err != nil || got.Index != 1 || got.Checkpoint.Tree.N != 3 || got.Entry.Event != string(audit.ReportReceived) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := proof.NewEvidence(jws, nil, "").Verify(keys, known); !errors.Is(err, proof.ErrPending) || got.Receipt.KeyID != "a" {
		t.Errorf("pending: %v", err)
	}
	otherText, otherLeaf, _ := s.Prove(t.Context(), 2)
	for name, c := range map[string]struct {
		e    proof.Evidence
		want error
	}{
		"another receipt":  {proof.NewEvidence(es256(t, key, `{"alg":"ES256","kid":"a"}`, `{}`), leaf, string(text)), proof.ErrEvidence},
		"another entry":    {proof.NewEvidence(jws, otherLeaf, string(otherText)), proof.ErrEvidence},
		"another proof":    {proof.NewEvidence(jws, leaf, string(otherText)), proof.ErrInclusion},
		"forged entry":     {proof.NewEvidence(jws, []byte(strings.Replace(string(leaf), "1970", "1971", 1)), string(text)), proof.ErrInclusion},
		"no proof":         {proof.NewEvidence(jws, leaf, "x"), proof.ErrInclusion},
		"unsigned receipt": {proof.NewEvidence(jws[:len(jws)-8], leaf, string(text)), proof.ErrReceipt},
	} {
		if _, err := c.e.Verify(keys, known); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{`{}`, `[]`, `{"ontvangstbewijs":"x","status":"gepubliceerd"}`, `{"ontvangstbewijs":"x","status":"in-afwachting","bewijs":"y"}`,
		`{"ontvangstbewijs":"x","status":"anders"}`, `{"ontvangstbewijs":"x","status":"in-afwachting","extra":1}`} {
		if _, err := proof.ParseEvidence([]byte(bad)); !errors.Is(err, proof.ErrEvidence) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
