# SPDX-License-Identifier: EUPL-1.2
#
# Role beheer: the operator who makes, rotates and retires keys
# (`seinhuis keys`). It signs nothing, blinds nothing, opens nothing, reads no
# private key and destroys no scope.

path "seinhuis/kv/data/keyring" {
  capabilities = ["create", "read", "update"]
}

# Making: the type of each key is fixed, and nothing else may be given, so that
# no key can be made exportable.
path "seinhuis/keys/keys/receipt-signing-es256" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["ecdsa-p256"] }
}
path "seinhuis/keys/keys/notice-signing-es256" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["ecdsa-p256"] }
}
path "seinhuis/keys/keys/receipt-signing-ps256" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["rsa-3072"] }
}
path "seinhuis/keys/keys/notice-signing-ps256" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["rsa-3072"] }
}
path "seinhuis/keys/keys/checkpoint-signing-eddsa" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["ed25519"] }
}
path "seinhuis/keys/keys/webhook-signing-eddsa" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["ed25519"] }
}
path "seinhuis/keys/keys/subject-blinding" {
  capabilities       = ["create", "read", "update"]
  allowed_parameters = { "type" = ["hmac"], "key_size" = [] }
}

# A new version, and erasing versions that act no more.
path "seinhuis/keys/keys/+/rotate" {
  capabilities = ["create", "update"]
}
path "seinhuis/keys/keys/+/config" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "min_encryption_version" = [], "min_decryption_version" = [] }
}
path "seinhuis/keys/keys/+/trim" {
  capabilities = ["create", "update"]
}

# Intake keys are made on the operator's machine and written once; they are
# not read back. Deleting erases every version.
path "seinhuis/kv/data/intake/+" {
  capabilities = ["create"]
}
path "seinhuis/kv/data/openpgp/+" {
  capabilities = ["create"]
}
path "seinhuis/kv/metadata/intake/+" {
  capabilities = ["delete"]
}
path "seinhuis/kv/metadata/openpgp/+" {
  capabilities = ["delete"]
}
