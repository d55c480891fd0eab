// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// variable is one name that a condition may use.
type variable struct {
	name string
	kind *cel.Type
	read func(*Question) ref.Val
}

// variables is the whole vocabulary of conditions: flat, in wire Dutch.
// A date is its day number, so that dates compare and subtract as whole
// days; 0 means "not given". Without an agreement its fields read as empty.
func variables() []variable {
	return []variable{
		text("soort", func(q *Question) string { return q.Kind }),
		text("regeling", func(q *Question) string { return q.DocumentedPilot }),
		text("partij", func(q *Question) string { return q.Creditor }),
		text("gemeente", func(q *Question) string { return q.Municipality }),
		text("grondslag", func(q *Question) string { return q.Basis }),
		number("vandaag", func(q *Question) int64 { return dayNumber(q.Today) }),
		number("signaaldatum", func(q *Question) int64 { return dayNumber(q.SignalDate) }),
		number("ontstaansdatum", func(q *Question) int64 { return dayNumber(q.ArrearsSince) }),
		number("toestemmingsdatum", func(q *Question) int64 { return dayNumber(q.ConsentDate) }),
		number("eindeLevering", func(q *Question) int64 { return dayNumber(q.EndOfSupply) }),
		number("dagenAchterstand", arrearsDays),
		number("werkdagenTotEinde", func(q *Question) int64 { return workingDays(q.SignalDate, q.EndOfSupply) }),
		number("bedragInCenten", func(q *Question) int64 { return q.AmountInCents }),
		yes("crisissignaal", func(q *Question) bool { return q.Crisis }),
		yes("warmeOverdracht", func(q *Question) bool { return q.WarmHandover }),
		number("persoonlijkContact", func(q *Question) int64 { return dayNumber(q.Efforts.PersonalContact) }),
		number("gewezenOpHulp", func(q *Question) int64 { return dayNumber(q.Efforts.PointedToHelp) }),
		number("aantalHerinneringen", reminders),
		number("eersteHerinnering", firstReminder),
		number("aanbod", func(q *Question) int64 { return dayNumber(q.Efforts.OfferMade) }),
		number("betalingsregeling", func(q *Question) int64 { return dayNumber(q.Efforts.PaymentPlanOffered) }),
		yes("bezwaar", func(q *Question) bool { return q.Efforts.Objection }),
		yes("overeenkomst", func(q *Question) bool { return q.Agreement != nil }),
		number("overeenkomstVan", func(q *Question) int64 { return dayNumber(q.agreement().From) }),
		number("overeenkomstTot", func(q *Question) int64 { return dayNumber(q.agreement().Until) }),
		list("overeenkomstSoorten", func(q *Question) []string { return q.agreement().Kinds }),
		list("overeenkomstGrondslagen", func(q *Question) []string { return q.agreement().Bases }),
		number("drempelInCenten", func(q *Question) int64 { return q.agreement().ThresholdInCents }),
		yes("geboortedatumToegestaan", func(q *Question) bool { return q.agreement().BirthDateAllowed }),
		list("ingevuld", func(q *Question) []string { return q.Present }),
	}
}

func (q *Question) agreement() Agreement {
	if q.Agreement == nil {
		return Agreement{}
	}
	return *q.Agreement
}

// arrearsDays is -1 when the begin is missing or after the signal date, so
// that a window rule does not add a second, misleading finding.
func arrearsDays(q *Question) int64 {
	if q.ArrearsSince.IsZero() || q.ArrearsSince.After(q.SignalDate) {
		return -1
	}
	return dayNumber(q.SignalDate) - dayNumber(q.ArrearsSince)
}

func reminders(q *Question) int64 {
	var n int64
	for _, t := range q.Efforts.Reminders {
		if !t.IsZero() {
			n++
		}
	}
	return n
}

func firstReminder(q *Question) int64 {
	var first int64
	for _, t := range q.Efforts.Reminders {
		if n := dayNumber(t); n != 0 && (first == 0 || n < first) {
			first = n
		}
	}
	return first
}

func text(name string, read func(*Question) string) variable {
	return variable{name, cel.StringType, func(q *Question) ref.Val { return types.String(read(q)) }}
}

func number(name string, read func(*Question) int64) variable {
	return variable{name, cel.IntType, func(q *Question) ref.Val { return types.Int(read(q)) }}
}

func yes(name string, read func(*Question) bool) variable {
	return variable{name, cel.BoolType, func(q *Question) ref.Val { return types.Bool(read(q)) }}
}

func list(name string, read func(*Question) []string) variable {
	return variable{name, cel.ListType(cel.StringType), func(q *Question) ref.Val {
		return types.NewStringList(types.DefaultTypeAdapter, read(q))
	}}
}
