# SPDX-License-Identifier: EUPL-1.2
#
# Role verhuizing: moves a standalone installation into this Vault, once, with
# the rights of beheer besides. Who can import a blinding key can plant one that
# he knows: make a secret id for it when the move begins, and destroy it when it
# is done.

path "seinhuis/keys/wrapping_key" {
  capabilities = ["read"]
}
path "seinhuis/keys/keys/subject-blinding/import" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "ciphertext" = [], "hash_function" = [], "type" = ["hmac"], "allow_rotation" = [] }
}
path "seinhuis/keys/keys/subject-blinding/import_version" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "ciphertext" = [], "hash_function" = [] }
}
# The tags of both stores are compared before anything counts.
path "seinhuis/keys/hmac/subject-blinding/sha2-256" {
  capabilities = ["create", "update"]
}
