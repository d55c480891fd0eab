// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// group is the statements of one call that one key signs. When the key is on another machine they wait for one call; a key
// on this one signs each at once.
type group struct {
	alg, kid string
	signer   crypto.Signer
	remote   keys.BatchSigner // nil for a key on this machine
	places   []int            // where in the result each input belongs
	inputs   [][]byte
}

func newGroup(alg, kid string, signer crypto.Signer) *group {
	remote, _ := signer.(keys.BatchSigner)
	return &group{alg: alg, kid: kid, signer: signer, remote: remote}
}

// sign gives the token, or nil when it comes with the others.
func (g *group) sign(place int, s gateway.Statement) ([]byte, error) {
	if g.remote == nil {
		return sign(s.Payload, g.signer, g.alg, g.kid, string(s.Type), "")
	}
	if !soundSigning(g.alg, g.signer.Public()) {
		return nil, ErrUnsoundKey
	}
	g.places = append(g.places, place)
	g.inputs = append(g.inputs, signingInput(s.Payload, g.alg, g.kid, string(s.Type), ""))
	return nil, nil
}

// finish signs what waited, in one call, and puts the tokens in their places.
func (g *group) finish(ctx context.Context, tokens []gateway.Compact) error {
	if len(g.inputs) == 0 {
		return nil
	}
	digests, opts := g.digests()
	signatures, err := g.remote.SignBatch(ctx, digests, opts)
	if err != nil {
		return err
	}
	if len(signatures) != len(g.inputs) {
		return fmt.Errorf("%d signatures for %d statements: %w", len(signatures), len(g.inputs), keys.ErrUnavailable)
	}
	for n, signature := range signatures {
		if g.alg == algES256 {
			if signature, err = rawECDSA(signature); err != nil {
				return err
			}
		}
		tokens[g.places[n]] = strict64.AppendEncode(append(g.inputs[n], '.'), signature)
	}
	return nil
}

// digests is what the algorithm signs: a hash, or for EdDSA the input itself.
func (g *group) digests() ([][]byte, crypto.SignerOpts) {
	if g.alg == algEdDSA {
		return g.inputs, crypto.Hash(0)
	}
	out := make([][]byte, len(g.inputs))
	for n, input := range g.inputs {
		sum := sha256.Sum256(input)
		out[n] = sum[:]
	}
	if g.alg == algPS256 {
		return out, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return out, crypto.SHA256
}

// errSignature says that what the key gave is no signature of its algorithm.
var errSignature = errors.New("key gave a malformed signature")

// rawECDSA turns the ASN.1 form that crypto.Signer gives into r and s of 32 bytes each (RFC 7518, 3.4).
func rawECDSA(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	order := elliptic.P256().Params().N
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 || pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.Cmp(order) >= 0 || pair.S.Cmp(order) >= 0 {
		return nil, errSignature
	}
	out := make([]byte, 64)
	pair.R.FillBytes(out[:32])
	pair.S.FillBytes(out[32:])
	return out, nil
}
