# SPDX-License-Identifier: EUPL-1.2
#
# Role console: officers and doctor. It sees which keys there are and since
# when, which is public or harmless, and does nothing with them.

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
  capabilities = ["read"]
}
path "seinhuis/kv/data/scopes/+" {
  capabilities = ["read"]
}
path "seinhuis/kv/metadata/scopes" {
  capabilities = ["list"]
}
path "seinhuis/kv/metadata/scopes/" {
  capabilities = ["list"]
}
