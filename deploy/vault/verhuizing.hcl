# SPDX-License-Identifier: EUPL-1.2
#
# Role verhuizing: `seinhuis migrate`, once in the life of a gateway that moves
# here from a keyring. It brings keys in, closed to Vault's own wrapping key, and
# writes the first register. It signs nothing, blinds nothing, reads no private
# key and can replace nothing that is there.
#
# deploy/vault/setup does not make it. Vault's keeper gives it to a login for the
# hour of the move and takes it away after (docs/runbooks/migrate.md).

path "seinhuis/keys/wrapping_key" {
  capabilities = ["read"]
}
path "seinhuis/keys/keys/+" {
  capabilities = ["read"]
}
path "seinhuis/keys/keys/+/import" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "type" = [], "hash_function" = [], "ciphertext" = [], "allow_rotation" = [] }
}
path "seinhuis/keys/keys/+/import_version" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "hash_function" = [], "ciphertext" = [] }
}
path "seinhuis/kv/data/keyring" {
  capabilities = ["create", "read"]
}
path "seinhuis/kv/data/intake/+" {
  capabilities = ["create"]
}
path "seinhuis/kv/data/openpgp/+" {
  capabilities = ["create"]
}
