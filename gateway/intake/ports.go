// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Letter is a token as it came in through a door, not yet looked at.
type Letter struct {
	Peer  gateway.Peer
	At    time.Time
	Token []byte
}

// Content is what a letter held: the signed payload, or why there is none.
type Content struct {
	Payload []byte
	Err     *gateway.Error
}

// Opener decrypts letters addressed to the gateway and verifies that the peer
// itself signed them. It is pure but for the keys: calling it twice is safe.
// It answers each letter at its own place and never releases a payload whose
// signature was not verified. Filled by adapters/jose.
type Opener interface {
	Open(ctx context.Context, letters []Letter) []Content
}
