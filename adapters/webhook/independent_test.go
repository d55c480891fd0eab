// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// verifier is a receiver's check in another language, written from the text of
// Standard Webhooks: which of the published keys made each signature.
const verifier = `
const { createPublicKey, verify } = require("node:crypto");
const { jwks, id, stamp, signature, body } = JSON.parse(require("node:fs").readFileSync(0));
const keys = jwks.keys.filter(k => k.doel === "webhook-signing").map(jwk => createPublicKey({ key: jwk, format: "jwk" }));
const message = Buffer.from(id + "." + stamp + "." + body);
console.log(JSON.stringify(signature.split(" ").map(s => {
  const [version, text] = s.split(",");
  return version === "v1a" ? keys.findIndex(k => verify(null, message, k, Buffer.from(text, "base64"))) : -1;
})));`

// Node verifies what the real keyring signed with what the gateway publishes;
// after a rotation with either key.
func TestNodeVerifies(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("SEINHUIS_REAL") == "require" {
			t.Fatal(err)
		}
		t.Skip("node is not installed")
	}
	unlock := keyring.NewUnlock()
	ring, err := keyring.Create(filepath.Join(t.TempDir(), "ring"), unlock, time.Now(), keyring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close()
	for _, want := range []string{"[0]", "[0,1]"} {
		publics, err := ring.Publics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		jwks, err := jose.JWKS(publics)
		if err != nil {
			t.Fatal(err)
		}
		question := map[string]any{"jwks": json.RawMessage(jwks)}
		r := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			question["body"], question["id"] = string(body), q.Header.Get("Webhook-Id")
			question["stamp"], question["signature"] = q.Header.Get("Webhook-Timestamp"), q.Header.Get("Webhook-Signature")
		})
		e := gatewaytest.WebhookEvent("00000099000000220001", announce.Signals, 7)
		if a, err := NewSender(ring, r.options(t, true)).Send(t.Context(), r.at(t, "localhost"), e, time.Now()); err != nil || !a.Delivered {
			t.Fatal(a, err)
		}
		input, err := json.Marshal(question)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(node, "-e", verifier)
		cmd.Stdin = strings.NewReader(string(input))
		if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("node says %q, want %q (%v)", out, want, err)
		}
		if err := ring.Rotate(t.Context(), keys.WebhookSigning); err != nil {
			t.Fatal(err)
		}
	}
}
