# SPDX-License-Identifier: EUPL-1.2
#
# Role bewaring: retention. It destroys the keys of scopes whose bodies are
# over, and can do nothing with a key that lives. A tombstone is written once
# and can be neither changed nor removed.

path "seinhuis/kv/data/keyring" {
  capabilities = ["read"]
}
path "seinhuis/scopes/keys" {
  capabilities = ["list"]
}
path "seinhuis/scopes/keys/" {
  capabilities = ["list"]
}
path "seinhuis/scopes/keys/+" {
  capabilities = ["read", "delete"]
}
path "seinhuis/scopes/keys/+/config" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "deletion_allowed" = [] }
}
path "seinhuis/kv/data/scopes/+" {
  capabilities = ["create", "read"]
}
path "seinhuis/kv/metadata/scopes" {
  capabilities = ["list"]
}
path "seinhuis/kv/metadata/scopes/" {
  capabilities = ["list"]
}
