// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// TestVectors reads tokens that npm jose made once; their private keys are gone.
func TestVectors(t *testing.T) {
	var vectors []struct {
		JWK            json.RawMessage
		Payload, Token string
	}
	if err := json.Unmarshal(must(os.ReadFile("testdata/vectors.json")), &vectors); err != nil || len(vectors) != 3 {
		t.Fatalf("%d vectors: %v", len(vectors), err)
	}
	for i, v := range vectors {
		key, err := ParsePublicJWK(v.JWK)
		if err != nil {
			t.Fatal(i, err)
		}
		published := []PublishedKey{{PartyKey: key, Purpose: keys.ReceiptSigning}}
		got, err := VerifyStatement([]byte(v.Token), published, gateway.TypeReceipt)
		if err != nil || string(got) != v.Payload {
			t.Errorf("%s: %v", key.Algorithm, err)
		}
		for j := range v.Token {
			// One character changed anywhere: never the same payload and no error.
			c := byte('A')
			if v.Token[j] == c {
				c = 'B'
			}
			changed := v.Token[:j] + string(c) + v.Token[j+1:]
			if got, err := VerifyStatement([]byte(changed), published, gateway.TypeReceipt); err == nil || got != nil {
				t.Fatalf("%s: character %d may be changed", key.Algorithm, j)
			}
		}
	}
}

// TestRFCVectors: the signatures of RFC 7515 A.3 and RFC 8037 A.4 verify, and
// the strict layer refuses both for want of a kid.
func TestRFCVectors(t *testing.T) {
	for name, c := range map[string]struct{ jwk, token, kid, payload string }{
		"RFC 7515 A.3": {
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","alg":"ES256"}`,
			"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			"", `{"iss":"joe",`,
		},
		"RFC 8037 A.4": {
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig","alg":"EdDSA"}`,
			"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "Example of Ed25519 signing",
		},
	} {
		key, err := ParsePublicJWK([]byte(c.jwk))
		if err != nil || c.kid != "" && key.ID != c.kid {
			t.Errorf("%s: key %s %v", name, key.ID, err)
		}
		text, refused := split([]byte(c.token), jwsParts, Limits{}.orDefault())
		if refused != nil {
			t.Fatal(name, refused)
		}
		got, refused := signed{text, header{alg: key.Algorithm}}.verify(key)
		if refused != nil || !strings.HasPrefix(string(got), c.payload) {
			t.Errorf("%s: %v", name, refused)
		}
		if _, refused := readSigned([]byte(c.token), Limits{}.orDefault()); !hasCode(refused, gateway.CodeHeader) {
			t.Errorf("%s without kid: %v", name, refused)
		}
	}
}
