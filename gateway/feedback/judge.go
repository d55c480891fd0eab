// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// MaxPauseDays is the longest pause of the national covenant.
const MaxPauseDays = 30

// judge checks feedback against the signals that it is about: they are the
// municipality's own and related to each other. What it says of a pause must
// fit the signal in its path. Each related claim is judged by itself (apart),
// so that what one creditor gets does not hang on what another did (invariant
// I8).
func (w *work) judge(cases []Case) *gateway.Error {
	own := w.from.Peer.Party().Municipality
	first := cases[0]
	if first.Signal == "" || own == "" || first.Municipality != own || first.Nature != gateway.NatureReport {
		return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownSignal,
			Rule: "Seinhuis formats", Text: "Dit signaal is niet bekend."})
	}
	var findings []gateway.Finding
	for _, c := range cases[1:] {
		if c.Signal == "" || c.Municipality != own || !slices.Contains(first.Related, c.Signal) {
			findings = append(findings, gateway.Finding{Code: gateway.CodeNotRelated, Pointer: "/ookVoor",
				Rule: "Seinhuis formats", Text: "Een van deze signalen is niet verwant aan het signaal in het pad."})
			break
		}
	}
	if first.DepositedOn.After(w.feedback.Date) {
		findings = append(findings, intake.NewFinding(gateway.CodeDateOrder, "/datum"))
	}
	findings = append(findings, w.judgePause(first)...)
	if len(findings) > 0 {
		return gateway.Refuse(gateway.KindInvalid, findings...)
	}
	w.cases = cases
	w.told, w.skipped = apart(cases, gateway.NoticeOf(w.feedback.Result))
	return nil
}

// apart says which claims hear of the feedback, and which related ones get no
// pause because they were taken back or have had theirs. The first is not
// asked again: judgePause was stricter.
func apart(cases []Case, kind gateway.NoticeKind) (told []Case, skipped []gateway.SkippedSignal) {
	if kind != gateway.NoticeHelpAccepted {
		return cases, nil
	}
	told = append(told, cases[0])
	for _, c := range cases[1:] {
		switch {
		case c.Withdrawn:
			skipped = append(skipped, gateway.SkippedSignal{SignalID: c.Signal, Code: gateway.CodeWithdrawn})
		case c.Paused:
			skipped = append(skipped, gateway.SkippedSignal{SignalID: c.Signal, Code: gateway.CodePauseExists})
		default:
			told = append(told, c)
		}
	}
	return told, skipped
}

// judgePause checks what the feedback says of a pause against the signal in its
// path, and that the claim gets one pause at most: to prolong or end it takes a
// message of its own, so that nothing is prolonged in silence (invariant I9).
func (w *work) judgePause(c Case) []gateway.Finding {
	today, end := gateway.Today(w.from.At), w.feedback.PauseEnd
	if gateway.NoticeOf(w.feedback.Result) != gateway.NoticeHelpAccepted {
		return noPause(w.feedback)
	}
	var findings []gateway.Finding
	switch {
	case c.Withdrawn:
		findings = append(findings, gateway.Finding{Code: gateway.CodeWithdrawn, Pointer: "/signaalId", Rule: "Seinhuis formats",
			Text: "De meldende partij heeft deze melding ingetrokken; er valt niets te pauzeren."})
	case c.Paused:
		findings = append(findings, gateway.Finding{Code: gateway.CodePauseExists, Pointer: "/resultaat", Rule: "LCV: ten hoogste 30 dagen",
			Text: "Voor deze melding is al een pauze gegeven."})
	}
	if review := w.feedback.Review; !review.IsZero() && (today.After(review) || !end.IsZero() && review.After(end)) {
		findings = append(findings, gateway.Finding{Code: gateway.CodeReviewOutside, Pointer: "/toetsdatum", Rule: "LCV",
			Text: "De toetsdatum ligt niet binnen de pauze."})
	}
	switch {
	case end.IsZero():
	case today.After(end):
		findings = append(findings, gateway.Finding{Code: gateway.CodePauseOver, Pointer: "/pauzeTot", Rule: "LCV",
			Text: "De pauze zou al voorbij zijn voordat de meldende partij ervan hoort."})
	case end.After(longest(today, c)):
		findings = append(findings, gateway.Finding{Code: gateway.CodePauseTooLong, Pointer: "/pauzeTot", Rule: "LCV: ten hoogste 30 dagen",
			Text: "De pauze is langer dan het convenant of de overeenkomst toelaat."})
	}
	return findings
}

