// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// The codes of what an officer does wrong with a case.
const (
	CodeBreachInvalid gateway.Code = "datalek-ongeldig"
	CodeBreachStep    gateway.Code = "datalek-stap"
	CodeBreachMany    gateway.Code = "datalek-te-veel"
)

// maxOpened bounds the cases that one account opens in a day: each stays for
// years, and the list of all is read for every officer.
const maxOpened = 20

// BreachPorts is what the breach desk needs. All are required.
type BreachPorts struct {
	Issuer  gateway.OIN // the processor
	Store   BreachStore
	Extent  Extent
	Journal Searcher
	Parties Parties
	Log     Log
}

// BreachDesk is where officers work on breaches of personal data (AVG art. 33
// and 34). Safe for concurrent use. Called by adapters/console.
type BreachDesk struct{ ports BreachPorts }

// NewBreachDesk makes it.
func NewBreachDesk(ports BreachPorts) *BreachDesk { return &BreachDesk{ports} }

// NewBreach is what an officer says when he opens a case.
type NewBreach struct {
	Nature     Nature
	Discovered time.Time
	Filter     BreachFilter
}

// Open makes a case, and measures whom it touches: within the officer's scope,
// and for the officer's own eyes. A discovery in the future is refused.
func (d *BreachDesk) Open(ctx context.Context, v Visit, n NewBreach) (Breach, error) {
	scope, err := sees(v)
	if err != nil {
		return Breach{}, err
	}
	b := Breach{ID: gateway.NewUUID(v.At, nil), Nature: n.Nature, OpenedBy: v.Officer.Account(), OpenedAt: v.At.UTC(), Discovered: n.Discovered.UTC(),
		All: scope.All(), Filter: n.Filter}
	if !b.All {
		b.For = scope.Parties()
	}
	if err := checkBreach(b, v.At); err != nil {
		return Breach{}, err
	}
	all, err := d.ports.Store.Breaches(ctx)
	if err != nil {
		return Breach{}, err
	}
	if opened := slices.DeleteFunc(all, func(o Breach) bool { return o.OpenedBy != b.OpenedBy || v.At.Sub(o.OpenedAt) >= 24*time.Hour }); len(opened) >= maxOpened {
		return Breach{}, refuseBreach(CodeBreachMany, "U hebt in de afgelopen dag al twintig dossiers geopend; laat een daarvan opnieuw meten.")
	}
	if err := d.measure(ctx, v, scope, &b); err != nil {
		return Breach{}, err
	}
	return b, d.ports.Store.WriteBreaches(ctx, func(tx BreachTx) error {
		opened, err := b.entries(v, audit.BreachOpened, audit.Codes(string(b.Nature)))
		if err != nil {
			return err
		}
		return put(tx, v, b, opened...)
	})
}

// Examine measures a case anew. Only whoever sees the whole of it can: its
// filter may name other parties. What was done for a controller stays, also when
// it is not touched any more.
func (d *BreachDesk) Examine(ctx context.Context, v Visit, id gateway.UUID) (Breach, error) {
	b, _, err := d.find(ctx, v, id)
	if err != nil {
		return Breach{}, err
	}
	if b.OpenedBy == "" {
		return Breach{}, refuseBreach(CodeBreachStep, "Dit dossier is van een ander; alleen wie het heeft geopend, kan het opnieuw laten meten.")
	}
	fresh := b
	if err := d.measure(ctx, v, b.scope(), &fresh); err != nil {
		return Breach{}, err
	}
	return fresh, d.ports.Store.WriteBreaches(ctx, func(tx BreachTx) error {
		now, err := tx.Breach(id)
		if err != nil {
			return err
		}
		fresh.Touched = keepSteps(fresh.Touched, now.Touched)
		return put(tx, v, fresh)
	})
}

// keepSteps carries over what was done for each controller.
func keepSteps(fresh, was []Touched) []Touched {
	for _, old := range was {
		i := slices.IndexFunc(fresh, func(t Touched) bool { return t.Party == old.Party })
		if i < 0 {
			if old.State() == BreachStateOpen {
				continue
			}
			old.Entries, old.Signals, old.Persons, old.Unlinked, old.Kinds = 0, 0, 0, 0, nil
			fresh = append(fresh, old)
			continue
		}
		t := &fresh[i]
		t.ToldAt, t.AuthorityAt, t.PersonsAt, t.ClosedAt, t.Outcome = old.ToldAt, old.AuthorityAt, old.PersonsAt, old.ClosedAt, old.Outcome
	}
	slices.SortFunc(fresh, func(a, b Touched) int { return cmp.Compare(a.Party, b.Party) })
	return fresh
}

