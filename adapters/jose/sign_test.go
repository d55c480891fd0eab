// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// pss gives signing options with a salt of that length.
func pss(salt int) *rsa.PSSOptions { return &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256} }

// rs turns an ASN.1 signature into r and s of 32 bytes each.
func rs(der []byte) []byte {
	var v struct{ R, S *big.Int }
	must(asn1.Unmarshal(der, &v))
	out := make([]byte, 64)
	v.R.FillBytes(out[:32])
	v.S.FillBytes(out[32:])
	return out
}

func TestSaltLength(t *testing.T) {
	w := theWorld()
	key := w.sign[algPS256]
	for salt, want := range map[int]bool{32: true, 0: false, 20: false, 64: false} {
		input := b64(`{"alg":"PS256","kid":`+quote(key.public.ID)+`}`) + "." + b64(string(payload))
		sum := crypto.SHA256.New()
		sum.Write([]byte(input))
		signature := must(must(key.signer()).Sign(rand.Reader, sum.Sum(nil), pss(salt)))
		_, refused := w.receiveSigned(w.party(), []byte(input+"."+b64(string(signature))))
		if (refused == nil) != want {
			t.Errorf("salt of %d bytes: %v", salt, refused)
		}
	}
}

func TestSignatureLength(t *testing.T) {
	w := theWorld()
	for alg, key := range w.sign {
		token := must(SignPayload(payload, key, "test"))
		p := parts(token)
		raw := must(strict64.DecodeString(p[2]))
		for _, bad := range [][]byte{nil, raw[:len(raw)-1], append([]byte{0}, raw...), append(raw[:len(raw):len(raw)], 0)} {
			_, refused := w.receiveSigned(w.party(), []byte(p[0]+"."+p[1]+"."+b64(string(bad))))
			if !hasCode(refused, gateway.CodeSignature) {
				t.Errorf("%s with %d bytes: %v", alg, len(bad), refused)
			}
		}
	}
}

// negateS replaces s by the group order minus s.
func negateS(signature []byte) []byte {
	s := new(big.Int).SetBytes(signature[32:])
	s.Sub(elliptic.P256().Params().N, s)
	out := append([]byte{}, signature...)
	s.FillBytes(out[32:])
	return out
}
