// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// WebhookTolerance is how far the clocks of gateway and receiver may be apart.
const WebhookTolerance = 5 * time.Minute

const (
	maxWebhook    = 4 << 10 // bytes of a body
	maxSignatures = 8
)

// Webhook is a verified event: something waits. Fetch it with Notices or
// Signals. The same event may come again, under the same ID.
type Webhook struct {
	ID    gateway.UUID
	Type  string // nl.seinhuis.berichten.klaar or nl.seinhuis.signalen.klaar
	At    time.Time
	Party gateway.OIN // whom it is for
	UpTo  int64       // there is something up to this sequence
}

// The types of events.
const (
	WebhookNotices = "nl.seinhuis.berichten.klaar"
	WebhookSignals = "nl.seinhuis.signalen.klaar"
)

// VerifyWebhook verifies a request that the gateway made to your address:
// Standard Webhooks 1.0.0, with Ed25519 (v1a). jwks is what GET /v1/sleutels
// answered, h and body are the request as it came, now is your clock, and tolerance how
// old or early a request may be (WebhookTolerance). What does not verify is
// ErrUnverified. An event whose ID you have seen was delivered before: answer 200 and do no more.
//
// An answer of 2xx ends the event. 410 tells the gateway that this address
// wants no more events.
func VerifyWebhook(jwks []byte, h http.Header, body []byte, now time.Time, tolerance time.Duration) (Webhook, error) {
	published, err := jose.ParseJWKS(jwks)
	if err != nil {
		return Webhook{}, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	return verifyWebhook(published, h, body, now, tolerance)
}

// Webhook verifies a request with the keys that the gateway publishes, and that
// it is for this party. An event under a key that is not known yet lets it
// fetch the keys again.
func (c *Client) Webhook(ctx context.Context, h http.Header, body []byte) (Webhook, error) {
	set, err := c.published(ctx, keysFresh)
	if err != nil {
		return Webhook{}, err
	}
	event, err := verifyWebhook(set.keys, h, body, c.config.Clock(), WebhookTolerance)
	if errors.Is(err, errNoWebhookKey) {
		if set, err = c.published(ctx, keysApart); err != nil {
			return Webhook{}, err
		}
		event, err = verifyWebhook(set.keys, h, body, c.config.Clock(), WebhookTolerance)
	}
	if err != nil {
		return Webhook{}, err
	}
	if event.Party != c.config.OIN {
		return Webhook{}, unverified("event is for another party")
	}
	return event, nil
}

// errNoWebhookKey is the one failure that newer keys may mend.
var errNoWebhookKey = fmt.Errorf("%w: no published key made a signature of the event", ErrUnverified)

func verifyWebhook(published []jose.PublishedKey, h http.Header, body []byte, now time.Time, tolerance time.Duration) (Webhook, error) {
	id, stamp, list, ok := webhookHeaders(h)
	if !ok || len(body) > maxWebhook {
		return Webhook{}, unverified("request has not the headers of an event, once each, or is too large")
	}
	if _, err := gateway.ParseUUID(id); err != nil {
		return Webhook{}, unverified("event has no id")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != stamp {
		return Webhook{}, unverified("event has no moment")
	}
	if at := time.Unix(seconds, 0); at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return Webhook{}, unverified("event is too old, or from the future")
	}
	message := append([]byte(id+"."+stamp+"."), body...)
	if !signed(published, message, list, now) {
		return Webhook{}, errNoWebhookKey
	}
	return readWebhook(gateway.UUID(id), body)
}

func webhookHeaders(h http.Header) (id, stamp string, signatures []string, ok bool) {
	one := func(name string) string {
		values := h.Values(name)
		if len(values) != 1 {
			return ""
		}
		return values[0]
	}
	id, stamp = one("Webhook-Id"), one("Webhook-Timestamp")
	signatures = strings.Split(one("Webhook-Signature"), " ")
	return id, stamp, signatures, id != "" && stamp != "" && len(signatures) <= maxSignatures
}

// signed reports whether a key for webhooks that is in use made one of the
// signatures. Signatures of other versions are passed over, as the standard asks.
func signed(published []jose.PublishedKey, message []byte, list []string, now time.Time) bool {
	found := false
	for _, text := range list {
		encoded, is := strings.CutPrefix(text, "v1a,")
		signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if !is || err != nil || len(signature) != ed25519.SignatureSize {
			continue
		}
		for _, k := range published {
			key, edwards := k.Public.(ed25519.PublicKey)
			inUse := !now.Before(k.From.Add(-keySkew)) && (k.Until.IsZero() || !now.After(k.Until.Add(keySkew)))
			if k.Purpose == keys.WebhookSigning && edwards && inUse && ed25519.Verify(key, message, signature) {
				found = true
			}
		}
	}
	return found
}

func readWebhook(id gateway.UUID, body []byte) (Webhook, error) {
	var e struct {
		Type string    `json:"type"`
		At   time.Time `json:"timestamp"`
		Data struct {
			Party gateway.OIN `json:"partij"`
			UpTo  int64       `json:"tot"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &e) != nil || e.Type == "" || e.At.IsZero() || e.Data.UpTo < 1 {
		return Webhook{}, unverified("event is not the JSON of the contract")
	}
	if _, err := gateway.ParseOIN(string(e.Data.Party)); err != nil {
		return Webhook{}, unverified("event is for nobody")
	}
	return Webhook{id, e.Type, e.At, e.Data.Party, e.Data.UpTo}, nil
}
