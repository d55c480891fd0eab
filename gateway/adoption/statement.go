// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Statement (besluit) is the claim set of an officer's approval. The gateway
// signs it on the word of the officer's session: officers have no keys here.
// Whoever has the published keys can verify it offline.
type Statement struct {
	Issuer   gateway.OIN       `json:"iss"`
	ID       gateway.UUID      `json:"jti"`
	Decision string            `json:"besluit"` // goedgekeurd
	Proposal gateway.UUID      `json:"voorstel"`
	Policy   gateway.PolicyRef `json:"beleid"`
	Cases    gateway.Digest    `json:"gevallen"`
	Previous gateway.Digest    `json:"vorigBeleid"`
	From     gateway.Date      `json:"ingangsdatum"`
	Urgent   bool              `json:"spoed"`
	Cause    Cause             `json:"aanleiding"`
	Ticket   string            `json:"kenmerk"`
	Officer  gateway.UUID      `json:"functionaris"`
	Origin   string            `json:"herkomst"`
	Way      oversight.Way     `json:"aanmelding,omitzero"` // older ones do not say
	At       time.Time         `json:"goedgekeurdOp"`
}

const approved = "goedgekeurd"

// statementOf is what an officer says who approves p.
func statementOf(issuer gateway.OIN, p Proposal, officer gateway.UUID, at time.Time, origin string) Statement {
	return Statement{Issuer: issuer, Decision: approved, Proposal: p.ID,
		Policy: gateway.PolicyRef{Name: p.Policy.Name, Version: p.Policy.Version, Digest: hex.EncodeToString(p.Policy.Digest[:])},
		Cases:  p.Cases, Previous: p.Previous, From: p.From, Urgent: p.Urgent, Cause: p.Cause, Ticket: p.Ticket,
		Officer: officer, Origin: origin, At: at.UTC().Truncate(time.Millisecond)}
}

// sign makes the approval of who visits.
func (d *Desk) sign(ctx context.Context, v oversight.Visit, p Proposal) (Approval, error) {
	by := v.By()
	s := statementOf(d.ports.Issuer, p, v.Officer.Account(), v.At, by.Origin)
	s.ID, s.Way = gateway.NewUUID(v.At, nil), v.Officer.Way()
	payload, err := json.Marshal(s)
	if err != nil {
		return Approval{}, fmt.Errorf("approval: %T", err)
	}
	signed, err := d.ports.Signer.Sign(ctx, []gateway.Statement{{Type: gateway.TypeDecision, Payload: payload}})
	if err != nil {
		return Approval{}, err
	}
	return Approval{Officer: s.Officer, At: s.At, Origin: s.Origin, Statement: signed[0]}, nil
}

// Way is how the officer came in who gave the approval, as the statement says;
// empty when it does not. For display: it checks no signature.
func (a Approval) Way() oversight.Way {
	var said Statement
	parts := strings.Split(string(a.Statement), ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &said) != nil || !slices.Contains(oversight.Ways(), said.Way) {
		return ""
	}
	return said.Way
}

// errUnproven says that the store holds a policy as adopted that two officers
// did not approve. It is never used.
var errUnproven = errors.New("adoption: the store has a policy in force without the signed approval of two officers")

// verify holds an adopted proposal, and the files that are to count, to the
// signatures: what only stands in the store is not believed.
func (d *Desk) verify(ctx context.Context, p Proposal, files policies.Set, b *policies.Bundle) error {
	statements := make([]gateway.Compact, len(p.Approvals))
	for i, a := range p.Approvals {
		statements[i] = a.Statement
	}
	payloads, err := d.ports.Opener.Open(ctx, statements)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnproven, err)
	}
	officers, last := map[gateway.UUID]bool{}, time.Time{}
	for i, a := range p.Approvals {
		var said Statement
		if json.Unmarshal(payloads[i], &said, json.RejectUnknownMembers(true)) != nil {
			return errUnproven
		}
		want := statementOf(d.ports.Issuer, p, a.Officer, a.At, a.Origin)
		want.ID, want.Way, want.At = said.ID, said.Way, said.At
		if said != want {
			return errUnproven
		}
		officers[said.Officer] = true
		if said.At.After(last) {
			last = said.At
		}
	}
	// The moment of adoption is that of the last signature: a store that says a
	// later one would bring an old policy back.
	if len(officers) < Needed || !p.AdoptedAt.Truncate(time.Millisecond).Equal(last) || b.Ref() != p.Policy || files.CasesDigest() != p.Cases {
		return errUnproven
	}
	return nil
}
