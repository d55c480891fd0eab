// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// The clocks of a breach. The law gives the authority's term to the controller,
// counted from when it became aware (AVG art. 33(1)); of a processor it asks to
// tell the controller without undue delay (art. 33(2)), for which TellWithin is
// the norm of this house.
const (
	AuthorityWithin = 72 * time.Hour
	TellWithin      = 24 * time.Hour
)

// KeepBreaches is how many days a case stays after it was closed for everybody:
// seven years. Art. 33(5) wants it documented so that the authority can verify
// it, and sets no end; claims for damage (art. 82) lapse five years after the
// person knew of it, and the log and the receipts that bear a case out stay as
// long as this.
const KeepBreaches = 2557

// MaxBreachEntries bounds how many entries one case looks at.
const MaxBreachEntries = 50_000

// Nature is what went wrong with personal data (EDPB Guidelines 9/2022, part I.B.2).
type Nature string

const (
	Confidentiality Nature = "vertrouwelijkheid" // somebody saw or got what he may not
	Integrity       Nature = "integriteit"       // data were changed
	Availability    Nature = "beschikbaarheid"   // data were lost or could not be reached
)

// Natures lists the closed set.
func Natures() []Nature { return []Nature{Confidentiality, Integrity, Availability} }

// BreachState is how far a case is for one controller.
type BreachState string

const (
	BreachStateOpen   BreachState = "geopend"
	BreachStateTold   BreachState = "gemeld" // the controller was told
	BreachStateClosed BreachState = "gesloten"
)

// BreachStep is something that happened for one controller. The constant is a
// code in the log.
type BreachStep string

const (
	StepTold      BreachStep = "verantwoordelijke-ingelicht" // art. 33(2); by the processor's officer
	StepAuthority BreachStep = "toezichthouder-ingelicht"    // art. 33(1)
	StepPersons   BreachStep = "betrokkenen-ingelicht"       // art. 34
	StepClosed    BreachStep = "gesloten"                    // with an outcome
)

// BreachSteps lists the closed set.
func BreachSteps() []BreachStep {
	return []BreachStep{StepTold, StepAuthority, StepPersons, StepClosed}
}

// BreachOutcome is how a case ended for one controller: what art. 33(5) wants
// documented also when nobody was told.
type BreachOutcome string

const (
	OutcomeNotified BreachOutcome = "gemeld"      // to the authority
	OutcomeNoRisk   BreachOutcome = "geen-risico" // unlikely to be a risk to persons (art. 33(1))
	OutcomeNoBreach BreachOutcome = "geen-inbreuk"
)

// BreachOutcomes lists the closed set.
func BreachOutcomes() []BreachOutcome {
	return []BreachOutcome{OutcomeNotified, OutcomeNoRisk, OutcomeNoBreach}
}

// BreachFilter is the set of events that a case is about: fields that are empty
// ask nothing. It holds no person.
type BreachFilter struct {
	Since  time.Time     `json:"vanaf,omitzero"`
	Until  time.Time     `json:"tot,omitzero"`
	Party  gateway.OIN   `json:"partij,omitzero"`
	Actor  string        `json:"actor,omitzero"`
	Origin string        `json:"herkomst,omitzero"` // SHA-256 of a certificate or login key, 64 hex digits
	Object gateway.UUID  `json:"object,omitzero"`
	Events []audit.Event `json:"gebeurtenissen,omitempty"`
}

// Touched is what a case says of one controller. It counts, and names nobody.
type Touched struct {
	Party       gateway.OIN
	Entries     int
	Signals     int
	Persons     int                  // distinct, by pseudonym; at most: two municipalities or two keys give two
	Unlinked    int                  // signals whose pseudonyms are erased: they count no person
	Kinds       []gateway.ReportKind // of those signals
	ToldAt      time.Time
	AuthorityAt time.Time
	PersonsAt   time.Time
	ClosedAt    time.Time
	Outcome     BreachOutcome
}

// State is how far it is.
func (t Touched) State() BreachState {
	switch {
	case !t.ClosedAt.IsZero():
		return BreachStateClosed
	case !t.ToldAt.IsZero():
		return BreachStateTold
	}
	return BreachStateOpen
}

