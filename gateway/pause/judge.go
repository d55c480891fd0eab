// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/policies"
)

// What one pause may go through: a claim is not sold from hand to hand while it
// rests, and a life stays short enough for whoever must verify it.
const (
	maxTransfers = 3
	maxSteps     = 200
)

// Terms of a contest, in working days: until when a creditor may contest what
// it was told, and until when the municipality must answer.
const (
	ContestWithin = 5
	AnswerWithin  = 5
)

// judge says what a change makes of a pause, or every reason why not. It
// changes nothing that lies before today: whoever relied on a document for a
// day that is past was right.
func judge(c Change, now Standing, today gateway.Date) (Standing, gateway.PauseStepKind, *gateway.Error) {
	if findings := fits(c); len(findings) > 0 {
		return Standing{}, "", gateway.Refuse(gateway.KindInvalid, findings...)
	}
	if now.State != gateway.PauseRuns || today.After(now.Pause.Until) {
		return Standing{}, "", gateway.Refuse(gateway.KindRefused, finding(gateway.CodePauseClosed, "", "Deze pauze loopt niet meer."))
	}
	if now.Pause.Step >= maxSteps && c.Kind != End {
		return Standing{}, "", gateway.Refuse(gateway.KindRefused, finding(gateway.CodePauseTooMany, "", "Deze pauze is te vaak gewijzigd; alleen beëindigen kan nog."))
	}
	after := now
	after.Pause.Step++
	var kind gateway.PauseStepKind
	var findings []gateway.Finding
	switch c.Kind {
	case Prolong:
		kind, findings = gateway.PauseProlonged, prolong(c, &after, today)
	case End:
		kind, findings = gateway.PauseEnded, end(c, &after, today)
	case Correct:
		kind, findings = gateway.PauseCorrected, correct(c, &after, today)
	case Uphold:
		kind, findings = gateway.PauseUpheld, uphold(&after)
	case Contest:
		kind, findings = gateway.PauseContested, contest(&after, today)
	case Transfer:
		if now.Transfers >= maxTransfers {
			findings = append(findings, finding(gateway.CodePauseTooMany, "/soort", "Deze vordering is tijdens de pauze al te vaak overgedragen; neem contact op met de gemeente."))
		}
		// The taker hears of it today, and contests anew if it wants to.
		after.Transfers++
		kind, after.SettledOn, after.Contested, after.AnswerBy = gateway.PauseTransferred, today, false, gateway.Date{}
	}
	if len(findings) > 0 {
		return Standing{}, "", gateway.Refuse(gateway.KindRefused, findings...)
	}
	return after, kind, nil
}

// fits checks which fields and reasons belong to the kind of change.
func fits(c Change) (findings []gateway.Finding) {
	if !slices.Contains(c.Kind.Reasons(), c.Reason) {
		findings = append(findings, misfit(gateway.CodeUnknownValue, "/reden", "Deze reden hoort niet bij deze soort wijziging."))
	}
	for _, f := range []struct {
		pointer string
		given   bool
		needed  []ChangeKind
		allowed []ChangeKind
	}{
		{"/einddatum", !c.Until.IsZero(), []ChangeKind{Prolong, Correct}, []ChangeKind{Prolong, Correct, End}},
		{"/toetsdatum", !c.Review.IsZero(), nil, []ChangeKind{Prolong, Correct}},
		{"/overnemer", c.Taker != "", []ChangeKind{Transfer}, []ChangeKind{Transfer}},
	} {
		switch {
		case f.given && !slices.Contains(f.allowed, c.Kind):
			findings = append(findings, misfit(gateway.CodeUnknownField, f.pointer, "Dit veld hoort niet bij deze soort wijziging."))
		case !f.given && slices.Contains(f.needed, c.Kind):
			findings = append(findings, misfit(gateway.CodeMissingField, f.pointer, "Dit veld is verplicht bij deze soort wijziging."))
		}
	}
	return findings
}

