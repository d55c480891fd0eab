// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// A commit of 256 receipts is one call to a real Vault, and each verifies with the published key.
func TestCommitAtVault(t *testing.T) {
	realm := vaulttest.Start(t).Open(t)
	l := realm.Allow(t)
	s, err := vault.Create(t.Context(), vault.Config{Address: realm.Address, CAFile: realm.CAFile(t), Mount: realm.Mount,
		AppRole: &vault.AppRole{Mount: realm.Auth, Role: l.Role, RoleID: l.RoleID, SecretIDFile: l.SecretIDFile}}, vault.Options{PS256: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	publics := must(s.Publics(t.Context())) // also looks at the register, for the second that follows
	published := must(ParseJWKS(must(JWKS(publics))))
	for _, c := range []struct {
		alg  string
		n    int
		most uint64 // the second in which the register need not be looked at may be over
	}{{algES256, 256, 2}, {algPS256, 16, 2}} {
		statements := make([]gateway.Statement, c.n)
		for n := range statements {
			statements[n] = gateway.Statement{Type: gateway.TypeReceipt, Algorithm: c.alg, Payload: fmt.Appendf(nil, `{"n":%d}`, n)}
		}
		before := s.Calls()
		tokens, err := NewIssuer(s, keys.ReceiptSigning).Sign(t.Context(), statements)
		if calls := s.Calls() - before; err != nil || calls < 1 || calls > c.most {
			t.Fatalf("%s: %d calls: %v", c.alg, calls, err)
		}
		for n, token := range tokens {
			if got, err := VerifyStatement(token, published, gateway.TypeReceipt); err != nil || !bytes.Equal(got, statements[n].Payload) {
				t.Fatalf("%s: token %d: %v", c.alg, n, err)
			}
		}
	}
}
