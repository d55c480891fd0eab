// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestPrivateKeyRoundTrip(t *testing.T) {
	w := theWorld()
	for _, set := range []map[string]PrivateKey{w.sign, w.open} {
		for alg, k := range set {
			data := must(k.Marshal())
			again, err := ParsePrivateKey(data)
			if err != nil || again.public.ID != k.public.ID || !bytes.Equal(must(again.Marshal()), data) {
				t.Errorf("%s: %v", alg, err)
			}
			public := must(MarshalPublicJWK(k.Public()))
			parsed, err := ParsePublicJWK(public)
			if err != nil || parsed.ID != k.public.ID || bytes.Contains(public, []byte(`"d"`)) {
				t.Errorf("%s public: %v", alg, err)
			}
			if _, err := ParsePublicJWK(data); err == nil {
				t.Errorf("%s: a private key was taken for a public one", alg)
			}
			if _, err := ParsePrivateKey(public); err == nil {
				t.Errorf("%s: a public key was taken for a private one", alg)
			}
		}
	}
}

// TestPrivateKeyRefuses changes one member of good private keys.
func TestPrivateKeyRefuses(t *testing.T) {
	w := theWorld()
	other := must(NewSigningKey(algPS256))
	for name, c := range map[string][2]PrivateKey{
		"EC": {w.sign[algES256], w.other}, "OKP": {w.sign[algEdDSA], must(NewSigningKey(algEdDSA))},
		"X25519": {w.open[X25519], must(NewEncryptionKey(X25519))}, "RSA": {w.sign[algPS256], other},
	} {
		var good, foreign map[string]string
		for i, into := range []*map[string]string{&good, &foreign} {
			if err := json.Unmarshal(must(c[i].Marshal()), into); err != nil {
				t.Fatal(err)
			}
		}
		for member := range good {
			if member == "kty" || member == "crv" || member == "use" || member == "alg" || member == "e" {
				continue
			}
			mixed := map[string]string{}
			for k, v := range good {
				mixed[k] = v
			}
			mixed[member] = foreign[member]
			if _, err := ParsePrivateKey(must(json.Marshal(mixed))); err == nil {
				t.Errorf("%s with another key's %s was taken", name, member)
			}
		}
	}
}

func TestPrivateKeyRedacts(t *testing.T) {
	for _, k := range theWorld().sign {
		var member struct{ D string }
		if err := json.Unmarshal(must(k.Marshal()), &member); err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "k", k, "p", &k)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "k", k)
		holder := struct{ K PrivateKey }{k}
		texts := []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", k, k, k, k, k, k, k),
			fmt.Sprintf("%v %+v %#v", holder, holder, &holder), string(must(json.Marshal(holder))), logged.String()}
		raw := fmt.Sprintf("%x", must(strict64.DecodeString(member.D)))
		for _, text := range texts {
			if strings.Contains(text, member.D) || strings.Contains(text, raw) || !strings.Contains(text, k.public.ID) {
				t.Errorf("shows the key or hides its name: %s", text)
			}
		}
	}
}

func TestPublicJWKRefuses(t *testing.T) {
	w := theWorld()
	good := string(publicJWK(w.sign[algES256]))
	small := must(rsa.GenerateKey(rand.Reader, 2048))
	e3 := *w.sign[algPS256].public.Public.(*rsa.PublicKey)
	e3.E = 3
	even := *w.sign[algPS256].public.Public.(*rsa.PublicKey)
	even.E = 65538
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	rsaJWK := func(k *rsa.PublicKey, alg, use string) string {
		return fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"%s","use":"%s","alg":"%s"}`, b64(string(k.N.Bytes())), b64(string(big.NewInt(int64(k.E)).Bytes())), use, alg)
	}
	for name, c := range map[string]struct {
		jwk  string
		code gateway.Code
	}{
		"RSA 2048":            {rsaJWK(&small.PublicKey, "PS256", "sig"), gateway.CodeAlgorithm},
		"RSA 2048 encryption": {rsaJWK(&small.PublicKey, "RSA-OAEP-256", "enc"), gateway.CodeAlgorithm},
		"RSA e=3":             {rsaJWK(&e3, "PS256", "sig"), gateway.CodeAlgorithm},
		"RSA e even":          {rsaJWK(&even, "PS256", "sig"), gateway.CodeAlgorithm},
		"RSA RS256":           {rsaJWK(w.sign[algPS256].public.Public.(*rsa.PublicKey), "RS256", "sig"), gateway.CodeAlgorithm},
		"RSA RSA1_5":          {rsaJWK(w.sign[algPS256].public.Public.(*rsa.PublicKey), "RSA1_5", "enc"), gateway.CodeAlgorithm},
		"RSA leading zero":    {strings.Replace(rsaJWK(&e3, "PS256", "sig"), `"e":"`, `"e":"AA`, 1), gateway.CodeBadForm},
		"P-384":               {fmt.Sprintf(`{"kty":"EC","crv":"P-384","x":"%s","y":"%s","use":"sig","alg":"ES384"}`, b64(string(p384.X.Bytes())), b64(string(p384.Y.Bytes()))), gateway.CodeBadForm},
		"P-256 off the curve": {`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `","use":"sig","alg":"ES256"}`, gateway.CodeBadForm},
		"P-256 for EdDSA":     {strings.Replace(good, "ES256", "EdDSA", 1), gateway.CodeAlgorithm},
		"sig as enc":          {strings.Replace(good, `"sig"`, `"enc"`, 1), gateway.CodeAlgorithm},
		"no use":              {strings.Replace(good, `"use":"sig",`, "", 1), gateway.CodeAlgorithm},
		"no alg":              {strings.Replace(good, `,"alg":"ES256"`, "", 1), gateway.CodeAlgorithm},
		"another kid":         {strings.Replace(good, `"kid":"`, `"kid":"x`, 1), gateway.CodeKey},
		"symmetric":           {`{"kty":"oct","k":"AA","use":"sig","alg":"HS256"}`, gateway.CodeBadForm},
		"unknown member":      {strings.Replace(good, "{", `{"x5c":[],`, 1), gateway.CodeBadForm},
		"member twice":        {strings.Replace(good, "{", `{"kty":"EC",`, 1), gateway.CodeBadForm},
		"two values":          {good + good, gateway.CodeBadForm},
		"nothing":             {"", gateway.CodeBadForm},
	} {
		if _, err := ParsePublicJWK([]byte(c.jwk)); !hasCode(gateway.AsError(err), c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := ParsePublicJWK([]byte(good)); err != nil {
		t.Error(err)
	}
}
