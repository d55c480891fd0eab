// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// job is one question to npm jose; see testdata/npm/peer.mjs.
type job struct {
	Do      string          `json:"do"`
	Payload string          `json:"payload,omitempty"`
	Token   string          `json:"token,omitempty"`
	JWK     json.RawMessage `json:"jwk,omitempty"`
	Set     json.RawMessage `json:"set,omitempty"`
	Alg     string          `json:"alg,omitempty"`
	Typ     string          `json:"typ,omitempty"`
}

type answer struct{ OK, Error string }

// askNode runs all jobs in one node process. Without node or the package the
// test is skipped, unless SEINHUIS_REAL=require asks for the real thing.
func askNode(t *testing.T, jobs []job) []answer {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("SEINHUIS_REAL") == "require" {
		missing = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("node is not installed")
	}
	var errs bytes.Buffer
	cmd := exec.Command(node, "testdata/npm/peer.mjs")
	cmd.Stdin = bytes.NewReader(must(json.Marshal(jobs)))
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		if bytes.Contains(errs.Bytes(), []byte("MODULE_NOT_FOUND")) {
			missing("npm package jose is not found: run npm ci in adapters/jose/testdata/npm, or name the directory of node_modules in SEINHUIS_NPM")
		}
		t.Fatalf("node: %v\n%s", err, errs.Bytes())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(jobs) {
		t.Fatalf("node answered %q: %v", out, err)
	}
	return answers
}

func publicJWK(k PrivateKey) json.RawMessage  { return must(MarshalPublicJWK(k.Public())) }
func privateJWK(k PrivateKey) json.RawMessage { return must(k.Marshal()) }

// TestNodeReadsOurs: signatures, letters, sealed signals, statements with our key set, thumbprints.
func TestNodeReadsOurs(t *testing.T) {
	w := theWorld()
	var jobs []job
	var want []string
	add := func(j job, ok string) { jobs, want = append(jobs, j), append(want, ok) }
	for _, k := range w.sign {
		token := must(SignPayload(payload, k, "test"))
		add(job{Do: "verify", Token: string(token), JWK: publicJWK(k)}, string(payload))
		add(job{Do: "thumbprint", JWK: publicJWK(k)}, k.public.ID)
	}
	for _, k := range w.open {
		sealed := sealTo(t, k.Public())
		add(job{Do: "decrypt", Token: string(sealed), JWK: privateJWK(k)}, string(payload))
	}
	for alg, purpose := range map[string]keys.Use{algES256: keys.ReceiptSigning, algPS256: keys.NoticeSigning} {
		typ := gateway.TypeReceipt
		if purpose == keys.NoticeSigning {
			typ = gateway.TypeNotice
		}
		add(job{Do: "verifyWithSet", Token: string(issue(t, purpose, alg, typ)), Set: keySet(t)}, string(payload))
	}
	for i, a := range askNode(t, jobs) {
		if a.OK != want[i] {
			t.Errorf("%s %s: %s", jobs[i].Do, jobs[i].JWK, a.Error)
		}
	}
}

// TestWeReadNode: a whole letter made by npm jose with our public keys.
func TestWeReadNode(t *testing.T) {
	w := theWorld()
	var first []job
	var kinds []string
	for alg, k := range w.sign {
		first = append(first, job{Do: "sign", Payload: string(payload), JWK: privateJWK(k), Typ: "JOSE"})
		kinds = append(kinds, alg)
	}
	signed := askNode(t, first)
	var second []job
	published := must(ParseJWKS(keySet(t)))
	for i, a := range signed {
		if a.Error != "" {
			t.Fatalf("%s: %s", kinds[i], a.Error)
		}
		for _, k := range published {
			if k.Use == gateway.KeyEncrypt {
				second = append(second, job{Do: "encrypt", Payload: a.OK, JWK: setMember(t, k.ID)})
			}
		}
	}
	letters := askNode(t, second)
	for i, a := range letters {
		if a.Error != "" {
			t.Fatalf("%s: %s", second[i].JWK, a.Error)
		}
		got, refused := w.receive(w.party(), []byte(a.OK))
		if refused != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: %v", second[i].JWK, refused)
		}
	}
	if len(letters) != 9 {
		t.Errorf("%d letters, want three signatures to three keys", len(letters))
	}
}

// setMember gives a key of the published set as its JWK stands there.
func setMember(t *testing.T, kid string) json.RawMessage {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(keySet(t), &set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		if bytes.Contains(k, []byte(kid)) {
			return k
		}
	}
	t.Fatalf("no %s", kid)
	return nil
}
