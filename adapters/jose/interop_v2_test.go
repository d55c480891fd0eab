// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	jwkv2 "github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// jwx/v2 ended, but partners still run it: what it makes we read, what we make
// it reads. Keys cross as JWKs, as they do between parties.

func v2key(t *testing.T, data []byte) jwkv2.Key {
	t.Helper()
	k, err := jwkv2.ParseKey(data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestV2ReadsOurs(t *testing.T) {
	w := theWorld()
	for alg, k := range w.sign {
		token := must(SignPayload(payload, k, "test"))
		got, err := jws.Verify(token, jws.WithKey(jwa.SignatureAlgorithm(alg), v2key(t, publicJWK(k))))
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: %v", alg, err)
		}
	}
	for alg, k := range w.open {
		body := sealTo(t, k.Public())
		got, err := jwe.Decrypt(body, jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.public.Algorithm), v2key(t, privateJWK(k))))
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: %v", alg, err)
		}
	}
	receipt := issue(t, keys.ReceiptSigning, algES256, gateway.TypeReceipt)
	set, err := jwkv2.Parse(keySet(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := jws.Verify(receipt, jws.WithKeySet(set)); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("receipt with our key set: %v", err)
	}
}

func TestWeReadV2(t *testing.T) {
	w := theWorld()
	for alg, from := range w.sign {
		inner, err := jws.Sign(payload, jws.WithKey(jwa.SignatureAlgorithm(alg), v2key(t, privateJWK(from))))
		if err != nil {
			t.Fatal(err)
		}
		for enc, to := range w.open {
			token, err := jwe.Encrypt(inner, jwe.WithContentEncryption(jwa.A256GCM),
				jwe.WithKey(jwa.KeyEncryptionAlgorithm(to.public.Algorithm), v2key(t, publicJWK(to))))
			if err != nil {
				t.Fatal(err)
			}
			got, refused := w.receive(w.party(), token)
			if refused != nil || !bytes.Equal(got, payload) {
				t.Errorf("%s %s: %v", enc, alg, refused)
			}
		}
	}
}
