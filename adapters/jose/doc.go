// SPDX-License-Identifier: EUPL-1.2

// Package jose is the one owner of JOSE: it opens what parties send (a compact
// JWE around a compact JWS), verifies what they sign, seals signals to
// municipalities, signs receipts and notices, and publishes and reads keys.
//
// Every token passes the strict layer first, before any work with a key and
// before any call to the library (invariant I12): size, compact form only,
// canonical base64url, a closed list of header members, one registered key named by kid
// with its algorithm pinned. TestRefused holds the list, FuzzVerifyStatement and
// FuzzOpen hold that only canonical tokens pass. Below it work the
// building blocks of jwx (jwebb, jwsbb) on raw keys, and not its message
// parser: what was checked is what is used, so the two cannot disagree.
//
// It may not decide who may send what (that is intake and permit), read a
// clock, keep a secret in a global, or tell the outside at which step a
// decryption failed. A token's text is malleable, so nobody may use it to
// recognise a message: the digest of the payload is what counts.
//
// Callers: cmd/seinhuis wires Opener, Verifier, Sealer and Issuer into the
// journey and JWKS into the door; adapters/client and cmd/sein use the
// participants' half (PrivateKey, Wrap, Decrypt, VerifyStatement and the key
// statement).
package jose
