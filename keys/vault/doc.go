// SPDX-License-Identifier: EUPL-1.2

// Package vault keeps every key of a gateway of many nodes in HashiCorp Vault or OpenBao.
//
// Its one job is to do with them what package keyring does with a file: sign, blind, wrap, hand the intake keys to the
// message opener, and make, rotate, retire and destroy keys. A signing, blinding or scope key never leaves Vault: what comes
// back is a signature, a tag or a data key. No node keeps anything.
//
// It may not hand out a key that is not meant to leave, decide who may ask (that is Vault's policy, deploy/vault), log, or
// keep state outside Vault. cmd opens it and passes it to the adapters. It is the only package that knows vault/api.
//
// # What lies where
//
// All under one prefix ([Config.Mount], "seinhuis"):
//
//	keys/    transit: receipt-signing-es256, notice-signing-es256, checkpoint-signing-eddsa, webhook-signing-eddsa,
//	         the same with -ps256 once made, and subject-blinding (HMAC-SHA-256)
//	scopes/  transit: one AES-256-GCM key per scope
//	kv/      KV v2: keyring (the register), intake/<kid>, openpgp/<kid>, scopes/<scope> (tombstones)
//	pki/     certificates of nodes
//
// The register says which version of which transit key acts for which use, from when until when, with the public halves. It
// holds nothing secret, and every change of it is a check-and-set, so two operators cannot undo each other. A node looks at
// it once a second; a rotation is followed within that second, and the old version signs for a minute more (webhooks: a week)
// as in the keyring. A version that Vault made and the register does not name is not used: rotate with `seinhuis keys rotate`,
// not with Vault's own command. What may sign no more is taken from Vault as well (min_encryption_version, trim).
//
// Version n of the pseudonyms ([keys.Tag.Version]) is version n of the transit key subject-blinding; at most two are live.
//
// # Bodies
//
// A body is encrypted here, AES-256-GCM, under a data key that Vault made for its scope:
//
//	version (1 byte, 2) · length n (2 bytes) · data key as Vault encrypted it (n bytes) · nonce (12) · ciphertext · tag (16)
//
// Everything before the nonce, the scope and the id are authenticated too. A node uses one data key per scope for at most two
// minutes, and remembers those it opened for as long: so an hour of reports costs Vault little, and a body needs nothing but
// itself and Vault to be read.
//
// # Limits
//
// Destroy writes a tombstone first and then deletes the key of the scope. The store that did it refuses the scope from then
// on; another node may still wrap and unwrap with a data key in its memory, two minutes at most, and then refuses for
// ever. What it wrapped in that time cannot be read later. A backup of Vault's own storage still holds the key: keep those
// no longer than bodies.
//
// Intake keys and OpenPGP keys do leave Vault, because the message libraries run the key agreement themselves; data keys of
// bodies leave it one scope and two minutes at a time. TestNothingLeaves shows that nothing else does.
package vault
