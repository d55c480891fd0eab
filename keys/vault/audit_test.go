// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// Vault's own audit device writes every request and answer of a journey in full (log_raw; never do that with real data).
// Then root makes every key exportable and the test looks for each in what was written: no signing, blinding or scope key is
// there. What is there is what the package says leaves: intake keys, OpenPGP keys and data keys.
func TestNothingLeaves(t *testing.T) {
	server := vaulttest.StartOwn(t)
	realm := server.Setup(t)
	log := filepath.Join(t.TempDir(), "audit.log")
	server.Must(t, http.MethodPut, "sys/audit/file", map[string]any{"type": "file", "options": map[string]string{"file_path": log, "log_raw": "true"}})
	leaves := journey(t, realm)
	server.Must(t, http.MethodDelete, "sys/audit/file", nil)
	all, err := os.ReadFile(log)
	must(t, err)
	answers := onlyAnswers(t, all)
	secrets := export(t, realm)
	if len(secrets) != 13 {
		t.Errorf("%d keys were exported, want all 13 of the journey", len(secrets))
	}
	for name, secret := range secrets {
		if written(all).holds(secret) {
			t.Errorf("%s is in what Vault wrote", name)
		}
	}
	// The other way round, so that the search is known to find what is there.
	for name, secret := range leaves {
		if !written(answers).holds(secret) {
			t.Errorf("%s is not in the answers, so the search finds nothing", name)
		}
	}
	t.Logf("%d answers, %d bytes; of %d keys that must stay none is in them; %d that are handed out are", bytes.Count(answers, []byte("\n")), len(all), len(secrets), len(leaves))
}

// journey does what a gateway, an operator and retention do, and gives the keys that were handed out.
func journey(t *testing.T, realm vaulttest.Realm) map[string][]byte {
	t.Helper()
	clock, calls, leaves := &ticking{}, 0, map[string][]byte{}
	as := func(role string) *Store {
		s, err := Open(t.Context(), configFor(t, realm, realm.Login(t, role), clock))
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	beheer, err := Create(t.Context(), configFor(t, realm, realm.Login(t, "beheer"), clock), Options{PS256: true})
	must(t, err)
	t.Cleanup(func() { _ = beheer.Close() })
	must(t, beheer.EnsureOpenPGP(t.Context(), maker(&calls)))
	poort, other, bewaring := as("poort"), as("poort"), as("bewaring")
	signAll := func() {
		for _, use := range keys.Uses() {
			for _, alg := range use.Algorithms() {
				if use.Signs() {
					_, err := signOne(t, poort, use, alg)
					must(t, err)
				}
			}
		}
		_, err := poort.MAC(t.Context(), [][]byte{[]byte("v1|GM0268|signaal|person|a"), []byte("b")})
		must(t, err)
	}
	signAll()
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.CheckpointSigning, keys.SubjectBlinding, keys.IntakeDecryption} {
		must(t, beheer.Rotate(t.Context(), use))
	}
	clock.advance(recheck)
	signAll()
	for _, scope := range []string{"GM0268/2026-10", "GM0268/2026-11", "GM0363/2026-11"} {
		w := wrapOne(t, poort, scope, "a", "verzegeld")
		_, err := unwrapOne(t, other, scope, "a", w)
		must(t, err)
	}
	must(t, bewaring.Destroy(t.Context(), "GM0268/2026-10"))
	_, err = bewaring.Scopes(t.Context())
	must(t, err)
	in, err := poort.IntakeKeys(t.Context())
	must(t, err)
	for _, k := range in {
		der, err := x509.MarshalPKCS8PrivateKey(k.Key)
		must(t, err)
		leaves["intake key "+k.KID] = der
	}
	pgp, err := poort.OpenPGPKeys(t.Context())
	must(t, err)
	leaves["OpenPGP key"] = pgp[0]
	raw, _, err := poort.datakey(t.Context(), scopeName("GM0268/2026-11"))
	must(t, err)
	leaves["data key"] = raw
	return leaves
}

// onlyAnswers keeps the lines with what Vault gave back.
func onlyAnswers(t *testing.T, written []byte) (out []byte) {
	t.Helper()
	for line := range bytes.Lines(written) {
		var entry struct {
			Type string `json:"type"`
		}
		must(t, json.Unmarshal(line, &entry))
		if entry.Type == "response" {
			out = append(out, line...)
		}
	}
	return out
}

// export makes every key exportable, after the fact, and gives the secret part of each version.
func export(t *testing.T, realm vaulttest.Realm) map[string][]byte {
	t.Helper()
	secrets := map[string][]byte{}
	for engine, kinds := range map[string][]string{"keys": {"signing-key", "hmac-key"}, "scopes": {"encryption-key"}} {
		list := realm.Must(t, "LIST", realm.Mount+"/"+engine+"/keys", nil)["keys"].([]any)
		for _, item := range list {
			name := item.(string)
			realm.Must(t, http.MethodPost, realm.Mount+"/"+engine+"/keys/"+name+"/config", map[string]any{"exportable": true})
			kind := kinds[0]
			if name == blindingName {
				kind = kinds[1]
			}
			versions := realm.Must(t, http.MethodGet, realm.Mount+"/"+engine+"/export/"+kind+"/"+name, nil)["keys"].(map[string]any)
			for version, text := range versions {
				secrets[name+" "+version] = scalar(t, text.(string))
			}
		}
	}
	return secrets
}

// scalar is the number or the bytes that make a key secret, whatever it was written in.
func scalar(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		raw, err := base64.StdEncoding.DecodeString(text)
		must(t, err)
		return raw[:32]
	}
	var key any
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	must(t, err)
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		raw, err := k.Bytes()
		must(t, err)
		return raw
	case *rsa.PrivateKey:
		return k.Primes[0].Bytes()
	case ed25519.PrivateKey:
		return k.Seed()
	}
	t.Fatalf("a key of type %T", key)
	return nil
}

// written is a text to look in for bytes, in every form in which they could be written.
type written []byte

func (f written) holds(secret []byte) bool {
	piece := secret
	if len(piece) > 96 {
		piece = piece[30:90] // of a PKCS #8 key the private number
	}
	text := [][]byte{piece, []byte(hex.EncodeToString(piece)), []byte(strings.ToUpper(hex.EncodeToString(piece)))}
	for shift := range 3 { // base64 of something that holds it, at any of the three places
		for _, form := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			whole := form.EncodeToString(append(make([]byte, shift), piece...))
			text = append(text, []byte(whole[(shift*8+5)/6:len(whole)-2]))
		}
	}
	for _, t := range text {
		if bytes.Contains(f, t) {
			return true
		}
	}
	return false
}
