// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

const eventID = "019aa5e4-9d00-7c41-b2d3-4e5f60718293"

// bell is a gateway that signs events with one key, published for one use.
type bell struct {
	key    ed25519.PrivateKey
	public keys.Public
}

func newBell(t *testing.T, now time.Time, use keys.Use) bell {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kid, err := keys.Thumbprint(public)
	if err != nil {
		t.Fatal(err)
	}
	return bell{key, keys.Public{Use: use, KID: kid, Algorithm: keys.EdDSA, Key: public, From: now.Add(-time.Hour)}}
}

func published(t *testing.T, bells ...bell) []byte {
	t.Helper()
	var publics []keys.Public
	for _, b := range bells {
		publics = append(publics, b.public)
	}
	set, err := jose.JWKS(publics)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func eventBody(to gateway.OIN) []byte {
	return []byte(`{"type":"nl.seinhuis.signalen.klaar","timestamp":"2026-11-21T09:30:00Z","data":{"partij":"` + string(to) + `","tot":12}}`)
}

func (b bell) headers(at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signature := ed25519.Sign(b.key, append([]byte(eventID+"."+stamp+"."), body...))
	h := http.Header{}
	h.Set("Webhook-Id", eventID)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1a,"+base64.StdEncoding.EncodeToString(signature))
	return h
}

func TestVerifyWebhook(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	b, other := newBell(t, now, keys.WebhookSigning), newBell(t, now, keys.WebhookSigning)
	jwks, body := published(t, b), eventBody(clienttest.MunicipalityOIN)
	want := client.Webhook{ID: eventID, Type: client.WebhookSignals, At: now, Party: clienttest.MunicipalityOIN, UpTo: 12}
	good := b.headers(now, body)
	if got, err := client.VerifyWebhook(jwks, good, body, now, client.WebhookTolerance); err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	with := func(name string, values ...string) http.Header {
		h := good.Clone()
		h[name] = values
		return h
	}
	signature := good.Get("Webhook-Signature")
	both := other.headers(now, body).Get("Webhook-Signature") + " v1,c2VjcmV0 " + signature
	if _, err := client.VerifyWebhook(jwks, with("Webhook-Signature", both), body, now, client.WebhookTolerance); err != nil {
		t.Errorf("one of several signatures: %v", err)
	}
	rotated, checkpoint := b, b
	rotated.public.Until = now.Add(-time.Hour)
	checkpoint.public.Use = keys.CheckpointSigning
	retired := published(t, rotated)
	flipped := []byte(strings.Replace(string(body), "12", "13", 1))
	for name, c := range map[string]struct {
		jwks []byte
		h    http.Header
		body []byte
		at   time.Time
	}{
		"body":                          {jwks, good, flipped, now},
		"id":                            {jwks, with("Webhook-Id", strings.Replace(eventID, "019a", "019b", 1)), body, now},
		"no id":                         {jwks, with("Webhook-Id", ""), body, now},
		"two ids":                       {jwks, with("Webhook-Id", eventID, eventID), body, now},
		"stamp":                         {jwks, with("Webhook-Timestamp", strconv.FormatInt(now.Unix()+1, 10)), body, now},
		"stamp spelled":                 {jwks, with("Webhook-Timestamp", "0"+good.Get("Webhook-Timestamp")), body, now},
		"too old":                       {jwks, good, body, now.Add(client.WebhookTolerance + time.Second)},
		"from the future":               {jwks, good, body, now.Add(-client.WebhookTolerance - time.Second)},
		"no signature":                  {jwks, with("Webhook-Signature", ""), body, now},
		"other version":                 {jwks, with("Webhook-Signature", strings.Replace(signature, "v1a", "v1", 1)), body, now},
		"cut off":                       {jwks, with("Webhook-Signature", signature[:20]), body, now},
		"many":                          {jwks, with("Webhook-Signature", strings.Repeat("v1a,AA ", 8)+signature), body, now},
		"another key":                   {published(t, other), good, body, now},
		"key of another use":            {published(t, checkpoint), good, body, now},
		"key that was rotated long ago": {retired, good, body, now},
		"no key set":                    {[]byte("{"), good, body, now},
	} {
		if got, err := client.VerifyWebhook(c.jwks, c.h, c.body, c.at, client.WebhookTolerance); !errors.Is(err, client.ErrUnverified) || got != (client.Webhook{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"type":"a","timestamp":"2026-11-21T09:30:00Z","data":{"partij":"1","tot":12}}`,
		strings.Replace(string(body), `"tot":12`, `"tot":0`, 1), string(body) + string(body), strings.Repeat(" ", 5000) + string(body)} {
		if _, err := client.VerifyWebhook(jwks, b.headers(now, []byte(text)), []byte(text), now, client.WebhookTolerance); !errors.Is(err, client.ErrUnverified) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

// The client finds the key by itself, also one that is newer than what it
// fetched, and takes only what is for its own party.
func TestWebhookOfClient(t *testing.T) {
	g := clienttest.New(t)
	now := time.Now()
	old, next := newBell(t, now, keys.WebhookSigning), newBell(t, now, keys.WebhookSigning)
	set, fetched := published(t, old), 0
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.URL.Path != "/v1/sleutels" {
			routes.ServeHTTP(w, r)
			return
		}
		fetched++
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(set)
	})
	at := now
	c := connect(t, g.Municipal(t), func(c *client.Config) { c.Clock = func() time.Time { return at } })
	body := eventBody(clienttest.MunicipalityOIN)
	if _, err := c.Webhook(ctx, old.headers(at, body), body); err != nil {
		t.Fatal(err)
	}
	set, at = published(t, next), at.Add(time.Minute)
	if _, err := c.Webhook(ctx, next.headers(at, body), body); err != nil || fetched != 2 {
		t.Errorf("after a rotation: %v, fetched %d times", err, fetched)
	}
	others := eventBody(clienttest.CreditorOIN)
	_, err := c.Webhook(ctx, next.headers(at, others), others)
	mustFail(t, err, client.ErrUnverified)
	for range 5 {
		_, err = c.Webhook(ctx, old.headers(at, body), body)
		mustFail(t, err, client.ErrUnverified)
	}
	if fetched != 2 {
		t.Errorf("forged events make us fetch: %d times", fetched)
	}
}
