// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestLoginStatementType(t *testing.T) {
	signer := theWorld().sign[algES256]
	key := signer.Public()
	key.From = now
	from := gateway.Party{OIN: creditorOIN, Keys: []gateway.PartyKey{key}}
	token := must(MakeLoginStatement(creditorOIN, now, gateway.SSHKey("wire form"), signer))
	if got, err := ReadLoginStatement(token, from, now); err != nil || string(got) != "wire form" {
		t.Fatalf("%q, %v", got, err)
	}
	claims := must(base64.RawURLEncoding.DecodeString(strings.Split(string(token), ".")[1]))
	for _, typ := range []string{"", typJOSE, typKeyStatement, "x" + typeLoginStatement} {
		key, err := ReadLoginStatement(must(SignPayload(claims, signer, typ)), from, now)
		if !hasCode(gateway.AsError(err), gateway.CodeHeader) || key != nil {
			t.Errorf("typ %q: %v", typ, err)
		}
	}
}
