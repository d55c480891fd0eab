// SPDX-License-Identifier: EUPL-1.2

// Package rights serves the rights of data subjects (AVG art. 12 to 21), on the
// instruction of the controller who got the request: it finds what is kept
// about a person or a home, makes the overview of art. 15 and erases for art.
// 17.
//
// The gateway has no register of persons. What an official types becomes
// tokens, as a report's words do, and is compared with the stored ones of one
// municipality: no national search is possible. The words are not kept, logged
// or answered. It opens no content, and it never answers a citizen: the
// controller does. Called by cmd/seinhuis for an official.
package rights

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// The codes of what an official asks here; they never reach a door.
const (
	CodeTooLittle  gateway.Code = "te-weinig-gegevens"
	CodeNotFound   gateway.Code = "signaal-niet-gevonden"
	CodePauseRuns  gateway.Code = "pauze-loopt"
	CodeHeld       gateway.Code = "opschorting-loopt"
	CodeUnsettled  gateway.Code = "gegevens-veranderen"
	CodeNoIdentity gateway.Code = "opdracht-onvolledig"
)

// Ports is what the desk needs. Without a Prover nothing is signed about what
// was erased.
type Ports struct {
	Store  Store
	Keyer  pseudonym.Keyer
	Prover Prover
}

// Desk carries out instructions. It is safe for concurrent use.
type Desk struct{ ports Ports }

// NewDesk makes the desk.
func NewDesk(p Ports) *Desk { return &Desk{p} }

// Search is who and what is looked for. Also names signals that were found
// before without being surely about the subject, and of which the controller
// has made sure that they are.
type Search struct {
	Instruction gateway.Instruction
	Subject     pseudonym.Subject
	Also        []gateway.SignalID
}

// Hit is a dossier that shares a token with the subject.
type Hit struct {
	Dossier
	By          []pseudonym.TokenKind // which tokens it shares
	Surely      bool                  // it names the subject; otherwise perhaps a housemate
	Also        bool                  // the controller made sure
	TokensUntil gateway.Date
}

// Counts reports whether the hit is about the subject.
func (h Hit) Counts() bool { return h.Surely || h.Also }

// Find looks up what is kept about the subject in the municipality of the
// instruction, under every live key version, oldest first. That it looked is in
// the log, with the number of hits and without a word or token of them, before
// anything is answered.
func (d *Desk) Find(ctx context.Context, s Search) ([]Hit, error) {
	hits, err := d.look(ctx, s, audit.PersonSought)
	return shown(hits, s.Instruction), err
}

// shown leaves out of a creditor's hits the notices that were for others: how the
// municipality went about it, and who held the claim after it, is not the
// creditor's to know (invariant I8).
func shown(hits []Hit, i gateway.Instruction) []Hit {
	if i.Controller.Kind != gateway.KindCreditor {
		return hits
	}
	for n := range hits {
		hits[n].Notices = slices.DeleteFunc(slices.Clone(hits[n].Notices), func(m NoticeMark) bool {
			return m.Controller != retention.Controller(i.Controller.OIN)
		})
	}
	return hits
}

// look finds, and logs that under an event.
func (d *Desk) look(ctx context.Context, s Search, event audit.Event) ([]Hit, error) {
	traits, creditor, err := d.traits(ctx, s)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	err = d.ports.Store.WriteRights(ctx, func(tx Tx) error {
		if hits, err = find(tx, s, creditor, traits); err != nil {
			return err
		}
		return log(tx, s.Instruction, event, hits, audit.Count(len(hits)))
	})
	if err != nil {
		return nil, err
	}
	return hits, nil
}

func (d *Desk) traits(ctx context.Context, s Search) ([]pseudonym.Trait, gateway.OIN, error) {
	creditor, err := s.Instruction.Creditor()
	if err != nil {
		return nil, "", err
	}
	_, noID := gateway.ParseUUID(string(s.Instruction.ID))
	_, noOfficer := gateway.ParseUUID(string(s.Instruction.Officer))
	if noID != nil || noOfficer != nil {
		return nil, "", refuse(CodeNoIdentity, "AVG art. 28 lid 3 onder a", "Een opdracht heeft een nummer van de verantwoordelijke en een account van de uitvoerder.")
	}
	traits, err := pseudonym.Traits(ctx, d.ports.Keyer, s.Instruction.Codes(), s.Subject)
	if err != nil {
		return nil, "", err
	}
	if len(traits) == 0 {
		return nil, "", refuse(CodeTooLittle, "AVG art. 11", "Nodig zijn postcode en huisnummer, of een achternaam met geboortedatum.")
	}
	return traits, creditor, nil
}

// find is the search inside a transaction.
func find(tx Tx, s Search, creditor gateway.OIN, traits []pseudonym.Trait) ([]Hit, error) {
	var tags []keys.Tag
	for _, t := range traits {
		tags = append(tags, t.Tags...)
	}
	trails, err := tx.Trails(s.Instruction.Municipality, creditor, tags)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	var ids []gateway.SignalID
	for _, trail := range trails {
		at := slices.Index(ids, trail.Signal)
		if at < 0 {
			at = len(ids)
			ids, hits = append(ids, trail.Signal), append(hits, Hit{})
		}
		hits[at].add(trail, traits)
	}
	dossiers, err := tx.Dossiers(ids)
	if err != nil {
		return nil, err
	}
	for i := range hits {
		hits[i].Dossier, hits[i].Also = dossiers[i], slices.Contains(s.Also, ids[i])
	}
	for _, id := range s.Also {
		if !slices.Contains(ids, id) {
			return nil, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeNotFound, Rule: "AVG art. 5 lid 1 onder f",
				Text: "Een van de genoemde signalen is bij deze zoekvraag niet gevonden."})
		}
	}
	return hits, nil
}

func (h *Hit) add(trail Trail, traits []pseudonym.Trait) {
	if trail.Until.After(h.TokensUntil) {
		h.TokensUntil = trail.Until
	}
	for _, t := range traits {
		if !t.Has(trail.Tag) {
			continue
		}
		h.Surely = h.Surely || t.Surely
		if !slices.Contains(h.By, t.Kind) {
			h.By = append(h.By, t.Kind)
		}
	}
}

// person is the newest signal that is about the subject, by which the processing
// log has whom the act is about; those of a housemate are not.
func person(hits []Hit) []gateway.SignalID {
	for _, h := range slices.Backward(hits) {
		if h.Counts() {
			return []gateway.SignalID{h.Signal.ID}
		}
	}
	return nil
}

// log writes that there was an act, about the person of the hits.
func log(tx Tx, i gateway.Instruction, event audit.Event, hits []Hit, options ...audit.Option) error {
	e, err := audit.New(event, audit.ByInstruction(i), audit.OfInstruction(i), i.At, options...)
	if err != nil {
		return err
	}
	_, err = tx.Append([]audit.Entry{e.About(person(hits)...)})
	return err
}

func refuse(code gateway.Code, rule, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: rule, Text: text})
}
