// SPDX-License-Identifier: EUPL-1.2

// Package seal is the sixth step of the journey: it writes what the
// municipality gets, seals it to the municipality's key and wraps it once more
// under a key that can be destroyed. After this step nobody here can read the
// report.
//
// It keeps no key and stores nothing. Called by gateway/journey.
package seal

import (
	"context"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/policies"
)

// Body is sealed content at rest: Wrapped is what is stored, Size and Digest
// are of the sealed form that the municipality will receive.
type Body struct {
	ID      gateway.SignalID
	Scope   string // of the wrapping key: municipality and month
	Format  string
	KeyID   string
	Size    int
	Digest  gateway.Digest
	Wrapped []byte
}

// Sealed is what is left of a report once its content is closed: the facts
// that the mailbox shows, the tokens to match on and the sealed body. The
// readable report is not in it. Only Seal makes one.
type Sealed struct {
	slip         gateway.Slip
	municipality gateway.Municipality
	kind         gateway.ReportKind
	urgency      gateway.Urgency
	tokens       []pseudonym.Token
	claim        pseudonym.ClaimMemory
	decision     policies.Decision
	facts        policies.Facts
	limits       gateway.PauseLimits
	body         Body
}

// Slip says whose member this is.
func (s Sealed) Slip() gateway.Slip { return s.slip }

// Municipality is whose mailbox it goes to.
func (s Sealed) Municipality() gateway.Municipality { return s.municipality }

// Kind is the kind of arrears, which the mailbox list shows.
func (s Sealed) Kind() gateway.ReportKind { return s.kind }

// Urgency decides the municipality's clock.
func (s Sealed) Urgency() gateway.Urgency { return s.urgency }

// Tokens are the pseudonyms to match on.
func (s Sealed) Tokens() []pseudonym.Token { return s.tokens }

// Claim remembers the amount for the next report of this claim.
func (s Sealed) Claim() pseudonym.ClaimMemory { return s.claim }

// Decision says which policy permitted it, with which warnings and terms.
func (s Sealed) Decision() policies.Decision { return s.decision }

// Facts are what may be kept of the question behind the decision.
func (s Sealed) Facts() policies.Facts { return s.facts }

// PauseLimits is what the agreement behind it allows a pause; no days means
// what the covenant allows.
func (s Sealed) PauseLimits() gateway.PauseLimits { return s.limits }

// Body is the sealed content.
func (s Sealed) Body() Body { return s.body }

func closed(b objection.Cleared, body Body) Sealed {
	s := Sealed{slip: b.Slip(), municipality: b.Municipality().Municipality, kind: b.Report().Kind,
		urgency: gateway.UrgencyRegular, tokens: b.Tokens(), claim: b.Claim(), decision: b.Decision(), facts: b.Facts(),
		limits: gateway.PauseLimits{Days: b.Agreement().PauseDays, Prolongations: b.Agreement().Prolongations}, body: body}
	if b.Report().Crisis {
		s.urgency = gateway.UrgencyCrisis
	}
	return s
}

// The formats of sealed bodies: what the municipality's key asks for.
const (
	FormatJOSE    = "jose"
	FormatOpenPGP = "openpgp"
)

func formatOf(k gateway.PartyKey) string {
	if k.Algorithm == gateway.AlgOpenPGP {
		return FormatOpenPGP
	}
	return FormatJOSE
}

// Seal seals and wraps all reports, each step in one call.
func Seal(ctx context.Context, sealer Sealer, wrapper Wrapper, cleared []objection.Cleared) ([]Sealed, error) {
	drafts := make([]Draft, len(cleared))
	for i, b := range cleared {
		id := gateway.SignalID(gateway.NewUUID(b.Slip().At, nil))
		drafts[i] = Draft{ID: id, To: b.Municipality(), Slip: b.Slip(), Content: reportContent(id, b)}
	}
	bodies, err := Close(ctx, sealer, wrapper, drafts)
	if err != nil {
		return nil, err
	}
	sealed := make([]Sealed, len(cleared))
	for i, b := range cleared {
		sealed[i] = closed(b, bodies[i])
	}
	return sealed, nil
}

// Draft is content on its way to a municipality, about to be closed.
type Draft struct {
	ID      gateway.SignalID
	To      gateway.Party
	Slip    gateway.Slip
	Content []byte
}

// Close seals each draft to the newest valid key of its municipality, then
// wraps it. Used for reports and for withdrawals.
func Close(ctx context.Context, sealer Sealer, wrapper Wrapper, drafts []Draft) ([]Body, error) {
	letters := make([]Letter, len(drafts))
	for i, d := range drafts {
		valid := d.To.KeysFor(gateway.KeyEncrypt, d.Slip.At)
		if len(valid) == 0 {
			return nil, fmt.Errorf("seal: %s has no valid key", d.To.OIN)
		}
		letters[i] = Letter{Key: valid[0], Content: d.Content}
	}
	tokens, err := sealer.Seal(ctx, letters)
	if err != nil {
		return nil, fmt.Errorf("seal %d letters: %w", len(letters), err)
	}
	items := make([]keys.WrapItem, len(drafts))
	for i, d := range drafts {
		items[i] = keys.WrapItem{Scope: Scope(string(d.To.Municipality), d.Slip), ID: string(d.ID), Data: tokens[i]}
	}
	wrapped, err := wrapper.Wrap(ctx, items)
	if err != nil {
		return nil, fmt.Errorf("wrap %d bodies: %w", len(items), err)
	}
	bodies := make([]Body, len(drafts))
	for i, d := range drafts {
		bodies[i] = Body{ID: d.ID, Scope: items[i].Scope, Format: formatOf(letters[i].Key), KeyID: letters[i].Key.ID,
			Size: len(tokens[i]), Digest: gateway.DigestOf(tokens[i]), Wrapped: wrapped[i]}
	}
	return bodies, nil
}

// Scope names the wrapping key: one per party and month, so that a month of
// one municipality can be forgotten everywhere at once (invariant I10).
func Scope(party string, s gateway.Slip) string {
	return party + "/" + gateway.Today(s.At).String()[:7]
}