func prolong(c Change, p *Standing, today gateway.Date) (findings []gateway.Finding) {
	if p.Prolonged >= p.Limits.Prolongations {
		findings = append(findings, finding(gateway.CodePauseProlonged, "", "De overeenkomst laat geen verdere verlenging toe."))
	}
	if !c.Until.After(p.Pause.Until) {
		findings = append(findings, finding(gateway.CodePauseNotLonger, "/einddatum", "De nieuwe einddatum ligt niet na de huidige."))
	}
	if c.Until.After(today.AddDays(p.Limits.Stretch())) {
		findings = append(findings, finding(gateway.CodePauseTooLong, "/einddatum", "De pauze is langer dan het convenant of de overeenkomst toelaat."))
	}
	findings = append(findings, review(c.Review, today, c.Until)...)
	p.Pause.Until, p.Pause.Review = c.Until, feedback.Review(c.Review, today, c.Until)
	p.Prolonged++
	p.SettledOn, p.GivenOn = today, today
	return findings
}

// end lets a pause end earlier. Its last day is today at the earliest: the
// creditor was promised today.
func end(c Change, p *Standing, today gateway.Date) (findings []gateway.Finding) {
	last := c.Until
	if last.IsZero() {
		last = today
	}
	switch {
	case today.After(last):
		findings = append(findings, finding(gateway.CodePauseOver, "/einddatum", "Een pauze kan niet met terugwerkende kracht eindigen."))
	case last.After(p.Pause.Until):
		findings = append(findings, finding(gateway.CodePauseNotShorter, "/einddatum", "De einddatum ligt na de huidige; verleng de pauze daarvoor."))
	}
	p.Pause.Until, p.Pause.Review = last, gateway.Date{}
	p.State = gateway.PauseFinished
	p.Contested, p.AnswerBy = false, gateway.Date{}
	return findings
}

// correct repairs a date that was given by mistake, within what the messages
// before it could have given.
func correct(c Change, p *Standing, today gateway.Date) (findings []gateway.Finding) {
	if today.After(c.Until) {
		findings = append(findings, finding(gateway.CodePauseOver, "/einddatum", "Een pauze kan niet met terugwerkende kracht eindigen."))
	}
	if c.Until.After(p.GivenOn.AddDays(p.Limits.Stretch())) {
		findings = append(findings, finding(gateway.CodePauseTooLong, "/einddatum", "De pauze is langer dan het convenant of de overeenkomst toelaat."))
	}
	findings = append(findings, review(c.Review, today, c.Until)...)
	p.Pause.Until, p.Pause.Review = c.Until, feedback.Review(c.Review, today, c.Until)
	p.Contested, p.AnswerBy, p.SettledOn = false, gateway.Date{}, today
	return findings
}

func uphold(p *Standing) []gateway.Finding {
	if !p.Contested {
		return []gateway.Finding{finding(gateway.CodeNotContested, "", "Deze pauze is niet betwist.")}
	}
	p.Contested, p.AnswerBy = false, gateway.Date{}
	return nil
}

// contest asks the municipality to look again. The pause holds meanwhile.
func contest(p *Standing, today gateway.Date) (findings []gateway.Finding) {
	if p.Contested {
		findings = append(findings, finding(gateway.CodePauseContested, "", "Deze pauze is al betwist; de gemeente moet nog antwoorden."))
	}
	if today.After(workingDay(p.SettledOn, ContestWithin)) {
		findings = append(findings, finding(gateway.CodeContestTooLate, "", "Betwisten kan tot en met de vijfde werkdag na het bericht."))
	}
	p.Contested, p.AnswerBy = true, workingDay(today, AnswerWithin)
	return findings
}

// expire ends a pause whose last day is over.
func expire(now Standing) Standing {
	now.Pause.Step++
	now.State = gateway.PauseOver
	now.Contested, now.AnswerBy = false, gateway.Date{}
	return now
}

func review(given, from, until gateway.Date) []gateway.Finding {
	if given.IsZero() || !from.After(given) && !given.After(until) {
		return nil
	}
	return []gateway.Finding{finding(gateway.CodeReviewOutside, "/toetsdatum", "De toetsdatum ligt niet binnen de pauze.")}
}

func workingDay(after gateway.Date, n int) gateway.Date {
	return gateway.DateOf(policies.WorkingDay(after.Time(), n))
}

// misfit is a finding about the message itself.
func misfit(code gateway.Code, pointer, text string) gateway.Finding {
	return gateway.Finding{Code: code, Pointer: pointer, Rule: "Seinhuis formats", Text: text}
}

// finding is what the covenant, the agreement or the state of the pause does not
// allow.
func finding(code gateway.Code, pointer, text string) gateway.Finding {
	return gateway.Finding{Code: code, Pointer: pointer, Rule: "LCV", Text: text}
}
