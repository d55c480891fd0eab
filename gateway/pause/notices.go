// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Shown is the reason of a change as the other side may know it. Why help
// stopped is between resident and municipality; that a date was wrong, or that
// the resident died, is not. What a creditor says, it says to the municipality.
func Shown(r gateway.PauseReason, to gateway.PartyKind) gateway.PauseReason {
	if to == gateway.KindMunicipality {
		return r
	}
	switch r {
	case gateway.ReasonHelpStopped, gateway.ReasonArranged, gateway.ReasonNoContact, gateway.ReasonStillHelping:
		return ""
	}
	return r
}

// told says who hears of a step, and how it is called to each. The first is
// the document of the step: what its holder must observe.
func told(kind gateway.PauseStepKind, before, after Standing) []telling {
	municipality, holder := after.Municipality, after.Holder
	switch kind {
	case gateway.PauseProlonged:
		return []telling{{holder, gateway.NoticePauseProlonged}}
	case gateway.PauseEnded:
		return []telling{{holder, gateway.NoticePauseEnded}}
	case gateway.PauseCorrected:
		return []telling{{holder, gateway.NoticePauseCorrected}}
	case gateway.PauseUpheld:
		return []telling{{holder, gateway.NoticePauseUpheld}}
	case gateway.PauseContested:
		return []telling{{municipality, gateway.NoticePauseContested}}
	case gateway.PauseTransferred:
		return []telling{{holder, gateway.NoticeClaimTaken}, {before.Holder, gateway.NoticeClaimPassed}, {municipality, gateway.NoticeClaimPassed}}
	case gateway.PauseExpired:
		return []telling{{holder, gateway.NoticePauseExpired}, {municipality, gateway.NoticePauseExpired}}
	}
	return nil
}

type telling struct {
	to   gateway.Party
	kind gateway.NoticeKind
}

// drafts are the notices of one step.
func drafts(issuer gateway.OIN, kind gateway.PauseStepKind, reason gateway.PauseReason, before, after Standing, at time.Time) []gateway.NoticeDraft {
	var all []gateway.NoticeDraft
	for _, t := range told(kind, before, after) {
		if t.to.OIN == "" { // a municipality that nobody speaks for
			continue
		}
		d := About(issuer, after, t.to, t.kind, at)
		d.Notice.Reason = Shown(reason, t.to.Kind)
		if kind == gateway.PauseContested {
			d.Notice.AnswerBy = after.AnswerBy
		}
		all = append(all, d)
	}
	return all
}

// About drafts a notice about a pause to one of its parties: a creditor knows
// it by its report, a municipality by its signal.
func About(issuer gateway.OIN, s Standing, to gateway.Party, kind gateway.NoticeKind, at time.Time) gateway.NoticeDraft {
	p := s.Pause
	n := gateway.Notice{Issuer: issuer, Audience: to.OIN, ID: gateway.NoticeID(gateway.NewUUID(at, nil)), Kind: kind,
		Municipality: s.Municipality.Municipality, Date: gateway.Today(at), IssuedAt: at.UTC(), Pause: &p}
	if to.Kind == gateway.KindMunicipality {
		n.SignalID = s.Signal
	} else {
		n.ReportID = s.ReportID
	}
	return gateway.NoticeDraft{To: to, Signal: s.Signal, Notice: n}
}
