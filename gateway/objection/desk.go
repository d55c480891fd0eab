// SPDX-License-Identifier: EUPL-1.2

package objection

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// MaxDays is how long an objection may last before it is renewed: as long as
// tokens may (13 months). Renewing asks the person's words again, so it also
// brings the tags under the newest key.
const MaxDays = 396

// The codes of what an official asks here; they never reach a door.
const (
	CodeTooLittle gateway.Code = "te-weinig-gegevens"
	CodeTerm      gateway.Code = "termijn-niet-toegestaan"
	CodeUnknown   gateway.Code = "bezwaar-onbekend"
)

// Objection is what is kept: tags, never words.
type Objection struct {
	ID           gateway.UUID
	Controller   gateway.OIN
	Municipality gateway.Municipality
	Creditor     gateway.OIN // against whose reports; "" against everyone's
	Instruction  gateway.UUID
	PlacedOn     gateway.Date
	Until        gateway.Date // the last day on which it blocks
	Tags         []Tag        // only on the way in: a list shows none
}

// Tag is one pseudonym that the objection rests on, under the newest key
// version, as trails are stored.
type Tag struct {
	Kind pseudonym.TokenKind
	Tag  keys.Tag
}

// Store keeps objections.
type Store interface {
	// Objections lists what was placed and not lifted, expired ones left out,
	// by municipality and then in order of placing; without tags.
	Objections(ctx context.Context, on gateway.Date) ([]Objection, error)
	// WriteObjections runs fn in one durable transaction, as journey.Ledger
	// does.
	WriteObjections(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// PlaceObjection keeps an objection with its tags.
	PlaceObjection(o Objection) error
	// LiftObjection erases an objection of that controller in that
	// municipality, tags and all, and reports whether it was there.
	LiftObjection(id gateway.UUID, controller gateway.OIN, m gateway.Municipality) (bool, error)
	// Behind is the newest signal with a token of an objection, in its municipality
	// and, of a creditor, of a claim that it holds; "" when there is none.
	Behind(id gateway.UUID) (gateway.SignalID, error)
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Desk is where an official places, lists and lifts objections, on the
// instruction of a controller.
type Desk struct {
	store Store
	keyer pseudonym.Keyer
}

// NewDesk makes the desk.
func NewDesk(store Store, keyer pseudonym.Keyer) *Desk { return &Desk{store, keyer} }

// Place blocks reports about the subject in the municipality of the
// instruction, from now until the day: everyone's when the municipality asks,
// the creditor's own when a creditor asks. The subject is not kept.
func (d *Desk) Place(ctx context.Context, i gateway.Instruction, s pseudonym.Subject, until gateway.Date) (Objection, error) {
	creditor, err := i.Creditor()
	if err != nil {
		return Objection{}, err
	}
	today := gateway.Today(i.At)
	if !until.After(today) || until.After(today.AddDays(MaxDays)) {
		return Objection{}, refuse(CodeTerm, "AVG art. 5 lid 1 onder e", "De laatste dag ligt na vandaag en ten hoogste 396 dagen vooruit; daarna wordt het bezwaar opnieuw vastgelegd.")
	}
	if pseudonym.Initial(s.Person) == "" { // nearly every report names one, and none of those would be met
		return Objection{}, tooLittle()
	}
	traits, err := pseudonym.Traits(ctx, d.keyer, i.Codes(), s)
	if err != nil {
		return Objection{}, err
	}
	o := Objection{ID: gateway.NewUUID(i.At, nil), Controller: i.Controller.OIN, Municipality: i.Municipality, Creditor: creditor,
		Instruction: i.ID, PlacedOn: today, Until: until}
	for _, t := range traits {
		if blocks(t.Kind) {
			o.Tags = append(o.Tags, Tag{t.Kind, t.Tags[0]})
		}
	}
	if len(o.Tags) == 0 {
		return Objection{}, tooLittle()
	}
	entry, err := audit.New(audit.ObjectionPlaced, audit.ByInstruction(i), audit.OfInstruction(i), i.At)
	if err != nil {
		return Objection{}, err
	}
	return o, d.store.WriteObjections(ctx, func(tx Tx) error {
		if err := tx.PlaceObjection(o); err != nil {
			return err
		}
		return log(tx, entry, o.ID)
	})
}

// Lift ends an objection of the controller: the person wants to be reported
// again. Another's looks the same as none.
func (d *Desk) Lift(ctx context.Context, i gateway.Instruction, id gateway.UUID) error {
	if _, err := i.Creditor(); err != nil {
		return err
	}
	entry, err := audit.New(audit.ObjectionLifted, audit.ByInstruction(i), audit.OfInstruction(i), i.At)
	if err != nil {
		return err
	}
	return d.store.WriteObjections(ctx, func(tx Tx) error {
		signal, err := tx.Behind(id) // while it is there
		if err != nil {
			return err
		}
		there, err := tx.LiftObjection(id, i.Controller.OIN, i.Municipality)
		if err != nil {
			return err
		}
		if !there {
			return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeUnknown, Rule: "AVG art. 21",
				Text: "Onder dit nummer loopt geen bezwaar van deze verantwoordelijke in deze gemeente."})
		}
		_, err = tx.Append([]audit.Entry{about(entry, signal)})
		return err
	})
}

// log writes an act about an objection into the log.
func log(tx Tx, e audit.Entry, id gateway.UUID) error {
	signal, err := tx.Behind(id)
	if err != nil {
		return err
	}
	_, err = tx.Append([]audit.Entry{about(e, signal)})
	return err
}

// about ties an entry to the person of a signal, if there is one: so the row of
// the processing log has a subject as long as the tokens of the signal live.
func about(e audit.Entry, signal gateway.SignalID) audit.Entry {
	if signal == "" {
		return e
	}
	return e.About(signal)
}

// List shows the objections of the controller that last today. That it was
// looked at is in the log first.
func (d *Desk) List(ctx context.Context, i gateway.Instruction) ([]Objection, error) {
	if _, err := i.Creditor(); err != nil {
		return nil, err
	}
	all, err := d.store.Objections(ctx, gateway.Today(i.At))
	if err != nil {
		return nil, err
	}
	var own []Objection
	for _, o := range all {
		if o.Controller == i.Controller.OIN && o.Municipality == i.Municipality {
			own = append(own, o)
		}
	}
	entry, err := audit.New(audit.ObjectionsListed, audit.ByInstruction(i), audit.OfInstruction(i), i.At, audit.Count(len(own)))
	if err != nil {
		return nil, err
	}
	return own, d.store.WriteObjections(ctx, func(tx Tx) error {
		_, err := tx.Append([]audit.Entry{entry})
		return err
	})
}

func tooLittle() *gateway.Error {
	return refuse(CodeTooLittle, "AVG art. 11", "Nodig zijn voorletter en achternaam, en daarbij een geboortedatum, of postcode en huisnummer.")
}

func refuse(code gateway.Code, rule, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: rule, Text: text})
}
