// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"context"
	"crypto"
)

// BatchSigner is a signing handle whose key is on another machine: one call signs many messages, so that a commit of
// hundreds costs one round trip. A handle that [crypto.Signer] callers may use one by one as well. Filled by keys/vault,
// asked for by adapters/jose.
type BatchSigner interface {
	crypto.Signer
	// SignBatch gives one signature per digest, each at its own place, in the form that Sign gives; for EdDSA a digest is
	// the message itself. It is all or nothing.
	SignBatch(ctx context.Context, digests [][]byte, opts crypto.SignerOpts) ([][]byte, error)
}
