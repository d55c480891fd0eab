// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Receipt (verwijderingsbewijs) is the claim set of the evidence that records were erased. Objects are SHA-256 sums of the
// names of what went, in order of the sums: who knows a name, with the random number in it, can see that it is among them, and
// nobody else learns anything.
type Receipt struct {
	Issuer       gateway.OIN          `json:"iss"`
	Audience     gateway.OIN          `json:"aud"` // the controller
	ID           gateway.UUID         `json:"jti"`
	ErasedAt     time.Time            `json:"gewistOp"`
	Reason       Reason               `json:"reden"`
	Kind         Kind                 `json:"soort"`
	Municipality gateway.Municipality `json:"gemeente,omitzero"`
	Count        int                  `json:"aantal"`
	Objects      []gateway.Digest     `json:"objecten"`
	Trace        gateway.Trace        `json:"spoor"`
}

// claim is what one receipt will say: records of one controller, about to be erased.
type claim struct {
	to    gateway.Party
	filed Filed
	names []string
}

// roll is who takes part, as a batch is put together.
type roll struct {
	parties     []gateway.Party
	reorganised gateway.Reorganisations
}

func (s *Sweeper) roll(ctx context.Context) (r roll, err error) {
	if r.parties, err = s.ports.Directory.Parties(ctx); err != nil {
		return r, err
	}
	r.reorganised, err = s.ports.Directory.Reorganisations(ctx)
	return r, err
}

// answers is who answers now for what is filed under a controller. Scopes of keys keep the code of a municipality that is no
// more, as do its alarms and objections; its successor is their controller (Wet arhi, art. 44), and the only one who can
// still fetch a receipt.
func (r roll) answers(c Controller) Controller {
	if m := c.municipality(); m != "" {
		return Controller(r.reorganised.Holder(m))
	}
	return c
}

// claims groups records by controller, in the order of the controllers.
func (s *Sweeper) claims(step Step, records []Record, who roll, now time.Time) []claim {
	var all []claim
	for _, r := range records {
		controller := who.answers(r.Controller)
		i := slices.IndexFunc(all, func(c claim) bool { return c.filed.Controller == controller })
		if i < 0 {
			i = len(all)
			all = append(all, claim{to: s.addressee(controller, who.parties), filed: Filed{Controller: controller, Kind: step.Kind,
				Reason: step.Reason, ID: gateway.NewUUID(now, nil), Keep: gateway.Today(now).AddDays(KeepReceipts)}})
		}
		all[i].names = append(all[i].names, r.Name)
		all[i].filed.Count++
	}
	return all
}

// addressee is the party that is controller now, or was last. A controller that the register does not know is addressed by
// its number; a municipality without a party has none, and its receipts wait under the gateway's own.
func (s *Sweeper) addressee(c Controller, parties []gateway.Party) gateway.Party {
	best := gateway.Party{OIN: gateway.OIN(c)}
	if c == "" || c.municipality() != "" {
		best = gateway.Party{OIN: s.ports.Issuer, Municipality: c.municipality()}
	}
	rank := map[gateway.PartyState]int{gateway.PartyActive: 3, gateway.PartySuspended: 2, gateway.PartyEnded: 1}
	for _, p := range parties {
		if ControllerOf(p) == c && rank[p.State] > rank[best.State] {
			best = p
		}
	}
	return best
}

// sign signs what the claims say, all in one call.
func (s *Sweeper) sign(ctx context.Context, claims []claim, now time.Time, trace gateway.Trace) error {
	statements := make([]gateway.Statement, len(claims))
	for i, c := range claims {
		objects := make([]gateway.Digest, len(c.names))
		for j, name := range c.names {
			objects[j] = gateway.DigestOf([]byte(name))
		}
		slices.SortFunc(objects, func(a, b gateway.Digest) int { return slices.Compare(a[:], b[:]) })
		payload, err := json.Marshal(Receipt{Issuer: s.ports.Issuer, Audience: c.to.OIN, ID: c.filed.ID, ErasedAt: now.UTC().Truncate(time.Millisecond),
			Reason: c.filed.Reason, Kind: c.filed.Kind, Municipality: c.filed.Controller.municipality(), Count: c.filed.Count, Objects: objects, Trace: trace})
		if err != nil {
			return fmt.Errorf("deletion receipt: %T", err)
		}
		statements[i] = gateway.Statement{Type: gateway.TypeDeletion, Algorithm: c.to.ReceiptAlg, Payload: payload}
	}
	signed, err := s.ports.Signer.Sign(ctx, statements)
	if err != nil {
		return err
	}
	for i := range claims {
		claims[i].filed.Receipt = signed[i]
	}
	return nil
}

// file writes the entries of the claims into the log and keeps their receipts.
func file(tx Tx, claims []claim, entry func(claim) (audit.Entry, error)) error {
	entries := make([]audit.Entry, len(claims))
	for i, c := range claims {
		var err error
		if entries[i], err = entry(c); err != nil {
			return err
		}
	}
	first, err := tx.Append(entries)
	if err != nil {
		return err
	}
	var receipts []Filed
	for i, c := range claims {
		if c.filed.Receipt != nil {
			c.filed.Entry = first + int64(i)
			receipts = append(receipts, c.filed)
		}
	}
	if len(receipts) == 0 {
		return nil
	}
	return tx.File(receipts)
}

// Proof is a signed deletion receipt for records that somebody else erases, and
// the entry that goes into the log in the same transaction. The place of the
// entry is filled in there.
type Proof struct {
	Filed Filed
	Entry audit.Entry
}

// Prove signs what is about to be erased on request: one receipt per controller
// and kind. It stores nothing. Called by gateway/rights.
func (s *Sweeper) Prove(ctx context.Context, reason Reason, records map[Kind][]Record, now time.Time, trace gateway.Trace) ([]Proof, error) {
	who, err := s.roll(ctx)
	if err != nil {
		return nil, err
	}
	var all []claim
	for _, step := range Steps() {
		if of := records[step.Kind]; len(of) > 0 && (step.Kind != KindBody || step.Reason == ReasonTerm) {
			all = append(all, s.claims(Step{Kind: step.Kind, Reason: reason}, of, who, now)...)
		}
	}
	if err := s.sign(ctx, all, now, trace); err != nil {
		return nil, err
	}
	proofs := make([]Proof, len(all))
	for i, c := range all {
		e, err := erasedEntry(c, now, trace)
		if err != nil {
			return nil, err
		}
		proofs[i] = Proof{Filed: c.filed, Entry: e}
	}
	return proofs, nil
}

// erasedEntry is what the log says of records that were erased.
func erasedEntry(c claim, now time.Time, trace gateway.Trace) (audit.Entry, error) {
	object := audit.Object(audit.KindDeletion, string(c.to.OIN), string(c.filed.ID))
	options := []audit.Option{audit.Codes(string(c.filed.Kind), string(c.filed.Reason)), audit.Count(c.filed.Count)}
	if c.filed.Receipt == nil {
		object = audit.Object(audit.KindDeletion, string(c.to.OIN))
	} else {
		options = append(options, audit.Receipt(string(c.filed.Receipt)))
	}
	return audit.New(audit.DataErased, audit.ByGateway(trace), object, now, options...)
}
