// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"net/http"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// shipped are the roles of deploy/vault.
var shipped = []string{"poort", "beheer", "bewaring", "console", "pki"}

// deed is one call to Vault, and who may do it.
type deed struct {
	name   string
	method string
	path   string // after the prefix
	body   map[string]any
	may    []string
}

// deeds are all calls that the store makes, and those that nobody may make.
func deeds() []deed {
	type m = map[string]any
	one := m{"batch_input": []m{{"input": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}, "prehashed": true}
	write, read := http.MethodPut, http.MethodGet
	list := []deed{
		{"read the register", read, "kv/data/keyring", nil, []string{"poort", "beheer", "bewaring", "console"}},
		{"change the register", write, "kv/data/keyring", m{"options": m{"cas": 999}, "data": m{}}, []string{"beheer"}},
		{"read an intake key", read, "kv/data/intake/x", nil, []string{"poort"}},
		{"write an intake key", write, "kv/data/intake/nieuw", m{"options": m{"cas": 9}, "data": m{}}, []string{"beheer"}},
		{"overwrite an intake key", write, "kv/data/intake/x", m{"options": m{"cas": 1}, "data": m{}}, nil},
		{"erase an intake key", http.MethodDelete, "kv/metadata/intake/nooit", nil, []string{"beheer"}},
		{"read an OpenPGP key", read, "kv/data/openpgp/x", nil, []string{"poort"}},
		{"list intake keys", "LIST", "kv/metadata/intake", nil, nil},
		{"pseudonyms", write, "keys/hmac/subject-blinding/sha2-256", one, []string{"poort"}},
		{"hmac with a signing key", write, "keys/hmac/receipt-signing-es256/sha2-256", one, nil},
		{"new blinding version", write, "keys/keys/subject-blinding/rotate", m{}, []string{"beheer"}},
		{"look at a key", read, "keys/keys/subject-blinding", nil, []string{"beheer"}},
		{"make a key", write, "keys/keys/notice-signing-es256", m{"type": "ecdsa-p256"}, []string{"beheer"}},
		{"make an exportable key", write, "keys/keys/notice-signing-ps256", m{"type": "rsa-3072", "exportable": true}, nil},
		{"make any other key", write, "keys/keys/eigen", m{"type": "ed25519"}, nil},
		{"make a key exportable", write, "keys/keys/subject-blinding/config", m{"exportable": true}, nil},
		{"allow a backup", write, "keys/keys/subject-blinding/config", m{"allow_plaintext_backup": true}, nil},
		{"allow deletion of a signing key", write, "keys/keys/receipt-signing-es256/config", m{"deletion_allowed": true}, nil},
		{"end old versions", write, "keys/keys/subject-blinding/config", m{"min_encryption_version": 1, "min_decryption_version": 1}, []string{"beheer"}},
		{"erase old versions", write, "keys/keys/subject-blinding/trim", m{"min_available_version": 1}, []string{"beheer"}},
		{"delete a signing key", http.MethodDelete, "keys/keys/receipt-signing-es256", nil, nil},
		{"back a key up", read, "keys/backup/subject-blinding", nil, nil},
		{"data key", write, "scopes/datakey/plaintext/s.GM0268_s2026-11", m{"bits": 256}, []string{"poort"}},
		{"open a data key", write, "scopes/decrypt/s.GM0268_s2026-11", m{"batch_input": []m{{"ciphertext": "vault:v1:x"}}}, []string{"poort"}},
		{"make a scope", write, "scopes/keys/s.GM0268_s2026-12", m{"type": "aes256-gcm96"}, []string{"poort"}},
		{"make an exportable scope", write, "scopes/keys/s.GM0268_s2027-01", m{"type": "aes256-gcm96", "exportable": true}, nil},
		{"list scopes", "LIST", "scopes/keys", nil, []string{"bewaring", "console"}},
		{"look at a scope", read, "scopes/keys/s.GM0268_s2026-11", nil, []string{"bewaring", "console"}},
		{"allow a scope to go", write, "scopes/keys/s.GM0268_s2026-10/config", m{"deletion_allowed": true}, []string{"bewaring"}},
		{"make a scope exportable", write, "scopes/keys/s.GM0268_s2026-11/config", m{"exportable": true}, nil},
		{"encrypt with a scope", write, "scopes/encrypt/s.GM0268_s2026-11", m{"plaintext": "AA=="}, nil},
		{"rewrap", write, "scopes/rewrap/s.GM0268_s2026-11", m{"ciphertext": "vault:v1:x"}, nil},
		{"read a tombstone", read, "kv/data/scopes/s.GM0268_s2020-01", nil, []string{"poort", "bewaring", "console"}},
		{"write a tombstone", write, "kv/data/scopes/s.nieuw", m{"options": m{"cas": 9}, "data": m{}}, []string{"bewaring"}},
		{"change a tombstone", write, "kv/data/scopes/s.GM0268_s2020-01", m{"options": m{"cas": 1}, "data": m{}}, nil},
		{"delete a tombstone", http.MethodDelete, "kv/data/scopes/s.GM0268_s2020-01", nil, nil},
		{"erase a tombstone", http.MethodDelete, "kv/metadata/scopes/s.GM0268_s2020-01", nil, nil},
		{"sign a certificate", write, "pki/sign/node", m{"csr": "x"}, []string{"pki"}},
		{"have a certificate made", write, "pki/issue/node", m{"common_name": "localhost"}, nil},
		{"make another authority", write, "pki/root/generate/exported", m{"common_name": "x"}, nil},
	}
	for _, name := range []string{"receipt-signing-es256", "notice-signing-es256", "checkpoint-signing-eddsa", "webhook-signing-eddsa"} {
		list = append(list, deed{"sign with " + name, write, "keys/sign/" + name + "/sha2-256", one, []string{"poort"}},
			deed{"export " + name, read, "keys/export/signing-key/" + name, nil, nil})
	}
	for _, kind := range []string{"encryption-key", "hmac-key", "signing-key"} {
		list = append(list, deed{"export blinding as " + kind, read, "keys/export/" + kind + "/subject-blinding", nil, nil},
			deed{"export scope as " + kind, read, "scopes/export/" + kind + "/s.GM0268_s2026-11", nil, nil})
	}
	return list
}

// Each role can do its own calls and no other's, with the policies as they are shipped.
func TestPolicies(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	furnish(t, realm)
	tokens := map[string]string{"nobody": "x"}
	for _, role := range shipped {
		tokens[role] = realm.Token(t, role)
	}
	for _, d := range deeds() {
		for _, role := range append(slices.Clone(shipped), "nobody") {
			status, _ := realm.Call(tokens[role], d.method, realm.Mount+"/"+d.path, d.body)
			// A call that is allowed may still be refused for what it says; only 403 is about the role.
			if may, did := slices.Contains(d.may, role), status != http.StatusForbidden; may != did || status == 0 || status >= 500 {
				t.Errorf("%s as %s: status %d, allowed should be %v", d.name, role, status, may)
			}
		}
	}
}

// furnish makes keys, scopes and a tombstone as the product does, each with the role that does it there.
func furnish(t testing.TB, realm vaulttest.Realm) {
	t.Helper()
	clock := &ticking{}
	s, err := Create(t.Context(), configFor(t, realm, realm.Login(t, "beheer"), clock), Options{})
	must(t, err)
	defer s.Close()
	poort, err := Open(t.Context(), configFor(t, realm, realm.Login(t, "poort"), clock))
	must(t, err)
	defer poort.Close()
	for _, scope := range []string{"GM0268/2026-10", "GM0268/2026-11", "GM0268/2020-01"} {
		wrapOne(t, poort, scope, "a", "x")
	}
	bewaring, err := Open(t.Context(), configFor(t, realm, realm.Login(t, "bewaring"), clock))
	must(t, err)
	defer bewaring.Close()
	must(t, bewaring.Destroy(t.Context(), "GM0268/2020-01"))
	realm.Must(t, http.MethodPut, realm.Mount+"/kv/data/intake/x", map[string]any{"options": map[string]int{"cas": 0}, "data": map[string]string{"private": "AA=="}})
}

// The acts of the store, each with the role that does it in the product, and what it needs no other role for.
func TestRolesDoTheirWork(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	realm.RunSetup(t) // again: it keeps everything
	clock := &ticking{}
	as := func(role string) *Store {
		s, err := Open(t.Context(), configFor(t, realm, realm.Login(t, role), clock))
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	beheer, err := Create(t.Context(), configFor(t, realm, realm.Login(t, "beheer"), clock), Options{PS256: true, X25519Intake: true})
	must(t, err)
	t.Cleanup(func() { _ = beheer.Close() })
	realm.RunSetup(t)
	poort, bewaring, console := as("poort"), as("bewaring"), as("console")
	calls := 0
	must(t, beheer.EnsureOpenPGP(t.Context(), maker(&calls)))
	must(t, beheer.RotateOpenPGP(t.Context(), maker(&calls)))
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.SubjectBlinding, keys.SubjectBlinding, keys.IntakeDecryption, keys.WebhookSigning} {
		must(t, beheer.Rotate(t.Context(), use))
	}
	clock.advance(signingOverlap)
	entries, err := beheer.Inventory(t.Context())
	must(t, err)
	for _, e := range entries {
		if !e.Until.IsZero() {
			must(t, beheer.Retire(t.Context(), e.KID))
		}
	}
	for _, c := range []struct {
		use keys.Use
		alg string
	}{{keys.ReceiptSigning, keys.ES256}, {keys.ReceiptSigning, keys.PS256}, {keys.NoticeSigning, keys.PS256}, {keys.CheckpointSigning, keys.EdDSA}, {keys.WebhookSigning, keys.EdDSA}} {
		if _, err := signOne(t, poort, c.use, c.alg); err != nil {
			t.Errorf("%s %s: %v", c.use, c.alg, err)
		}
	}
	if in, err := poort.IntakeKeys(t.Context()); err != nil || len(in) != 2 {
		t.Errorf("%d intake keys: %v", len(in), err)
	}
	if in, err := poort.OpenPGPKeys(t.Context()); err != nil || len(in) != 1 {
		t.Errorf("%d OpenPGP keys: %v", len(in), err)
	}
	if tags, err := poort.MAC(t.Context(), [][]byte{{1}}); err != nil || len(tags[0]) != 1 || tags[0][0].Version != 3 {
		t.Errorf("tags %v: %v", tags, err)
	}
	w := wrapOne(t, poort, "GM0268/2026-11", "a", "x")
	if got, err := unwrapOne(t, poort, "GM0268/2026-11", "a", w); err != nil || got != "x" {
		t.Errorf("unwrap: %v", err)
	}
	must(t, bewaring.Destroy(t.Context(), "GM0268/2026-11"))
	must(t, bewaring.Destroy(t.Context(), "GM0268/2026-01"))
	for name, s := range map[string]*Store{"bewaring": bewaring, "console": console} {
		if scopes, err := s.Scopes(t.Context()); err != nil || len(scopes) != 2 || scopes[1].Created.IsZero() || scopes[1].Destroyed.IsZero() {
			t.Errorf("%s: scopes %v: %v", name, scopes, err)
		}
	}
}
