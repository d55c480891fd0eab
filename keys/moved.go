// SPDX-License-Identifier: EUPL-1.2

package keys

import "time"

// Moved is one key on its way from a store to another, when an installation moves. Its private half never lies open outside
// a store: it is closed to the wrapping key of the store that takes it, as HashiCorp Vault's transit engine imports keys.
type Moved struct {
	Use       Use
	KID       string // empty for SubjectBlinding
	Algorithm string
	From      time.Time
	Until     time.Time // zero while current; of SubjectBlinding also for the version before
	Public    []byte    // PKIX DER; nil for SubjectBlinding
	Version   uint32    // of the tags, for SubjectBlinding
	// Sealed is an AES-256 key under RSA-OAEP with SHA-256, and then the private half (PKCS #8, or 32 bytes for
	// SubjectBlinding) under that key by RFC 5649. Nil when the public half is all that is left: what it signed stays
	// verifiable.
	Sealed []byte
}
