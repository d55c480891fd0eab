// SPDX-License-Identifier: EUPL-1.2

package reorganisation

import (
	"cmp"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/permit"
)

// backDated is how many days before its arrival a report may be dated: the
// rule signaaldatum-te-oud of policies/documents/algemeen.yaml.
const backDated = 31

// Passage is what becomes of one agreement of a municipality that goes: it
// ends, or the successor gets one, or both.
type Passage struct {
	Ended gateway.Agreement // with its last day; zero when it passes under its own id
	Next  gateway.Agreement // the successor's; zero when the successor has one that covers it
}

// Passages says what becomes of the agreements when r takes effect on a day;
// id gives new ids. Past agreements stay as they are. Callers: CarryOut, and
// the operator who wants to know beforehand.
//
// One that is in force ends the day before, and the successor gets its like. Its
// first day stays the old one, because the successor continues the agreement
// (Wet arhi, art. 44) and a report dated in December comes in January: from the
// day alone, policy would refuse it as dated before the agreement. One that
// begins on the day or later passes under its own id, for it has no last day.
//
// Where the successor has an agreement with the same creditor that covers the
// old one and is as strict, that one stands alone. A stricter old one passes
// beside it, and permit takes the stricter of two: nothing is reported that one
// of the two would have refused, until people make one agreement of them.
func Passages(r gateway.Reorganisation, day gateway.Date, agreements []gateway.Agreement, id func() string) []Passage {
	var passing, held []gateway.Agreement
	for _, a := range agreements {
		switch {
		case a.Municipality == r.Into:
			held = append(held, a)
		case slices.Contains(r.From, a.Municipality) && (a.Until.IsZero() || !day.After(a.Until)):
			passing = append(passing, a)
		}
	}
	// Strictest first, so that of two alike from two municipalities one is made.
	slices.SortFunc(passing, func(a, b gateway.Agreement) int {
		switch {
		case permit.Stricter(a, b):
			return -1
		case permit.Stricter(b, a):
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	var all []Passage
	for _, a := range passing {
		var p Passage
		switch next := a; {
		case !day.After(a.From):
			next.Municipality = r.Into
			p.Next = next
		default:
			p.Ended = a
			p.Ended.Until = day.AddDays(-1)
			if slices.ContainsFunc(held, func(h gateway.Agreement) bool { return covers(h, a, day) }) {
				break
			}
			next.ID, next.Municipality = id(), r.Into
			p.Next = next
		}
		if p.Next.ID != "" {
			held = append(held, p.Next)
		}
		all = append(all, p)
	}
	return all
}

// covers reports whether what falls under a from the day on falls under h as
// well, and as strictly, reports that are dated before the day included.
func covers(h, a gateway.Agreement, day gateway.Date) bool {
	since := day.AddDays(-backDated)
	if a.From.After(since) {
		since = a.From
	}
	return h.Creditor == a.Creditor && !h.From.After(since) &&
		(h.Until.IsZero() || !a.Until.IsZero() && !a.Until.After(h.Until)) &&
		!slices.ContainsFunc(a.Kinds, func(k gateway.ReportKind) bool { return !slices.Contains(h.Kinds, k) }) &&
		!slices.ContainsFunc(a.Bases, func(b gateway.Basis) bool { return !slices.Contains(h.Bases, b) }) &&
		!permit.Stricter(a, h)
}
