# SPDX-License-Identifier: EUPL-1.2
#
# Role pki: a node that has its certificate signed. The private key is made on
# the node and stays there.

path "seinhuis/pki/sign/node" {
  capabilities = ["create", "update"]
}
