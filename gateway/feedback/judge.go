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
// municipality's own, related to each other, and the pause fits.
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
	findings = append(findings, w.judgePause(cases)...)
	if len(findings) > 0 {
		return gateway.Refuse(gateway.KindInvalid, findings...)
	}
	w.cases = cases
	return nil
}

func (w *work) judgePause(cases []Case) []gateway.Finding {
	end := w.feedback.PauseEnd
	if end.IsZero() {
		return nil
	}
	if gateway.NoticeOf(w.feedback.Result) != gateway.NoticeHelpAccepted {
		return []gateway.Finding{{Code: gateway.CodePauseNotAllowed, Pointer: "/pauzeTot", Rule: "LCV",
			Text: "Alleen bij aanvaarde hulp hoort een pauze."}}
	}
	if w.feedback.Date.After(end) {
		return []gateway.Finding{intake.NewFinding(gateway.CodeDateOrder, "/pauzeTot")}
	}
	for _, c := range cases {
		if end.After(longest(w.feedback.Date, c)) {
			return []gateway.Finding{{Code: gateway.CodePauseTooLong, Pointer: "/pauzeTot", Rule: "LCV: ten hoogste 30 dagen",
				Text: "De pauze is langer dan het convenant of de overeenkomst toelaat."}}
		}
	}
	return nil
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

// drafts are the notices to send: one per claim, each to its own creditor
// about its own report only.
func (w *work) drafts(issuer gateway.OIN) []gateway.NoticeDraft {
	kind := gateway.NoticeOf(w.feedback.Result)
	drafts := make([]gateway.NoticeDraft, len(w.cases))
	for i, c := range w.cases {
		n := gateway.Notice{Issuer: issuer, Audience: c.Creditor.OIN, ID: gateway.NoticeID(gateway.NewUUID(w.from.At, nil)),
			Kind: kind, ReportID: c.ReportID, Municipality: c.Municipality, Date: w.feedback.Date, IssuedAt: w.from.At.UTC()}
		if kind == gateway.NoticeHelpAccepted {
			until := w.feedback.PauseEnd
			if until.IsZero() {
				until = longest(w.feedback.Date, c)
			}
			n.Pause = &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(w.from.At, nil)), From: w.feedback.Date, Until: until}
		}
		drafts[i] = gateway.NoticeDraft{To: c.Creditor, Notice: n}
	}
	return drafts
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
	entries := []audit.Entry{e}
	if w.record == nil {
		return entries, nil
	}
	for _, n := range w.notices {
		own := audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local, Trace: string(w.from.Trace)}
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
