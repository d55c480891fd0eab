// SPDX-License-Identifier: EUPL-1.2

// Package keys says what a key may be used for, and what its answers look like.
//
// Its one job is the vocabulary that every key store shares: the closed set of uses, the algorithms each use allows, the
// shapes of published keys, tags and wrapped items, and the errors. The stores are keyring (an encrypted file) and vault
// (HashiCorp Vault or OpenBao); keystest holds the contract that both must pass.
//
// It may not hold a secret, read a file or choose a store. It imports nothing of this module. Called by the key stores,
// by the adapters that sign and open messages, and by cmd, which wires them; packages under gateway declare their own
// small interfaces instead of naming a store.
package keys

import (
	"crypto"
	"time"
)

// Use is the one purpose a key is bound to. The constant is the stored and published value. The zero value allows nothing.
type Use string

// The uses are a closed set. A key made for one is refused for every other.
const (
	ReceiptSigning    Use = "receipt-signing"    // signs receipts to creditors (evidence)
	NoticeSigning     Use = "notice-signing"     // signs notices and pauses to creditors
	CheckpointSigning Use = "checkpoint-signing" // signs checkpoints of the audit log
	WebhookSigning    Use = "webhook-signing"    // signs the events that tell a party that something waits for it
	IntakeDecryption  Use = "intake-decryption"  // opens reports that were encrypted to the gateway
	SubjectBlinding   Use = "subject-blinding"   // makes keyed tokens of persons and addresses
	BodyWrapping      Use = "body-wrapping"      // wraps sealed bodies, one data key per scope
)

// The algorithm names are those of RFC 7518 and RFC 8037.
const (
	ES256      = "ES256"
	PS256      = "PS256" // RSA of 3072 bits or more, salt as long as the hash
	EdDSA      = "EdDSA" // Ed25519
	ECDHES     = "ECDH-ES+A256KW"
	RSAOAEP256 = "RSA-OAEP-256" // the same key also opens RSA-OAEP, for parties whose profile asks it
)

// OpenPGP names intake keys that are transferable secret keys (RFC 9580). A store keeps them as bytes and hands them to
// adapters/openpgp, so they are not among [Use.Algorithms], which a store must be able to make and use itself.
const OpenPGP = "OpenPGP"

// Uses returns every use, in a fixed order.
func Uses() []Use {
	return []Use{ReceiptSigning, NoticeSigning, CheckpointSigning, WebhookSigning, IntakeDecryption, SubjectBlinding, BodyWrapping}
}

// Algorithms returns the names a key of this use may carry, the default first. It is empty for the symmetric uses, which
// have one fixed construction each (HMAC-SHA-256, AES-256-GCM), and for a use outside the set.
func (u Use) Algorithms() []string {
	switch u {
	case ReceiptSigning, NoticeSigning:
		return []string{ES256, PS256}
	case CheckpointSigning, WebhookSigning:
		return []string{EdDSA}
	case IntakeDecryption:
		return []string{ECDHES, RSAOAEP256}
	default:
		return nil
	}
}

// Signs reports whether keys of this use make signatures.
func (u Use) Signs() bool {
	return u == ReceiptSigning || u == NoticeSigning || u == CheckpointSigning || u == WebhookSigning
}

// Public is one published key. It holds nothing secret.
type Public struct {
	Use       Use
	KID       string // RFC 7638 thumbprint (see [Thumbprint])
	Algorithm string
	Key       crypto.PublicKey // *ecdsa.PublicKey, ed25519.PublicKey, *rsa.PublicKey or *ecdh.PublicKey
	From      time.Time        // not used before
	Until     time.Time        // not used after; zero while the key is current
}

// Current reports whether new messages should use this key at that moment.
func (p Public) Current(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
}

// Tag is a keyed token together with the version of the key that made it. It is a pseudonym, so it prints its version
// only; a store that must write the token down uses Sum.
type Tag struct {
	Version uint32
	Sum     [32]byte // HMAC-SHA-256, full length
}

// Intake is one private key that opens reports. This is the only private key a store hands out, because the message
// format library must run the key agreement itself. It redacts itself when printed; do not keep it in an unexported field,
// where fmt does not ask it.
type Intake struct {
	KID       string
	Algorithm string
	Key       any // *ecdh.PrivateKey (P-256 or X25519) or *rsa.PrivateKey
}

// WrapItem is one sealed body to wrap, or one wrapped body to unwrap.
type WrapItem struct {
	Scope string // what is erased together: "<municipality code or OIN>/<year-month>", see [CheckScope]
	ID    string // the body's own id; bound to the result, so bodies cannot be swapped
	Data  []byte
}

// Scope is the state of one body-wrapping key.
type Scope struct {
	Name      string
	Created   time.Time // zero when it was destroyed before it was ever used
	Destroyed time.Time // zero while the key lives
}

// CheckScope refuses a scope that is empty, longer than 100 bytes, or holds anything but ASCII letters, digits and "/-_.".
// The narrow set keeps names equal in every store (a file, a path, a log line).
func CheckScope(scope string) error {
	if scope == "" || len(scope) > 100 {
		return ErrItem
	}
	for _, c := range []byte(scope) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '/', c == '-', c == '_', c == '.':
		default:
			return ErrItem
		}
	}
	return nil
}

// Check refuses an item that no store may take: a malformed scope, or an id that is empty or longer than 200 bytes.
func (w WrapItem) Check() error {
	if w.ID == "" || len(w.ID) > 200 {
		return ErrItem
	}
	return CheckScope(w.Scope)
}

// AAD returns the additional data that binds a wrapped body to its place. A scope cannot hold the separator.
func (w WrapItem) AAD() []byte { return []byte(w.Scope + "|" + w.ID) }
