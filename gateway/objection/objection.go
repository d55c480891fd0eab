// SPDX-License-Identifier: EUPL-1.2

// Package objection keeps that a person objected to being reported (AVG art.
// 21), and is the fifth step of the journey, which holds every report against it:
// between pseudonym, which makes the tokens, and seal, which takes only what
// was cleared here.
//
// It knows tokens and never a person: an objection is kept as keyed tags, with
// the municipality, a last day and the number of the controller's instruction.
// It blocks by person and by resident, not by address: housemates did not
// object. It decides nothing on an error: then nothing passes (invariant I6).
// Clear is called by gateway/journey, Desk by cmd/seinhuis for an official.
package objection

import (
	"context"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// Code refuses a report that meets an objection. It is the code of the policy
// rule for an objection that the creditor knows of itself.
const Code gateway.Code = "bezwaar-inwoner"

// Question asks whether an objection stands against a report. Its tags are
// under every live key version, so that an objection from before a rotation
// still counts.
type Question struct {
	Municipality gateway.Municipality
	Creditor     gateway.OIN
	On           gateway.Date // the day of arrival
	Tags         []keys.Tag
}

// Lookup answers each question at its own place, in one round trip for the
// whole slice: true when a tag of the question stands under an objection in the
// same municipality that lasts on that day and is against all creditors or
// against this one. It only reads, may be called any number of times, and may
// lag at most Refresh behind what was placed or lifted. On an error nothing of
// the answer may be used. Filled by Directory, and by the truth store.
type Lookup interface {
	Objected(ctx context.Context, questions []Question) ([]bool, error)
}

// blinded is embedded under a name that other packages cannot fill in.
type blinded = pseudonym.Blinded

// Cleared is a blinded report that no objection stands against. Only Clear
// makes one.
type Cleared struct{ blinded }

// Clear holds the reports against the objections, in one lookup for the whole
// batch. What meets one is refused with the code that the creditor knows, and
// no pointer: which words met it is not for the creditor to learn. An error
// fails the batch and clears nothing.
func Clear(ctx context.Context, lookup Lookup, reports []pseudonym.Blinded) ([]Cleared, []gateway.Refused, error) {
	if len(reports) == 0 {
		return nil, nil, nil
	}
	questions := make([]Question, len(reports))
	for i, b := range reports {
		questions[i] = question(b)
	}
	objected, err := lookup.Objected(ctx, questions)
	if err != nil {
		return nil, nil, fmt.Errorf("objections to %d reports: %w", len(reports), err)
	}
	if len(objected) != len(reports) {
		return nil, nil, gateway.Fail(gateway.KindInternal, fmt.Errorf("objections: %d answers to %d questions", len(objected), len(reports)))
	}
	cleared := make([]Cleared, 0, len(reports))
	var refused []gateway.Refused
	for i, b := range reports {
		if objected[i] {
			refused = append(refused, gateway.Refused{Slip: b.Slip(), Err: refusal()})
			continue
		}
		cleared = append(cleared, Cleared{b})
	}
	return cleared, refused, nil
}

func question(b pseudonym.Blinded) Question {
	slip := b.Slip()
	q := Question{Municipality: b.Municipality().Municipality, Creditor: slip.Peer.OIN(), On: gateway.Today(slip.At)}
	for _, token := range b.Tokens() {
		if blocks(token.Kind) {
			q.Tags = append(q.Tags, token.Tags...)
		}
	}
	return q
}

// blocks says which tokens an objection rests on.
func blocks(k pseudonym.TokenKind) bool {
	return k == pseudonym.TokenPerson || k == pseudonym.TokenResident
}

func refusal() *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: Code, Rule: "AVG art. 21",
		Text: "De inwoner heeft er bezwaar tegen gemaakt dat gegevens worden doorgegeven; dan blijft de melding achterwege."})
}
