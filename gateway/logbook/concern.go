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
	refused := e.Result == proof.ResultRefused
	var all []gateway.OIN
	for _, who := range r.whom {
		if refused && !who.alsoRefused {
			continue
		}
		all = append(all, who.of(e, k)...)
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

// Related reports whether who acted has to do with the object. A party that
// names the signal or the pause of another gets a refusal, and the log ties that
// to no claim: otherwise it would learn from its own log that the claim exists.
func (k Known) Related(e proof.Entry) bool {
	return !proof.IsOIN(e.Actor) || slices.Contains([]gateway.OIN{k.Creditor, k.Reader, k.Holder, k.Addressee}, gateway.OIN(e.Actor))
}

// whom picks parties of an entry.
type whom struct {
	of          func(proof.Entry, Known) []gateway.OIN
	alsoRefused bool
}

var (
	actor = whom{func(e proof.Entry, _ Known) []gateway.OIN {
		if !proof.IsOIN(e.Actor) {
			return nil
		}
		return []gateway.OIN{gateway.OIN(e.Actor)}
	}, true}
	// object: the OINs in the object, of a refusal only where no party acted.
	object = whom{func(e proof.Entry, _ Known) (all []gateway.OIN) {
		if e.Result == proof.ResultRefused && proof.IsOIN(e.Actor) {
			return nil
		}
		for part := range strings.SplitSeq(e.Object, "/") {
			if proof.IsOIN(part) {
				all = append(all, gateway.OIN(part))
			}
		}
		return all
	}, true}
	named    = whom{func(_ proof.Entry, k Known) []gateway.OIN { return k.Named }, false}
	reader   = whom{func(_ proof.Entry, k Known) []gateway.OIN { return []gateway.OIN{k.Reader} }, false}
	creditor = whom{func(_ proof.Entry, k Known) []gateway.OIN { return []gateway.OIN{k.Creditor} }, false}
	holder   = whom{func(_ proof.Entry, k Known) []gateway.OIN { return []gateway.OIN{k.Holder} }, false}
	// request: who has it now, and of its handing on also who had it before.
	request = whom{func(e proof.Entry, k Known) []gateway.OIN {
		if audit.Event(e.Event) == audit.RequestHandedOn {
			return []gateway.OIN{k.Controller, k.Former}
		}
		return []gateway.OIN{k.Controller}
	}, false}
	// notice: to whom it is addressed, and the municipality behind it. That a
	// creditor reported one claim twice is between the gateway and that creditor.
	notice = whom{func(_ proof.Entry, k Known) []gateway.OIN {
		if k.Notice == gateway.NoticeOwnDuplicate {
			return []gateway.OIN{k.Addressee}
		}
		return []gateway.OIN{k.Addressee, k.Reader}
	}, false}
	// alarm: whoever hears of it. A signal that waits is the municipality's own,
	// and so is the day on which it wants to look at a pause again.
	alarm = whom{func(e proof.Entry, k Known) []gateway.OIN {
		pause := strings.HasPrefix(e.Object, string(audit.KindPause)+"/")
		switch {
		case strings.HasPrefix(e.Object, string(audit.KindNotice)+"/"):
			return []gateway.OIN{k.Addressee, k.Reader}
		case pause && !slices.Contains(e.Codes, string(gateway.NoticePauseReview)):
			return []gateway.OIN{k.Holder, k.Reader}
		}
		return []gateway.OIN{k.Reader}
	}, false}
)
