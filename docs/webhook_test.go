// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
)

// TestWebhookExampleVerifies takes the request of the page as a receiver would.
func TestWebhookExampleVerifies(t *testing.T) {
	head, body, _ := strings.Cut(one(t, "webhook"), "\n\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	jwks := []byte(one(t, "webhook.sleutels"))
	event, err := client.VerifyWebhook(jwks, r.Header, []byte(body), written.Add(time.Minute), client.WebhookTolerance)
	if err != nil || event.UpTo != 12 || event.Type != client.WebhookSignals || !event.At.Equal(written) {
		t.Errorf("%+v, %v", event, err)
	}
	changed := bytes.Replace([]byte(body), []byte("12"), []byte("13"), 1)
	if _, err := client.VerifyWebhook(jwks, r.Header, changed, written, client.WebhookTolerance); err == nil {
		t.Error("a changed body verifies")
	}
}
