// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/policies"
)

// newAdoption makes the desk where officers adopt policy.
func newAdoption(issuer gateway.OIN, t truth, ring keyStore) *adoption.Desk {
	return adoption.NewDesk(adoption.Ports{Issuer: issuer, Store: t.Adoptions, Facts: t.Facts, Refusals: oversight.NewDesk(t.Journal),
		Signer: jose.NewIssuer(ring, keys.ReceiptSigning), Opener: ownDecisions{ring}})
}

// ownDecisions fills adoption.Opener with the published keys, as an outsider
// would.
type ownDecisions struct{ ring keyStore }

// Open fills adoption.Opener.
func (o ownDecisions) Open(ctx context.Context, statements []gateway.Compact) ([][]byte, error) {
	published, err := publicKeys(o).JWKS(ctx)
	if err != nil {
		return nil, err
	}
	set, err := proof.ParseKeySet(published)
	if err != nil {
		return nil, err
	}
	payloads := make([][]byte, len(statements))
	for i, s := range statements {
		r, err := set.OpenDecision(string(s))
		if err != nil {
			return nil, err
		}
		payloads[i] = r.Payload
	}
	return payloads, nil
}

// takePolicy puts what the installation is started with into the history, and
// takes the policy that officers adopted, if one is in force. A policy that
// cannot be taken stops the start.
func (s *installation) takePolicy(ctx context.Context, now time.Time) error {
	if err := s.adopted.Imported(ctx, s.files, s.policy, now); err != nil {
		return err
	}
	if err := s.current.Refresh(ctx, now, func(policies.Ref) error { return nil }); err != nil { // started logs it
		return notReady(err)
	}
	if counts := s.current.Bundle().Ref(); counts != s.policy.Ref() {
		s.logger.Info("vastgesteld beleid geldt; dat van de configuratie niet", "beleid", hex.EncodeToString(counts.Digest[:]))
	}
	return nil
}

// switchPolicy changes to the policy of this moment. What decided before stays
// as it was decided.
func (s *installation) switchPolicy(ctx context.Context, now time.Time) {
	err := s.current.Refresh(ctx, now, func(r policies.Ref) error {
		return s.book.append(ctx, audit.PolicyLoaded, byGateway(), audit.Object(audit.KindPolicy, hex.EncodeToString(r.Digest[:])), now)
	})
	if err != nil && ctx.Err() == nil {
		s.logger.Error("beleid niet gewisseld", "fout", err.Error())
	}
}

// policy is the policy in force, for those who only read: the signatures of an
// adopted one are checked by the gateway that decides by it.
func (b *books) policy(ctx context.Context) (*policies.Bundle, error) {
	_, bundle, err := b.policySet(ctx)
	return bundle, err
}

// policySet is policy with its files.
func (b *books) policySet(ctx context.Context) (policies.Set, *policies.Bundle, error) {
	h, err := b.truth.Adoptions.History(ctx)
	if err != nil {
		return policies.Set{}, nil, err
	}
	p := h.InForce(b.now)
	if p.Source != adoption.Officers {
		return readPolicy(b.dir, b.config)
	}
	files, err := b.truth.Adoptions.Documents(ctx, p.ID)
	if err != nil {
		return files, nil, err
	}
	bundle, err := files.Load()
	return files, bundle, err
}
