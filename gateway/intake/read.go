// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"regexp"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// Accepted is a report that is well formed, signed by its sender and
// consistent in itself. Only Read makes one.
type Accepted struct {
	slip   gateway.Slip
	report gateway.Report
}

// Slip says whose member this is.
func (a Accepted) Slip() gateway.Slip { return a.slip }

// Report is the report as it was sent.
func (a Accepted) Report() gateway.Report { return a.report }

// Read decodes opened letters into reports. A refusal carries all findings of
// its report at once.
func Read(opened []Opened) ([]Accepted, []gateway.Refused) {
	accepted := make([]Accepted, 0, len(opened))
	var refused []gateway.Refused
	for _, o := range opened {
		report, findings := ReadDocument(o.payload, reportFields)
		if o.slip.ReportID == "" { // a check, or a line of a file: no path names its id
			o.slip.ReportID = report.ID
		}
		found := check(o.slip, report)
		// A member that was ill-formed is not missing as well.
		found = slices.DeleteFunc(found, func(f gateway.Finding) bool { return names(findings, f.Pointer) })
		findings = append(findings, found...)
		if len(findings) > 0 {
			refused = append(refused, gateway.Refused{Slip: o.slip, Err: gateway.Refuse(gateway.KindInvalid, findings...)})
			continue
		}
		if report.Basis == "" {
			report.Basis = gateway.BasisWgs
		}
		accepted = append(accepted, Accepted{o.slip, report})
	}
	return accepted, refused
}

func names(findings []gateway.Finding, pointer string) bool {
	return slices.ContainsFunc(findings, func(f gateway.Finding) bool { return f.Pointer == pointer })
}

// check looks at what single fields cannot tell: members against each other,
// against the path and against today. Members that are missing were found
// before and are skipped here.
func check(slip gateway.Slip, r gateway.Report) []gateway.Finding {
	var found []gateway.Finding
	find := func(bad bool, code gateway.Code, pointer string) {
		if bad {
			found = append(found, finding(code, pointer, ""))
		}
	}
	today := gateway.Today(slip.At)
	find(r.ID != "" && slip.ReportID != "" && r.ID != slip.ReportID, gateway.CodeIDMismatch, "/meldingId")
	find(referenceIsBSN(slip.Peer.Party(), r.Reference), gateway.CodeBSN, "/kenmerk")
	for _, d := range []struct {
		pointer string
		day     gateway.Date
	}{
		{"/signaaldatum", r.SignalDate}, {"/ontstaansdatum", r.ArrearsSince}, {"/toestemmingsdatum", r.ConsentDate},
		{"/inspanningen/persoonlijkContact", r.Efforts.PersonalContact}, {"/inspanningen/gewezenOpHulp", r.Efforts.PointedToHelp},
		{"/inspanningen/aanbod", r.Efforts.OfferMade}, {"/inspanningen/betalingsregeling", r.Efforts.PaymentPlan},
	} {
		find(d.day.After(today), gateway.CodeFutureDate, d.pointer)
	}
	future := func(day gateway.Date) bool { return day.After(today) }
	find(slices.ContainsFunc(r.Efforts.Reminders, future), gateway.CodeFutureDate, "/inspanningen/herinneringen")
	birth, _ := gateway.ParseDate(r.Person.BirthDate.Reveal())
	find(!birth.IsZero() && birth.After(today), gateway.CodeFutureDate, "/persoon/geboortedatum")
	both := !r.SignalDate.IsZero() && !r.ArrearsSince.IsZero()
	find(both && r.ArrearsSince.After(r.SignalDate), gateway.CodeDateOrder, "/ontstaansdatum")
	find(!r.EndOfSupply.IsZero() && !r.SignalDate.IsZero() && r.SignalDate.After(r.EndOfSupply), gateway.CodeDateOrder, "/eindeLevering")
	find(r.Basis == gateway.BasisConsent && r.ConsentDate.IsZero(), gateway.CodeMissingField, "/toestemmingsdatum")
	return found
}

// referenceIsBSN: one in eleven ordinary nine-digit customer numbers passes
// the eleven-test, so a creditor may register its own number format; a
// reference of that format is taken as a customer number.
func referenceIsBSN(p gateway.Party, reference gateway.Personal) bool {
	s := reference.Reveal()
	if !HoldsBSN(s) {
		return false
	}
	if p.NumberFormat == "" {
		return true
	}
	own, err := regexp.Compile("^(?:" + p.NumberFormat + ")$")
	return err != nil || !own.MatchString(s)
}
