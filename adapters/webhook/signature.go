// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/keys"
)

// header makes the headers of one attempt. The signed bytes are
// id.timestamp.body; each key that may sign now signs, so that a receiver that
// knows only the old or only the new one is served.
func (s *Sender) header(ctx context.Context, e announce.Event, at time.Time, body []byte) (http.Header, error) {
	signers, err := s.keys.Signers(ctx, keys.WebhookSigning, keys.EdDSA)
	if err != nil {
		return nil, fmt.Errorf("webhook: signing key: %w", err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	message := append([]byte(string(e.ID)+"."+stamp+"."), body...)
	signatures := make([]string, len(signers))
	for i, k := range signers {
		signature, err := k.Sign(rand.Reader, message, crypto.Hash(0))
		if err != nil {
			return nil, fmt.Errorf("webhook: sign: %w", err)
		}
		signatures[i] = "v1a," + base64.StdEncoding.EncodeToString(signature)
	}
	var span [8]byte
	_, _ = rand.Read(span[:])
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Seinhuis")
	h.Set("Traceparent", "00-"+e.Trace().ID()+"-"+hex.EncodeToString(span[:])+"-01")
	h.Set("Webhook-Id", string(e.ID))
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
	return h, nil
}
