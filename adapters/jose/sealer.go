// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway/seal"
)

// The header of a sealed signal: typ tells the municipality's software which
// kind of message it is, cty that JSON comes out (RFC 7515, 4.1.9 and 4.1.10).
const (
	typSignal = "signaal+jwe"
	ctyJSON   = "json"
)

// Sealer seals signals to municipalities as a compact JWE with A256GCM. It
// fills seal.Sealer and is safe for concurrent use; it holds no key.
type Sealer struct{}

// NewSealer makes a Sealer.
func NewSealer() *Sealer { return &Sealer{} }

var _ seal.Sealer = (*Sealer)(nil)

// Seal gives one JWE per letter, in order. It is all or nothing: a
// seal.LetterError names the first letter whose key cannot be used (ErrUnsoundKey),
// never its content.
func (*Sealer) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	bodies := make([][]byte, len(letters))
	for i, l := range letters {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		body, err := encrypt(l.Content, l.Key, typSignal, ctyJSON)
		if err != nil {
			return nil, seal.LetterError{Index: i, Err: err}
		}
		bodies[i] = body
	}
	return bodies, nil
}
