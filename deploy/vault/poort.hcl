# SPDX-License-Identifier: EUPL-1.2
#
# Role poort: the gateway that serves. It signs, blinds, wraps and opens. It
# makes the key of a new month, and can rotate, destroy or export none.
# deploy/vault/setup replaces the prefix "seinhuis/".

# The register: which version acts for which use.
path "seinhuis/kv/data/keyring" {
  capabilities = ["read"]
}

# Receipts, notices, checkpoints, events; only with the hash we use.
path "seinhuis/keys/sign/receipt-signing-es256/sha2-256" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/sign/receipt-signing-ps256/sha2-256" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/sign/notice-signing-es256/sha2-256" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/sign/notice-signing-ps256/sha2-256" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/sign/checkpoint-signing-eddsa/sha2-256" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/sign/webhook-signing-eddsa/sha2-256" {
  capabilities = ["create", "update"]
}

# Pseudonyms.
path "seinhuis/keys/hmac/subject-blinding/sha2-256" {
  capabilities = ["create", "update"]
}

# Bodies: a data key of a scope, and opening one that Vault wrapped.
path "seinhuis/scopes/datakey/plaintext/+" {
  capabilities = ["create", "update"]
}
path "seinhuis/scopes/decrypt/+" {
  capabilities = ["create", "update"]
}
# A new scope gets its key here. The type and nothing else: an exportable key,
# or one that can be backed up, is refused.
path "seinhuis/scopes/keys/+" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "type" = ["aes256-gcm96"] }
}
path "seinhuis/kv/data/scopes/+" {
  capabilities = ["read"]
}

# Intake keys, which do leave: the message library runs the key agreement.
path "seinhuis/kv/data/intake/+" {
  capabilities = ["read"]
}
path "seinhuis/kv/data/openpgp/+" {
  capabilities = ["read"]
}
