// SPDX-License-Identifier: EUPL-1.2

// Package keyring keeps every key of a standalone gateway in one encrypted file.
//
// Its one job is to act with those keys on request and to keep the file whole: it signs, blinds, wraps, hands the intake
// keys to the message opener, and makes, rotates, retires and destroys keys. A change is on disk before the new key is
// used, so a crash never loses a key that something already depends on.
//
// It may not hand out a signing, blinding or wrapping key, decide who may ask, log, or keep a second copy. cmd opens it
// and passes it to the adapters; `seinhuis keys` may change the same file while the server runs (a lock file serialises
// writers, readers notice the change). It needs flock, so it builds on Unix only.
//
// # File
//
//	"SEINKEYS" · format version (1 byte) · salt (32 bytes) · nonce (12 bytes) · AES-256-GCM ciphertext
//
// The file key is HKDF-SHA-256(unlock, salt, "seinhuis keyring v1"), with a new salt at every write; everything before
// the nonce is authenticated as well. The plaintext is the JSON of type document in its one canonical form. The unlock
// secret is 32 random bytes in another file (see [ReadUnlock]), best on another medium.
//
// # Limits
//
// Destroying a scope's key removes it from this file. An old copy of the file (a backup, a freed disk block) still holds
// it under the same unlock secret: after a destruction that must reach copies, use [Keyring.Rekey] and destroy the old
// unlock secret. An old file put back in place is refused by a process that saw the newer one (ErrRollback); across a
// restart, compare [Keyring.Generation] with a note kept elsewhere.
package keyring