// List gives the cases of the officer, the newest first. The look is logged
// first.
func (d *BreachDesk) List(ctx context.Context, v Visit) ([]Breach, error) {
	scope, err := sees(v)
	if err != nil {
		return nil, err
	}
	all, err := d.ports.Store.Breaches(ctx)
	if err != nil {
		return nil, err
	}
	own := []Breach{}
	for _, b := range all {
		if b, ok := b.view(scope); ok {
			own = append(own, b)
		}
	}
	return own, v.look(ctx, d.ports.Log, audit.BreachRead, scope, counted(scope, len(own)))
}

// Case gives one case with the texts that follow from it. Another's looks as
// none. The look is logged first.
func (d *BreachDesk) Case(ctx context.Context, v Visit, id gateway.UUID) (BreachCase, error) {
	b, _, err := d.find(ctx, v, id)
	if err != nil {
		return BreachCase{}, err
	}
	names, err := d.names(ctx, b)
	if err != nil {
		return BreachCase{}, err
	}
	looked, err := b.entries(v, audit.BreachRead)
	if err != nil {
		return BreachCase{}, err
	}
	return BreachCase{Breach: b, Names: names, Texts: breachTexts(b, names)}, d.ports.Log.Write(ctx, looked)
}

// names are those of the controllers in a case.
func (d *BreachDesk) names(ctx context.Context, b Breach) (map[gateway.OIN]string, error) {
	r, err := readRoll(ctx, d.ports.Parties, Scope{})
	names := map[gateway.OIN]string{}
	for _, t := range b.Touched {
		names[t.Party] = cmp.Or(r.party(t.Party).Name, string(t.Party))
	}
	return names, err
}

// Advance notes that something happened for one controller. That a controller
// was told is the processor's officer's to say; a controller's own officer says
// what the controller did; both may close. A step that was noted stays.
func (d *BreachDesk) Advance(ctx context.Context, v Visit, id gateway.UUID, of gateway.OIN, step BreachStep, outcome BreachOutcome) (Breach, error) {
	scope, err := sees(v)
	if err != nil {
		return Breach{}, err
	}
	var b Breach
	err = d.ports.Store.WriteBreaches(ctx, func(tx BreachTx) error {
		whole, err := tx.Breach(id)
		if err != nil {
			return err
		}
		seen, ok := whole.view(scope)
		if !ok || !whole.Exists() || !slices.ContainsFunc(seen.Touched, func(t Touched) bool { return t.Party == of }) {
			return absent()
		}
		i := slices.IndexFunc(whole.Touched, func(t Touched) bool { return t.Party == of })
		whole.Touched = slices.Clone(whole.Touched)
		if err := whole.Touched[i].advance(v, step, outcome); err != nil {
			return err
		}
		codes := []string{string(step)}
		if step == StepClosed {
			codes = append(codes, "uitkomst-"+string(outcome))
		}
		object := audit.Object(audit.KindBreach, string(of), string(id))
		if whole.All && whole.Touched[i].ToldAt.IsZero() { // nor may the log tell the controller
			object = audit.Object(audit.KindBreach, string(id))
		}
		e, err := audit.New(audit.BreachAdvanced, v.By(), object, v.At, audit.Codes(codes...))
		if err != nil {
			return err
		}
		if _, err := tx.Append([]audit.Entry{e}); err != nil {
			return err
		}
		b, _ = whole.view(scope)
		return tx.PutBreach(whole)
	})
	return b, err
}

