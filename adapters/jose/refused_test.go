// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// TestRefused holds the strict layer. Each token is right in everything but
// the one thing its name says, and the last check shows that the forging itself makes good tokens.
func TestRefused(t *testing.T) {
	w := theWorld()
	to, from := w.open[algECDHES].Public(), w.sign[algES256]
	kid, own := quote(to.ID), quote(from.public.ID)
	inner := must(SignPayload(payload, from, ""))
	jwe := func(head string) []byte { return forgeJWE(t, head, inner, to) }
	jws := func(head string) []byte { return forgeJWE(t, goodJWE(to.ID), forgeJWS(t, head, payload, from), to) }
	const epk = `,"epk":{epk}`

	for _, c := range []struct {
		name  string
		token []byte
		code  gateway.Code
	}{
		{"JWE RSA1_5", jwe(`{"alg":"RSA1_5","enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE dir", jwe(`{"alg":"dir","enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE A128KW", jwe(`{"alg":"A128KW","enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE PBES2", jwe(`{"alg":"PBES2-HS256+A128KW","p2c":9999999,"enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE ECDH-ES direct", jwe(`{"alg":"ECDH-ES","enc":"A256GCM","kid":` + kid + epk + `}`), gateway.CodeAlgorithm},
		{"JWE alg of another key", jwe(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE alg missing", jwe(`{"enc":"A256GCM","kid":` + kid + `}`), gateway.CodeAlgorithm},
		{"JWE A128CBC-HS256", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A128CBC-HS256","kid":` + kid + epk + `}`), gateway.CodeAlgorithm},
		{"JWE A128GCM", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A128GCM","kid":` + kid + epk + `}`), gateway.CodeAlgorithm},
		{"JWE kid missing", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM"` + epk + `}`), gateway.CodeHeader},
		{"JWE kid unknown", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":"x"` + epk + `}`), gateway.CodeKey},
		{"JWE zip", jwe(withJWE(to.ID, `"zip":"DEF"`)), gateway.CodeHeader},
		{"JWE crit", jwe(withJWE(to.ID, `"crit":["exp"],"exp":1`)), gateway.CodeCritical},
		{"JWE empty crit", jwe(withJWE(to.ID, `"crit":[]`)), gateway.CodeCritical},
		{"JWE jku", jwe(withJWE(to.ID, `"jku":"https://example.org"`)), gateway.CodeHeader},
		{"JWE jwk", jwe(withJWE(to.ID, `"jwk":{"kty":"EC"}`)), gateway.CodeHeader},
		{"JWE x5u", jwe(withJWE(to.ID, `"x5u":"https://example.org"`)), gateway.CodeHeader},
		{"JWE x5c", jwe(withJWE(to.ID, `"x5c":["AA=="]`)), gateway.CodeHeader},
		{"JWE apu", jwe(withJWE(to.ID, `"apu":"QQ"`)), gateway.CodeHeader},
		{"JWE apv", jwe(withJWE(to.ID, `"apv":"QQ"`)), gateway.CodeHeader},
		{"JWE unknown member", jwe(withJWE(to.ID, `"iss":"x"`)), gateway.CodeHeader},
		{"JWE p2c", jwe(withJWE(to.ID, `"p2c":1`)), gateway.CodeHeader},
		{"JWE typ not text", jwe(withJWE(to.ID, `"typ":1`)), gateway.CodeHeader},
		{"JWE cty null", jwe(withJWE(to.ID, `"cty":null`)), gateway.CodeHeader},
		{"JWE member twice", jwe(withJWE(to.ID, `"kid":`+kid)), gateway.CodeHeader},
		{"JWE member twice, escaped", jwe(withJWE(to.ID, `"\u006bid":`+kid)), gateway.CodeHeader},
		{"JWE epk missing", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":` + kid + `}`), gateway.CodeHeader},
		{"JWE epk with private part", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":` + kid + `,"epk":{"kty":"EC","crv":"P-256","d":"AA"}}`), gateway.CodeHeader},
		{"JWE epk with one member more", jwe(strings.Replace(goodJWE(to.ID), "{epk}", "{epk+}", 1)), gateway.CodeHeader},
		{"JWE epk not an object", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":` + kid + `,"epk":"x"}`), gateway.CodeHeader},
		{"JWE epk off the curve", jwe(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":` + kid + `,"epk":{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}}`), gateway.CodeUndecryptable},
		{"JWE header is an array", jwe(`[]`), gateway.CodeHeader},
		{"JWE header and more", jwe(goodJWE(to.ID) + `{}`), gateway.CodeHeader},
		{"JWE header not UTF-8", jwe(withJWE(to.ID, "\"typ\":\"\xff\"")), gateway.CodeHeader},
		{"JWE to another recipient's key", forgeJWE(t, goodJWE(to.ID), inner, must(NewEncryptionKey(algECDHES)).Public()), gateway.CodeUndecryptable},

		{"JWS none", forgeJWE(t, goodJWE(to.ID), []byte(b64(`{"alg":"none","kid":`+own+`}`)+"."+b64(string(payload))+"."), to), gateway.CodeAlgorithm},
		{"JWS None", jws(`{"alg":"None","kid":` + own + `}`), gateway.CodeAlgorithm},
		{"JWS HS256", jws(`{"alg":"HS256","kid":` + own + `}`), gateway.CodeAlgorithm},
		{"JWS HS256 with the public key as secret", forgeJWE(t, goodJWE(to.ID), confusion(from), to), gateway.CodeAlgorithm},
		{"JWS RS256", forgeJWE(t, goodJWE(to.ID), rs256(w.sign[algPS256]), to), gateway.CodeAlgorithm},
		{"JWS ES384", jws(`{"alg":"ES384","kid":` + own + `}`), gateway.CodeAlgorithm},
		{"JWS alg of another key", jws(`{"alg":"EdDSA","kid":` + own + `}`), gateway.CodeAlgorithm},
		{"JWS kid missing", jws(`{"alg":"ES256"}`), gateway.CodeHeader},
		{"JWS kid empty", jws(`{"alg":"ES256","kid":""}`), gateway.CodeHeader},
		{"JWS crit b64", jws(`{"alg":"ES256","kid":` + own + `,"b64":false,"crit":["b64"]}`), gateway.CodeCritical},
		{"JWS b64 alone", jws(`{"alg":"ES256","kid":` + own + `,"b64":true}`), gateway.CodeHeader},
		{"JWS crit unknown", jws(`{"alg":"ES256","kid":` + own + `,"crit":["x"],"x":1}`), gateway.CodeCritical},
		{"JWS jku", jws(`{"alg":"ES256","kid":` + own + `,"jku":"https://example.org"}`), gateway.CodeHeader},
		{"JWS jwk", jws(`{"alg":"ES256","kid":` + own + `,"jwk":` + string(must(MarshalPublicJWK(from.public))) + `}`), gateway.CodeHeader},
		{"JWS x5c", jws(`{"alg":"ES256","kid":` + own + `,"x5c":[]}`), gateway.CodeHeader},
		{"JWS x5u", jws(`{"alg":"ES256","kid":` + own + `,"x5u":"https://example.org"}`), gateway.CodeHeader},
		{"JWS enc", jws(`{"alg":"ES256","kid":` + own + `,"enc":"A256GCM"}`), gateway.CodeHeader},
		{"JWS member twice", jws(`{"alg":"ES256","alg":"ES256","kid":` + own + `}`), gateway.CodeHeader},
		{"JWS of another party", forgeJWE(t, goodJWE(to.ID), must(SignPayload(payload, w.other, "")), to), gateway.CodeKey},
		{"JWS of another party under our kid", forgeJWE(t, goodJWE(to.ID), forgeJWS(t, `{"alg":"ES256","kid":`+own+`}`, payload, w.other), to), gateway.CodeSignature},
		{"JWS detached", forgeJWE(t, goodJWE(to.ID), detached(inner), to), gateway.CodeNotCompact},
		{"JWS key statement", forgeJWE(t, goodJWE(to.ID), must(MakeKeyStatement(creditorOIN, now, from)), to), gateway.CodeHeader},
		{"payload not signed", forgeJWE(t, goodJWE(to.ID), payload, to), gateway.CodeNotCompact},
		{"JWE in a JWE", forgeJWE(t, goodJWE(to.ID), jwe(goodJWE(to.ID)), to), gateway.CodeNotCompact},
		{"JWS alone", inner, gateway.CodeNotCompact},
		{"JWE as JSON", []byte(`{"protected":"e30","ciphertext":"AA"}`), gateway.CodeNotCompact},
		{"empty", nil, gateway.CodeNotCompact},
		{"six parts", append(jwe(goodJWE(to.ID)), ".AA"...), gateway.CodeNotCompact},
	} {
		got, refused := w.receive(w.party(), c.token)
		if !hasCode(refused, c.code) || got != nil {
			t.Errorf("%s: got %v, want %s", c.name, refused, c.code)
		}
		checkSafe(t, c.name, refused)
	}
	for _, good := range [][]byte{jwe(goodJWE(to.ID)), jwe(withJWE(to.ID, `"typ":"x","cty":"y"`)), jws(`{"alg":"ES256","kid":` + own + `}`), jws(` { "kid" : ` + own + ` , "\u0061lg" : "ES\u003256" } `)} {
		if _, refused := w.receive(w.party(), good); refused != nil {
			t.Errorf("a good token: %v", refused)
		}
	}
}

// checkSafe holds that a finding has everything and no value of the input.
func checkSafe(t *testing.T, name string, refused *gateway.Error) {
	t.Helper()
	if refused == nil {
		return
	}
	if refused.Cause != nil {
		t.Errorf("%s: a cause could quote input: %v", name, refused.Cause)
	}
	for _, f := range refused.Findings {
		if f.Pointer != "" || f.Rule == "" || f.Text == "" || strings.Contains(f.Text, "example.org") {
			t.Errorf("%s: finding %+v", name, f)
		}
	}
}

func TestAllFindingsAtOnce(t *testing.T) {
	w := theWorld()
	token := forgeJWS(t, `{"alg":"none","zip":"DEF","crit":["x"],"x":1}`, payload, w.sign[algES256])
	_, refused := w.receiveSigned(w.party(), token)
	if refused == nil || len(refused.Findings) != 5 {
		t.Errorf("want zip, crit, x, kid and alg: %v", refused)
	}
}

func goodJWE(kid string) string {
	return `{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":` + quote(kid) + `,"epk":{epk}}`
}

func withJWE(kid, member string) string {
	return strings.TrimSuffix(goodJWE(kid), "}") + "," + member + "}"
}

func detached(token []byte) []byte {
	p := parts(token)
	return []byte(p[0] + ".." + p[2])
}

// confusion makes the HMAC under the public key, as an attacker would.
func confusion(key PrivateKey) []byte {
	input := b64(`{"alg":"HS256","kid":`+quote(key.public.ID)+`}`) + "." + b64(string(payload))
	secret := must(x509.MarshalPKIXPublicKey(key.public.Public.(*ecdsa.PublicKey)))
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(input))
	return []byte(input + "." + b64(string(m.Sum(nil))))
}

func rs256(key PrivateKey) []byte {
	input := b64(`{"alg":"RS256","kid":`+quote(key.public.ID)+`}`) + "." + b64(string(payload))
	sum := sha256.Sum256([]byte(input))
	signature := must(rsa.SignPKCS1v15(rand.Reader, key.raw().(*rsa.PrivateKey), crypto.SHA256, sum[:]))
	return []byte(input + "." + b64(string(signature)))
}
