// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// canonical reports whether every part encodes again to its own text.
func canonical(token []byte, n int) bool {
	p := parts(token)
	for _, s := range p {
		raw, err := strict64.DecodeString(s)
		if err != nil || b64(string(raw)) != s {
			return false
		}
	}
	return len(p) == n
}

// FuzzVerifyStatement: whatever is taken is canonical, has the asked type, and
// its payload is the one in the token; whatever is refused gives no payload.
func FuzzVerifyStatement(f *testing.F) {
	published := must(ParseJWKS(keySet(f)))
	good := issue(f, keys.ReceiptSigning, algES256, gateway.TypeReceipt)
	f.Add([]byte(good))
	f.Add(tail(good))
	f.Add(detached(good))
	f.Add(append(bytes.Clone(good), '\n'))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, token []byte) {
		got, err := VerifyStatement(token, published, gateway.TypeReceipt)
		if err != nil {
			if got != nil || len(gateway.AsError(err).Findings) == 0 {
				t.Fatalf("refused with a payload or without a finding: %v", err)
			}
			return
		}
		if !canonical(token, jwsParts) || !bytes.Equal(got, must(strict64.DecodeString(parts(token)[1]))) {
			t.Fatal("took a token that is not canonical")
		}
	})
}

// FuzzOpen feeds both strict layers whole tokens.
func FuzzOpen(f *testing.F) {
	w := theWorld()
	good := must(Wrap(payload, w.sign[algEdDSA], w.open[X25519].Public()))
	f.Add(good)
	f.Add(must(SignPayload(payload, w.sign[algEdDSA], "x")))
	f.Add(bytes.Replace(good, []byte("."), []byte(".."), 1))
	f.Fuzz(func(t *testing.T, token []byte) {
		got, refused := w.receive(w.party(), token)
		if refused == nil && (!canonical(token, jweParts) || !bytes.Equal(got, payload)) {
			t.Fatal("took a token that is not canonical or that nobody made")
		}
		if refused != nil && (got != nil || len(refused.Findings) == 0) {
			t.Fatalf("refused with a payload or without a finding: %v", refused)
		}
		if _, refused := w.receiveSigned(w.party(), token); refused == nil && !canonical(token, jwsParts) {
			t.Fatal("took a signature that is not canonical")
		}
	})
}

// FuzzHeader: a header that passes is a JSON object that a plain decoder reads
// the same way, with members of the list alone.
func FuzzHeader(f *testing.F) {
	f.Add(goodJWE("k"), true)
	f.Add(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":"k","epk":{"kty":"OKP","crv":"X25519","x":"`+strings.Repeat("A", 43)+`"}}`, true)
	f.Add(`{"alg":"ES256","kid":"k","typ":"t","cty":"c"}`, false)
	f.Add(`{"alg":"ES256","\u0061lg":"none","kid":"k"}`, false)
	f.Add(`{"alg":"ES256","kid":"k","crit":["b64"],"b64":false}`, false)
	f.Fuzz(func(t *testing.T, text string, encrypted bool) {
		n := jwsParts
		if encrypted {
			n = jweParts
		}
		h, findings := readHeader([]byte(text), n)
		if len(findings) > 0 {
			return
		}
		var plain map[string]any
		if err := json.Unmarshal([]byte(text), &plain); err != nil {
			t.Fatalf("passed what is no JSON object: %v", err)
		}
		allowed := map[string]string{"alg": h.alg, "kid": h.kid, "typ": h.typ, "cty": h.cty}
		if encrypted {
			allowed["enc"] = h.enc
			delete(plain, "epk")
		}
		for name, value := range plain {
			if want, ok := allowed[name]; !ok || value != want {
				t.Fatalf("member %q passed or is read differently", name)
			}
		}
		if h.kid == "" || encrypted && h.enc != encA256GCM || !encrypted && !signs(h.alg) {
			t.Fatalf("passed %+v", h)
		}
	})
}
