// SPDX-License-Identifier: EUPL-1.2

package clocks

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Reminds reports whether an alarm only tells that a day came, and is never
// open. How many signals wait, and for how long, is what the ageing report is
// for: millions of open reminders would drown the pauses.
func (a Alarm) Reminds() bool {
	switch a.Kind {
	case gateway.NoticePauseReview, gateway.NoticeUnread, gateway.NoticeNotCollected, gateway.NoticeNoFeedback:
		return true
	}
	return false
}

// AlarmKinds lists the kinds of alarms that stay open until their cause is
// gone. The others only remind.
func AlarmKinds() []gateway.NoticeKind {
	return []gateway.NoticeKind{gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied, gateway.NoticeContestOpen}
}

// Acts is the party whose turn it is: the creditor where a pause waits for it,
// else the municipality.
func (a Alarm) Acts() gateway.Party {
	switch a.Kind {
	case gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied, gateway.NoticeUnread:
		return a.Holder
	}
	return a.Municipality
}

// hears says who is told of an alarm: whoever must act, and whoever counted on
// it.
func (a Alarm) hears() []gateway.Party {
	switch a.Kind {
	case gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied, gateway.NoticeContestOpen:
		return []gateway.Party{a.Holder, a.Municipality}
	case gateway.NoticePauseReview, gateway.NoticeNotCollected, gateway.NoticeNoFeedback:
		return []gateway.Party{a.Municipality}
	case gateway.NoticeUnread:
		return []gateway.Party{a.Holder}
	}
	return nil
}

// drafts are the notices of an alarm. A creditor is told about its own report,
// a municipality about its own signal.
func (a Alarm) drafts(issuer gateway.OIN, now time.Time) []gateway.NoticeDraft {
	var all []gateway.NoticeDraft
	for _, to := range a.hears() {
		if to.OIN == "" { // nobody speaks for it now
			continue
		}
		n := gateway.Notice{Issuer: issuer, Audience: to.OIN, ID: gateway.NoticeID(gateway.NewUUID(now, nil)), Kind: a.Kind,
			Municipality: a.Municipality.Municipality, Date: gateway.Today(now), IssuedAt: now.UTC(), Pause: a.Pause, Term: a.Term}
		if to.Kind == gateway.KindMunicipality {
			n.SignalID = a.Signal
		} else {
			n.ReportID = a.ReportID
		}
		all = append(all, gateway.NoticeDraft{To: to, Signal: a.Signal, Notice: n})
	}
	return all
}

// object names what waits, for the log.
func (a Alarm) object() string {
	kind := audit.KindSignal
	switch a.Kind {
	case gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied:
		kind = audit.KindNotice
	case gateway.NoticeContestOpen, gateway.NoticePauseReview:
		kind = audit.KindPause
	}
	return audit.Object(kind, string(a.Subject))
}

func (a Alarm) codes() []string {
	if a.Term == "" {
		return []string{string(a.Kind)}
	}
	return []string{string(a.Kind), "termijn-" + string(a.Term)} // a code begins with a letter
}

func (a Alarm) entries(now time.Time, trace gateway.Trace) ([]audit.Entry, error) {
	e, err := audit.New(audit.AlarmRaised, audit.ByGateway(trace), a.object(), now, audit.Codes(a.codes()...))
	if err != nil {
		return nil, err
	}
	prepared, err := audit.Prepared(a.Notices, trace, now)
	return append([]audit.Entry{e}, prepared...), err
}
