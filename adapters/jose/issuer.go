// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// SigningKeys gives a handle that signs; the private key stays where it is
// (invariant I11). It is asked once per algorithm and slice of statements.
// Filled by the key stores.
type SigningKeys interface {
	Signer(ctx context.Context, use keys.Use, alg string) (kid string, s crypto.Signer, err error)
}

// ErrPurpose says that a statement was given to the issuer of another use.
var ErrPurpose = errors.New("statement type does not belong to this key use")

// Issuer signs what the gateway states, with keys of one use.
type Issuer struct {
	keys SigningKeys
	use  keys.Use
}

// NewIssuer makes an Issuer for one use: keys.ReceiptSigning or keys.NoticeSigning.
func NewIssuer(k SigningKeys, use keys.Use) *Issuer { return &Issuer{k, use} }

// Sign gives one compact JWS per statement, in order, with alg, kid and typ in
// its header. It is all or nothing; ErrPurpose and ErrUnsoundKey are mistakes
// of ours, any other error is the key store's and may be tried again. A store
// whose handles are keys.BatchSigner is called once per algorithm.
func (i *Issuer) Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error) {
	groups := map[string]*group{}
	tokens := make([]gateway.Compact, len(statements))
	for n, s := range statements {
		if purposeOf(s.Type) != i.use {
			return nil, fmt.Errorf("sign statement %d: %w", n, ErrPurpose)
		}
		alg := s.Algorithm
		if alg == "" {
			alg = algES256
		}
		g, ok := groups[alg]
		if !ok {
			kid, signer, err := i.keys.Signer(ctx, i.use, alg)
			if err != nil {
				return nil, fmt.Errorf("signing key: %w", err)
			}
			g = newGroup(alg, kid, signer)
			groups[alg] = g
		}
		token, err := g.sign(n, s)
		if err != nil {
			return nil, fmt.Errorf("sign statement %d: %w", n, err)
		}
		tokens[n] = token
	}
	for _, g := range groups {
		if err := g.finish(ctx, tokens); err != nil {
			return nil, fmt.Errorf("sign %d statements: %w", len(g.places), err)
		}
	}
	return tokens, nil
}

// purposeOf gives the one key use that may sign a type: notices have their
// own key, all other statements are evidence.
func purposeOf(typ gateway.StatementType) keys.Use {
	if typ == gateway.TypeNotice {
		return keys.NoticeSigning
	}
	return keys.ReceiptSigning
}