// Breach is one case. The zero Breach stands for none.
type Breach struct {
	ID         gateway.UUID
	Nature     Nature
	OpenedBy   gateway.UUID // account of the officer
	OpenedAt   time.Time
	Discovered time.Time
	All        bool          // opened by the processor's officer, for every party
	For        []gateway.OIN // else the parties that the officer served
	Filter     BreachFilter
	ExaminedAt time.Time
	Entries    int
	More       bool // there are more entries than MaxBreachEntries; narrow the filter
	Touched    []Touched
}

// Exists reports whether there is such a case.
func (b Breach) Exists() bool { return b.ID != "" }

// ClosedAt is when it was closed for the last controller; the zero time while it
// is open for one, or touches none.
func (b Breach) ClosedAt() (last time.Time) {
	for _, t := range b.Touched {
		if t.ClosedAt.IsZero() {
			return time.Time{}
		}
		if t.ClosedAt.After(last) {
			last = t.ClosedAt
		}
	}
	return last
}

// KeepUntil is the case's last day: KeepBreaches after it was closed for
// everybody, or after it was opened when it touches nobody; the zero Date while
// it is open.
func (b Breach) KeepUntil() gateway.Date {
	end := b.ClosedAt()
	if len(b.Touched) == 0 {
		end = b.OpenedAt
	}
	if end.IsZero() {
		return gateway.Date{}
	}
	return gateway.Today(end).AddDays(KeepBreaches)
}

// TellBy is until when the processor should have told the controllers.
func (b Breach) TellBy() time.Time { return b.Discovered.Add(TellWithin) }

// AuthorityBy is until when a controller must have told the authority. A
// controller whose own officer opened the case was aware of it then; another
// becomes so when the processor tells it (EDPB Guidelines 9/2022, no. 44). Until
// then the term is counted from the discovery, so that it is never later.
func (b Breach) AuthorityBy(t Touched) time.Time {
	if b.All && !t.ToldAt.IsZero() {
		return t.ToldAt.Add(AuthorityWithin)
	}
	return b.Discovered.Add(AuthorityWithin)
}

// Touch is what one entry is about.
type Touch struct {
	Parties []gateway.OIN    // whom it concerns, see package logbook
	Signal  gateway.SignalID // "" when it is about none, or about one that is erased
	Kind    gateway.ReportKind
}

// Persons counts whom signals are about.
type Persons struct {
	Distinct int
	Unlinked int // signals without a pseudonym of a person
}

// Extent measures what entries touch. Tokens do not leave the store. Filled by
// the truth store.
type Extent interface {
	// Touches tells, each at its own place, what entries are about by their number.
	Touches(ctx context.Context, numbers []int64) ([]Touch, error)
	// Persons counts the persons of signals, each signal once.
	Persons(ctx context.Context, signals []gateway.SignalID) (Persons, error)
}

// BreachStore keeps cases.
type BreachStore interface {
	// Breaches gives all cases, the newest first. There are few.
	Breaches(ctx context.Context) ([]Breach, error)
	// WriteBreaches runs fn in one durable transaction, as journey.Ledger does.
	WriteBreaches(ctx context.Context, fn func(tx BreachTx) error) error
}

// BreachTx is one open transaction of a BreachStore.
type BreachTx interface {
	// Breach finds one; the zero Breach when there is none.
	Breach(id gateway.UUID) (Breach, error)
	// PutBreach stores a case whole, in place of what was known of it. One that is
	// is over is kept through KeepUntil.
	PutBreach(b Breach) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// scope is what a case is measured within, whoever has it measured: the parties
// that it was opened for, who see what it counts.
func (b Breach) scope() Scope { return Scope{all: b.All, parties: b.For} }

// view is what of a case lies in a scope, and whether there is anything. A case
// that the processor opened is a party's from the moment it was told, and then
// only its own row: the filter may name others.
func (b Breach) view(s Scope) (Breach, bool) {
	if s.All() {
		return b, true
	}
	mine := !b.All && slices.ContainsFunc(b.For, s.Has)
	whole := mine && !slices.ContainsFunc(b.For, func(p gateway.OIN) bool { return !s.Has(p) })
	own := b
	own.Touched = nil
	for _, t := range b.Touched {
		if s.Has(t.Party) && (mine || !t.ToldAt.IsZero()) {
			own.Touched = append(own.Touched, t)
		}
	}
	if !mine && len(own.Touched) == 0 {
		return Breach{}, false
	}
	if !whole {
		own.Filter, own.Entries, own.More, own.For, own.OpenedBy = BreachFilter{}, 0, false, nil, ""
		for _, t := range own.Touched {
			own.Entries += t.Entries
		}
	}
	return own, true
}
