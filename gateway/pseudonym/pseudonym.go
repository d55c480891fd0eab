// SPDX-License-Identifier: EUPL-1.2

// Package pseudonym is the fourth step of the journey: it turns what points at
// a person, a home or a claim into keyed tokens, so that matching can compare
// without knowing.
//
// It keeps no key (a port does the hashing) and stores nothing. Tokens differ
// per municipality and purpose, so that no national linking is possible (EDPB
// Guidelines 01/2025: a separate pseudonymisation domain per recipient).
// Called by gateway/journey, and by gateway/rights and gateway/objection for the
// tokens of a person who asks.
package pseudonym

import (
	"context"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/keys"
)

// Purpose tags every token; another purpose would give other tokens.
const Purpose = "vroegsignalering"

// TokenKind is what a token stands for.
type TokenKind string

const (
	// TokenPerson: name and birth date, only when a birth date may be used.
	TokenPerson TokenKind = "person"
	// TokenResident: name at an address.
	TokenResident TokenKind = "resident"
	// TokenAddress: the home.
	TokenAddress TokenKind = "address"
	// TokenClaim: one creditor's own claim.
	TokenClaim TokenKind = "claim"
)

// Token is a pseudonym under every live key version, newest first, and after
// them under the codes that the municipality had formerly. The first is stored;
// all are looked up.
type Token struct {
	Kind TokenKind
	Tags []keys.Tag
}

// Keyer hashes inputs under the subject-blinding key: per input one tag per
// live key version, newest first. Pure; may be retried. Filled by the key
// stores.
type Keyer interface {
	MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error)
}

// permitted is embedded under a name that other packages cannot fill in.
type permitted = permit.Permitted

// Blinded is a permitted report with its tokens. Only Blind makes one.
type Blinded struct {
	permitted
	tokens []Token
	claim  ClaimMemory
}

// Tokens are the pseudonyms to match on.
func (b Blinded) Tokens() []Token { return b.tokens }

// Claim remembers the amount for the creditor's next report of this claim.
func (b Blinded) Claim() ClaimMemory { return b.claim }

// Blind makes the tokens of all reports in one call to the key store.
func Blind(ctx context.Context, keyer Keyer, reports []permit.Permitted) ([]Blinded, error) {
	var inputs [][]byte
	var kinds []TokenKind
	ends := make([]int, len(reports))
	for i, p := range reports {
		to := p.Municipality()
		for _, code := range append([]gateway.Municipality{to.Municipality}, to.Formerly...) {
			for _, in := range reportInputs(p, domain(code)) {
				inputs, kinds = append(inputs, []byte(in.text)), append(kinds, in.kind)
			}
		}
		ends[i] = len(inputs)
	}
	tags, err := keyer.MAC(ctx, inputs)
	if err != nil {
		return nil, fmt.Errorf("blind %d reports: %w", len(reports), err)
	}
	blinded := make([]Blinded, len(reports))
	start := 0
	for i, p := range reports {
		b := Blinded{permitted: p}
		for j := start; j < ends[i]; j++ {
			b.add(kinds[j], tags[j])
		}
		b.claim.amount = p.Report().AmountInCents
		start = ends[i]
		blinded[i] = b
	}
	return blinded, nil
}

// add puts the tags of one kind together: those under the municipality's code
// come first, those under former codes behind them.
func (b *Blinded) add(kind TokenKind, tags []keys.Tag) {
	if kind == claimSecret {
		b.claim.secrets = append(slices.Clip(b.claim.secrets), tags...)
		return
	}
	at := slices.IndexFunc(b.tokens, func(t Token) bool { return t.Kind == kind })
	if at < 0 {
		b.tokens = append(b.tokens, Token{kind, tags})
		return
	}
	b.tokens[at].Tags = append(slices.Clip(b.tokens[at].Tags), tags...)
}
