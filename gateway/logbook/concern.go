// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Known is what a store knows of the object of an entry at the end of the
// entry's own transaction. What it does not know, or no longer, is empty.
type Known struct {
	Creditor  gateway.OIN        // that reported the claim
	Reader    gateway.OIN        // municipality in whose mailbox the signal lies
	Holder    gateway.OIN        // creditor that must observe the pause, also of a notice that carries one
	Addressee gateway.OIN        // of the notice
	Notice    gateway.NoticeKind // of the notice
	// Controller and Former are of a request: where it is, and where it came in
	// when that was the wrong party.
	Controller, Former gateway.OIN
	// Named are the parties that stand behind municipality codes in the object,
	// and those of an agreement that is named by its id.
	Named []gateway.OIN
}

// Concern is that an entry is of a party's concern, and as what activity of it.
type Concern struct {
	Party    gateway.OIN
	Activity Activity
}

// Concerns says which parties an entry concerns, in order of OIN and each once.
// Nobody but them, and the officer of the processor, ever sees it (invariant
// I8). It follows from the event alone who may be among them:
//
//   - who acted, when it is a party;
//   - who is named in the object, when the act is about that party;
//   - the municipality in whose mailbox the signal lies, of what reached it;
//   - who must observe the pause, and to whom a notice is addressed.
//
// What a municipality does inside its mailbox concerns no creditor. A refusal
// concerns who was refused and nobody else.
func Concerns(e proof.Entry, k Known) []Concern {
	r, known := rules[audit.Event(e.Event)]
	if !known {
		return nil
	}
	var all []gateway.OIN
	for _, w := range r.whom {
		all = append(all, w.of(e, k)...)
	}
	all = slices.DeleteFunc(all, func(p gateway.OIN) bool { return p == "" })
	slices.Sort(all)
	kind, _, _ := strings.Cut(e.Object, "/")
	activity := ActivityOf(audit.Event(e.Event), audit.Kind(kind))
	var concerns []Concern
	for _, p := range slices.Compact(all) {
		concerns = append(concerns, Concern{p, activity})
	}
	return concerns
}

// Related reports whether an entry may be tied to the claim behind its object. A
// party that names the signal or the pause of another is refused, and what the
// log keeps of that is tied to no claim: otherwise it would learn from its own
// log that the claim exists.
func (k Known) Related(e proof.Entry) bool {
	return e.Result == proof.ResultDone || !proof.IsOIN(e.Actor) ||
		slices.Contains([]gateway.OIN{k.Creditor, k.Reader, k.Holder, k.Addressee}, gateway.OIN(e.Actor))
}

// whom is a way in which a party can have to do with an entry.
type whom int

const (
	actor    whom = iota // who acted
	object               // who is named in the object by its OIN
	named                // who is named in another way
	creditor             // who reported the claim
	reader               // in whose mailbox the signal lies
	holder               // who must observe the pause
	notice               // whom a notice tells, and the municipality behind it
	alarm                // who hears of an alarm
	request              // who answers for a request
)

// of gives the parties that an entry concerns in this way; empty OINs are none.
// A refusal concerns who acted, or who is named when no party did.
func (w whom) of(e proof.Entry, k Known) []gateway.OIN {
	if refused := e.Result == proof.ResultRefused; refused && w != actor && (w != object || proof.IsOIN(e.Actor)) {
		return nil
	}
	switch w {
	case actor:
		return oins(e.Actor)
	case object:
		return oins(strings.Split(e.Object, "/")...)
	case named:
		return k.Named
	case creditor:
		return []gateway.OIN{k.Creditor}
	case reader:
		return []gateway.OIN{k.Reader}
	case holder:
		return []gateway.OIN{k.Holder}
	case notice:
		return k.told()
	case alarm:
		return k.alarmed(e)
	case request:
		if audit.Event(e.Event) == audit.RequestHandedOn {
			return []gateway.OIN{k.Controller, k.Former}
		}
		return []gateway.OIN{k.Controller}
	}
	return nil
}

func oins(texts ...string) (all []gateway.OIN) {
	for _, t := range texts {
		if proof.IsOIN(t) {
			all = append(all, gateway.OIN(t))
		}
	}
	return all
}

// told: that a creditor reported one claim twice is between it and the gateway.
func (k Known) told() []gateway.OIN {
	if k.Notice == gateway.NoticeOwnDuplicate {
		return []gateway.OIN{k.Addressee}
	}
	return []gateway.OIN{k.Addressee, k.Reader}
}

// alarmed: a signal that waits is the municipality's own, and so is the day on
// which it wants to look at a pause again.
func (k Known) alarmed(e proof.Entry) []gateway.OIN {
	switch kind, _, _ := strings.Cut(e.Object, "/"); {
	case kind == string(audit.KindNotice):
		return []gateway.OIN{k.Addressee, k.Reader}
	case kind == string(audit.KindPause) && !slices.Contains(e.Codes, string(gateway.NoticePauseReview)):
		return []gateway.OIN{k.Holder, k.Reader}
	}
	return []gateway.OIN{k.Reader}
}