// noPause finds what belongs to a pause in feedback that gives none.
func noPause(f gateway.Feedback) (findings []gateway.Finding) {
	for _, c := range []struct {
		pointer string
		given   gateway.Date
	}{{"/pauzeTot", f.PauseEnd}, {"/toetsdatum", f.Review}} {
		if !c.given.IsZero() {
			findings = append(findings, gateway.Finding{Code: gateway.CodePauseNotAllowed, Pointer: c.pointer, Rule: "LCV",
				Text: "Alleen bij aanvaarde hulp hoort een pauze."})
		}
	}
	return findings
}

// longest is the last day of the longest pause that the agreement behind a
// case allows.
func longest(from gateway.Date, c Case) gateway.Date {
	days := c.PauseDays
	if days <= 0 || days > MaxPauseDays {
		days = MaxPauseDays
	}
	return from.AddDays(days)
}

// drafts are the notices to send: one per claim that hears of it, each to its
// own creditor about its own report only. A pause begins on the day that the
// gateway issues it: before that the creditor could not know of it. It ends no
// later than the claim's own agreement allows.
func (w *work) drafts(issuer gateway.OIN) []gateway.NoticeDraft {
	kind, today := gateway.NoticeOf(w.feedback.Result), gateway.Today(w.from.At)
	drafts := make([]gateway.NoticeDraft, len(w.told))
	for i, c := range w.told {
		n := gateway.Notice{Issuer: issuer, Audience: c.Creditor.OIN, ID: gateway.NoticeID(gateway.NewUUID(w.from.At, nil)),
			Kind: kind, ReportID: c.ReportID, Municipality: c.Municipality, Date: w.feedback.Date, IssuedAt: w.from.At.UTC()}
		if kind == gateway.NoticeHelpAccepted {
			until := w.feedback.PauseEnd
			if last := longest(today, c); until.IsZero() || until.After(last) {
				until = last
			}
			n.Pause = &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(w.from.At, nil)), Step: 1, From: today, Until: until,
				Review: Review(w.feedback.Review, today, until)}
		}
		drafts[i] = gateway.NoticeDraft{To: c.Creditor, Signal: c.Signal, Notice: n}
	}
	return drafts
}

// Review is the day on which the municipality looks at a pause again: the one
// that it gave, when that lies in the pause, or else a week before its end.
func Review(given, from, until gateway.Date) gateway.Date {
	if !given.IsZero() && !from.After(given) && !given.After(until) {
		return given
	}
	if week := until.AddDays(-7); week.After(from) {
		return week
	}
	return from
}

// started are the pauses that begin with the notices, and what the
// municipality hears of them.
func (w *work) started() (starts []gateway.PauseStart, given []gateway.GivenPause) {
	for _, n := range w.notices {
		if n.Pause == nil {
			continue
		}
		starts = append(starts, gateway.PauseStart{Pause: *n.Pause, Signal: n.Signal, Holder: n.To, Notice: n.ID,
			Digest: w.digest, By: w.from.Peer.OIN(), At: w.from.At})
		given = append(given, n.Pause.Given(n.Signal))
	}
	return starts, given
}

// entries are what goes into the log for a work.
func (w *work) entries() ([]audit.Entry, error) {
	by := audit.ByPeer(w.from.Peer, w.from.Trace)
	object := audit.Object(audit.KindFeedback, string(w.from.Signal), string(w.from.ID))
	event, options := audit.FeedbackReceived, []audit.Option{audit.Digest(w.digest)}
	switch {
	case w.record != nil:
		options = append(options, audit.Receipt(string(w.record.Receipt)))
	case w.answer.Err != nil:
		event, options = audit.FeedbackRefused, append(options, audit.Refused(audit.CodesOf(w.answer.Err)...))
	default:
		options = append(options, audit.Codes("herhaald"))
	}
	e, err := audit.New(event, by, object, w.from.At, options...)
	if err != nil {
		return nil, err
	}
	if w.answer.Err == nil { // who was refused may have named what is not its own
		e = e.About(w.feedback.Also...)
	}
	entries := []audit.Entry{e}
	if w.record == nil {
		return entries, nil
	}
	for _, n := range w.notices {
		own := audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local, Trace: w.from.Trace}
		e, err := audit.New(audit.NoticePrepared, own, audit.Object(audit.KindNotice, string(n.ID)), w.from.At, audit.Codes(string(n.Kind)))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if n.Pause != nil {
			e, err := audit.New(audit.PauseStarted, own, audit.Object(audit.KindPause, string(n.Pause.ID)), w.from.At)
			if err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}
