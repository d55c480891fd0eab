// SPDX-License-Identifier: EUPL-1.2

package keys

import "time"

// Entry describes one key for an operator, whatever the store. It holds nothing secret.
type Entry struct {
	Use       Use
	KID       string
	Algorithm string    // HMAC-SHA-256 for blinding
	From      time.Time // whole seconds
	Until     time.Time // zero while current
	Acts      bool      // false when only the public half is left
}
