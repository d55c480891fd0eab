# SPDX-License-Identifier: EUPL-1.2
#
# Vault on its own storage. Unseal by key shares; a deployment of more machines
# uses an automatic seal of its own choice.
storage "raft" {
  path    = "/vault/data"
  node_id = "vault"
}
listener "tcp" {
  address         = "0.0.0.0:8200"
  tls_cert_file   = "/run/secrets/vault.crt"
  tls_key_file    = "/run/secrets/vault.key"
  tls_min_version = "tls13"
}
api_addr      = "https://vault:8200"
cluster_addr  = "https://vault:8201"
disable_mlock = true
ui            = false