func (t *Touched) advance(v Visit, step BreachStep, outcome BreachOutcome) error {
	if !t.ClosedAt.IsZero() {
		return refuseBreach(CodeBreachStep, "Voor deze verantwoordelijke is het dossier al gesloten.")
	}
	at := map[BreachStep]*time.Time{StepTold: &t.ToldAt, StepAuthority: &t.AuthorityAt, StepPersons: &t.PersonsAt, StepClosed: &t.ClosedAt}[step]
	switch {
	case at == nil:
		return refuseBreach(CodeBreachInvalid, "Deze stap bestaat niet.")
	case !at.IsZero():
		return refuseBreach(CodeBreachStep, "Deze stap is al vastgelegd.")
	case step == StepTold && !v.Officer.May(RoleProcessor):
		return refuseBreach(CodeBreachStep, "Dat de verantwoordelijke is ingelicht, legt de functionaris van de verwerker vast.")
	case (step == StepAuthority || step == StepPersons) && !slices.Contains(v.Officer.Scope().Parties(), t.Party):
		return refuseBreach(CodeBreachStep, "Wat de verantwoordelijke zelf deed, legt haar eigen functionaris vast.")
	case step == StepClosed && !slices.Contains(BreachOutcomes(), outcome):
		return refuseBreach(CodeBreachInvalid, "Sluiten vraagt om een uitkomst.")
	case step == StepClosed && outcome == OutcomeNotified && t.AuthorityAt.IsZero():
		return refuseBreach(CodeBreachStep, "Leg eerst vast dat de toezichthouder is ingelicht.")
	}
	*at = v.At.UTC()
	if step == StepClosed {
		t.Outcome = outcome
	}
	return nil
}

// find gives what of a case lies in the officer's scope.
func (d *BreachDesk) find(ctx context.Context, v Visit, id gateway.UUID) (Breach, Scope, error) {
	scope, err := sees(v)
	if err != nil {
		return Breach{}, scope, err
	}
	all, err := d.ports.Store.Breaches(ctx)
	if err != nil {
		return Breach{}, scope, err
	}
	i := slices.IndexFunc(all, func(b Breach) bool { return b.ID == id })
	if i < 0 {
		return Breach{}, scope, absent()
	}
	b, ok := all[i].view(scope)
	if !ok {
		return Breach{}, scope, absent()
	}
	return b, scope, nil
}

// entries are those of an act on the whole of a case: one about it, or of a case
// that a party's own officer opened one for each of its parties, so that each
// finds it in its own part of the log. A controller that the processor did not
// tell yet is not told by the log.
func (b Breach) entries(v Visit, event audit.Event, options ...audit.Option) (all []audit.Entry, err error) {
	objects := []string{audit.Object(audit.KindBreach, string(b.ID))}
	if !b.All && len(b.For) > 0 {
		objects = nil
		for _, p := range b.For {
			objects = append(objects, audit.Object(audit.KindBreach, string(p), string(b.ID)))
		}
	}
	for _, o := range objects {
		e, err := audit.New(event, v.By(), o, v.At, options...)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// put stores a case that was measured, with its entries.
func put(tx BreachTx, v Visit, b Breach, before ...audit.Entry) error {
	measured, err := b.entries(v, audit.BreachExamined, counted(b.scope(), b.Entries))
	if err != nil {
		return err
	}
	if _, err := tx.Append(append(before, measured...)); err != nil {
		return err
	}
	return tx.PutBreach(b)
}

func checkBreach(b Breach, now time.Time) error {
	f := b.Filter
	switch {
	case !slices.Contains(Natures(), b.Nature):
		return refuseBreach(CodeBreachInvalid, "Kies de aard van het datalek.")
	case b.Discovered.IsZero() || b.Discovered.After(now):
		return refuseBreach(CodeBreachInvalid, "Het moment van ontdekken ontbreekt of ligt in de toekomst.")
	case f.Since.IsZero() && f.Until.IsZero() && f.Party == "" && f.Actor == "" && f.Origin == "" && f.Object == "" && len(f.Events) == 0:
		return refuseBreach(CodeBreachInvalid, "Zeg om welke gebeurtenissen het gaat: een periode, partij, actor, certificaat of object.")
	case !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until):
		return refuseBreach(CodeBreachInvalid, "De periode eindigt voor zij begint.")
	case f.Origin != "" && !proof.IsHex(f.Origin, 64):
		return refuseBreach(CodeBreachInvalid, "De vingerafdruk van een certificaat is de SHA-256 in 64 kleine hexadecimale cijfers.")
	}
	return nil
}

func refuseBreach(code gateway.Code, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: "AVG art. 33", Text: text})
}
