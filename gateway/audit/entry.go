// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// ErrEntry is wrapped by every error of [New]. Its text names what is wrong and never a value; it is a fault of the
// program, and the act that wanted the entry must fail.
var ErrEntry = errors.New("audit entry refused")

// By says who acted and whence.
type By struct {
	Actor  string // see the constants of Role
	Role   Role
	Origin string // SHA-256 of the client certificate in hex (see [Certificate]), or [Local]
	Trace  gateway.Trace
}

// Local is the origin of an act that came over no connection.
const Local = proof.OriginLocal

// Actors without an OIN.
const (
	ActorGateway  = proof.ActorGateway
	ActorOperator = proof.ActorOperator
	ActorUnknown  = proof.ActorUnknown
)

// ActorOfficer is the actor for an officer's account number, a lower-case UUID that the gateway gave out.
func ActorOfficer(account string) string { return proof.ActorOfficerPrefix + account }

// Certificate is the origin for a client certificate in DER.
func Certificate(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// Object names what an act was about: a kind and up to three identifiers (OIN, UUID, digest, GM code or month).
func Object(kind Kind, ids ...string) string {
	return strings.Join(append([]string{string(kind)}, ids...), "/")
}

// Entry is an entry that [New] checked. The zero Entry has no leaf.
type Entry struct {
	entry proof.Entry
	leaf  []byte
	trace gateway.Trace
	about []gateway.SignalID
}

// Leaf is what goes into the row: the bytes of the entry as they will be in the tree. The caller may not change them.
func (e Entry) Leaf() []byte { return e.leaf }

// Content is the entry as its leaf says it, for the index that a store keeps beside its rows.
func (e Entry) Content() proof.Entry { return e.entry }

// Event is the code of the entry.
func (e Entry) Event() Event { return Event(e.entry.Event) }

// Trace is what the act was part of. Its parent and exchange are in no leaf: a
// store writes them beside the row.
func (e Entry) Trace() gateway.Trace { return e.trace }

// About ties the entry to signals that its object does not name: the others that
// feedback answers, or one of the person whom an instruction is about. Like the
// parent of the trace they are in no leaf; a store keeps them beside the row, so
// that the row of the processing log has its person as long as the tokens live.
func (e Entry) About(signals ...gateway.SignalID) Entry {
	e.about = signals
	return e
}

// Signals are what [Entry.About] said.
func (e Entry) Signals() []gateway.SignalID { return e.about }

// Option adds an optional part to an entry.
type Option func(*proof.Entry)

// Refused makes the result geweigerd, with the reason codes.
func Refused(codes ...string) Option {
	return func(e *proof.Entry) { e.Result, e.Codes = proof.ResultRefused, append(e.Codes, codes...) }
}

// Failed makes the result mislukt, with the codes of what was found.
func Failed(codes ...string) Option {
	return func(e *proof.Entry) { e.Result, e.Codes = proof.ResultFailed, append(e.Codes, codes...) }
}

// Codes adds codes without changing the result: warnings, the use of a key, the kind of confirmation.
func Codes(codes ...string) Option {
	return func(e *proof.Entry) { e.Codes = append(e.Codes, codes...) }
}

// Policy names the policy that decided, by its digest in hex.
func Policy(digest string) Option { return func(e *proof.Entry) { e.Policy = digest } }

// Digest names what was received, by its SHA-256.
func Digest(sum [sha256.Size]byte) Option {
	return func(e *proof.Entry) { e.Digest = hex.EncodeToString(sum[:]) }
}

// Receipt ties the entry to the receipt or notice that the act issued, a compact JWS text.
func Receipt(jws string) Option {
	return func(e *proof.Entry) { e.Receipt = proof.ReceiptDigest(jws) }
}

// Count says how many things the act was about.
func Count(n int) Option { return func(e *proof.Entry) { e.Count = int64(n) } }

// New makes an entry about an act at a moment. Without options the result is gelukt. It refuses, with [ErrEntry] and all
// that is wrong at once: an event outside the catalogue, a role or object that does not belong to the event, an actor that does not
// belong to the role, a refusal without a code, and any value outside the narrow classes of package proof.
func New(event Event, by By, object string, at time.Time, options ...Option) (Entry, error) {
	e := proof.Entry{
		Version: 1, Time: proof.FormatTime(at), Event: string(event), Actor: by.Actor, Role: string(by.Role),
		Object: object, Result: proof.ResultDone, Origin: by.Origin, Trace: by.Trace.ID(),
	}
	for _, o := range options {
		o(&e)
	}
	leaf, err := proof.Encode(e)
	var wrong []error
	if err != nil {
		wrong = append(wrong, err)
	}
	wrong = append(wrong, fits(event, by, e)...)
	if len(wrong) > 0 {
		return Entry{}, fmt.Errorf("%w: %w", ErrEntry, errors.Join(wrong...))
	}
	return Entry{entry: e, leaf: leaf, trace: by.Trace}, nil
}

// fits holds an entry to its row of the catalogue.
func fits(event Event, by By, e proof.Entry) (wrong []error) {
	m, ok := meaning(event)
	if !ok {
		return []error{errors.New("event is not in the catalogue")}
	}
	if !slices.Contains(m.Roles, by.Role) {
		wrong = append(wrong, fmt.Errorf("role does not belong to %s", event))
	}
	if !actorFits(by) {
		wrong = append(wrong, errors.New("actor does not belong to the role"))
	}
	kind, _, _ := strings.Cut(e.Object, "/")
	if !slices.Contains(m.Objects, Kind(kind)) {
		wrong = append(wrong, fmt.Errorf("object does not belong to %s", event))
	}
	if m.Refusal && e.Result != proof.ResultRefused {
		wrong = append(wrong, fmt.Errorf("%s is a refusal", event))
	}
	if e.Result == proof.ResultRefused && len(e.Codes) == 0 {
		wrong = append(wrong, errors.New("refusal without a code"))
	}
	return wrong
}

func actorFits(by By) bool {
	switch by.Role {
	case Creditor, Municipality:
		return proof.IsOIN(by.Actor)
	case Officer:
		return proof.IsOIN(by.Actor) || strings.HasPrefix(by.Actor, proof.ActorOfficerPrefix)
	case Operator:
		return by.Actor == ActorOperator
	case Gateway:
		return by.Actor == ActorGateway
	case Unknown:
		return by.Actor == ActorUnknown
	default:
		return false
	}
}
